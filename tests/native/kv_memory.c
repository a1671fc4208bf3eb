#include "kv_memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "host/platform.h"

/* KV refuses expirations nearer than this. */
#define EXPIRATION_S_MIN 60

/* Text of its own memory. */
typedef struct text {
  char *data; /* ends in NUL */
  size_t size;
  size_t capacity;
} text;

#define NO_TEXT ((text){NULL, 0, 0})

/* What a key held from `moment` on. */
typedef struct version {
  kv_moment moment;
  bool is_deleted;
  text value;
  text metadata;
  uint32_t expiration_s; /* 0: never */
} version;

typedef struct entry {
  text key;
  version *versions; /* oldest first */
  size_t count;
} entry;

/* Sorted by key, except while `is_sorted` is false: seeding many keys sorts once. */
typedef struct space {
  entry *entries;
  size_t count;
  size_t capacity;
  bool is_sorted;
} space;

/* A call under way. */
typedef struct kv_call {
  kv_kind kind;
  uint32_t ns;
  text key;
  text value;
  text metadata;
  text cursor;
  uint32_t expiration_s;
  uint32_t limit;
  bool fails;
  bool is_settled;
  bool is_read;
  int32_t status;
  text result;
} kv_call;

/* The seam has no context, so the one KV there is stands here. */
static struct {
  space spaces[KV_NAMESPACES];
  kv_call *calls;
  size_t call_count;
  size_t call_capacity;
  size_t settled_count;
  size_t payload_count;            /* of the calls; the first ones, which are none */
  int gets_started[KV_NAMESPACES]; /* since the last wait */
  bool get_fails[KV_NAMESPACES];   /* whether the bulk read that is being filled will fail */
  kv_counts counts;
  kv_faults faults;
  int calls_since_fault;
  bool has_failed;
  kv_moment moment;
  kv_moment lists_show;
  kv_moment gets_show;
  uint32_t page_size;
  bool has_empty_pages;
  const char *list_answer;
  int64_t clock_ms;
  uint64_t random;
  text dump;
} kv;

static void require(bool holds, const char *what) {
  if (!holds) {
    (void)fprintf(stderr, "kv_memory: %s\n", what);
    abort();
  }
}

static void *allocate(void *old, size_t size) {
  void *bytes = realloc(old, size);
  if (bytes == NULL) {
    abort();
  }
  return bytes;
}

static text text_copy(const char *data, size_t size) {
  text copy = {allocate(NULL, size + 1), size, size + 1};
  if (size > 0) {
    memcpy(copy.data, data, size);
  }
  copy.data[size] = '\0';
  return copy;
}

static void text_append(text *to, const char *data, size_t size) {
  if (to->size + size >= to->capacity) {
    to->capacity = 2 * (to->size + size) + 1;
    to->data = allocate(to->data, to->capacity);
  }
  memcpy(to->data + to->size, data, size);
  to->size += size;
  to->data[to->size] = '\0';
}

static void text_append_string(text *to, const char *string) { text_append(to, string, strlen(string)); }

static void text_free(text *of) {
  free(of->data);
  *of = NO_TEXT;
}

static mk_str text_str(text of) { return (mk_str){of.data, of.size}; }

/* An array in which one more element fits. */
static void *array_grow(void *array, size_t count, size_t *capacity, size_t element_size) {
  if (count < *capacity) {
    return array;
  }
  *capacity = *capacity == 0 ? 16 : *capacity * 2;
  return allocate(array, *capacity * element_size);
}

/* --- keys and their versions --- */

/* By key; of equal ones, which only seeding makes, the older first. */
static int compare_entries(const void *a, const void *b) {
  const entry *x = a;
  const entry *y = b;
  int order = mk_str_compare(text_str(x->key), text_str(y->key));
  return order != 0 ? order : x->versions[0].moment < y->versions[0].moment ? -1 : 1;
}

/* Move the versions of `from` behind those of `to`. */
static void entry_join(entry *to, entry *from) {
  to->versions = allocate(to->versions, (to->count + from->count) * sizeof *to->versions);
  memcpy(to->versions + to->count, from->versions, from->count * sizeof *from->versions);
  to->count += from->count;
  free(from->versions);
  text_free(&from->key);
}

static void space_sort(space *in) {
  if (in->is_sorted || in->count == 0) {
    in->is_sorted = true;
    return;
  }
  qsort(in->entries, in->count, sizeof *in->entries, compare_entries);
  size_t kept = 1;
  for (size_t i = 1; i < in->count; i++) {
    if (mk_str_equal(text_str(in->entries[kept - 1].key), text_str(in->entries[i].key))) {
      entry_join(&in->entries[kept - 1], &in->entries[i]);
    } else {
      in->entries[kept++] = in->entries[i];
    }
  }
  in->count = kept;
  in->is_sorted = true;
}

/* The index of the first key that is not less than `key`. */
static size_t space_find(space *in, mk_str key) {
  space_sort(in);
  size_t low = 0;
  size_t high = in->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (mk_str_compare(text_str(in->entries[middle].key), key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static entry *space_get(space *in, mk_str key) {
  size_t at = space_find(in, key);
  return at < in->count && mk_str_equal(text_str(in->entries[at].key), key) ? &in->entries[at] : NULL;
}

static entry *space_insert(space *in, size_t at, mk_str key) {
  in->entries = array_grow(in->entries, in->count, &in->capacity, sizeof *in->entries);
  memmove(&in->entries[at + 1], &in->entries[at], (in->count - at) * sizeof *in->entries);
  in->count++;
  in->entries[at] = (entry){.key = text_copy(key.data, key.size)};
  return &in->entries[at];
}

static void entry_write(entry *to, version next) {
  next.moment = ++kv.moment;
  to->versions = allocate(to->versions, (to->count + 1) * sizeof *to->versions);
  to->versions[to->count++] = next;
}

/* What a key holds as of `moment`, or NULL. */
static const version *entry_read(const entry *from, kv_moment moment) {
  const version *found = NULL;
  for (size_t i = 0; i < from->count && from->versions[i].moment <= moment; i++) {
    found = &from->versions[i];
  }
  bool is_there = found != NULL && !found->is_deleted &&
                  (found->expiration_s == 0 || kv.clock_ms < (int64_t)found->expiration_s * 1000);
  return is_there ? found : NULL;
}

static void space_free(space *of) {
  for (size_t i = 0; i < of->count; i++) {
    entry *each = &of->entries[i];
    for (size_t j = 0; j < each->count; j++) {
      text_free(&each->versions[j].value);
      text_free(&each->versions[j].metadata);
    }
    free(each->versions);
    text_free(&each->key);
  }
  free(of->entries);
  *of = (space){.is_sorted = true};
}

/* --- what tests say and ask --- */

/* Forget the calls from one on. */
static void calls_free_from(size_t first) {
  for (size_t i = first; i < kv.call_count; i++) {
    kv_call *each = &kv.calls[i];
    text_free(&each->key);
    text_free(&each->value);
    text_free(&each->metadata);
    text_free(&each->cursor);
    text_free(&each->result);
  }
  kv.call_count = first;
  kv.settled_count = first;
}

static void calls_free(void) {
  calls_free_from(0);
  kv.payload_count = 0;
}

/* No faults, everything visible at once. */
static void settings_reset(kv_moment moment, int64_t clock_ms) {
  calls_free();
  kv_count_reset();
  kv_fail((kv_faults){0});
  kv.moment = moment;
  kv.lists_show = KV_PRESENT;
  kv.gets_show = KV_PRESENT;
  kv.page_size = 0;
  kv.has_empty_pages = false;
  kv.list_answer = NULL;
  kv.clock_ms = clock_ms;
  kv.random = 0x9E3779B97F4A7C15u + (uint64_t)moment; /* ids made from here on are others than those before */
}

void kv_reset(void) {
  settings_reset(0, KV_CLOCK_START);
  for (size_t i = 0; i < KV_NAMESPACES; i++) {
    space_free(&kv.spaces[i]);
    kv.gets_started[i] = 0;
  }
  free(kv.calls);
  kv.calls = NULL;
  kv.call_capacity = 0;
  text_free(&kv.dump);
}

/* Drop the versions after `moment`; whether any is left. */
static bool entry_rewind(entry *of, kv_moment moment) {
  while (of->count > 0 && of->versions[of->count - 1].moment > moment) {
    of->count--;
    text_free(&of->versions[of->count].value);
    text_free(&of->versions[of->count].metadata);
  }
  return of->count > 0;
}

void kv_rewind(kv_moment moment, int64_t clock_ms) {
  settings_reset(moment, clock_ms);
  for (size_t i = 0; i < KV_NAMESPACES; i++) {
    space *in = &kv.spaces[i];
    size_t kept = 0;
    kv.gets_started[i] = 0;
    for (size_t j = 0; j < in->count; j++) {
      if (entry_rewind(&in->entries[j], moment)) {
        in->entries[kept++] = in->entries[j];
      } else {
        free(in->entries[j].versions);
        text_free(&in->entries[j].key);
      }
    }
    in->count = kept;
  }
}

kv_counts kv_count(void) { return kv.counts; }

int kv_count_calls(void) {
  int sum = 0;
  for (int kind = 0; kind < KV_KINDS; kind++) {
    sum += kv.counts.calls[kind];
  }
  return sum;
}

void kv_count_reset(void) { kv.counts = (kv_counts){.rounds = 0}; }

void kv_fail(kv_faults faults) {
  kv.faults = faults;
  kv.calls_since_fault = 0;
  kv.has_failed = false;
}

bool kv_has_failed(void) { return kv.has_failed; }

kv_moment kv_now(void) { return kv.moment; }
void kv_lists_show(kv_moment moment) { kv.lists_show = moment; }
void kv_gets_show(kv_moment moment) { kv.gets_show = moment; }
void kv_pages_hold(uint32_t size) { kv.page_size = size; }
void kv_pages_empty_first(bool is_on) { kv.has_empty_pages = is_on; }
void kv_list_answers(const char *text) { kv.list_answer = text; }

void kv_seed(uint32_t ns, const char *key, const char *value, const char *metadata) {
  require(ns < KV_NAMESPACES, "there is no such namespace");
  space *in = &kv.spaces[ns];
  in->is_sorted =
      in->count == 0 || (in->is_sorted && mk_str_compare(text_str(in->entries[in->count - 1].key), mk_str_of(key)) < 0);
  entry *to = space_insert(in, in->count, mk_str_of(key));
  entry_write(to, (version){.value = text_copy(value, strlen(value)),
                            .metadata = metadata == NULL ? NO_TEXT : text_copy(metadata, strlen(metadata))});
}

void kv_drop(uint32_t ns, const char *key) {
  entry *from = space_get(&kv.spaces[ns], mk_str_of(key));
  require(from != NULL, "there is no such key to drop");
  entry_write(from, (version){.is_deleted = true});
}

/* The entry of a key, made where it is missing. */
static entry *space_entry(space *in, mk_str key) {
  size_t at = space_find(in, key);
  entry *found = space_get(in, key);
  return found != NULL ? found : space_insert(in, at, key);
}

void kv_seed_bytes(uint32_t ns, mk_str key, mk_str value, mk_str metadata) {
  require(ns < KV_NAMESPACES, "there is no such namespace");
  entry_write(space_entry(&kv.spaces[ns], key),
              (version){.value = text_copy(value.data, value.size),
                        .metadata = mk_str_is_present(metadata) ? text_copy(metadata.data, metadata.size) : NO_TEXT});
}

mk_str kv_key(uint32_t ns, size_t index) {
  space_sort(&kv.spaces[ns]);
  return index < kv.spaces[ns].count ? text_str(kv.spaces[ns].entries[index].key) : MK_STR_NONE;
}

bool kv_was_touched(uint32_t ns, mk_str key, kv_moment moment) {
  const entry *found = space_get(&kv.spaces[ns], key);
  return found != NULL && found->versions[found->count - 1].moment > moment;
}

static const version *present(uint32_t ns, const char *key) {
  const entry *found = space_get(&kv.spaces[ns], mk_str_of(key));
  return found == NULL ? NULL : entry_read(found, KV_PRESENT);
}

mk_str kv_value(uint32_t ns, const char *key) {
  const version *found = present(ns, key);
  return found == NULL ? MK_STR_NONE : text_str(found->value);
}

mk_str kv_metadata(uint32_t ns, const char *key) {
  const version *found = present(ns, key);
  return found == NULL ? MK_STR_NONE : text_str(found->metadata);
}

size_t kv_key_count(uint32_t ns) {
  size_t count = 0;
  space_sort(&kv.spaces[ns]);
  for (size_t i = 0; i < kv.spaces[ns].count; i++) {
    count += entry_read(&kv.spaces[ns].entries[i], KV_PRESENT) != NULL;
  }
  return count;
}

const char *kv_dump(uint32_t ns) {
  text_free(&kv.dump);
  kv.dump = text_copy("", 0);
  space_sort(&kv.spaces[ns]);
  for (size_t i = 0; i < kv.spaces[ns].count; i++) {
    const entry *each = &kv.spaces[ns].entries[i];
    const version *now = entry_read(each, KV_PRESENT);
    if (now == NULL) {
      continue;
    }
    text_append(&kv.dump, each->key.data, each->key.size);
    text_append_string(&kv.dump, " = ");
    text_append(&kv.dump, now->value.data, now->value.size);
    if (now->metadata.size > 0) {
      text_append_string(&kv.dump, " | ");
      text_append(&kv.dump, now->metadata.data, now->metadata.size);
    }
    text_append_string(&kv.dump, "\n");
  }
  return kv.dump.data;
}

/* --- platform.h --- */

void kv_clock_set(int64_t ms) {
  if (ms > kv.clock_ms) {
    kv.clock_ms = ms - 1;
  }
}

int64_t kv_clock_last(void) { return kv.clock_ms; }

int64_t mk_clock_ms(void) { return ++kv.clock_ms; }

/* A runtime whose local time is an hour ahead of UTC, and that knows one date in words. */
double mk_runtime_date(const char *text, uint32_t size) {
  int64_t ms = 0;
  mk_str given = {text, size};
  if (mk_str_equal(given, MK_STR(KV_DATE_IN_WORDS))) {
    return (double)KV_CLOCK_START;
  }
  return mk_date_parse(given, &ms) ? (double)(ms - KV_ZONE_MS) : NAN;
}

/* splitmix64: the same numbers in every run. */
void mk_random(void *out, size_t size) {
  unsigned char *bytes = out;
  for (size_t i = 0; i < size; i++) {
    kv.random += 0x9E3779B97F4A7C15u;
    uint64_t mixed = (kv.random ^ (kv.random >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    bytes[i] = (unsigned char)(mixed >> 56);
  }
}

/* --- starting calls --- */

/* Count a call; whether it is to fail. */
static bool call_begin(kv_kind kind) {
  kv.counts.calls[kind]++;
  kv.calls_since_fault++;
  const kv_faults *faults = &kv.faults;
  bool fails = faults->nth > 0 &&
               (kv.calls_since_fault == faults->nth || (faults->and_after && kv.calls_since_fault > faults->nth));
  kv.has_failed = kv.has_failed || fails;
  return fails;
}

static kv_call *start(kv_kind kind, uint32_t ns, const char *key, uint32_t key_size) {
  require(ns < KV_NAMESPACES, "there is no such namespace");
  kv.calls = array_grow(kv.calls, kv.call_count, &kv.call_capacity, sizeof *kv.calls);
  kv_call *next = &kv.calls[kv.call_count++];
  *next = (kv_call){.kind = kind, .ns = ns, .key = text_copy(key, key_size)};
  return next;
}

static int32_t ticket_of(const kv_call *of) { return (int32_t)(of - kv.calls); }

int32_t mk_kv_get(uint32_t ns, const char *key, uint32_t key_size) {
  kv_call *next = start(KV_GET, ns, key, key_size);
  if (kv.gets_started[ns]++ % KV_BULK_KEYS == 0) {
    kv.get_fails[ns] = call_begin(KV_GET);
  }
  next->fails = kv.get_fails[ns];
  return ticket_of(next);
}

/* A text with the payloads that it refers to. */
static text text_joined(const char *data, size_t size) {
  text whole = text_copy(data, 0);
  const char *end = data + size;
  const char *at = data;
  while (at < end) {
    const char *mark = memchr(at, (unsigned char)MK_JSON_REFERENCE, (size_t)(end - at));
    const char *stop = mark == NULL ? end : mark;
    text_append(&whole, at, (size_t)(stop - at));
    at = stop;
    if (mark != NULL) {
      char *digits_end;
      size_t ticket = strtoul(mark + 1, &digits_end, 10);
      require(digits_end > mark + 1 && ticket < kv.payload_count, "there is no such payload");
      text_append(&whole, kv.calls[ticket].result.data, kv.calls[ticket].result.size);
      at = digits_end;
    }
  }
  return whole;
}

int32_t mk_kv_put(uint32_t ns, const char *key, uint32_t key_size, const char *value, uint32_t value_size,
                  const char *metadata, uint32_t metadata_size, uint32_t expiration_s) {
  kv_call *next = start(KV_PUT, ns, key, key_size);
  next->value = text_joined(value, value_size);
  next->metadata = text_copy(metadata, metadata_size);
  next->expiration_s = expiration_s;
  next->fails = call_begin(KV_PUT);
  return ticket_of(next);
}

void kv_give(mk_str payload) {
  require(kv.payload_count == kv.call_count, "payloads come first");
  kv_call *given = start(KV_GET, 0, "", 0);
  given->is_settled = true;
  given->result = text_copy(payload.data, payload.size);
  kv.settled_count++;
  kv.payload_count++;
}

int32_t mk_kv_delete(uint32_t ns, const char *key, uint32_t key_size) {
  kv_call *next = start(KV_DELETE, ns, key, key_size);
  next->fails = call_begin(KV_DELETE);
  return ticket_of(next);
}

int32_t mk_kv_list(uint32_t ns, const char *prefix, uint32_t prefix_size, uint32_t limit, const char *cursor,
                   uint32_t cursor_size) {
  kv_call *next = start(KV_LIST, ns, prefix, prefix_size);
  next->limit = limit;
  next->cursor = text_copy(cursor, cursor_size);
  next->fails = call_begin(KV_LIST);
  return ticket_of(next);
}

/* --- settling them --- */

static void fail(kv_call *call, int status, const char *what) {
  static const char *const names[] = {"GET", "PUT", "DELETE", "GET"}; /* a list's errors say GET, too */
  char message[256];
  if (status == 0) {
    (void)snprintf(message, sizeof message, "%s", what);
  } else {
    (void)snprintf(message, sizeof message, "KV %s failed: %d %s", names[call->kind], status, what);
  }
  call->status = status == 0 ? MK_KV_FAILED : -status;
  text_free(&call->result);
  call->result = text_copy(message, strlen(message));
}

/* KV's own checks of a key; false when the call has failed. */
static bool check_key(kv_call *call) {
  char what[80];
  mk_str key = text_str(call->key);
  if (key.size == 0 && call->kind != KV_LIST) {
    fail(call, 0, "Key name cannot be empty.");
    return false;
  }
  if (mk_str_equal(key, MK_STR(".")) || mk_str_equal(key, MK_STR(".."))) {
    (void)snprintf(what, sizeof what, "\"%s\" is not allowed as a key name.", key.data);
    fail(call, 0, what);
    return false;
  }
  if (key.size > MK_KV_KEY_BYTES_MAX) {
    (void)snprintf(what, sizeof what, "UTF-8 encoded length of %zu exceeds key length limit of %d.", key.size,
                   MK_KV_KEY_BYTES_MAX);
    fail(call, 414, what);
    return false;
  }
  return true;
}

static bool check_put(kv_call *call) {
  char what[80];
  int64_t least_s = kv.clock_ms / 1000 + EXPIRATION_S_MIN;
  if (call->value.size > MK_KV_VALUE_BYTES_MAX) {
    (void)snprintf(what, sizeof what, "Value length of %zu exceeds limit of %u.", call->value.size,
                   MK_KV_VALUE_BYTES_MAX);
    fail(call, 413, what);
  } else if (call->metadata.size > MK_KV_METADATA_BYTES_MAX) {
    (void)snprintf(what, sizeof what, "Metadata length of %zu exceeds limit of %d.", call->metadata.size,
                   MK_KV_METADATA_BYTES_MAX);
    fail(call, 413, what);
  } else if (call->expiration_s != 0 && call->expiration_s < least_s) {
    (void)snprintf(what, sizeof what, "Invalid expiration of %u.", call->expiration_s);
    fail(call, 400, what);
  }
  return call->status == MK_KV_DONE;
}

static void settle_get(kv_call *call) {
  const entry *found = space_get(&kv.spaces[call->ns], text_str(call->key));
  const version *seen = found == NULL ? NULL : entry_read(found, kv.gets_show);
  call->status = seen == NULL ? MK_KV_ABSENT : MK_KV_DONE;
  if (seen != NULL) {
    call->result = text_copy(seen->value.data, seen->value.size);
  }
}

static void settle_put(kv_call *call) {
  entry *to = space_entry(&kv.spaces[call->ns], text_str(call->key));
  entry_write(to, (version){.value = call->value, .metadata = call->metadata, .expiration_s = call->expiration_s});
  call->value = NO_TEXT;
  call->metadata = NO_TEXT;
}

static void settle_delete(kv_call *call) {
  entry *from = space_get(&kv.spaces[call->ns], text_str(call->key));
  if (from != NULL) {
    entry_write(from, (version){.is_deleted = true});
  }
}

static void append_json_string(text *to, text of) {
  text_append_string(to, "\"");
  for (size_t i = 0; i < of.size; i++) {
    unsigned char byte = (unsigned char)of.data[i];
    char escaped[8] = {of.data[i]};
    if (byte == '"' || byte == '\\' || byte < ' ') {
      (void)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)byte);
      text_append_string(to, escaped);
    } else {
      text_append(to, escaped, 1);
    }
  }
  text_append_string(to, "\"");
}

static void append_listed(text *to, const entry *each, const version *seen) {
  char expiration[32];
  text_append_string(to, "{\"name\":");
  append_json_string(to, each->key);
  if (seen->expiration_s != 0) {
    (void)snprintf(expiration, sizeof expiration, ",\"expiration\":%u", seen->expiration_s);
    text_append_string(to, expiration);
  }
  if (seen->metadata.size > 0) {
    text_append_string(to, ",\"metadata\":");
    text_append(to, seen->metadata.data, seen->metadata.size);
  }
  text_append_string(to, "}");
}

/* A cursor is opaque, and only good for the prefix it was given for: eight digits of the prefix's
 * hash, whether its page was an empty one, and the last key that was walked. */
#define CURSOR_HEAD 9

static text cursor_head(text prefix, bool was_empty) {
  char head[CURSOR_HEAD + 1];
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < prefix.size; i++) {
    hash = (hash ^ (unsigned char)prefix.data[i]) * 16777619u;
  }
  (void)snprintf(head, sizeof head, "%08x%c", hash, was_empty ? 'e' : 'f');
  return text_copy(head, CURSOR_HEAD);
}

/* Whether the call's cursor was given for its prefix, and the entry to go on with. */
static bool read_cursor(const kv_call *call, size_t *index, bool *was_empty) {
  space *in = &kv.spaces[call->ns];
  mk_str given = text_str(call->cursor);
  *was_empty = given.size >= CURSOR_HEAD && given.data[CURSOR_HEAD - 1] == 'e';
  *index = space_find(in, text_str(call->key));
  if (given.size == 0) {
    return true;
  }
  text head = cursor_head(call->key, *was_empty);
  bool is_ours = mk_str_starts_with(given, text_str(head));
  text_free(&head);
  if (is_ours && given.size > CURSOR_HEAD) {
    mk_str last = mk_str_skip(given, CURSOR_HEAD);
    *index = space_find(in, last);
    *index += *index < in->count && mk_str_equal(text_str(in->entries[*index].key), last);
  }
  return is_ours;
}

/* End a page's text: `last` was the last key walked; NULL where none was, or where the list is complete. */
static void append_page_end(text *to, const kv_call *call, bool is_complete, const entry *last, bool is_empty_page) {
  if (is_complete) {
    text_append_string(to, "],\"list_complete\":true,\"cacheStatus\":null}");
    return;
  }
  text cursor = cursor_head(call->key, is_empty_page);
  if (last != NULL) {
    text_append(&cursor, last->key.data, last->key.size);
  }
  text_append_string(to, "],\"list_complete\":false,\"cursor\":");
  append_json_string(to, cursor);
  text_append_string(to, ",\"cacheStatus\":null}");
  text_free(&cursor);
}

static void settle_list(kv_call *call) {
  space *in = &kv.spaces[call->ns];
  size_t index = 0;
  bool was_empty = false;
  if (call->limit == 0 || call->limit > MK_KV_LIST_KEYS_MAX) {
    fail(call, 400, "Invalid key_count_limit.");
    return;
  }
  if (!read_cursor(call, &index, &was_empty)) {
    fail(call, 400, "Invalid cursor.");
    return;
  }
  bool is_empty_page = kv.has_empty_pages && !was_empty;
  size_t limit = is_empty_page ? 0 : kv.page_size > 0 ? kv.page_size : call->limit;
  size_t listed = 0;
  const entry *last = index > 0 && call->cursor.size > CURSOR_HEAD ? &in->entries[index - 1] : NULL;
  call->result = text_copy("", 0);
  text_append_string(&call->result, "{\"keys\":[");
  while (index < in->count && listed < limit &&
         mk_str_starts_with(text_str(in->entries[index].key), text_str(call->key))) {
    last = &in->entries[index++];
    const version *seen = entry_read(last, kv.lists_show);
    if (seen != NULL) {
      text_append_string(&call->result, listed++ > 0 ? "," : "");
      append_listed(&call->result, last, seen);
    }
  }
  /* KV, too, may say that there is more where only deleted keys are left. */
  bool is_complete = !is_empty_page &&
                     (index == in->count || !mk_str_starts_with(text_str(in->entries[index].key), text_str(call->key)));
  append_page_end(&call->result, call, is_complete, last, is_empty_page);
  if (kv.list_answer != NULL) {
    text_free(&call->result);
    call->result = text_copy(kv.list_answer, strlen(kv.list_answer));
    kv.list_answer = NULL;
  }
}

static void settle(kv_call *call) {
  bool is_effective = !call->fails || kv.faults.lands;
  call->is_settled = true;
  call->status = MK_KV_DONE;
  if (!check_key(call) || (call->kind == KV_PUT && !check_put(call))) {
    return;
  }
  if (is_effective && call->kind == KV_GET) {
    settle_get(call);
  } else if (is_effective && call->kind == KV_PUT) {
    settle_put(call);
  } else if (is_effective && call->kind == KV_DELETE) {
    settle_delete(call);
  } else if (is_effective) {
    settle_list(call);
  }
  if (call->fails) {
    fail(call, kv.faults.status, "Planned Failure");
  }
}

void mk_kv_wait(void) {
  kv.counts.rounds += kv.settled_count < kv.call_count;
  for (; kv.settled_count < kv.call_count; kv.settled_count++) {
    settle(&kv.calls[kv.settled_count]);
  }
  for (size_t i = 0; i < KV_NAMESPACES; i++) {
    kv.gets_started[i] = 0;
  }
}

/* --- reading results --- */

static kv_call *settled(int32_t ticket) {
  require(ticket >= 0 && (size_t)ticket < kv.call_count, "there is no such ticket");
  kv_call *call = &kv.calls[ticket];
  require(call->is_settled, "a result was asked for before the wait");
  require(!call->is_read, "a result was asked for after it was read");
  return call;
}

int32_t mk_kv_status(int32_t ticket) { return settled(ticket)->status; }

uint32_t mk_kv_size(int32_t ticket) { return (uint32_t)settled(ticket)->result.size; }

int32_t mk_kv_head(int32_t ticket, char *out, uint32_t size) {
  const kv_call *call = settled(ticket);
  uint32_t whole = (uint32_t)call->result.size;
  uint32_t count = whole < size ? whole : size;
  while (count < whole && ((unsigned char)call->result.data[count] & 0xC0) == 0x80) {
    count--; /* not within a character */
  }
  if (count > 0) {
    memcpy(out, call->result.data, count);
  }
  return count < whole ? (int32_t)count : ~(int32_t)count;
}

static const kv_call *call_of(int64_t ticket) {
  return ticket >= 0 && (uint64_t)ticket < kv.call_count ? &kv.calls[ticket] : NULL;
}

mk_str kv_ticket_value(int64_t ticket) {
  const kv_call *call = call_of(ticket);
  return call != NULL && call->status == MK_KV_DONE ? text_str(call->result) : MK_STR_NONE;
}

mk_str kv_ticket_key(int64_t ticket) {
  const kv_call *call = call_of(ticket);
  return call != NULL ? text_str(call->key) : MK_STR_NONE;
}

void kv_forget_calls(void) {
  require(kv.settled_count == kv.call_count, "a call is under way");
  calls_free();
}

void mk_kv_forget(int32_t ticket) {
  require(kv.settled_count == kv.call_count, "a call is under way");
  require((size_t)ticket >= kv.payload_count, "payloads are the operation's");
  calls_free_from((size_t)ticket);
}

void mk_kv_read(int32_t ticket, char *out) {
  kv_call *call = settled(ticket);
  if (call->result.size > 0) {
    memcpy(out, call->result.data, call->result.size);
  }
  call->is_read = true;
}

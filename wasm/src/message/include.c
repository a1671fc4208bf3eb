#include "message/include.h"

#include "base/json.h"
#include "host/kv.h"
#include "kv/io.h"
#include "message/lookup.h"

/* Enough for most threads to be listed whole, and for one page of keys. */
#define NEWEST_COUNT (MK_KV_LIST_KEYS_MAX - 16)

/* The blocks of time around a target that are listed in turn, until one holds its neighbours: a
 * power of ten each, so that a block is one prefix: about a day, and four months. */
static const int64_t block_sizes_ms[] = {INT64_C(100000000), INT64_C(10000000000)};
#define BLOCK_COUNT (int)(sizeof block_sizes_ms / sizeof *block_sizes_ms)

/* One entry of `include`. */
typedef struct target {
  mk_found found;
  int64_t previous;
  int64_t next;
  bool is_resolved;
} target;

static mk_status read_count(mk_context *ctx, mk_str entry, const char *name, int64_t *out) {
  mk_str value = mk_json_get(entry, name);
  if (mk_str_is_present(value) && (!mk_json_integer(value, out) || *out < 0)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s of an include must be a whole number >= 0", name);
  }
  return MK_OK;
}

static mk_status read_targets(mk_context *ctx, mk_str include, target **out, size_t *count) {
  mk_member member;
  if (mk_str_is_present(include) && !mk_json_is_array(include)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "include must be an array");
  }
  target *targets = NULL;
  MK_TRY(mk_push(ctx, mk_json_count(include), sizeof *targets, &targets));
  for (mk_cursor cursor = mk_json_walk(include); mk_json_next(&cursor, &member); (*count)++) {
    target *next = &targets[*count];
    MK_TRY(mk_argument_id(ctx, member.value, "id", &next->found.locator.place.id));
    MK_TRY(read_count(ctx, member.value, "withPreviousMessages", &next->previous));
    MK_TRY(read_count(ctx, member.value, "withNextMessages", &next->next));
  }
  *out = targets;
  return MK_OK;
}

static bool is_of_thread(const mk_entry *entry, const target *wanted) {
  return mk_str_equal(entry->place.thread.part, wanted->found.locator.place.thread.part);
}

/* The block of a size that holds a time; a power of ten, so that its falling times share all
 * digits before it. */
static mk_range block_around(int64_t ms, int64_t size_ms) {
  int64_t falling = MK_DATE_MS_MAX - ms;
  int64_t start = falling - falling % size_ms;
  return (mk_range){MK_DATE_MS_MAX - start - size_ms + 1, MK_DATE_MS_MAX - start};
}

/* Add the target and its neighbours, if the entries (oldest first) hold all of them: as many as
 * are wanted, or as the thread has. `range` is what was listed of the thread. */
static mk_status take_window(mk_context *ctx, const mk_history *history, target *wanted, mk_range range,
                             bool has_oldest, mk_entries *out) {
  mk_entries of_thread = {0};
  size_t at = SIZE_MAX;
  for (size_t i = 0; i < history->entries.count; i++) {
    mk_entry *entry = history->entries.items[i];
    if (!is_of_thread(entry, wanted) || !mk_range_has(&range, entry->place.created_ms)) {
      continue;
    }
    if (mk_str_equal(entry->place.id.part, wanted->found.locator.place.id.part)) {
      at = of_thread.count;
    }
    MK_TRY(mk_entries_add(ctx, &of_thread, entry));
  }
  bool has_newest = range.newest_ms == MK_DATE_MS_MAX;
  if (at == SIZE_MAX) {
    /* Not where its locator says, or of another resource: passed over, once all is known. */
    wanted->is_resolved = has_oldest && has_newest;
    return MK_OK;
  }
  /* Compared in 64 bits: a caller may ask for more neighbours than 32 bits count. */
  int64_t before = (int64_t)at;
  int64_t behind = (int64_t)(of_thread.count - 1 - at);
  wanted->is_resolved = (has_oldest || before >= wanted->previous) && (has_newest || behind >= wanted->next);
  if (!wanted->is_resolved) {
    return MK_OK;
  }
  size_t first = before > wanted->previous ? at - (size_t)wanted->previous : 0;
  size_t last = behind > wanted->next ? at + (size_t)wanted->next : of_thread.count - 1;
  for (size_t i = first; i <= last; i++) {
    MK_TRY(mk_entries_add(ctx, out, of_thread.items[i]));
  }
  return MK_OK;
}

static bool is_open(const target *wanted) { return wanted->found.is_located && !wanted->is_resolved; }

/* Whether all of the thread's older entries are known after its newest were listed. */
static bool knows_oldest(const mk_history *history, const target *wanted) {
  for (size_t i = 0; i < history->segment_count; i++) {
    if (mk_str_equal(history->segments[i].thread.part, wanted->found.locator.place.thread.part)) {
      return history->segments[i].listing.is_complete;
    }
  }
  return false;
}

static mk_history empty_history(mk_str resource_part) {
  return (mk_history){.resource_part = resource_part, .is_ascending = true};
}

/* List each thread's newest keys (`need`), or all, and take what windows they hold. */
static mk_status resolve_from_newest(mk_context *ctx, target *targets, size_t count, mk_str resource_part, int64_t need,
                                     mk_entries *out) {
  mk_history history = empty_history(resource_part);
  for (size_t i = 0; i < count; i++) {
    bool is_known = false;
    for (size_t j = 0; j < history.segment_count; j++) {
      is_known = is_known || mk_str_equal(history.segments[j].thread.part, targets[i].found.locator.place.thread.part);
    }
    if (is_open(&targets[i]) && !is_known) {
      MK_TRY(mk_history_add(ctx, &history, &targets[i].found.locator.place.thread, MK_RANGE_ALL));
    }
  }
  MK_TRY(mk_history_collect(ctx, &history, need));
  MK_TRY(mk_history_read_uncertain(ctx, &history));
  for (size_t i = 0; i < count; i++) {
    if (is_open(&targets[i])) {
      MK_TRY(take_window(ctx, &history, &targets[i], MK_RANGE_ALL, knows_oldest(&history, &targets[i]), out));
    }
  }
  return MK_OK;
}

/* List a block of time around each target and take what windows they hold. */
static mk_status resolve_from_blocks(mk_context *ctx, target *targets, size_t count, mk_str resource_part,
                                     int64_t size_ms, mk_entries *out) {
  mk_history history = empty_history(resource_part);
  for (size_t i = 0; i < count; i++) {
    if (is_open(&targets[i])) {
      mk_range block = block_around(targets[i].found.locator.place.created_ms, size_ms);
      MK_TRY(mk_history_add(ctx, &history, &targets[i].found.locator.place.thread, block));
    }
  }
  MK_TRY(mk_history_collect(ctx, &history, INT64_MAX));
  MK_TRY(mk_history_read_uncertain(ctx, &history));
  for (size_t i = 0; i < count; i++) {
    if (is_open(&targets[i])) {
      mk_range block = block_around(targets[i].found.locator.place.created_ms, size_ms);
      MK_TRY(take_window(ctx, &history, &targets[i], block, false, out));
    }
  }
  return MK_OK;
}

mk_status mk_include_resolve(mk_context *ctx, mk_str include, mk_str resource_part, mk_entries *out) {
  target *targets = NULL;
  size_t count = 0;
  MK_TRY(read_targets(ctx, include, &targets, &count));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_lookup_queue(ctx, &targets[i].found, 1));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_lookup_locate(ctx, &targets[i].found, 1));
  }
  MK_TRY(resolve_from_newest(ctx, targets, count, resource_part, NEWEST_COUNT, out));
  for (int i = 0; i < BLOCK_COUNT; i++) {
    MK_TRY(resolve_from_blocks(ctx, targets, count, resource_part, block_sizes_ms[i], out));
  }
  MK_TRY(resolve_from_newest(ctx, targets, count, resource_part, INT64_MAX, out));
  mk_entries_drop_repeated(out); /* windows overlap */
  return MK_OK;
}

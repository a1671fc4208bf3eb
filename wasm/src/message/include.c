#include "message/include.h"

#include "base/json.h"
#include "host/kv.h"
#include "kv/io.h"
#include "message/lookup.h"

/* Enough for most threads to be listed whole, and for one page of keys. */
#define NEWEST_COUNT (MK_KV_LIST_KEYS_MAX - 16)

/* What is listed of the targets' threads, step by step, until the neighbours of all are known: the newest keys, a day or
 * so around each target, four months, and all. Blocks of time are a power of ten, so that each is one prefix. */
typedef struct step {
  int64_t block_ms; /* 0: the thread */
  int64_t need;
} step;

static const step steps[] = {
    {0, NEWEST_COUNT}, {INT64_C(100000000), INT64_MAX}, {INT64_C(10000000000), INT64_MAX}, {0, INT64_MAX}};
#define STEP_COUNT (sizeof steps / sizeof *steps)

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

/* What a step lists of a target's thread. A block's falling times share all digits before it. */
static mk_range range_around(const target *wanted, int64_t size_ms) {
  if (size_ms == 0) {
    return MK_RANGE_ALL;
  }
  int64_t falling = MK_DATE_MS_MAX - wanted->found.locator.place.created_ms;
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

/* What the history has of the target's thread; NULL: nothing. */
static mk_segment *find_segment(const mk_history *history, const target *wanted) {
  for (size_t i = 0; i < history->segment_count; i++) {
    if (mk_str_equal(history->segments[i].walk.thread.part, wanted->found.locator.place.thread.part)) {
      return &history->segments[i];
    }
  }
  return NULL;
}

/* List what a step says, and take what windows it holds. */
static mk_status resolve(mk_context *ctx, const step *by, target *targets, size_t count, mk_str resource_part,
                         mk_entries *out) {
  mk_history history = {
      .resource_part = resource_part,
  };
  for (size_t i = 0; i < count; i++) {
    if (is_open(&targets[i]) && (by->block_ms != 0 || find_segment(&history, &targets[i]) == NULL)) {
      MK_TRY(mk_history_add(ctx, &history, &targets[i].found.locator.place.thread,
                            range_around(&targets[i], by->block_ms)));
    }
  }
  MK_TRY(mk_history_collect(ctx, &history, by->need));
  MK_TRY(mk_history_read_uncertain(ctx, &history));
  mk_entries_sort(history.entries.items, history.entries.count);
  for (size_t i = 0; i < count; i++) {
    if (is_open(&targets[i])) {
      bool has_oldest = by->block_ms == 0 && mk_segment_is_whole(find_segment(&history, &targets[i]));
      MK_TRY(take_window(ctx, &history, &targets[i], range_around(&targets[i], by->block_ms), has_oldest, out));
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
  for (size_t i = 0; i < STEP_COUNT; i++) {
    MK_TRY(resolve(ctx, &steps[i], targets, count, resource_part, out));
  }
  mk_entries_drop_repeated(out); /* windows overlap */
  return MK_OK;
}

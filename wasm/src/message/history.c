#include "message/history.h"

#include <stdlib.h>

#include "base/json.h"
#include "host/kv.h"
#include "kv/io.h"
#include "thread/thread.h"

/* How many keys more than needed the first page asks for: messages of the same millisecond, and
 * keys of deleted messages, then seldom cost another round. A list call costs the same. */
#define PAGE_SLACK 16

mk_status mk_entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry) {
  if (entries->count == entries->capacity) {
    size_t capacity = entries->capacity == 0 ? 64 : entries->capacity * 2;
    mk_entry **items = mk_arena_grow(ctx->arena, entries->items, entries->capacity * sizeof(mk_entry *),
                                     capacity * sizeof(mk_entry *));
    if (items == NULL) {
      return mk_fail_memory(ctx);
    }
    entries->items = items;
    entries->capacity = capacity;
  }
  entries->items[entries->count++] = entry;
  return MK_OK;
}

static mk_status add_segment(mk_context *ctx, mk_history *history, const mk_segment *segment, mk_str digits) {
  if (history->segment_count == history->segment_capacity) {
    size_t capacity = history->segment_capacity == 0 ? 4 : history->segment_capacity * 2;
    mk_segment *segments = mk_arena_grow(ctx->arena, history->segments, history->segment_capacity * sizeof *segments,
                                         capacity * sizeof *segments);
    if (segments == NULL) {
      return mk_fail_memory(ctx);
    }
    history->segments = segments;
    history->segment_capacity = capacity;
  }
  mk_segment *added = &history->segments[history->segment_count];
  *added = *segment;
  mk_buf prefix = mk_buf_make(ctx->arena);
  mk_buf_text(&prefix, segment->prefix);
  mk_buf_text(&prefix, digits);
  mk_str text;
  MK_TRY(mk_take(ctx, &prefix, &text));
  added->listing = mk_listing_make(MK_MESSAGES, text);
  history->segment_count++;
  return MK_OK;
}

/* The falling time of `ms`, in the arena. */
static mk_status falling_digits(mk_context *ctx, int64_t ms, char **out) {
  MK_TRY(mk_push(ctx, MK_KEY_TIME_SIZE, 1, out));
  mk_key_time_format(ms, *out);
  return MK_OK;
}

/* How far `digits` go on with `digit` from `at`. */
static size_t run_end(const char *digits, size_t at, char digit) {
  while (at < MK_KEY_TIME_SIZE && digits[at] == digit) {
    at++;
  }
  return at;
}

mk_status mk_history_add(mk_context *ctx, mk_history *history, const mk_id *thread, mk_range range) {
  mk_segment segment = {.range = range};
  if (range.oldest_ms > range.newest_ms) {
    return MK_OK;
  }
  mk_key key = mk_key_begin(ctx, MK_MESSAGES);
  if (thread != NULL) {
    segment.thread = *thread;
    mk_key_part(&key, thread->part);
  }
  MK_TRY(mk_key_finish_prefix(ctx, &key, &segment.prefix));
  segment.wants_hint = thread != NULL;
  bool is_open = range.oldest_ms == -MK_DATE_MS_MAX || range.newest_ms == MK_DATE_MS_MAX;
  if (thread == NULL || is_open) {
    return add_segment(ctx, history, &segment, MK_STR(""));
  }
  char *first = NULL;
  char *last = NULL;
  size_t shared = 0;
  MK_TRY(falling_digits(ctx, range.newest_ms, &first));
  MK_TRY(falling_digits(ctx, range.oldest_ms, &last));
  while (shared < MK_KEY_TIME_SIZE && first[shared] == last[shared]) {
    shared++;
  }
  if (shared == MK_KEY_TIME_SIZE || last[shared] != first[shared] + 1) {
    return add_segment(ctx, history, &segment, (mk_str){first, shared});
  }
  MK_TRY(add_segment(ctx, history, &segment, (mk_str){first, run_end(first, shared + 1, '9')}));
  segment.wants_hint = false; /* the first has it */
  return add_segment(ctx, history, &segment, (mk_str){last, run_end(last, shared + 1, '0')});
}

static bool resource_matches(const mk_history *history, mk_str resource_part) {
  return !mk_str_is_present(history->resource_part) ||
         (mk_str_is_present(resource_part) && mk_str_equal(history->resource_part, resource_part));
}

/* Make an entry of a listed key. Keys under the prefix that are no message's are not ours. */
static mk_status take_listed(mk_context *ctx, mk_history *history, mk_segment *segment, const mk_listed *listed) {
  mk_entry *entry = NULL;
  MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
  mk_place *place = &entry->place;
  place->thread = segment->thread;
  if (!mk_message_key_parse(listed->name, segment->prefix, place) ||
      !mk_range_has(&segment->range, place->created_ms)) {
    return MK_OK;
  }
  entry->key = listed->name;
  bool is_known = mk_message_metadata_parse(ctx, listed->metadata, place, &entry->resource_part);
  if (is_known && !resource_matches(history, entry->resource_part)) {
    return MK_OK;
  }
  entry->is_certain = is_known && !mk_str_is_present(history->filter);
  MK_TRY(mk_entries_add(ctx, &segment->listed, entry));
  return mk_entries_add(ctx, &history->entries, entry);
}

static mk_status take_hint(mk_context *ctx, mk_history *history, mk_segment *segment) {
  mk_activity activity;
  const mk_io *io = segment->hint_io;
  segment->hint_io = NULL;
  MK_TRY(mk_activity_parse(ctx, &segment->thread, io->key, io->result, &activity));
  for (size_t i = 0; i < activity.recent_count; i++) {
    mk_entry *entry = NULL;
    if (mk_range_has(&segment->range, activity.recent[i].created_ms)) {
      MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
      entry->place = activity.recent[i];
      MK_TRY(mk_message_key(ctx, &entry->place, &entry->key));
      MK_TRY(mk_entries_add(ctx, &history->entries, entry));
    }
  }
  return MK_OK;
}

/* Whether a segment's listing has come far enough: past its range, or to `need` matches and all
 * of the same time as the last of them, for keys of one time are listed by id and not in the
 * messages' order. */
static bool has_enough(const mk_segment *segment, int64_t need) {
  if (segment->listing.is_complete) {
    return true;
  }
  mk_place last = {.thread = segment->thread};
  bool has_last = segment->listing.count > 0 && mk_str_is_present(segment->thread.part) &&
                  mk_message_key_parse(segment->listing.keys[segment->listing.count - 1].name, segment->prefix, &last);
  if (!has_last) {
    return false;
  }
  if (last.created_ms < segment->range.oldest_ms) {
    return true;
  }
  int64_t live = 0;
  for (size_t i = 0; i < segment->listed.count; i++) {
    const mk_entry *entry = segment->listed.items[i];
    live += !entry->is_gone;
    if (live == need) {
      return last.created_ms < entry->place.created_ms;
    }
  }
  return false;
}

static mk_status queue_round(mk_context *ctx, mk_history *history, int64_t need, bool *has_queued) {
  bool is_first = !history->has_begun;
  *has_queued = false;
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    if (is_first && segment->wants_hint) {
      mk_str key;
      MK_TRY(mk_thread_family_key(ctx, segment->thread.part, MK_THREAD_ACTIVITY, &key));
      MK_TRY(mk_io_get(ctx, MK_THREAD_FAMILIES, key, &segment->hint_io));
    }
    if (is_first || !has_enough(segment, need)) {
      bool is_small = is_first && need < MK_KV_LIST_KEYS_MAX;
      MK_TRY(mk_listing_queue(ctx, &segment->listing, is_small ? need + PAGE_SLACK : MK_KV_LIST_KEYS_MAX));
      *has_queued = true;
    }
  }
  return MK_OK;
}

static mk_status take_round(mk_context *ctx, mk_history *history) {
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    MK_TRY(mk_listing_take(ctx, &segment->listing));
    for (; segment->taken < segment->listing.count; segment->taken++) {
      MK_TRY(take_listed(ctx, history, segment, &segment->listing.keys[segment->taken]));
    }
    if (segment->hint_io != NULL) {
      MK_TRY(take_hint(ctx, history, segment));
    }
  }
  return MK_OK;
}

/* By key; of two entries for one key, what was listed or read first says more than the hint. */
static int compare_keys(const void *a, const void *b) {
  const mk_entry *x = *(mk_entry *const *)a;
  const mk_entry *y = *(mk_entry *const *)b;
  int order = mk_str_compare(x->key, y->key);
  order = order != 0 ? order : (int)y->is_certain - (int)x->is_certain;
  return order != 0 ? order : (int)y->is_read - (int)x->is_read;
}

void mk_entries_drop_repeated(mk_entries *entries) {
  if (entries->count == 0) {
    return;
  }
  qsort(entries->items, entries->count, sizeof(mk_entry *), compare_keys);
  size_t kept = 0;
  for (size_t i = 0; i < entries->count; i++) {
    const mk_entry *entry = entries->items[i];
    mk_place *place = kept > 0 ? &entries->items[kept - 1]->place : NULL;
    if (place == NULL || !mk_str_equal(entry->key, entries->items[kept - 1]->key)) {
      entries->items[kept++] = entries->items[i];
    } else if (entry->place.saved_ms > place->saved_ms) {
      place->saved_ms = entry->place.saved_ms;
      place->seq = entry->place.seq;
    }
  }
  entries->count = kept;
}

static int compare_entries(const void *a, const void *b) {
  const mk_entry *x = *(mk_entry *const *)a;
  const mk_entry *y = *(mk_entry *const *)b;
  int order = mk_place_compare(&x->place, &y->place);
  return order != 0 ? order : mk_str_compare(x->place.thread.part, y->place.thread.part);
}

void mk_entries_sort(mk_entry **entries, size_t count) { qsort(entries, count, sizeof(mk_entry *), compare_entries); }

static void reverse(mk_entries *entries) {
  for (size_t i = 0; i < entries->count / 2; i++) {
    mk_entry *other = entries->items[entries->count - 1 - i];
    entries->items[entries->count - 1 - i] = entries->items[i];
    entries->items[i] = other;
  }
}

static void sort_entries(mk_history *history) {
  mk_entries *entries = &history->entries;
  mk_entries_drop_repeated(entries);
  if (entries->count == 0) {
    return;
  }
  /* By key, the messages of a thread are newest first. Reversed they are nearly in order, with which libc's qsort, a
   * smoothsort, is quickly done. */
  reverse(entries);
  mk_entries_sort(entries->items, entries->count);
  if (!history->is_ascending) {
    reverse(entries);
  }
}

mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need) {
  bool has_queued = true;
  bool has_new = false;
  while (has_queued) {
    MK_TRY(queue_round(ctx, history, need, &has_queued));
    if (has_queued) {
      MK_TRY(mk_io_flush(ctx));
      MK_TRY(take_round(ctx, history));
      has_new = true;
    }
    history->has_begun = true;
  }
  if (has_new) {
    sort_entries(history);
  }
  return MK_OK;
}

static mk_status take_entry(mk_context *ctx, const mk_history *history, mk_entry *entry) {
  entry->is_read = true;
  entry->is_gone = !mk_str_is_present(entry->io->result);
  if (entry->is_gone) {
    return MK_OK;
  }
  MK_TRY(mk_record_parse(ctx, entry->key, entry->io->result, &entry->record));
  /* Also of what is certain: a lagging list may tell of an earlier save. */
  mk_id resource = {.part = MK_STR_NONE};
  mk_str span = mk_record_get(&entry->record, "resourceId");
  if (mk_str_is_present(history->resource_part) && mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &resource));
  }
  bool is_match = !mk_str_is_present(history->filter) ||
                  mk_message_filter_matches(history->filter, mk_record_get(&entry->record, "content"));
  entry->is_gone = !is_match || !resource_matches(history, resource.part);
  return MK_OK;
}

mk_status mk_history_read(mk_context *ctx, const mk_history *history, mk_entry *const *entries, size_t count,
                          bool *has_read) {
  *has_read = false;
  for (size_t i = 0; i < count; i++) {
    if (!entries[i]->is_read) {
      MK_TRY(mk_io_get(ctx, MK_MESSAGES, entries[i]->key, &entries[i]->io));
      *has_read = true;
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    if (!entries[i]->is_read) {
      MK_TRY(take_entry(ctx, history, entries[i]));
    }
  }
  return MK_OK;
}

mk_status mk_history_read_uncertain(mk_context *ctx, mk_history *history) {
  mk_entries uncertain = {0};
  size_t kept = 0;
  bool has_read = false;
  for (size_t i = 0; i < history->entries.count; i++) {
    if (!history->entries.items[i]->is_certain) {
      MK_TRY(mk_entries_add(ctx, &uncertain, history->entries.items[i]));
    }
  }
  MK_TRY(mk_history_read(ctx, history, uncertain.items, uncertain.count, &has_read));
  for (size_t i = 0; i < history->entries.count; i++) {
    if (!history->entries.items[i]->is_gone) {
      history->entries.items[kept++] = history->entries.items[i];
    }
  }
  history->entries.count = kept;
  return MK_OK;
}

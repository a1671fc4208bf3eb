#include "message/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "host/kv.h"

/* How many keys more than needed the first page asks for: messages of the same millisecond, and
 * keys of deleted messages, then seldom cost another round. A list call costs the same. */
#define PAGE_SLACK 16

/* The longest cursor that counting keeps apart. KV's have about a hundred bytes. */
#define CURSOR_BYTES_MAX 1024

mk_status mk_entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry) {
  MK_TRY(mk_grow(ctx, &entries->items, entries->count, &entries->capacity, sizeof(mk_entry *)));
  entries->items[entries->count++] = entry;
  return MK_OK;
}

static mk_status add_segment(mk_context *ctx, mk_history *history, const mk_segment *segment, mk_str digits) {
  MK_TRY(mk_grow(ctx, &history->segments, history->segment_count, &history->segment_capacity, sizeof *segment));
  mk_segment *added = &history->segments[history->segment_count];
  *added = *segment;
  MK_TRY(mk_push(ctx, 1, sizeof *added->marks, &added->marks));
  *added->marks = mk_marks_none();
  added->last_ms = MK_DATE_MS_MAX;
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

/* Whether its thread was deleted after the entry was put there. */
static bool is_buried(const mk_history *history, const mk_entry *entry, int64_t put_ms) {
  return !history->shows_deleted && put_ms <= entry->marks->at_ms[MK_MARK_DELETED];
}

/* Once an entry's marks are known: whether it is gone, and whether it counts unread. */
static void judge(const mk_history *history, mk_entry *entry) {
  if (!entry->is_known) {
    return; /* only reading tells */
  }
  bool may_differ = mk_str_is_present(history->resource_part) && mk_marks_has(entry->marks, MK_MARK_RESCOPED);
  entry->item.is_gone = is_buried(history, entry, mk_place_put_ms(&entry->place)) ||
                        (!may_differ && !resource_matches(history, entry->resource_part));
  entry->is_certain = !may_differ && !entry->place.is_moved && !mk_str_is_present(history->filter);
}

/* In a listing of all threads, let the segment's marks be those of the thread that it has come to. */
static mk_status find_marks(mk_context *ctx, const mk_history *history, mk_segment *segment, mk_str thread_part) {
  bool is_same = mk_str_is_present(segment->thread.part) || mk_str_equal(segment->marks_of, thread_part);
  if (is_same || history->marks_listing.count == 0) {
    return MK_OK;
  }
  segment->marks_of = thread_part;
  MK_TRY(mk_push(ctx, 1, sizeof *segment->marks, &segment->marks));
  return mk_marks_find(ctx, &history->marks_listing, thread_part, segment->marks);
}

/* Whether an entry adds nothing but one to the total: what hints name is known (after the first round), enough newer ones of its thread are kept, and all of the time of
 * the last of these, for keys of one time are listed by id and not in the messages' order. */
static bool is_only_counted(const mk_history *history, const mk_segment *segment, const mk_entry *entry) {
  return history->has_begun && history->keep > 0 && segment->certain == history->keep && entry->is_certain &&
         entry->place.created_ms < segment->kept_ms && mk_index_find(&history->hinted, entry->key) == MK_INDEX_NONE;
}

static void count_certain(const mk_history *history, mk_segment *segment, const mk_entry *entry) {
  bool is_in_order = mk_str_is_present(segment->thread.part);
  if (is_in_order && entry->is_certain && segment->certain < history->keep) {
    segment->certain++;
    segment->kept_ms = entry->place.created_ms;
  }
}

/* Make an entry of a listed key. Keys under the prefix that are no message's are not ours. */
static mk_status take_listed(mk_context *ctx, mk_history *history, mk_segment *segment, const mk_listed *listed) {
  mk_entry *entry = NULL;
  MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
  mk_place *place = &entry->place;
  place->thread = segment->thread;
  if (!mk_message_key_parse(listed->name, segment->prefix, place)) {
    return MK_OK;
  }
  segment->last_ms = place->created_ms;
  if (!mk_range_has(&segment->range, place->created_ms)) {
    return MK_OK;
  }
  MK_TRY(find_marks(ctx, history, segment, place->thread.part));
  entry->key = listed->name;
  entry->marks = segment->marks;
  entry->is_known = mk_place_metadata_parse(ctx, listed->metadata, place, &entry->resource_part);
  judge(history, entry);
  if (entry->item.is_gone) {
    return MK_OK;
  }
  if (is_only_counted(history, segment, entry)) {
    history->counted++;
    return MK_OK;
  }
  count_certain(history, segment, entry);
  MK_TRY(mk_entries_add(ctx, &segment->listed, entry));
  return mk_entries_add(ctx, &history->entries, entry);
}

static mk_status take_hint(mk_context *ctx, mk_history *history, mk_segment *segment) {
  mk_activity activity;
  mk_io *io = segment->activity_io;
  segment->activity_io = NULL;
  MK_TRY(mk_activity_read(ctx, &segment->thread, io, &activity));
  for (size_t i = 0; i < activity.recent_count; i++) {
    mk_entry *entry = NULL;
    if (!mk_range_has(&segment->range, activity.recent[i].created_ms)) {
      continue;
    }
    MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
    entry->place = activity.recent[i];
    entry->is_hinted = true;
    entry->marks = segment->marks;
    if (!is_buried(history, entry, mk_place_put_ms(&entry->place))) {
      MK_TRY(mk_message_key(ctx, &entry->place, &entry->key));
      MK_TRY(history->keep > 0 ? mk_index_add(ctx, &history->hinted, entry->key, 0, NULL) : MK_OK);
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
  if (!mk_str_is_present(segment->thread.part)) {
    return false; /* listed by thread first */
  }
  if (segment->last_ms < segment->range.oldest_ms) {
    return true;
  }
  int64_t live = 0;
  for (size_t i = 0; i < segment->listed.count; i++) {
    const mk_entry *entry = segment->listed.items[i];
    live += !entry->item.is_gone;
    if (live == need) {
      return segment->last_ms < entry->place.created_ms;
    }
  }
  return false;
}

/* What the first round reads beside the list: a thread's hint and marks. The marks of all threads are
 * listed before, for they decide which of the listed keys are entries. SUSPENDS. */
static mk_status queue_first(mk_context *ctx, mk_history *history, mk_segment *segment) {
  if (!mk_str_is_present(segment->thread.part)) {
    mk_str prefix;
    MK_TRY(mk_marks_prefix(ctx, &prefix));
    history->marks_listing = mk_listing_make(MK_THREAD_MARKS, prefix);
    return mk_listing_finish(ctx, &history->marks_listing);
  }
  if (!segment->wants_hint) {
    return MK_OK;
  }
  MK_TRY(mk_activity_queue(ctx, segment->thread.part, &segment->activity_io));
  return mk_marks_queue(ctx, segment->thread.part, MK_MARKS_ALL, segment->marks_io);
}

static mk_status queue_round(mk_context *ctx, mk_history *history, int64_t need, bool *has_queued) {
  bool is_first = !history->has_begun;
  *has_queued = false;
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    MK_TRY(is_first ? queue_first(ctx, history, segment) : MK_OK);
    if (is_first || !has_enough(segment, need)) {
      bool is_small = is_first && need < MK_KV_LIST_KEYS_MAX;
      MK_TRY(mk_listing_queue(ctx, &segment->listing, is_small ? need + PAGE_SLACK : MK_KV_LIST_KEYS_MAX));
      *has_queued = true;
    }
  }
  return MK_OK;
}

static mk_status take_segment(mk_context *ctx, mk_history *history, mk_segment *segment) {
  if (segment->activity_io != NULL) {
    MK_TRY(mk_marks_take(ctx, segment->marks_io, segment->marks));
  } else if (!history->has_begun && mk_str_is_present(segment->thread.part)) {
    segment->marks = segment[-1].marks; /* the other part of the same range, which came first */
  }
  MK_TRY(mk_listing_take(ctx, &segment->listing));
  for (; segment->taken < segment->listing.count; segment->taken++) {
    MK_TRY(take_listed(ctx, history, segment, &segment->listing.keys[segment->taken]));
  }
  return segment->activity_io != NULL ? take_hint(ctx, history, segment) : MK_OK;
}

static mk_status take_round(mk_context *ctx, mk_history *history) {
  for (size_t i = 0; i < history->segment_count; i++) {
    MK_TRY(take_segment(ctx, history, &history->segments[i]));
  }
  return MK_OK;
}

/* By key; of two entries for one key, what was listed or read first says more than the hint. */
MK_POINTER_COMPARATOR(compare_keys, mk_entry) {
  int order = mk_str_compare(x->key, y->key);
  order = order != 0 ? order : (int)y->is_certain - (int)x->is_certain;
  return order != 0 ? order : (int)y->item.is_read - (int)x->item.is_read;
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

MK_POINTER_COMPARATOR(compare_entries, mk_entry) {
  int order = mk_place_compare(&x->place, &y->place);
  return order != 0 ? order : mk_str_compare(x->place.thread.part, y->place.thread.part);
}

void mk_entries_sort(mk_entry **entries, size_t count) {
  if (count > 0) {
    qsort(entries, count, sizeof(mk_entry *), compare_entries);
  }
}

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

/* Whether nothing but counting is left to do in all segments; they then have room for their cursors. */
static mk_status is_only_counting(mk_context *ctx, mk_history *history, bool *out) {
  *out = history->has_begun && history->keep > 0;
  for (size_t i = 0; i < history->segment_count && *out; i++) {
    mk_segment *segment = &history->segments[i];
    *out = segment->listing.is_complete || segment->certain == history->keep;
    if (*out && segment->cursor_room == NULL) {
      MK_TRY(mk_push(ctx, CURSOR_BYTES_MAX, 1, &segment->cursor_room));
    }
  }
  return MK_OK;
}

/* Forget the keys of a round that were only counted, and all else since `mark` but the cursors. */
static void forget_round(mk_context *ctx, mk_history *history, mk_arena_mark mark) {
  for (size_t i = 0; i < history->segment_count; i++) {
    if (history->segments[i].listing.cursor.size > CURSOR_BYTES_MAX) {
      return; /* then this round stays in memory */
    }
  }
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    mk_listing *listing = &segment->listing;
    if (listing->cursor.size > 0) {
      memmove(segment->cursor_room, listing->cursor.data, listing->cursor.size);
      listing->cursor.data = segment->cursor_room;
    }
    listing->keys = NULL;
    listing->count = 0;
    listing->capacity = 0;
    segment->taken = 0;
  }
  mk_arena_reset(ctx->arena, mark);
}

/* List one more page of each segment that has not enough, and make entries of it, or count it. */
static mk_status collect_round(mk_context *ctx, mk_history *history, int64_t need, bool *has_queued) {
  bool is_counting = false;
  MK_TRY(is_only_counting(ctx, history, &is_counting));
  mk_arena_mark mark = mk_arena_end(ctx->arena);
  size_t known = history->entries.count;
  MK_TRY(queue_round(ctx, history, need, has_queued));
  if (*has_queued) {
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(take_round(ctx, history));
    if (is_counting && history->entries.count == known) {
      forget_round(ctx, history, mark);
    }
  }
  history->has_begun = true;
  return MK_OK;
}

void mk_history_restart(mk_history *history) {
  history->keep = 0;
  history->counted = 0;
  history->has_begun = false;
  history->hinted = (mk_index){0};
  history->entries = (mk_entries){0};
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    segment->listing = mk_listing_make(MK_MESSAGES, segment->listing.prefix);
    segment->listed = (mk_entries){0};
    segment->taken = 0;
    segment->last_ms = MK_DATE_MS_MAX;
  }
}

mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need) {
  bool has_queued = true;
  bool has_new = false;
  while (has_queued) {
    MK_TRY(collect_round(ctx, history, need, &has_queued));
    has_new = has_new || has_queued;
  }
  if (has_new) {
    sort_entries(history);
  }
  return MK_OK;
}

static mk_status take_entry(mk_context *ctx, const mk_history *history, mk_entry *entry) {
  entry->item.is_read = true;
  MK_TRY(mk_message_take(ctx, &entry->place, entry->message));
  const mk_record *record = &entry->message->record;
  entry->item.is_gone = !entry->message->exists;
  if (!entry->item.is_gone && !entry->is_known && !entry->is_hinted) {
    /* When it was put there, metadata and hints tell; else the record does as well as it can. */
    MK_TRY(mk_message_head(ctx, entry->message));
    entry->item.is_gone = is_buried(history, entry, record->written_at_ms);
  }
  if (entry->item.is_gone) {
    return MK_OK;
  }
  /* Also of what is certain: a lagging list may tell of an earlier save. */
  mk_str resource = MK_STR_NONE;
  if (mk_str_is_present(history->resource_part)) {
    MK_TRY(mk_message_read_resource(ctx, entry->message, &resource));
  }
  MK_TRY(mk_str_is_present(history->filter) ? mk_message_load(ctx, entry->message) : MK_OK);
  bool is_match = !mk_str_is_present(history->filter) ||
                  mk_message_filter_matches(history->filter, mk_record_get(record, "content"));
  entry->item.is_gone = !is_match || !resource_matches(history, resource);
  return MK_OK;
}

mk_status mk_history_read(mk_context *ctx, const mk_history *history, mk_entry *const *entries, size_t count,
                          bool *has_read) {
  *has_read = false;
  for (size_t i = 0; i < count; i++) {
    mk_entry *entry = entries[i];
    if (!entry->item.is_read) {
      MK_TRY(mk_push(ctx, 1, sizeof *entry->message, &entry->message));
      MK_TRY(mk_message_queue(ctx, &entry->place, mk_marks_has(entry->marks, MK_MARK_UPDATED), entry->message));
      *has_read = true;
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    if (!entries[i]->item.is_read) {
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
    mk_entry *entry = history->entries.items[i];
    if (!entry->is_certain && !entry->item.is_gone) {
      MK_TRY(mk_entries_add(ctx, &uncertain, entry));
    }
  }
  MK_TRY(mk_history_read(ctx, history, uncertain.items, uncertain.count, &has_read));
  for (size_t i = 0; i < history->entries.count; i++) {
    if (!history->entries.items[i]->item.is_gone) {
      history->entries.items[kept++] = history->entries.items[i];
    }
  }
  history->entries.count = kept;
  return MK_OK;
}

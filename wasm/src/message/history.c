#include "message/history.h"

#include "base/json.h"
#include "host/kv.h"

/* How many keys more than needed the first page asks for: messages of the same millisecond, and
 * keys of deleted messages, then seldom cost another round. A list call costs the same. */
#define PAGE_SLACK 16

/* Blocks of a walk that are listed side by side. */
#define BLOCKS_AT_ONCE 10

mk_status mk_history_add(mk_context *ctx, mk_history *history, const mk_id *thread, mk_range range) {
  if (range.oldest_ms > range.newest_ms) {
    return MK_OK;
  }
  MK_TRY(
      mk_grow(ctx, &history->segments, history->segment_count, &history->segment_capacity, sizeof *history->segments));
  mk_segment *segment = &history->segments[history->segment_count++];
  mk_key key = mk_key_begin(ctx, MK_MESSAGES);
  *segment = (mk_segment){.walk.range = range, .marks = mk_marks_none()};
  if (thread != NULL) {
    segment->walk.thread = *thread;
    mk_key_part(&key, thread->part);
  }
  return mk_key_finish_prefix(ctx, &key, &segment->walk.prefix);
}

static bool resource_matches(const mk_history *history, mk_str resource_part) {
  return !mk_str_is_present(history->resource_part) ||
         (mk_str_is_present(resource_part) && mk_str_equal(history->resource_part, resource_part));
}

/* Whether its thread was deleted after the entry was put there. */
static bool is_buried(const mk_history *history, const mk_entry *entry, int64_t put_ms) {
  return !history->shows_deleted && put_ms <= entry->marks.at_ms[MK_MARK_DELETED];
}

/* Whether an entry is gone, and whether it counts unread, by what its KV metadata and its thread's marks say. */
static void judge(const mk_history *history, mk_entry *entry, mk_str resource_part) {
  if (!entry->is_known) {
    return; /* only reading tells */
  }
  bool may_differ = entry->place.is_moved ||
                    (mk_str_is_present(history->resource_part) && mk_marks_has(&entry->marks, MK_MARK_RESCOPED));
  entry->item.is_gone = is_buried(history, entry, mk_place_put_ms(&entry->place)) ||
                        (!may_differ && !resource_matches(history, resource_part));
  entry->item.is_certain = !may_differ && !mk_str_is_present(history->filter);
}

/* Make an entry of a listed key. Keys under the prefix that are no message's are not ours. */
static mk_status take_listed(mk_context *ctx, mk_history *history, mk_segment *segment, mk_block *block,
                             const mk_listed *listed) {
  mk_entry *entry = NULL;
  mk_str resource_part = MK_STR_NONE;
  MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
  mk_place *place = &entry->place;
  place->thread = segment->walk.thread;
  if (!mk_message_key_parse(listed->name, segment->walk.prefix, place) ||
      !mk_range_has(&segment->walk.range, place->created_ms)) {
    return MK_OK;
  }
  entry->item.name = listed->name;
  entry->marks = segment->marks;
  if (history->marks_listing.count > 0) {
    MK_TRY(mk_marks_find(ctx, &history->marks_listing, place->thread.part, &entry->marks));
  }
  entry->is_known = mk_place_metadata_parse(ctx, listed->metadata, place, &resource_part);
  judge(history, entry, resource_part);
  if (entry->item.is_gone) {
    return MK_OK;
  }
  history->has_listed = true;
  MK_TRY(history->keeper.keep > 0 ? MK_OK : mk_entries_add(ctx, &block->entries, entry));
  return mk_entries_add(ctx, &history->entries, entry);
}

static mk_status take_hint(mk_context *ctx, mk_history *history, const mk_segment *segment, mk_io *io) {
  mk_activity activity;
  MK_TRY(mk_activity_read(ctx, &segment->walk.thread, io, &activity));
  for (size_t i = 0; i < activity.recent_count; i++) {
    mk_entry *entry = NULL;
    if (!mk_range_has(&segment->walk.range, activity.recent[i].created_ms)) {
      continue;
    }
    MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
    entry->place = activity.recent[i];
    entry->is_hinted = true;
    entry->marks = segment->marks;
    if (!is_buried(history, entry, mk_place_put_ms(&entry->place))) {
      MK_TRY(mk_message_key(ctx, &entry->place, &entry->item.name));
      MK_TRY(mk_entries_add(ctx, &history->entries, entry));
    }
  }
  return MK_OK;
}

/* The block that a walk has to go on with, or NULL: it has come to `need` matches, and all of the same
 * time as the last of them, for keys of one time are listed by id and not in the messages' order; or to
 * the end of its range. */
static mk_block **find_next(mk_segment *segment, int64_t need) {
  mk_walk *walk = &segment->walk;
  int64_t live = 0;
  for (mk_block **at = &walk->blocks; *at != NULL; at = &(*at)->next) {
    const mk_block *block = *at;
    bool is_done = mk_block_is_done(walk, block);
    for (size_t i = 0; i < block->entries.count; i++) {
      const mk_entry *entry = block->entries.items[i];
      live += !entry->item.is_gone;
      if (live == need && (is_done || block->last_ms < entry->place.created_ms)) {
        return NULL;
      }
    }
    if (!is_done) {
      return at;
    }
  }
  return NULL;
}

bool mk_segment_is_whole(mk_segment *segment) { return find_next(segment, INT64_MAX) == NULL; }

bool mk_history_is_whole(const mk_history *history) {
  for (size_t i = 0; i < history->segment_count; i++) {
    if (!mk_segment_is_whole(&history->segments[i])) {
      return false;
    }
  }
  return true;
}

/* What the first round reads beside the list: a thread's hint and marks. The marks of all threads are
 * listed before, for they decide which of the listed keys are entries. SUSPENDS. */
static mk_status queue_first(mk_context *ctx, mk_history *history, mk_segment *segment) {
  mk_str thread_part = segment->walk.thread.part;
  if (!mk_str_is_present(thread_part)) {
    mk_str prefix;
    MK_TRY(mk_marks_prefix(ctx, &prefix));
    history->marks_listing = mk_listing_make(MK_THREAD_MARKS, prefix);
    return mk_listing_finish(ctx, &history->marks_listing);
  }
  MK_TRY(mk_activity_queue(ctx, thread_part, &segment->activity_io));
  return mk_marks_queue(ctx, thread_part, MK_MARKS_ALL, segment->marks_io);
}

/* Begin the walks, or split the blocks whose first page did not come to where their range begins. */
static mk_status prepare_round(mk_context *ctx, mk_history *history, int64_t need) {
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_walk *walk = &history->segments[i].walk;
    if (walk->blocks == NULL) {
      walk->is_from_oldest = history->is_ascending && need < INT64_MAX;
      MK_TRY(mk_walk_begin(ctx, walk));
    }
    mk_block **at = find_next(&history->segments[i], need);
    if (at != NULL && !mk_block_goes_on(walk, *at)) {
      MK_TRY(mk_walk_split(ctx, walk, at));
      history->keeper.base = mk_arena_end(ctx->arena);
    }
  }
  return MK_OK;
}

/* Queue a page of the block that is next, and of those behind it that may be needed, too. */
static mk_status queue_segment(mk_context *ctx, mk_segment *segment, int64_t need, int64_t limit, bool *has_queued) {
  mk_block **at = find_next(segment, need);
  mk_block *block = at == NULL ? NULL : *at;
  bool is_alone = false;
  for (int i = 0; block != NULL && i < BLOCKS_AT_ONCE && !is_alone; i++, block = block->next) {
    is_alone = block->pages > 0 || block->is_edge;
    if (i == 0 || !is_alone) {
      MK_TRY(mk_listing_queue(ctx, &block->listing, limit));
      *has_queued = true;
    }
  }
  return MK_OK;
}

static mk_status queue_round(mk_context *ctx, mk_history *history, int64_t need, bool *has_queued) {
  *has_queued = false;
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    MK_TRY(history->has_begun ? MK_OK : queue_first(ctx, history, segment));
    bool is_small = !history->has_begun && !segment->walk.is_from_oldest && need < MK_KV_LIST_KEYS_MAX;
    MK_TRY(queue_segment(ctx, segment, need, is_small ? need + PAGE_SLACK : MK_KV_LIST_KEYS_MAX, has_queued));
  }
  return MK_OK;
}

/* Take the page of a block. From the oldest on, only a whole block tells which of its keys are the first. */
static mk_status take_block(mk_context *ctx, mk_history *history, mk_segment *segment, mk_block *block) {
  mk_listing *listing = &block->listing;
  mk_place place;
  if (listing->io == NULL) {
    return MK_OK;
  }
  MK_TRY(mk_listing_take(ctx, listing));
  place.thread = segment->walk.thread;
  if (listing->count > 0 && mk_str_is_present(place.thread.part) &&
      mk_message_key_parse(listing->keys[listing->count - 1].name, segment->walk.prefix, &place)) {
    block->last_ms = place.created_ms;
    block->pages++;
  }
  bool is_partial = segment->walk.is_from_oldest && !mk_block_is_done(&segment->walk, block);
  if (is_partial && mk_block_goes_on(&segment->walk, block)) {
    history->keeper.base = mk_arena_end(ctx->arena); /* its keys are needed yet */
    return MK_OK;
  }
  for (size_t i = 0; i < listing->count && !is_partial; i++) {
    MK_TRY(take_listed(ctx, history, segment, block, &listing->keys[i]));
  }
  listing->count = 0;
  return MK_OK;
}

static mk_status take_round(mk_context *ctx, mk_history *history) {
  for (size_t i = 0; i < history->segment_count; i++) {
    mk_segment *segment = &history->segments[i];
    mk_io *activity_io = segment->activity_io;
    segment->activity_io = NULL;
    if (activity_io != NULL) {
      MK_TRY(mk_marks_take(ctx, segment->marks_io, &segment->marks));
      MK_TRY(take_hint(ctx, history, segment, activity_io));
    }
    for (mk_block *block = segment->walk.blocks; block != NULL; block = block->next) {
      MK_TRY(take_block(ctx, history, segment, block));
    }
  }
  return MK_OK;
}

static void sort_entries(mk_history *history) {
  mk_entries *entries = &history->entries;
  mk_entries_drop_repeated(entries);
  mk_entries_sort(entries->items, entries->count);
  if (!history->is_ascending) {
    mk_items_reverse((mk_item **)(void *)entries->items, entries->count);
  }
}

/* Forget what a round left in memory, all but the entries, the cursors, and keys that are no entries yet. */
static mk_status forget_round(mk_context *ctx, mk_history *history) {
  mk_entries *entries = &history->entries;
  mk_str **cursors = NULL;
  size_t count = 0;
  size_t capacity = 0;
  for (size_t i = 0; i < history->segment_count; i++) {
    for (mk_block *block = history->segments[i].walk.blocks; block != NULL; block = block->next) {
      if (block->listing.cursor.size > 0) {
        MK_TRY(mk_grow(ctx, &cursors, count, &capacity, sizeof *cursors));
        cursors[count++] = &block->listing.cursor;
      }
      if (block->listing.count == 0) {
        block->listing.keys = NULL;
        block->listing.capacity = 0;
      }
    }
  }
  MK_TRY(mk_keep(ctx, &history->keeper, (mk_item ***)(void *)&entries->items, &entries->count, sizeof(mk_entry),
                 cursors, count));
  entries->capacity = entries->count;
  for (size_t i = 0; i < entries->count; i++) {
    mk_place *place = &entries->items[i]->place;
    mk_str name = entries->items[i]->item.name;
    place->id.part.data = name.data + name.size - place->id.part.size;
    place->thread.part.data = place->id.part.data - MK_KEY_TIME_SIZE - 2 - place->thread.part.size;
  }
  return MK_OK;
}

/* Let what a round left in memory go, when there is more of that than was kept before. The first one's stays: other
 * reads of the operation were made along with it. */
static mk_status end_round(mk_context *ctx, mk_history *history) {
  mk_keeper *keeper = &history->keeper;
  bool is_first = !history->has_begun;
  history->has_begun = true;
  if (is_first) {
    keeper->base = mk_arena_end(ctx->arena);
  }
  if (is_first || (keeper->keep == 0 && history->has_listed) || !mk_keep_is_due(ctx, keeper)) {
    return MK_OK;
  }
  if (keeper->keep > 0) {
    sort_entries(history);
  }
  return forget_round(ctx, history);
}

void mk_history_restart(mk_history *history, int64_t keep) {
  history->keeper = (mk_keeper){.keep = keep};
  history->has_begun = false;
  history->has_listed = false;
  history->entries = (mk_entries){0};
  for (size_t i = 0; i < history->segment_count; i++) {
    history->segments[i].walk.blocks = NULL;
  }
}

mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need) {
  bool has_queued = true;
  bool has_new = false;
  while (has_queued) {
    MK_TRY(prepare_round(ctx, history, need));
    MK_TRY(queue_round(ctx, history, need, &has_queued));
    if (has_queued) {
      MK_TRY(mk_io_flush(ctx));
      MK_TRY(take_round(ctx, history));
      MK_TRY(end_round(ctx, history));
      has_new = true;
    }
  }
  if (has_new) {
    mk_entries *entries = &history->entries;
    sort_entries(history);
    entries->count = mk_keep_cut(&history->keeper, (mk_item **)(void *)entries->items, entries->count);
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
      MK_TRY(mk_message_queue(ctx, &entry->place, mk_marks_tell_of_families(&entry->marks, &entry->place),
                              entry->message));
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
  mk_entries *entries = &history->entries;
  mk_entries uncertain = {0};
  size_t kept = 0;
  bool has_read = false;
  for (size_t i = 0; i < entries->count; i++) {
    MK_TRY(entries->items[i]->item.is_certain ? MK_OK : mk_entries_add(ctx, &uncertain, entries->items[i]));
  }
  MK_TRY(mk_history_read(ctx, history, uncertain.items, uncertain.count, &has_read));
  for (size_t i = 0; i < entries->count; i++) {
    if (!entries->items[i]->item.is_gone) {
      entries->items[kept++] = entries->items[i];
    }
  }
  entries->count = kept;
  return MK_OK;
}

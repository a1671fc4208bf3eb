#include "mk/history.h"

#include <stdlib.h>

#include "mk/io.h"
#include "mk/json.h"
#include "mk/kv.h"
#include "mk/thread.h"

/* How many keys more than needed the first page asks for: messages of the same millisecond, and
 * keys of deleted messages, then seldom cost another round. A list call costs the same. */
#define PAGE_SLACK 16

static mk_status entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry) {
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

mk_status mk_history_make(mk_context *ctx, const mk_id *threads, size_t thread_count, mk_history *out) {
  *out = (mk_history){.thread_count = thread_count};
  MK_TRY(mk_push(ctx, thread_count, sizeof *out->threads, &out->threads));
  for (size_t i = 0; i < thread_count; i++) {
    mk_str prefix;
    out->threads[i].thread = threads[i];
    MK_TRY(mk_message_prefix(ctx, threads[i].part, &prefix));
    out->threads[i].listing = mk_listing_make(MK_MESSAGES, prefix);
  }
  return MK_OK;
}

static bool resource_matches(const mk_history *history, mk_str resource_part) {
  return !mk_str_is_present(history->resource_part) ||
         (mk_str_is_present(resource_part) && mk_str_equal(history->resource_part, resource_part));
}

/* Make an entry of a listed key. Keys under the prefix that are no message's are not ours. */
static mk_status take_listed(mk_context *ctx, mk_history *history, mk_thread_history *thread,
                             const mk_listed *listed) {
  mk_entry *entry = NULL;
  MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
  mk_place *place = &entry->place;
  if (!mk_message_key_parse(listed->name, thread->listing.prefix, &place->id.part, &place->created_ms)) {
    return MK_OK;
  }
  place->thread = thread->thread;
  entry->key = listed->name;
  entry->is_certain = mk_message_metadata_parse(ctx, listed->metadata, place, &entry->resource_part);
  if (entry->is_certain && !resource_matches(history, entry->resource_part)) {
    return MK_OK;
  }
  MK_TRY(entries_add(ctx, &thread->listed, entry));
  return entries_add(ctx, &history->entries, entry);
}

static mk_status take_hint(mk_context *ctx, mk_history *history, mk_thread_history *thread) {
  mk_activity activity;
  const mk_io *io = thread->activity_io;
  thread->activity_io = NULL;
  MK_TRY(mk_activity_parse(ctx, &thread->thread, io->key, io->result, &activity));
  for (size_t i = 0; i < activity.recent_count; i++) {
    mk_entry *entry = NULL;
    MK_TRY(mk_push(ctx, 1, sizeof *entry, &entry));
    entry->place = activity.recent[i];
    MK_TRY(mk_message_key(ctx, &entry->place, &entry->key));
    MK_TRY(entries_add(ctx, &history->entries, entry));
  }
  return MK_OK;
}

/* Whether a thread's listing has come far enough: `need` matches, and all of the same time as the
 * last of them, for keys of one time are listed by id and not in the messages' order. */
static bool has_enough(const mk_thread_history *thread, int64_t need) {
  if (thread->listing.is_complete) {
    return true;
  }
  int64_t live = 0;
  for (size_t i = 0; i < thread->listed.count; i++) {
    const mk_entry *entry = thread->listed.items[i];
    live += !entry->is_gone;
    if (live == need) {
      const mk_listed *last = &thread->listing.keys[thread->listing.count - 1];
      mk_str id_part;
      int64_t last_ms = 0;
      return mk_message_key_parse(last->name, thread->listing.prefix, &id_part, &last_ms) &&
             last_ms < entry->place.created_ms;
    }
  }
  return false;
}

static mk_status queue_round(mk_context *ctx, mk_history *history, int64_t need, bool *has_queued) {
  bool is_first = !history->has_begun;
  *has_queued = false;
  for (size_t i = 0; i < history->thread_count; i++) {
    mk_thread_history *thread = &history->threads[i];
    if (is_first) {
      mk_str key;
      MK_TRY(mk_thread_family_key(ctx, thread->thread.part, MK_THREAD_ACTIVITY, &key));
      MK_TRY(mk_io_get(ctx, MK_THREAD_FAMILIES, key, &thread->activity_io));
    }
    if (is_first || !has_enough(thread, need)) {
      bool is_small = is_first && need < MK_KV_LIST_KEYS_MAX;
      MK_TRY(mk_listing_queue(ctx, &thread->listing, is_small ? need + PAGE_SLACK : MK_KV_LIST_KEYS_MAX));
      *has_queued = true;
    }
  }
  return MK_OK;
}

static mk_status take_round(mk_context *ctx, mk_history *history) {
  for (size_t i = 0; i < history->thread_count; i++) {
    mk_thread_history *thread = &history->threads[i];
    MK_TRY(mk_listing_take(ctx, &thread->listing));
    for (; thread->taken < thread->listing.count; thread->taken++) {
      MK_TRY(take_listed(ctx, history, thread, &thread->listing.keys[thread->taken]));
    }
    if (thread->activity_io != NULL) {
      MK_TRY(take_hint(ctx, history, thread));
    }
  }
  return MK_OK;
}

/* Of two entries for one key, what was listed or read first says more than the hint. */
static int compare_entries(const void *a, const void *b) {
  const mk_entry *x = *(mk_entry *const *)a;
  const mk_entry *y = *(mk_entry *const *)b;
  int order = mk_place_compare(&x->place, &y->place);
  order = order != 0 ? order : mk_str_compare(x->place.thread.part, y->place.thread.part);
  order = order != 0 ? order : (int)y->is_certain - (int)x->is_certain;
  return order != 0 ? order : (int)y->is_read - (int)x->is_read;
}

static void sort_entries(mk_history *history) {
  mk_entries *entries = &history->entries;
  if (entries->count == 0) {
    return;
  }
  qsort(entries->items, entries->count, sizeof(mk_entry *), compare_entries);
  size_t kept = 1;
  for (size_t i = 1; i < entries->count; i++) {
    if (!mk_str_equal(entries->items[i]->key, entries->items[kept - 1]->key)) {
      entries->items[kept++] = entries->items[i];
    }
  }
  entries->count = kept;
  for (size_t i = 0; !history->is_ascending && i < kept / 2; i++) {
    mk_entry *other = entries->items[kept - 1 - i];
    entries->items[kept - 1 - i] = entries->items[i];
    entries->items[i] = other;
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

mk_status mk_entry_queue(mk_context *ctx, mk_entry *entry) {
  return mk_io_get(ctx, MK_MESSAGES, entry->key, &entry->io);
}

mk_status mk_entry_take(mk_context *ctx, const mk_history *history, mk_entry *entry) {
  entry->is_read = true;
  entry->is_gone = !mk_str_is_present(entry->io->result);
  if (entry->is_gone) {
    return MK_OK;
  }
  MK_TRY(mk_record_parse(ctx, entry->key, entry->io->result, &entry->record));
  if (!entry->is_certain && mk_str_is_present(history->resource_part)) {
    mk_str span = mk_record_get(&entry->record, "resourceId");
    mk_id resource = {.part = MK_STR_NONE};
    if (mk_json_is_string(span)) {
      MK_TRY(mk_id_make(ctx, span, &resource));
    }
    entry->is_gone = !resource_matches(history, resource.part);
  }
  return MK_OK;
}

#include "kv/io.h"
#include "message/history.h"
#include "message/lookup.h"
#include "thread/thread.h"

/* Messages deleted side by side. */
#define STEP 500

/* Delete some of the thread's messages. Their locators go first: what fails stays listed, so that
 * the same call made again finds it. A locator that points elsewhere belongs to a message that
 * was moved away, of which a lagging list still shows the old key. */
static mk_status delete_step(mk_context *ctx, mk_entry *const *entries, size_t count) {
  mk_found *found = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *found, &found));
  for (size_t i = 0; i < count; i++) {
    found[i].place.id = entries[i]->place.id;
  }
  MK_TRY(mk_lookup_queue(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_locate(ctx, found, count));
  for (size_t i = 0; i < count; i++) {
    if (found[i].is_located && mk_place_equal(&found[i].place, &entries[i]->place)) {
      mk_str key;
      MK_TRY(mk_locator_key(ctx, entries[i]->place.id.part, &key));
      MK_TRY(mk_io_delete(ctx, MK_MESSAGE_LOCATORS, key));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_io_delete(ctx, MK_MESSAGES, entries[i]->key));
  }
  return mk_io_flush(ctx);
}

/* Delete a thread with its messages, also where only messages are left of it. First it becomes
 * invisible, its index entry before its record; then go its messages, a step at a time, and last
 * its families, which hold the hint. Whatever fails, the same call made again goes on. */
mk_status mk_delete_thread(mk_context *ctx, mk_str args, mk_str *result) {
  mk_id id;
  mk_thread thread;
  mk_history history = {0};
  mk_str key;
  *result = MK_STR("null");
  MK_TRY(mk_argument_id(ctx, args, "threadId", &id));
  MK_TRY(mk_thread_read(ctx, id.json, &thread));
  MK_TRY(mk_history_add(ctx, &history, &id, MK_RANGE_ALL));
  if (thread.exists) {
    MK_TRY(mk_thread_index_key(ctx, &thread, &key));
    MK_TRY(mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, key));
    MK_TRY(mk_thread_moved_from(ctx, &thread, &key));
    if (mk_str_is_present(key)) {
      MK_TRY(mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, key));
    }
    MK_TRY(mk_io_flush(ctx));
    MK_TRY(mk_thread_key(ctx, id.part, &key));
    MK_TRY(mk_io_delete(ctx, MK_THREADS, key));
  }
  /* The record's deletion travels with the first list. */
  MK_TRY(mk_history_collect(ctx, &history, INT64_MAX));
  for (size_t at = 0; at < history.entries.count; at += STEP) {
    size_t left = history.entries.count - at;
    MK_TRY(delete_step(ctx, history.entries.items + at, left < STEP ? left : STEP));
  }
  for (int family = 0; family < MK_THREAD_FAMILY_COUNT; family++) {
    if (mk_str_is_present(thread.io[1 + family]->result)) {
      MK_TRY(mk_thread_family_key(ctx, id.part, family, &key));
      MK_TRY(mk_io_delete(ctx, MK_THREAD_FAMILIES, key));
    }
  }
  return mk_io_flush(ctx);
}

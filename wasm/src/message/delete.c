#include "base/json.h"
#include "host/platform.h"
#include "message/lookup.h"
#include "message/operations.h"

/* Whether a message's locator was read; a tombstone of it is one, too. */
static bool is_known(const mk_found *found) { return found->is_located || found->locator.is_deleted; }

/* Where the messages are, and what is known of their threads. Two rounds. */
static mk_status read_all(mk_context *ctx, mk_found *found, size_t count, mk_threads *threads) {
  MK_TRY(mk_lookup_queue(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_locate(ctx, found, count));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(is_known(&found[i]) ? mk_threads_add(ctx, threads, &found[i].locator.place.thread) : MK_OK);
  }
  MK_TRY(mk_io_flush(ctx));
  return mk_threads_take(ctx, threads);
}

/* Queue deleting one, and let its locator say so for as long as somebody may not have seen it. */
static mk_status delete_message(mk_context *ctx, const mk_found *found, const mk_touched *thread, int64_t now_ms) {
  mk_locator tombstone = found->locator;
  tombstone.is_deleted = true;
  MK_TRY(mk_locator_leave(ctx, &found->locator, NULL));
  if (mk_marks_tell_of_families(&thread->marks, &found->locator.place)) {
    MK_TRY(mk_message_delete_families(ctx, found->locator.place.id.part));
  }
  return found->is_located ? mk_locator_put(ctx, &tombstone, now_ms) : MK_OK;
}

/* Delete messages by id. What was deleted before is deleted once more, for its tombstone may be all
 * that the call before came to; its thread is not touched again, nor is the tombstone: another may
 * save the message anew meanwhile, and its locator must stay. All writes are one round: each is
 * found by the same call, made again after a failure, through whichever of locator and tombstone is
 * there. Three rounds. */
mk_status mk_delete_messages(mk_context *ctx, mk_str args, mk_str *result) {
  mk_threads threads = {.wants_activity = true, .wanted_marks = MK_MARKS(MK_MARK_UPDATED)};
  mk_found *found = NULL;
  size_t count = 0;
  *result = MK_STR("null");
  MK_TRY(mk_lookup_ids(ctx, mk_json_get(args, "messageIds"), "messageIds", &found, &count));
  MK_TRY(read_all(ctx, found, count, &threads));
  int64_t now_ms = mk_clock_ms();
  for (size_t i = 0; i < count; i++) {
    if (!is_known(&found[i])) {
      continue;
    }
    mk_touched *thread = mk_threads_find(&threads, found[i].locator.place.thread.part);
    if (found[i].is_located && !thread->is_changed) {
      mk_activity_touch(&thread->activity, now_ms);
      thread->is_changed = true;
    }
    mk_activity_forget(&thread->activity, found[i].locator.place.id.part);
    MK_TRY(delete_message(ctx, &found[i], thread, now_ms));
  }
  MK_TRY(mk_threads_put(ctx, &threads, now_ms));
  return mk_io_flush(ctx);
}

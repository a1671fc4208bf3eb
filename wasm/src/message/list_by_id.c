#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "message/touched.h"

MK_POINTER_COMPARATOR(compare_by_time, mk_found) {
  int order = MK_COMPARE(x->locator.place.created_ms, y->locator.place.created_ms);
  return order != 0 ? order : MK_COMPARE(x, y);
}

/* Queue the families of the messages that may have some. */
static mk_status queue_families(mk_context *ctx, mk_found *found, size_t count, const mk_threads *threads) {
  for (size_t i = 0; i < count; i++) {
    const mk_place *place = &found[i].locator.place;
    const mk_touched *thread = found[i].is_located ? mk_threads_find(threads, place->thread.part) : NULL;
    if (thread != NULL && mk_marks_tell_of_families(&thread->marks, place)) {
      MK_TRY(mk_message_queue_families(ctx, place, &found[i].message));
    }
  }
  return MK_OK;
}

static mk_status read_all(mk_context *ctx, mk_found *found, size_t count) {
  mk_threads threads = {.wanted_marks = MK_MARKS(MK_MARK_UPDATED) | MK_MARKS(MK_MARK_DELETED)};
  MK_TRY(mk_lookup_queue(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_locate(ctx, found, count));
  MK_TRY(mk_lookup_queue_messages(ctx, found, count, false));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(found[i].is_located ? mk_threads_add(ctx, &threads, &found[i].locator.place.thread) : MK_OK);
  }
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_threads_take(ctx, &threads));
  mk_lookup_bury(found, count, &threads);
  MK_TRY(queue_families(ctx, found, count, &threads));
  MK_TRY(mk_io_flush(ctx));
  return mk_lookup_take(ctx, found, count);
}

/* The messages with these ids, oldest first; what is unknown is left out. Two rounds, or three where
 * one was updated in their threads, or moved. */
mk_status mk_list_messages_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_found *found = NULL;
  mk_found **sorted = NULL;
  size_t count = 0;
  size_t size = 0;
  MK_TRY(mk_lookup_ids(ctx, mk_json_get(args, "messageIds"), "messageIds", &found, &count));
  MK_TRY(read_all(ctx, found, count));
  MK_TRY(mk_push(ctx, count, sizeof *sorted, &sorted));
  for (size_t i = 0; i < count; i++) {
    if (found[i].message.exists) {
      sorted[size++] = &found[i];
    }
  }
  qsort(sorted, size, sizeof *sorted, compare_by_time);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin_list(&buf, "messages");
  for (size_t i = 0; i < size; i++) {
    MK_TRY(mk_message_refer(ctx, &buf, &sorted[i]->message));
  }
  mk_json_end(&buf, ']');
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

#include "base/json.h"
#include "message/marks.h"
#include "record/accept.h"
#include "thread/thread.h"

/* The entry of the index to delete after saving: the one of the place that the thread leaves, or
 * has left before. The record names it from then on. */
static mk_status leave_place(mk_context *ctx, const mk_thread *old, mk_thread *thread, mk_str *out) {
  mk_str index_key;
  mk_str old_index_key;
  *out = MK_STR_NONE;
  if (!old->exists) {
    return MK_OK;
  }
  MK_TRY(mk_thread_index_key(ctx, thread, &index_key));
  MK_TRY(mk_thread_index_key(ctx, old, &old_index_key));
  if (mk_str_equal(old_index_key, index_key)) {
    MK_TRY(mk_thread_moved_from(ctx, old, out));
  } else {
    *out = old_index_key;
  }
  if (!mk_str_is_present(*out)) {
    return MK_OK;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str span;
  mk_json_encode(&buf, *out);
  MK_TRY(mk_take(ctx, &buf, &span));
  return mk_record_set(ctx, &thread->record, "_movedFrom", span);
}

/* Read what the thread was so far, and the time from which it is written anew: newer than its families',
 * which lose to the new record, and than the deletion of a thread of that id, where clocks disagree. */
static mk_status read_old(mk_context *ctx, const mk_id *id, mk_thread *old, int64_t *now_ms) {
  mk_io *marks_io[MK_MARK_COUNT];
  mk_marks marks;
  MK_TRY(mk_marks_queue(ctx, id->part, MK_MARKS(MK_MARK_DELETED), marks_io));
  MK_TRY(mk_thread_read(ctx, id->json, old));
  MK_TRY(mk_marks_take(ctx, marks_io, &marks));
  int64_t deleted_ms = marks.at_ms[MK_MARK_DELETED];
  *now_ms = mk_thread_write_time(old);
  *now_ms = *now_ms > deleted_ms ? *now_ms : deleted_ms + 1;
  return MK_OK;
}

/* Insert or replace a whole thread. The old record is read only to find its old place in the
 * index, and the time of the new one. */
mk_status mk_save_thread(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_THREADS);
  mk_argument argument = {table->noun, -1};
  mk_thread thread = {0};
  mk_str left_key;
  MK_TRY(mk_record_accept(ctx, table, argument, mk_json_get(args, "thread"), &thread.record));
  MK_TRY(mk_record_id(ctx, MK_STR("thread"), &thread.record, "id", &thread.id));
  MK_TRY(mk_record_id(ctx, MK_STR("thread"), &thread.record, "resourceId", &thread.resource));
  MK_TRY(mk_record_date(ctx, MK_STR("thread"), &thread.record, "createdAt", &thread.created_ms));
  MK_TRY(mk_thread_index_key(ctx, &thread, &left_key)); /* whether it can be a key */

  mk_thread old;
  int64_t now_ms;
  MK_TRY(read_old(ctx, &thread.id, &old, &now_ms));
  MK_TRY(leave_place(ctx, &old, &thread, &left_key));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_answer(&buf, &thread.record);
  MK_TRY(mk_take(ctx, &buf, result)); /* before anything is written: where memory does not suffice, nothing is */
  MK_TRY(mk_thread_put(ctx, &thread, now_ms));
  if (mk_str_is_present(left_key)) {
    mk_io_then(ctx);
    MK_TRY(mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, left_key));
  }
  return mk_io_flush(ctx);
}

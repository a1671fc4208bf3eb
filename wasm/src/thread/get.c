#include "base/json.h"
#include "message/marks.h"
#include "thread/thread.h"

/* The marks of the thread's messages are read along. The tombstone hides a thread that is half deleted;
 * and a turn goes on to list the messages, for which the shim then has the marks at hand. One round. */
static mk_status read_visible(mk_context *ctx, mk_thread *thread, bool *is_visible) {
  mk_io *marks_io[MK_MARK_COUNT];
  mk_marks marks;
  MK_TRY(mk_thread_queue(ctx, thread));
  MK_TRY(mk_marks_queue(ctx, thread->id.part, MK_MARKS_ALL, marks_io));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_thread_take(ctx, thread));
  MK_TRY(mk_marks_take(ctx, marks_io, &marks));
  *is_visible = thread->exists && thread->record.written_at_ms > marks.at_ms[MK_MARK_DELETED];
  return MK_OK;
}

mk_status mk_get_thread_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_thread thread = {0};
  bool is_wanted = false;
  MK_TRY(mk_argument_id(ctx, args, "threadId", &thread.id));
  mk_str resource_span = mk_json_get(args, "resourceId");
  MK_TRY(read_visible(ctx, &thread, &is_wanted));
  if (is_wanted && mk_json_is_string(resource_span)) {
    mk_id resource;
    MK_TRY(mk_id_make(ctx, resource_span, &resource));
    is_wanted = mk_str_equal(resource.part, thread.resource.part);
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  if (is_wanted) {
    mk_record_answer(&buf, &thread.record);
  } else {
    mk_buf_literal(&buf, "null");
  }
  return mk_take(ctx, &buf, result);
}

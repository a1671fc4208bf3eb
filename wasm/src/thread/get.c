#include "base/json.h"
#include "thread/thread.h"

mk_status mk_get_thread_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_id id;
  mk_thread thread;
  MK_TRY(mk_argument_id(ctx, args, "threadId", &id));
  mk_str resource_span = mk_json_get(args, "resourceId");
  MK_TRY(mk_thread_read(ctx, id.json, &thread));
  bool is_wanted = thread.exists;
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

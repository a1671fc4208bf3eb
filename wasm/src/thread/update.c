#include "base/json.h"
#include "thread/thread.h"

/* Merge two objects shallowly: members of `newer` replace those of `older` or join them. */
static mk_status merge_objects(mk_context *ctx, mk_str older, mk_str newer, mk_str *out) {
  mk_record merged;
  MK_TRY(mk_record_merge(ctx, older, newer, &merged));
  return mk_record_object(ctx, &merged, out);
}

static mk_status put_column(mk_context *ctx, mk_thread *thread, int family, const char *column, mk_str value,
                            int64_t now_ms) {
  mk_record record = {0};
  MK_TRY(mk_record_set(ctx, &thread->record, column, value));
  MK_TRY(mk_record_set(ctx, &record, column, value));
  return mk_family_put(ctx, MK_THREAD_FAMILIES, thread->id.part, family, &record, MK_STR_NONE, now_ms);
}

/* What is to change; absent: not given. */
typedef struct request {
  mk_id id;
  mk_str title;
  mk_str metadata;
} request;

/* The thread must exist: its text is the reference's. */
static mk_status read_thread(mk_context *ctx, const mk_id *id, mk_thread *out) {
  mk_str text;
  MK_TRY(mk_thread_read(ctx, id->json, out));
  if (out->exists) {
    return MK_OK;
  }
  MK_TRY(mk_json_decode(ctx, id->json, &text));
  return mk_fail(ctx, MK_E_NOT_FOUND, NULL, "Thread with id %.*s not found", MK_STR_ARG(text));
}

static mk_status queue_writes(mk_context *ctx, const request *req, mk_thread *thread) {
  int64_t now_ms = mk_thread_write_time(thread);
  mk_str metadata = mk_record_get(&thread->record, "metadata");
  mk_str updated_at;
  if (mk_str_is_present(req->title)) {
    MK_TRY(put_column(ctx, thread, MK_THREAD_TITLE, "title", req->title, now_ms));
  }
  if (mk_str_is_present(req->metadata)) {
    MK_TRY(merge_objects(ctx, metadata, req->metadata, &metadata));
    MK_TRY(put_column(ctx, thread, MK_THREAD_METADATA, "metadata", metadata, now_ms));
  } else if (!mk_str_is_present(metadata)) {
    MK_TRY(mk_record_set(ctx, &thread->record, "metadata", MK_STR("{}")));
  }
  thread->activity.exists = true;
  thread->activity.updated_ms = thread->updated_ms;
  thread->activity.patched_ms = now_ms;
  mk_activity_touch(&thread->activity, now_ms);
  MK_TRY(mk_record_date_span(ctx, thread->activity.updated_ms, &updated_at));
  MK_TRY(mk_record_set(ctx, &thread->record, "updatedAt", updated_at));
  return mk_activity_put(ctx, &thread->id, &thread->activity, now_ms);
}

/* Change a thread's title, its metadata, or just its time. Only the families of the columns that
 * were given are written, so a stale read puts nothing else back. */
mk_status mk_update_thread(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  mk_thread thread;
  MK_TRY(mk_argument_id(ctx, args, "id", &req.id));
  MK_TRY(mk_argument_text(ctx, args, "title", &req.title));
  MK_TRY(mk_argument_object(ctx, args, "metadata", &req.metadata));
  MK_TRY(read_thread(ctx, &req.id, &thread));
  MK_TRY(queue_writes(ctx, &req, &thread));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_answer(&buf, &thread.record);
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

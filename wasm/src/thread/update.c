#include "base/json.h"
#include "thread/thread.h"

/* Merge two objects shallowly: members of `newer` replace those of `older` or join them. */
static mk_status merge_objects(mk_context *ctx, mk_str older, mk_str newer, mk_str *out) {
  mk_record merged;
  MK_TRY(mk_record_merge(ctx, older, newer, &merged));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_write(&buf, &merged);
  return mk_take(ctx, &buf, out);
}

static mk_status put_family(mk_context *ctx, const mk_thread *thread, int family, const char *column, mk_str value,
                            int64_t now_ms) {
  mk_record record = {0};
  mk_str key;
  mk_str text;
  MK_TRY(mk_record_set(ctx, &record, column, value));
  MK_TRY(mk_thread_family_key(ctx, thread->id.part, family, &key));
  MK_TRY(mk_record_format(ctx, &record, now_ms, &text));
  return mk_io_put(ctx, MK_THREAD_FAMILIES, key, text, MK_STR_NONE);
}

/* Change a thread's title, its metadata, or just its time. Only the families of the columns that
 * were given are written, so a stale read puts nothing else back. */
mk_status mk_update_thread(mk_context *ctx, mk_str args, mk_str *result) {
  mk_id id;
  MK_TRY(mk_argument_id(ctx, args, "id", &id));
  mk_str title = mk_json_get(args, "title");
  mk_str metadata = mk_json_get(args, "metadata");
  bool has_title = mk_str_is_present(title) && !mk_json_is_null(title);
  bool has_metadata = mk_str_is_present(metadata) && !mk_json_is_null(metadata);
  if (has_title && !mk_json_is_string(title)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "title must be a string");
  }
  if (has_metadata && !mk_json_is_object(metadata)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "metadata must be an object");
  }

  mk_thread thread;
  MK_TRY(mk_thread_read(ctx, id.json, &thread));
  if (!thread.exists) {
    mk_str text;
    MK_TRY(mk_json_decode(ctx, id.json, &text));
    return mk_fail(ctx, MK_E_NOT_FOUND, NULL, "Thread with id %.*s not found", MK_STR_ARG(text));
  }
  int64_t now_ms = mk_thread_write_time(&thread);
  mk_str updated_at;
  if (has_title) {
    MK_TRY(mk_record_set(ctx, &thread.record, "title", title));
    MK_TRY(put_family(ctx, &thread, MK_THREAD_TITLE, "title", title, now_ms));
  }
  if (has_metadata) {
    MK_TRY(merge_objects(ctx, mk_record_get(&thread.record, "metadata"), metadata, &metadata));
    MK_TRY(mk_record_set(ctx, &thread.record, "metadata", metadata));
    MK_TRY(put_family(ctx, &thread, MK_THREAD_METADATA, "metadata", metadata, now_ms));
  } else if (!mk_str_is_present(mk_record_get(&thread.record, "metadata"))) {
    MK_TRY(mk_record_set(ctx, &thread.record, "metadata", MK_STR("{}")));
  }
  thread.activity.exists = true;
  thread.activity.updated_ms = thread.updated_ms;
  thread.activity.patched_ms = now_ms;
  mk_activity_touch(&thread.activity, now_ms);
  MK_TRY(mk_record_date_span(ctx, thread.activity.updated_ms, &updated_at));
  MK_TRY(mk_record_set(ctx, &thread.record, "updatedAt", updated_at));
  MK_TRY(mk_activity_put(ctx, &thread.id, &thread.activity, now_ms));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_answer(&buf, &thread.record);
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

#include "thread/thread.h"

#include "base/json.h"
#include "base/writer.h"

mk_status mk_thread_key(mk_context *ctx, mk_str thread_part, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_THREADS);
  mk_key_part(&key, thread_part);
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_thread_index_key(mk_context *ctx, const mk_thread *thread, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_THREADS_BY_RESOURCE);
  mk_key_part(&key, thread->resource.part);
  mk_key_time(&key, thread->created_ms);
  mk_key_part(&key, thread->id.part);
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_thread_moved_from(mk_context *ctx, const mk_thread *thread, mk_str *out) {
  return mk_key_named(ctx, MK_THREADS_BY_RESOURCE, thread->io->key, mk_record_get(&thread->record, "_movedFrom"), out);
}

mk_status mk_thread_metadata_format(mk_context *ctx, const mk_thread *thread, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_date_text created_at = mk_date_format(thread->created_ms);
  mk_json_begin(&buf, '{');
  mk_json_member_text(&buf, "resourceId", thread->resource.part);
  mk_json_member_text(&buf, "createdAt", (mk_str){created_at.data, created_at.size});
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

bool mk_thread_metadata_parse(mk_str metadata, int64_t *created_ms) {
  mk_str created_at = mk_json_get(metadata, "createdAt");
  return mk_date_take(created_at, created_ms);
}

mk_status mk_thread_queue(mk_context *ctx, mk_thread *thread) {
  mk_str key;
  MK_TRY(mk_thread_key(ctx, thread->id.part, &key));
  MK_TRY(mk_io_get(ctx, MK_THREADS, key, &thread->io));
  MK_TRY(mk_families_queue(ctx, MK_THREAD_FAMILIES, thread->id.part, &thread->families));
  thread->families.io[MK_THREAD_ACTIVITY]->is_lazy = true; /* for behind its head is but the hint */
  return MK_OK;
}

/* Take the columns that have a meaning of their own out of the record. */
static mk_status take_columns(mk_context *ctx, mk_thread *thread) {
  mk_str key = thread->io->key;
  bool is_patched = thread->activity.patched_ms > thread->record.written_at_ms;
  if (is_patched && !mk_str_is_present(mk_record_get(&thread->record, "metadata"))) {
    MK_TRY(mk_record_set(ctx, &thread->record, "metadata", MK_STR("{}")));
  }
  MK_TRY(mk_record_id(ctx, key, &thread->record, "resourceId", &thread->resource));
  MK_TRY(mk_record_date(ctx, key, &thread->record, "createdAt", &thread->created_ms));
  return mk_record_date(ctx, key, &thread->record, "updatedAt", &thread->updated_ms);
}

mk_status mk_thread_take(mk_context *ctx, mk_thread *thread) {
  mk_families *families = &thread->families;
  MK_TRY(mk_families_take(ctx, families));
  MK_TRY(mk_activity_take(ctx, families->io[MK_THREAD_ACTIVITY], &families->records[MK_THREAD_ACTIVITY],
                          &thread->activity));
  thread->exists = mk_str_is_present(thread->io->result);
  if (!thread->exists) {
    return MK_OK;
  }
  MK_TRY(mk_record_take(ctx, thread->io, &thread->record));
  MK_TRY(mk_families_lay(ctx, families, &thread->record));
  return take_columns(ctx, thread);
}

mk_status mk_thread_read(mk_context *ctx, mk_str id_span, mk_thread *out) {
  *out = (mk_thread){0};
  MK_TRY(mk_id_make(ctx, id_span, &out->id));
  MK_TRY(mk_thread_queue(ctx, out));
  MK_TRY(mk_io_flush(ctx));
  return mk_thread_take(ctx, out);
}

mk_status mk_thread_put(mk_context *ctx, const mk_thread *thread, int64_t now_ms) {
  static const mk_record entry = {0}; /* the key says it all; the value tells its age */
  mk_str key;
  mk_str value;
  mk_str metadata;
  MK_TRY(mk_thread_key(ctx, thread->id.part, &key));
  MK_TRY(mk_record_format(ctx, &thread->record, now_ms, &value));
  MK_TRY(mk_thread_metadata_format(ctx, thread, &metadata));
  MK_TRY(mk_io_put(ctx, MK_THREADS, key, value, metadata));
  MK_TRY(mk_thread_index_key(ctx, thread, &key));
  MK_TRY(mk_record_format(ctx, &entry, now_ms, &value));
  return mk_io_put(ctx, MK_THREADS_BY_RESOURCE, key, value, MK_STR_NONE);
}

int64_t mk_thread_write_time(const mk_thread *thread) {
  return mk_families_write_time(&thread->families, &thread->record);
}

#include "mk/json.h"
#include "mk/kv.h"
#include "mk/workflow.h"

/* Copy members of one record to another, those that are there. */
static mk_status copy_member(mk_context *ctx, const mk_record *from, const char *name, mk_record *to) {
  mk_str value = mk_record_get(from, name);
  return mk_str_is_present(value) ? mk_record_set(ctx, to, name, value) : MK_OK;
}

/* The record to store: a column that was not given stays as it was stored; the dates begin now. */
static mk_status make_record(mk_context *ctx, const mk_record *given, const mk_run *old, int64_t now_ms,
                             mk_record *out) {
  mk_str now;
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  *out = (mk_record){0};
  if (mk_str_is_present(old->marker)) {
    MK_TRY(mk_record_set(ctx, out, "_recent", old->marker));
  }
  MK_TRY(copy_member(ctx, given, "workflowName", out));
  MK_TRY(copy_member(ctx, given, "runId", out));
  MK_TRY(copy_member(ctx, &old->record, "resourceId", out));
  MK_TRY(copy_member(ctx, given, "resourceId", out));
  MK_TRY(mk_record_set(ctx, out, "createdAt", now));
  MK_TRY(copy_member(ctx, &old->record, "createdAt", out));
  MK_TRY(copy_member(ctx, given, "createdAt", out));
  MK_TRY(mk_record_set(ctx, out, "updatedAt", now));
  MK_TRY(copy_member(ctx, given, "updatedAt", out));
  return copy_member(ctx, given, "snapshot", out);
}

static void put_part(mk_buf *buf, const char *name, mk_str part) {
  if (mk_str_is_present(part)) {
    mk_buf_literal(buf, name);
    mk_json_encode(buf, part);
  }
}

/* What lists filter by. Where a long resource or status does not fit, neither is there and the
 * run itself has to be read. */
static mk_status format_metadata(mk_context *ctx, const mk_record *record, int64_t written_at_ms, mk_str *out) {
  mk_str resource = mk_record_get(record, "resourceId");
  mk_id resource_id = {0};
  mk_str status_part;
  if (mk_str_is_present(resource)) {
    MK_TRY(mk_id_make(ctx, resource, &resource_id));
  }
  MK_TRY(mk_status_part(ctx, mk_record_get(record, "snapshot"), &status_part));
  for (int fits = 1; fits >= 0; fits--) {
    mk_buf buf = mk_buf_make(ctx->arena);
    mk_buf_literal(&buf, "{\"writtenAt\":");
    mk_buf_int(&buf, written_at_ms);
    mk_buf_literal(&buf, ",\"createdAt\":");
    mk_buf_text(&buf, mk_record_get(record, "createdAt"));
    mk_buf_literal(&buf, ",\"updatedAt\":");
    mk_buf_text(&buf, mk_record_get(record, "updatedAt"));
    if (fits) {
      put_part(&buf, ",\"resourceId\":", resource_id.part);
      put_part(&buf, ",\"status\":", status_part);
    } else {
      mk_buf_literal(&buf, ",\"isPartial\":true");
    }
    mk_buf_char(&buf, '}');
    MK_TRY(mk_take(ctx, &buf, out));
    if (out->size <= MK_KV_METADATA_BYTES_MAX) {
      break;
    }
  }
  return MK_OK;
}

/* Replace a run's snapshot. The run is read for what was not given, and for a time after its
 * updates'; where there are updates, they are covered by this snapshot and deleted. */
mk_status mk_persist_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT);
  mk_run run;
  mk_run *runs = &run;
  mk_record given;
  mk_record record;
  mk_str key;
  mk_str value;
  mk_str metadata;
  MK_TRY(mk_run_arguments(ctx, args, &run));
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, args, &given));
  MK_TRY(mk_run_peek(ctx, &run));
  MK_TRY(mk_runs_find_updates(ctx, &runs, 1));
  int64_t now_ms = mk_run_write_time(&run);
  MK_TRY(make_record(ctx, &given, &run, now_ms, &record));
  MK_TRY(mk_run_key(ctx, &run, MK_WORKFLOW_RUNS, &key));
  MK_TRY(mk_record_format(ctx, &record, now_ms, &value));
  MK_TRY(format_metadata(ctx, &record, now_ms, &metadata));
  MK_TRY(mk_io_put(ctx, MK_WORKFLOW_RUNS, key, value, metadata));
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < run.update_count; i++) {
    MK_TRY(mk_update_key(ctx, &run, run.updates[i].name, &key));
    MK_TRY(mk_io_delete(ctx, MK_WORKFLOW_UPDATES, key));
  }
  MK_TRY(mk_io_flush(ctx));
  *result = MK_STR("null");
  return MK_OK;
}

mk_status mk_load_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  mk_run *runs = &run;
  MK_TRY(mk_run_arguments(ctx, args, &run));
  MK_TRY(mk_runs_read(ctx, &runs, 1));
  mk_str snapshot = mk_record_get(&run.record, "snapshot");
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, mk_str_is_present(snapshot) ? snapshot : MK_STR("null"));
  return mk_take(ctx, &buf, result);
}

mk_status mk_delete_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  mk_str key;
  MK_TRY(mk_run_arguments(ctx, args, &run));
  MK_TRY(mk_run_key(ctx, &run, MK_WORKFLOW_RUNS, &key));
  MK_TRY(mk_io_delete(ctx, MK_WORKFLOW_RUNS, key));
  MK_TRY(mk_io_flush(ctx));
  *result = MK_STR("null");
  return MK_OK;
}

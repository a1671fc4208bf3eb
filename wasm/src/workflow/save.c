#include "base/json.h"
#include "host/kv.h"
#include "record/accept.h"
#include "record/facet.h"
#include "workflow/workflow.h"

/* A column as it was stored. Where it does not stand in front, it may stand behind the snapshot. */
static mk_status get_kept(mk_context *ctx, mk_run *old, const char *column, mk_str *out) {
  *out = mk_record_get(&old->record, column);
  if (!mk_str_is_present(*out) && old->exists) {
    MK_TRY(mk_run_load(ctx, old));
    *out = mk_record_get(&old->record, column);
  }
  return MK_OK;
}

/* The record to store. The resource and createdAt stay as they were stored if they are not given,
 * dates begin now. */
static mk_status make_record(mk_context *ctx, const mk_record *given, mk_run *old, int64_t now_ms, mk_record *out) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT);
  mk_str now;
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  *out = (mk_record){0};
  if (mk_str_is_present(old->marker)) {
    MK_TRY(mk_record_set(ctx, out, "_recent", old->marker));
  }
  for (int i = 0; i < table->column_count; i++) {
    const mk_column *column = &table->columns[i];
    mk_str value = mk_record_get(given, column->name);
    mk_str name = mk_str_of(column->name);
    bool is_kept = mk_str_equal(name, MK_STR("resourceId")) || mk_str_equal(name, MK_STR("createdAt"));
    if (!mk_str_is_present(value) && is_kept) {
      MK_TRY(get_kept(ctx, old, column->name, &value));
    }
    if (!mk_str_is_present(value) && column->type == MK_TYPE_DATE) {
      value = now;
    }
    if (mk_str_is_present(value)) {
      MK_TRY(mk_record_set(ctx, out, column->name, value));
    }
  }
  return MK_OK;
}

/* Let the record tell its snapshot's status, of which a snapshot that stays with the host is accompanied. */
static mk_status set_status(mk_context *ctx, mk_str status, mk_record *record) {
  bool is_apart = mk_json_is_reference(mk_record_get(record, "snapshot")) && mk_str_is_present(status);
  return is_apart ? mk_record_set(ctx, record, "_status", status) : mk_run_set_status(ctx, record);
}

/* Queue writing a run as it is persisted at `now_ms`. */
static mk_status put_run(mk_context *ctx, const mk_run *run, mk_str status, mk_record *record, int64_t now_ms) {
  mk_str key;
  mk_str value;
  mk_str metadata;
  mk_str saved_at;
  MK_TRY(mk_run_key(ctx, run, MK_WORKFLOW_RUNS, &key));
  MK_TRY(mk_record_format(ctx, record, now_ms, &value));
  MK_TRY(mk_record_date_span(ctx, now_ms, &saved_at));
  MK_TRY(mk_record_set(ctx, record, "_savedAt", saved_at));
  MK_TRY(set_status(ctx, status, record));
  MK_TRY(mk_facets_format(ctx, mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT), record, &metadata));
  return mk_io_put(ctx, MK_WORKFLOW_RUNS, key, value, metadata);
}

/* Replace a run's snapshot. The run is read for what was not given, and for a time after its
 * updates'; where there are updates, they are covered by this snapshot and deleted. */
mk_status mk_persist_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT);
  mk_run run;
  mk_run *runs = &run;
  mk_record given;
  mk_record record;
  *result = MK_STR("null");
  MK_TRY(mk_run_arguments(ctx, args, &run));
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, args, &given));
  MK_TRY(mk_run_peek(ctx, &run));
  MK_TRY(mk_runs_find_updates(ctx, &runs, 1));
  int64_t now_ms = mk_run_write_time(&run);
  MK_TRY(make_record(ctx, &given, &run, now_ms, &record));
  MK_TRY(put_run(ctx, &run, mk_json_get(args, "status"), &record, now_ms));
  mk_io_then(ctx);
  MK_TRY(mk_run_delete_updates(ctx, &run, now_ms));
  return mk_io_flush(ctx);
}

mk_status mk_load_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  bool is_referred = false;
  MK_TRY(mk_run_read(ctx, args, &run));
  MK_TRY(mk_run_refer(ctx, &run, &is_referred));
  if (is_referred) {
    mk_buf buf = mk_buf_make(ctx->arena);
    mk_buf_int(&buf, run.io[0]->ticket);
    return mk_take(ctx, &buf, result);
  }
  mk_str snapshot = mk_record_get(&run.record, "snapshot");
  *result = mk_str_is_present(snapshot) ? snapshot : MK_STR("null");
  return MK_OK;
}

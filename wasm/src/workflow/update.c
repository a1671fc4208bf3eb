#include "base/json.h"
#include "base/uuid.h"
#include "host/kv.h"
#include "kv/key.h"
#include "record/facet.h"
#include "workflow/workflow.h"

/* Nothing can be merged into a snapshot without a context. A run without a snapshot begins with
 * an empty one. */
static mk_status check_context(mk_context *ctx, const mk_run *run) {
  mk_str snapshot = mk_record_get(&run->record, "snapshot");
  mk_str id;
  if (!mk_str_is_present(snapshot) || mk_json_is_object(mk_json_get(snapshot, "context"))) {
    return MK_OK;
  }
  MK_TRY(mk_json_decode(ctx, run->id.json, &id));
  return mk_fail(ctx, MK_E_NOT_FOUND, NULL, "Snapshot not found for runId %.*s", MK_STR_ARG(id));
}

/* Queue writing the update under a new key of its own. */
static mk_status put_update(mk_context *ctx, const mk_run *run, const mk_record *update, mk_str *name) {
  char time[MK_KEY_TIME_SIZE];
  mk_id uuid;
  mk_str key;
  mk_str value;
  mk_key_time_format(update->written_at_ms, time);
  MK_TRY(mk_uuid_make(ctx, &uuid));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_text(&buf, (mk_str){time, sizeof time});
  mk_buf_char(&buf, ':');
  mk_buf_text(&buf, uuid.part);
  MK_TRY(mk_take(ctx, &buf, name));
  MK_TRY(mk_update_key(ctx, run, *name, &key));
  MK_TRY(mk_record_format(ctx, update, update->written_at_ms, &value));

  /* Lists learn a run's status from the metadata of its record and of its updates. */
  mk_record facets = {0};
  mk_str metadata = MK_STR_NONE;
  mk_str status = mk_json_get(mk_record_get(update, "state"), "status");
  if (mk_json_is_string(status)) {
    MK_TRY(mk_record_set(ctx, &facets, "_status", status));
    MK_TRY(mk_facets_format(ctx, mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT), &facets, &metadata));
  } else if (mk_str_is_present(status)) {
    metadata = MK_STR("{\"partial\":true}");
  }
  return mk_io_put(ctx, MK_WORKFLOW_UPDATES, key, value, metadata);
}

/* Queue writing the marker: the new update, and those of the last minutes that are known. */
static mk_status put_marker(mk_context *ctx, const mk_run *run, mk_str name, int64_t now_ms) {
  mk_str key;
  mk_str value;
  MK_TRY(mk_run_key(ctx, run, MK_WORKFLOW_MARKERS, &key));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"" MK_WRITTEN_AT "\":");
  mk_buf_int(&buf, now_ms);
  mk_buf_literal(&buf, ",\"_recent\":[\"");
  mk_buf_text(&buf, name);
  for (size_t i = 0; i < run->update_count && i + 1 < MK_UPDATES_RECENT_MAX; i++) {
    const mk_update *update = &run->updates[run->update_count - 1 - i];
    if (update->at_ms > run->record.written_at_ms && update->at_ms > now_ms - MK_UPDATES_RECENT_MS) {
      mk_buf_literal(&buf, "\",\"");
      mk_buf_text(&buf, update->name);
    }
  }
  mk_buf_literal(&buf, "\"]}");
  MK_TRY(mk_take(ctx, &buf, &value));
  return mk_io_put(ctx, MK_WORKFLOW_MARKERS, key, value, MK_STR_NONE);
}

/* Write an update; *snapshot is what the run's becomes by it, as far as was seen. */
static mk_status write_update(mk_context *ctx, mk_run *run, mk_record *update, mk_str *snapshot) {
  mk_str name;
  update->written_at_ms = mk_run_write_time(run);
  MK_TRY(mk_snapshot_lay(ctx, run, mk_record_get(&run->record, "snapshot"), update, 1, snapshot));
  MK_TRY(put_update(ctx, run, update, &name));
  MK_TRY(put_marker(ctx, run, name, update->written_at_ms));
  return mk_io_flush(ctx);
}

/* Record a step's result; the answer is the whole context. */
mk_status mk_update_workflow_results(mk_context *ctx, mk_str args, mk_str *result) {
  static const char *const names[] = {"stepId", "result", "requestContext"};
  mk_run run;
  mk_record update = {0};
  mk_id step;
  mk_str snapshot;
  MK_TRY(mk_argument_id(ctx, args, "stepId", &step));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mk_str value = mk_json_get(args, names[i]);
    if (mk_str_is_present(value)) {
      MK_TRY(mk_record_set(ctx, &update, names[i], value));
    }
  }
  MK_TRY(mk_run_read(ctx, args, &run));
  mk_buf buf = mk_buf_make(ctx->arena);
  if (run.exists) {
    MK_TRY(check_context(ctx, &run));
    MK_TRY(write_update(ctx, &run, &update, &snapshot));
    mk_buf_text(&buf, mk_json_get(snapshot, "context"));
  } else {
    mk_buf_literal(&buf, "{}");
  }
  return mk_take(ctx, &buf, result);
}

/* Whether a status is the expected one, or one of them; nothing expected: any. */
static bool is_expected(mk_str expected, mk_str status) {
  mk_member member;
  if (!mk_str_is_present(expected)) {
    return true;
  }
  mk_cursor cursor = mk_json_walk(expected);
  bool is_found = mk_str_equal(expected, status);
  while (!is_found && mk_json_next(&cursor, &member)) {
    is_found = mk_str_equal(member.value, status);
  }
  return is_found && mk_str_is_present(status);
}

/* Merge options into the snapshot, which is the answer. Whether the status is the expected one is
 * decided on what was read: another writer may change it at the same time. */
mk_status mk_update_workflow_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  mk_record state;
  mk_record update = {0};
  mk_str opts = mk_json_get(args, "opts");
  mk_str expected = mk_json_get(opts, "expectedStatus");
  mk_str cleared = mk_json_get(args, "cleared"); /* names of members that are undefined in JavaScript */
  mk_str text;
  if (!mk_json_is_object(opts)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "opts must be an object");
  }
  MK_TRY(mk_run_read(ctx, args, &run));
  *result = MK_STR("null");
  if (!run.exists) {
    return MK_OK;
  }
  MK_TRY(check_context(ctx, &run));
  mk_str snapshot = mk_record_get(&run.record, "snapshot");
  if (!is_expected(expected, mk_str_is_present(snapshot) ? mk_json_get(snapshot, "status") : MK_STR("\"pending\""))) {
    return MK_OK;
  }
  MK_TRY(mk_record_of_object(ctx, opts, &state));
  MK_TRY(mk_record_put(ctx, &state, (mk_member){MK_STR("\"expectedStatus\""), MK_STR("null")})); /* which removes it */
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_write(&buf, &state);
  MK_TRY(mk_take(ctx, &buf, &text));
  MK_TRY(mk_record_set(ctx, &update, "state", text));
  if (mk_str_is_present(cleared)) {
    MK_TRY(mk_record_set(ctx, &update, "cleared", cleared));
  }
  return write_update(ctx, &run, &update, result);
}

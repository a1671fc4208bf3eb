#include "base/json.h"
#include "base/writer.h"
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
  MK_TRY(mk_id_new(ctx, &uuid));
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
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, MK_WRITTEN_AT, now_ms);
  mk_json_name(&buf, "_recent");
  mk_json_begin(&buf, '[');
  mk_json_text(&buf, name);
  for (size_t i = 0; i < run->update_count && i + 1 < MK_UPDATES_RECENT_MAX; i++) {
    const mk_update *update = &run->updates[run->update_count - 1 - i];
    if (update->at_ms > run->record.written_at_ms && update->at_ms > now_ms - MK_UPDATES_RECENT_MS) {
      mk_json_text(&buf, update->name);
    }
  }
  mk_json_end(&buf, ']');
  mk_json_end(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &value));
  return mk_io_put(ctx, MK_WORKFLOW_MARKERS, key, value, MK_STR_NONE);
}

/* Queue writing an update; *snapshot is what the run's becomes by it, as far as was seen. Whoever
 * reads the run needs the same memory, and copies the snapshot once more, into an answer: an update
 * that would leave a run which nobody can read is refused before it is written. */
static mk_status put_all(mk_context *ctx, mk_run *run, mk_record *update, mk_str *snapshot) {
  mk_str name;
  mk_record *laid = NULL;
  MK_TRY(mk_push(ctx, run->laid_count + 1, sizeof *laid, &laid));
  for (size_t i = 0; i < run->laid_count; i++) {
    laid[i] = run->laid[i];
  }
  update->written_at_ms = mk_run_write_time(run);
  laid[run->laid_count] = *update;
  MK_TRY(put_update(ctx, run, update, &name));
  MK_TRY(put_marker(ctx, run, name, update->written_at_ms));
  MK_TRY(mk_snapshot_lay(ctx, run, run->persisted, laid, run->laid_count + 1, snapshot));
  return mk_arena_has_room(ctx->arena, snapshot->size) ? MK_OK : mk_fail_memory(ctx);
}

/* Record a step's result; the answer is the whole context. */
mk_status mk_update_workflow_results(mk_context *ctx, mk_str args, mk_str *result) {
  static const char *const names[] = {"stepId", "result", "requestContext"};
  mk_run run;
  mk_record update = {0};
  mk_id step;
  mk_str snapshot;
  MK_TRY(mk_argument_id(ctx, args, "stepId", &step));
  MK_TRY(mk_run_read(ctx, args, &run));
  if (!run.exists) {
    *result = MK_STR("{}");
    return MK_OK;
  }
  MK_TRY(mk_run_load(ctx, &run));
  MK_TRY(check_context(ctx, &run));
  mk_arena_reset(ctx->arena, run.before_laid);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mk_str value = mk_json_get(args, names[i]);
    if (mk_str_is_present(value)) {
      MK_TRY(mk_record_set(ctx, &update, names[i], value));
    }
  }
  MK_TRY(put_all(ctx, &run, &update, &snapshot));
  *result = mk_json_get(snapshot, "context");
  return mk_io_flush(ctx);
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

/* The options without expectedStatus, which is not merged: as they are where it is not given. */
static mk_status state_of(mk_context *ctx, mk_str opts, mk_str *out) {
  mk_record state;
  *out = opts;
  if (!mk_str_is_present(mk_json_get(opts, "expectedStatus"))) {
    return MK_OK;
  }
  MK_TRY(mk_record_of_object(ctx, opts, &state));
  MK_TRY(mk_record_put(ctx, &state, (mk_member){MK_STR("\"expectedStatus\""), MK_STR("null")})); /* which removes it */
  return mk_record_object(ctx, &state, out);
}

/* Merge options into the snapshot, which is the answer. Whether the status is the expected one is
 * decided on what was read: another writer may change it at the same time. */
mk_status mk_update_workflow_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  mk_record update = {0};
  mk_str opts = mk_json_get(args, "opts");
  mk_str cleared;
  mk_str state;
  if (!mk_json_is_object(opts)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "opts must be an object");
  }
  MK_TRY(mk_argument_undefined(ctx, args, &cleared));
  MK_TRY(mk_run_read(ctx, args, &run));
  *result = MK_STR("null");
  if (!run.exists) {
    return MK_OK;
  }
  MK_TRY(mk_run_load(ctx, &run));
  MK_TRY(check_context(ctx, &run));
  mk_str snapshot = mk_record_get(&run.record, "snapshot");
  mk_str status = mk_str_is_present(snapshot) ? mk_json_get(snapshot, "status") : MK_STR("\"pending\"");
  if (!is_expected(mk_json_get(opts, "expectedStatus"), status)) {
    return MK_OK;
  }
  mk_arena_reset(ctx->arena, run.before_laid);
  MK_TRY(state_of(ctx, opts, &state));
  MK_TRY(mk_record_set(ctx, &update, "state", state));
  if (mk_str_is_present(cleared)) {
    MK_TRY(mk_record_set(ctx, &update, "cleared", cleared));
  }
  MK_TRY(put_all(ctx, &run, &update, result));
  return mk_io_flush(ctx);
}

#include "base/json.h"
#include "host/platform.h"
#include "workflow/workflow.h"

/* Gather the updates that a list shows or the marker names; to be deleted, that need not be one. */
static mk_status find_updates(mk_context *ctx, mk_run *run, const mk_io *marker) {
  mk_str object;
  if (mk_json_span(marker->result, &object) && mk_json_is_object(object)) {
    MK_TRY(mk_record_of_object(ctx, object, &run->marker_record));
  }
  run->has_updates = true;
  return mk_runs_find_updates(ctx, &run, 1);
}

/* Delete a run and all there is of it. The record goes first, so that the run is gone from then on;
 * the marker goes last, so that the same call, made again after a failure, goes on, and knows the
 * updates that a list does not show yet. Nothing is parsed that could be corrupt, or read that is
 * large. A run without a marker has no updates. */
mk_status mk_delete_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  mk_run run;
  mk_io *marker = NULL;
  mk_str key;
  *result = MK_STR("null");
  MK_TRY(mk_run_arguments(ctx, args, &run));
  MK_TRY(mk_run_key(ctx, &run, MK_WORKFLOW_MARKERS, &key));
  MK_TRY(mk_io_get(ctx, MK_WORKFLOW_MARKERS, key, &marker));
  MK_TRY(mk_io_flush(ctx));
  bool has_marker = mk_str_is_present(marker->result);
  MK_TRY(has_marker ? find_updates(ctx, &run, marker) : MK_OK);
  MK_TRY(mk_run_key(ctx, &run, MK_WORKFLOW_RUNS, &key));
  MK_TRY(mk_io_delete(ctx, MK_WORKFLOW_RUNS, key));
  if (has_marker) {
    mk_io_then(ctx);
    MK_TRY(mk_run_delete_updates(ctx, &run, mk_clock_ms()));
    mk_io_then(ctx);
    MK_TRY(mk_io_delete(ctx, MK_WORKFLOW_MARKERS, marker->key));
  }
  return mk_io_flush(ctx);
}

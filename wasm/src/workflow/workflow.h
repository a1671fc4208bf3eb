/* workflow.h: a workflow's run: its snapshot as last persisted, and the updates since.
 *
 *   workflow_snapshot:{workflowName}:{runId}
 *       {"_writtenAt":…,"_recent":"…"?,workflowName,runId,resourceId?,createdAt,updatedAt,snapshot?}
 *       KV metadata {"_savedAt":"…","createdAt":"…","updatedAt":"…","_status":"…"?,"resourceId":"…"?} (facet.h)
 *   metadata:workflow_updates:{workflowName}:{runId}:{desc(time)}:{uuid}
 *       {"_writtenAt":…,stepId,result?,requestContext?} or {"_writtenAt":…,state,cleared?}
 *       KV metadata {"_status":"…"} where `state` sets one
 *   metadata:workflow_snapshot:{workflowName}:{runId}
 *       the marker: {"_writtenAt":…,"_recent":["{desc(time)}:{uuid}",…]}
 *
 * No update reads, changes and writes back the run: KV has no compare-and-swap, and the second of
 * two such writers would undo the first. Each update has a key of its own and is laid over the
 * snapshot, in the order of their times, whenever the run is read. A later full snapshot takes a
 * time after theirs; what is not newer than the snapshot counts no more, and the call that
 * persists it deletes them.
 *
 * Who reads a run asks for its marker in the same bulk read, and looks for updates only if there
 * is one and the run's record does not name it: every update leaves a marker of its own, and a
 * snapshot names the one it came after. They are compared for being the same, not by their times:
 * the marker of an update that the snapshot covers may arrive late and overwrite one that it does
 * not. `_recent` of a marker are the updates of the last minutes that its writer knew, its own
 * first, for KV's lists lag behind its gets.
 *
 * Deleting a run deletes all of this. What a writer adds that does not know of it yet is not seen,
 * for there is no run, and is older than a later run of the same id: the next deletion, or the
 * first snapshot of the later run, deletes it. */
#ifndef MK_WORKFLOW_H
#define MK_WORKFLOW_H

#include "base/operation.h"
#include "kv/io.h"
#include "kv/listing.h"
#include "record/record.h"

/* How long, and how many at most, updates stay in a marker. */
#define MK_UPDATES_RECENT_MS (INT64_C(5) * 60 * 1000)
#define MK_UPDATES_RECENT_MAX 32

typedef struct mk_update {
  mk_str name; /* "{desc(time)}:{uuid}", the end of its key */
  int64_t at_ms;
  bool is_listed; /* else only the marker names it */
  mk_io *io;
} mk_update;

typedef struct mk_run {
  mk_id workflow;
  mk_id id;
  bool exists;
  mk_record
      record; /* once read, with the updates laid over its snapshot; until it is loaded, what stands before that */
  bool is_loaded;
  mk_str marker;      /* JSON string, what a snapshot names the marker by; absent: there is none */
  bool has_updates;   /* the record does not name the marker: there may be updates */
  int64_t newest_ms;  /* of its writes, as far as seen: a write must be newer to count */
  mk_update *updates; /* once looked for: all there are, oldest first */
  size_t update_count;
  mk_str persisted; /* once loaded: the snapshot without the updates; absent: there is none */
  mk_record *laid;  /* the updates that were laid over it, in order */
  size_t laid_count;
  mk_arena_mark before_laid; /* where the arena stood before that */
  mk_io *io[2];
  mk_record marker_record;
  mk_listing listing;
} mk_run;

/* Read the arguments workflowName and runId. MK_E_INVALID_ARGUMENT. */
mk_status mk_run_arguments(mk_context *ctx, mk_str args, mk_run *out);
/* Read the head of a run's record, and its marker, one round; its updates are not looked for. SUSPENDS.
 * MK_E_CORRUPT_RECORD. */
mk_status mk_run_peek(mk_context *ctx, mk_run *run);
/* Look for the updates of runs that have any, and do not read them. SUSPENDS. */
mk_status mk_runs_find_updates(mk_context *ctx, mk_run **runs, size_t count);
/* Queue deleting the updates that were found, but for those that a list would show by now if they
 * were still there. */
mk_status mk_run_delete_updates(mk_context *ctx, const mk_run *run, int64_t now_ms);
/* Read runs with their updates: one round, three where any has some. One that has none stays with the host, as a
 * message does (kv/io.h), and may be named in an answer by its ticket; the others are loaded. SUSPENDS. */
mk_status mk_runs_read(mk_context *ctx, mk_run **runs, size_t count);
/* Read the run that the arguments name. SUSPENDS. */
mk_status mk_run_read(mk_context *ctx, mk_str args, mk_run *out);
/* Let a run that was read have its snapshot. MK_E_CORRUPT_RECORD. */
mk_status mk_run_load(mk_context *ctx, mk_run *run);
/* Let a run be one that an answer names by its ticket (*is_referred), or else be loaded. */
mk_status mk_run_refer(mk_context *ctx, mk_run *run, bool *is_referred);

mk_status mk_run_key(mk_context *ctx, const mk_run *run, mk_keyspace keyspace, mk_str *out);
mk_status mk_update_key(mk_context *ctx, const mk_run *run, mk_str name, mk_str *out);
/* The time in the end of an update's key. false: not such an end. */
bool mk_update_name_parse(mk_str name, int64_t *at_ms);

/* A time to write with: now, or just after the run's newest write where clocks disagree. */
int64_t mk_run_write_time(const mk_run *run);
/* Let a record tell its snapshot's status by the column _status, which is never stored in it. */
mk_status mk_run_set_status(mk_context *ctx, mk_record *record);

/* Lay updates over a snapshot, in their order, as Mastra's mergeWorkflowStepResult and
 * updateWorkflowState do.
 *   snapshot  an object; absent: begins as an empty one
 *   updates   records of updates; results are passed over where there is no context to take them */
mk_status mk_snapshot_lay(mk_context *ctx, const mk_run *run, mk_str snapshot, const mk_record *updates, size_t count,
                          mk_str *out);

/* The operations (operation.h). */
mk_status mk_persist_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_load_workflow_snapshot(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_workflow_results(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_workflow_state(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_workflow_runs(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_get_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_workflow_run_by_id(mk_context *ctx, mk_str args, mk_str *result);
extern const mk_operation mk_workflow_operations[];

#endif

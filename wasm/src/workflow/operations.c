#include "workflow/workflow.h"

#define VIEW "\"own\":\"" MK_WRITTEN_AT "\",\"drops\":[\"_recent\"]"
/* One text for both, each of which has no more than its part of the paths. */
#define RUNS MK_DATES_AND_VIEW("\"runs.*.createdAt\",\"runs.*.updatedAt\",\"createdAt\",\"updatedAt\"", "{" VIEW "}")

const mk_operation mk_workflow_operations[] = {
    {"persistWorkflowSnapshot", mk_persist_workflow_snapshot, NULL, "snapshot*status"},
    {"loadWorkflowSnapshot", mk_load_workflow_snapshot, MK_VIEW("{" VIEW ",\"member\":\"snapshot\"}")},
    {"updateWorkflowResults", mk_update_workflow_results, NULL},
    {"updateWorkflowState", mk_update_workflow_state, NULL, "opts"},
    {"listWorkflowRuns", mk_list_workflow_runs, RUNS},
    {"getWorkflowRunById", mk_get_workflow_run_by_id, RUNS},
    {"deleteWorkflowRunById", mk_delete_workflow_run_by_id, NULL},
    MK_OPERATIONS_END,
};

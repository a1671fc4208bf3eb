#include "workflow/workflow.h"

const mk_operation mk_workflow_operations[] = {
    {"persistWorkflowSnapshot", mk_persist_workflow_snapshot, NULL},
    {"loadWorkflowSnapshot", mk_load_workflow_snapshot, NULL},
    {"updateWorkflowResults", mk_update_workflow_results, NULL},
    {"updateWorkflowState", mk_update_workflow_state, NULL, "opts"},
    {"listWorkflowRuns", mk_list_workflow_runs, MK_DATES("runs.*.createdAt", "runs.*.updatedAt")},
    {"getWorkflowRunById", mk_get_workflow_run_by_id, MK_DATES("createdAt", "updatedAt")},
    {"deleteWorkflowRunById", mk_delete_workflow_run_by_id, NULL},
    MK_OPERATIONS_END,
};

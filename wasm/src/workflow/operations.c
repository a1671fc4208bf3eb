#include "workflow/workflow.h"

#define DATES_OF(at) MK_DATES(at "createdAt", at "updatedAt")

const mk_operation mk_workflow_operations[] = {
    {"persistWorkflowSnapshot", mk_persist_workflow_snapshot, NULL},
    {"loadWorkflowSnapshot", mk_load_workflow_snapshot, NULL},
    {"updateWorkflowResults", mk_update_workflow_results, NULL},
    {"updateWorkflowState", mk_update_workflow_state, NULL},
    {"listWorkflowRuns", mk_list_workflow_runs, DATES_OF("runs.*.")},
    {"getWorkflowRunById", mk_get_workflow_run_by_id, DATES_OF("")},
    {"deleteWorkflowRunById", mk_delete_workflow_run_by_id, NULL},
    MK_OPERATIONS_END,
};

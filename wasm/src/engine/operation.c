#include "engine/operation.h"

#include "base/json.h"
#include "base/tree.h"
#include "host/kv.h"
#include "message/operations.h"
#include "record/document.h"
#include "resource/resource.h"
#include "score/score.h"
#include "task/task.h"
#include "thread/thread.h"
#include "thread_state/thread_state.h"
#include "workflow/workflow.h"

typedef struct operation {
  const char *name;
  mk_status (*run)(mk_context *ctx, mk_str args, mk_str *result);
  const char *const *dates; /* ends in NULL */
} operation;

#define DATES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const operation operations[] = {
    {"saveThread", mk_save_thread, DATES("createdAt", "updatedAt")},
    {"getThreadById", mk_get_thread_by_id, DATES("createdAt", "updatedAt")},
    {"updateThread", mk_update_thread, DATES("createdAt", "updatedAt")},
    {"deleteThread", mk_delete_thread, NULL},
    {"listThreads", mk_list_threads, DATES("threads.*.createdAt", "threads.*.updatedAt")},
    {"copyThread", mk_copy_thread, DATES("thread.createdAt", "thread.updatedAt", "thread.metadata.clone.clonedAt")},
    {"saveMessages", mk_save_messages, DATES("messages.*.createdAt")},
    {"listMessages", mk_list_messages, DATES("messages.*.createdAt")},
    {"listMessagesById", mk_list_messages_by_id, DATES("messages.*.createdAt")},
    {"listMessagesByResourceId", mk_list_messages_by_resource_id, DATES("messages.*.createdAt")},
    {"updateMessages", mk_update_messages, DATES("*.createdAt")},
    {"deleteMessages", mk_delete_messages, NULL},
    {"getResourceById", mk_get_resource_by_id, DATES("createdAt", "updatedAt")},
    {"saveResource", mk_save_resource, DATES("createdAt", "updatedAt")},
    {"updateResource", mk_update_resource, DATES("createdAt", "updatedAt")},
    {"persistWorkflowSnapshot", mk_persist_workflow_snapshot, NULL},
    {"loadWorkflowSnapshot", mk_load_workflow_snapshot, NULL},
    {"updateWorkflowResults", mk_update_workflow_results, NULL},
    {"updateWorkflowState", mk_update_workflow_state, NULL},
    {"listWorkflowRuns", mk_list_workflow_runs, DATES("runs.*.createdAt", "runs.*.updatedAt")},
    {"getWorkflowRunById", mk_get_workflow_run_by_id, DATES("createdAt", "updatedAt")},
    {"deleteWorkflowRunById", mk_delete_workflow_run_by_id, NULL},
    {"saveScore", mk_save_score, DATES("score.createdAt", "score.updatedAt")},
    {"getScoreById", mk_get_score_by_id, DATES("createdAt", "updatedAt")},
    {"listScoresByScorerId", mk_list_scores_by_scorer, DATES("scores.*.createdAt", "scores.*.updatedAt")},
    {"listScoresByRunId", mk_list_scores_by_run, DATES("scores.*.createdAt", "scores.*.updatedAt")},
    {"listScoresByEntityId", mk_list_scores_by_entity, DATES("scores.*.createdAt", "scores.*.updatedAt")},
    {"listScoresBySpan", mk_list_scores_by_span, DATES("scores.*.createdAt", "scores.*.updatedAt")},
    {"createTask", mk_create_task, NULL},
    {"updateTask", mk_update_task, NULL},
    {"getTask", mk_get_task, DATES("createdAt", "startedAt", "suspendedAt", "completedAt")},
    {"listTasks", mk_list_tasks,
     DATES("tasks.*.createdAt", "tasks.*.startedAt", "tasks.*.suspendedAt", "tasks.*.completedAt")},
    {"deleteTask", mk_delete_task, NULL},
    {"deleteTasks", mk_delete_tasks, NULL},
    {"getRunningCount", mk_get_running_count, NULL},
    {"getRunningCountByAgent", mk_get_running_count_by_agent, NULL},
    {"getState", mk_get_state, NULL},
    {"setState", mk_set_state, NULL},
    {"deleteState", mk_delete_state, NULL},
    {"clear", mk_clear, NULL},
    {"init", mk_init, NULL},
};

/* About what an answer takes besides its result. */
#define ENVELOPE_BYTES 160

/* Said when there is no memory left to say anything longer with. */
#define ANSWER_OUT_OF_MEMORY \
  "{\"error\":{\"code\":\"OUT_OF_MEMORY\",\"message\":\"The operation needs more memory than it may use. " \
  "Ask for less at once.\",\"details\":{}}}"

static mk_status error_answer(mk_context *ctx, mk_str *answer) {
  mk_error error = ctx->error;
  ctx->error.status = MK_OK; /* so that the tree can be built */
  cJSON *details = mk_tree_object(ctx);
  if (mk_str_is_present(error.key)) {
    mk_tree_add_text(ctx, details, "key", error.key);
  }
  if (error.failed_writes > 0) {
    mk_tree_add_number(ctx, details, "failedWrites", error.failed_writes);
  }
  mk_str details_text;
  mk_str record_text;
  MK_TRY(mk_tree_print(ctx, details, &details_text));
  cJSON *record = mk_tree_object(ctx);
  mk_tree_add_text(ctx, record, "code", mk_str_of(mk_status_name(error.status)));
  mk_tree_add_text(ctx, record, "message", mk_str_of(error.text));
  if (error.reason != NULL) {
    mk_tree_add_text(ctx, record, "reason", mk_str_of(error.reason));
  }
  mk_tree_add_span(ctx, record, "details", details_text);
  MK_TRY(mk_tree_print(ctx, record, &record_text));
  cJSON *envelope = mk_tree_object(ctx);
  mk_tree_add_span(ctx, envelope, "error", record_text);
  return mk_tree_print(ctx, envelope, answer);
}

/* Not with cJSON, which would copy and measure a large result several times over. */
static mk_status result_answer(mk_context *ctx, mk_str result, const char *const *dates, mk_str *answer) {
  mk_buf buf = mk_buf_make_for(ctx->arena, result.size + ENVELOPE_BYTES);
  mk_buf_literal(&buf, "{\"dates\":[");
  for (size_t i = 0; dates != NULL && dates[i] != NULL; i++) {
    mk_buf_literal(&buf, i == 0 ? "\"" : ",\"");
    mk_buf_literal(&buf, dates[i]);
    mk_buf_char(&buf, '"');
  }
  mk_buf_literal(&buf, "],\"result\":");
  mk_buf_text(&buf, result);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, answer);
}

void mk_answer(mk_context *ctx, mk_str result, const char *const *dates, mk_str *answer) {
  if (ctx->error.status == MK_OK && result_answer(ctx, result, dates, answer) == MK_OK) {
    return;
  }
  if (error_answer(ctx, answer) != MK_OK) {
    *answer = MK_STR(ANSWER_OUT_OF_MEMORY);
  }
}

static mk_status run(mk_context *ctx, mk_str name, mk_str args, mk_str *result, const char *const **dates) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    if (mk_str_equal(name, mk_str_of(operations[i].name))) {
      mk_str object;
      if (!mk_json_span(args, &object) || !mk_json_is_object(object)) {
        return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s takes an object, nested at most %d levels deep",
                       operations[i].name, MK_JSON_DEPTH_MAX);
      }
      *dates = operations[i].dates;
      return operations[i].run(ctx, object, result);
    }
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "There is no operation \"%.*s\"", MK_STR_ARG(name));
}

void mk_operation_run(mk_context *ctx, mk_str name, mk_str args, mk_str *answer) {
  const char *const *dates = NULL;
  mk_str result = MK_STR_NONE;
  (void)run(ctx, name, args, &result, &dates);
  mk_answer(ctx, result, dates, answer);
}

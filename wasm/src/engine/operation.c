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

static const mk_operation own_operations[] = {
    {"init", mk_init, NULL},
    {"clear", mk_clear, NULL},
    MK_OPERATIONS_END,
};

static const mk_operation *const operations[] = {
    mk_thread_operations, mk_message_operations, mk_resource_operations,     mk_workflow_operations,
    mk_score_operations,  mk_task_operations,    mk_thread_state_operations, own_operations,
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

/* The operation of that name, or NULL. */
static const mk_operation *find_operation(mk_str name) {
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    for (const mk_operation *operation = operations[i]; operation->name != NULL; operation++) {
      if (mk_str_equal(name, mk_str_of(operation->name))) {
        return operation;
      }
    }
  }
  return NULL;
}

static mk_status run(mk_context *ctx, const mk_operation *operation, mk_str args, mk_str *result) {
  mk_str object;
  if (!mk_json_span(args, &object) || !mk_json_is_object(object)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s takes an object, nested at most %d levels deep",
                   operation->name, MK_JSON_DEPTH_MAX);
  }
  return operation->run(ctx, object, result);
}

void mk_operation_run(mk_context *ctx, mk_str name, mk_str args, mk_str *answer) {
  const mk_operation *operation = find_operation(name);
  mk_str result = MK_STR_NONE;
  if (operation == NULL) {
    (void)mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "There is no operation \"%.*s\"", MK_STR_ARG(name));
  } else {
    (void)run(ctx, operation, args, &result);
  }
  mk_answer(ctx, result, operation == NULL ? NULL : operation->dates, answer);
}

#include "mk/operation.h"

#include "mk/json.h"
#include "mk/kv.h"
#include "mk/message_ops.h"
#include "mk/resource.h"
#include "mk/thread.h"
#include "mk/tree.h"

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
    {"clearMemory", mk_clear_memory, NULL},
};

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

static mk_status result_answer(mk_context *ctx, mk_str result, const char *const *dates, mk_str *answer) {
  mk_buf paths = mk_buf_make(ctx->arena);
  mk_buf_char(&paths, '[');
  for (size_t i = 0; dates != NULL && dates[i] != NULL; i++) {
    mk_buf_literal(&paths, i == 0 ? "\"" : ",\"");
    mk_buf_literal(&paths, dates[i]);
    mk_buf_char(&paths, '"');
  }
  mk_buf_char(&paths, ']');
  mk_str paths_text;
  MK_TRY(mk_take(ctx, &paths, &paths_text));
  cJSON *envelope = mk_tree_object(ctx);
  mk_tree_add_span(ctx, envelope, "dates", paths_text);
  mk_tree_add_span(ctx, envelope, "result", result);
  return mk_tree_print(ctx, envelope, answer);
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
        return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL,
                       "%s takes an object, nested at most %d levels deep", operations[i].name, MK_JSON_DEPTH_MAX);
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

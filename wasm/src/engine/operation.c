#include "engine/operation.h"

#include <string.h>

#include "base/json.h"
#include "base/tree.h"
#include "base/writer.h"
#include "host/kv.h"
#include "message/operations.h"
#include "observation/observation.h"
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
    mk_score_operations,  mk_task_operations,    mk_thread_state_operations, mk_observation_operations,
    own_operations,       mk_care_operations,
};

/* Said when there is no memory left to say anything longer with. */
#define FAILED_FOR_MEMORY \
  "{\"code\":\"OUT_OF_MEMORY\",\"message\":\"The operation needs more memory than it has. " \
  "Ask for less at once.\",\"details\":{}}"

static mk_status write_failure(mk_context *ctx, const mk_error *error, mk_str *out) {
  mk_str details_text;
  cJSON *details = mk_tree_object(ctx);
  if (mk_str_is_present(error->key)) {
    mk_tree_add_text(ctx, details, "key", error->key);
  }
  if (error->failed_writes > 0) {
    mk_tree_add_number(ctx, details, "failedWrites", error->failed_writes);
  }
  MK_TRY(mk_tree_print(ctx, details, &details_text));
  cJSON *record = mk_tree_object(ctx);
  mk_tree_add_text(ctx, record, "code", mk_str_of(mk_status_name(error->status)));
  mk_tree_add_text(ctx, record, "message", mk_str_of(error->text));
  if (error->reason != NULL) {
    mk_tree_add_text(ctx, record, "reason", mk_str_of(error->reason));
  }
  mk_tree_add_span(ctx, record, "details", details_text);
  return mk_tree_print(ctx, record, out);
}

/* Forget what was pushed since `start`, all but the error's key. */
static void keep_key(mk_context *ctx, mk_arena_mark start) {
  char key[MK_KV_KEY_BYTES_MAX];
  mk_str *kept = &ctx->error.key;
  bool is_present = mk_str_is_present(*kept);
  kept->size = kept->size < sizeof key ? kept->size : sizeof key;
  if (is_present) {
    memcpy(key, kept->data, kept->size);
  }
  mk_arena_reset(ctx->arena, start);
  char *bytes = is_present ? mk_arena_push(ctx->arena, kept->size) : NULL;
  if (bytes != NULL) {
    memcpy(bytes, key, kept->size);
  }
  kept->data = bytes;
}

static mk_str failure(mk_context *ctx, mk_arena_mark start) {
  mk_str text;
  keep_key(ctx, start);
  mk_error error = ctx->error;
  ctx->error.status = MK_OK; /* so that the tree can be built */
  mk_status status = write_failure(ctx, &error, &text);
  ctx->error = error;
  return status == MK_OK ? text : MK_STR(FAILED_FOR_MEMORY);
}

mk_answer mk_answer_make(mk_context *ctx, mk_arena_mark start, mk_str result, const char *dates) {
  if (ctx->error.status != MK_OK) {
    return (mk_answer){.text = failure(ctx, start)};
  }
  return (mk_answer){result, mk_str_of(dates == NULL ? "[]" : dates)};
}

void mk_operations_write_paths(mk_buf *buf) {
  mk_json_begin(buf, '{');
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    for (const mk_operation *operation = operations[i]; operation->name != NULL; operation++) {
      if (operation->path != NULL) {
        mk_json_member_text(buf, operation->name, mk_str_of(operation->path));
      }
    }
  }
  mk_json_end(buf, '}');
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

mk_answer mk_operation_run(mk_context *ctx, mk_str name, mk_str args) {
  const mk_operation *operation = find_operation(name);
  mk_arena_mark start = mk_arena_end(ctx->arena);
  mk_str result = MK_STR_NONE;
  if (operation == NULL) {
    (void)mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "There is no operation \"%.*s\"", MK_STR_ARG(name));
    return mk_answer_make(ctx, start, result, NULL);
  }
  (void)run(ctx, operation, args, &result);
  return mk_answer_make(ctx, start, result, operation->dates);
}

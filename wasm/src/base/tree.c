#include "base/tree.h"

#include <string.h>

#include "base/json.h"

/* cJSON's hooks take no context, hence these: set around each use of cJSON and cleared before
 * anything can suspend. `tree_failed` remembers a failed allocation, for cJSON's own functions
 * forget some. */
static mk_arena *tree_arena;
static bool tree_failed;

static void *tree_allocate(size_t size) {
  void *bytes = mk_arena_push(tree_arena, size);
  tree_failed = tree_failed || bytes == NULL;
  return bytes;
}

static void tree_free(void *bytes) { (void)bytes; /* the arena goes as a whole */ }

static void tree_enter(mk_context *ctx) {
  static const cJSON_Hooks hooks = {tree_allocate, tree_free};
  cJSON_Hooks copy = hooks;
  cJSON_InitHooks(&copy);
  tree_arena = ctx->arena;
  tree_failed = false;
}

static void tree_leave(mk_context *ctx) {
  tree_arena = NULL;
  if (tree_failed) {
    (void)mk_fail_memory(ctx);
  }
}

cJSON *mk_tree_parse(mk_context *ctx, mk_str span) {
  tree_enter(ctx);
  cJSON *tree = cJSON_ParseWithLength(span.data, span.size);
  tree_leave(ctx);
  return tree;
}

cJSON *mk_tree_object(mk_context *ctx) {
  tree_enter(ctx);
  cJSON *object = cJSON_CreateObject();
  tree_leave(ctx);
  return object;
}

void mk_tree_add_span(mk_context *ctx, cJSON *object, const char *name, mk_str span) {
  tree_enter(ctx);
  cJSON *item = cJSON_CreateNull();
  if (item != NULL) {
    item->type = cJSON_Raw | cJSON_IsReference;
    /* cJSON only reads what a reference points at. */
    memcpy(&item->valuestring, &span.data, sizeof item->valuestring);
    cJSON_AddItemToObject(object, name, item);
  }
  tree_leave(ctx);
}

/* As a span, too: cJSON prints control characters with sprintf, and ends a text at a NUL. */
void mk_tree_add_text(mk_context *ctx, cJSON *object, const char *name, mk_str text) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str span;
  mk_json_encode(&buf, text);
  if (mk_take(ctx, &buf, &span) == MK_OK) {
    mk_tree_add_span(ctx, object, name, span);
  }
}

/* As a span: see tree_libc.c. */
void mk_tree_add_number(mk_context *ctx, cJSON *object, const char *name, int64_t number) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str span;
  mk_buf_int(&buf, number);
  if (mk_take(ctx, &buf, &span) == MK_OK) {
    mk_tree_add_span(ctx, object, name, span);
  }
}

void mk_tree_add_bool(mk_context *ctx, cJSON *object, const char *name, bool value) {
  tree_enter(ctx);
  cJSON_AddBoolToObject(object, name, value);
  tree_leave(ctx);
}

mk_status mk_tree_print(mk_context *ctx, const cJSON *tree, mk_str *out) {
  if (ctx->error.status != MK_OK) {
    return ctx->error.status;
  }
  tree_enter(ctx);
  char *text = cJSON_PrintUnformatted(tree);
  tree_leave(ctx);
  if (text == NULL) {
    return mk_fail_memory(ctx);
  }
  *out = mk_str_of(text);
  return MK_OK;
}

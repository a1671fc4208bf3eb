#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The texts of json() in the test that runs. */
typedef struct kept_text {
  struct kept_text *next;
  char data[];
} kept_text;

static kept_text *kept_texts;

/* Room for `size` bytes and a NUL. */
static char *text_room(size_t size) {
  kept_text *text = malloc(sizeof *text + size + 1);
  if (text == NULL) {
    abort();
  }
  text->next = kept_texts;
  kept_texts = text;
  text->data[size] = '\0';
  return text->data;
}

void forget_texts(void) {
  while (kept_texts != NULL) {
    kept_text *next = kept_texts->next;
    free(kept_texts);
    kept_texts = next;
  }
}

char *keep(mk_str text) {
  char *copy = text_room(text.size);
  memcpy(copy, text.data, text.size);
  return copy;
}

const char *json(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (size < 0) {
    abort();
  }
  char *text = text_room((size_t)size);
  va_start(arguments, format);
  (void)vsnprintf(text, (size_t)size + 1, format, arguments);
  va_end(arguments);
  for (char *at = strchr(text, '\''); at != NULL; at = strchr(at, '\'')) {
    *at = '"';
  }
  return text;
}

mk_status store_open(store *s, const char *options, mk_str *result) {
  mk_arena_free(&s->arena);
  *s = (store){.arena = mk_arena_make(MK_ARENA_BYTES_MAX)};
  s->ctx = mk_context_make(&s->arena, &s->config);
  /* The options must outlive the store, so they lie in its arena, as in wasm. */
  size_t size = strlen(options);
  char *text = mk_arena_push(&s->arena, size);
  if (text == NULL) {
    abort();
  }
  memcpy(text, json("%s", options), size);
  mk_status status = mk_open(&s->ctx, (mk_str){text, size}, &s->config, result);
  s->bottom = mk_arena_end(&s->arena);
  return status;
}

mk_context *store_begin(store *s) {
  mk_arena_reset(&s->arena, s->bottom);
  kv_forget_calls();
  s->ctx = mk_context_make(&s->arena, &s->config);
  return &s->ctx;
}

mk_str answer_of(mk_context *ctx, const char *operation, mk_str args) {
  static char *text; /* as large as the largest so far, for the program's life */
  mk_answer answer = mk_operation_run(ctx, mk_str_of(operation), args);
  bool is_result = mk_str_is_present(answer.dates);
  size_t room = answer.text.size + answer.dates.size + 32;
  text = realloc(text, room);
  if (text == NULL) {
    abort();
  }
  int size = is_result ? snprintf(text, room, "{\"dates\":%.*s,\"result\":", MK_STR_ARG(answer.dates))
                       : snprintf(text, room, "{\"error\":");
  memcpy(text + size, answer.text.data, answer.text.size);
  text[(size_t)size + answer.text.size] = '}';
  return (mk_str){text, (size_t)size + answer.text.size + 1};
}

mk_str store_run(store *s, const char *operation, mk_str args) { return answer_of(store_begin(s), operation, args); }

int store_setup(void **state) {
  store *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return -1;
  }
  kv_reset();
  *state = s;
  store_reopen(s, OPTIONS);
  return 0;
}

int store_teardown(void **state) {
  store *s = *state;
  mk_arena_free(&s->arena);
  free(s);
  kv_reset();
  forget_texts();
  return 0;
}

void store_reopen(store *s, const char *options) {
  mk_str result;
  assert_int_equal(store_open(s, options, &result), MK_OK);
}

mk_str result_of(store *s, const char *operation, const char *args) {
  mk_str answer = store_run(s, operation, JSON("%s", args));
  mk_str result = mk_json_get(answer, "result");
  if (!mk_str_is_present(result)) {
    fail_msg("%s(%s) answered %.*s", operation, args, MK_STR_ARG(answer));
  }
  return result;
}

char *result_copy(store *s, const char *operation, const char *args) { return keep(result_of(s, operation, args)); }

const char *ids_of(mk_str array) {
  const char *ids = "";
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    mk_str id = mk_json_get(member.value, "id");
    ids = json("%s%s%.*s", ids, *ids == '\0' ? "" : ",", (int)id.size - 2, id.data + 1);
  }
  return ids;
}

const char *list_of(store *s, const char *operation, const char *member, const char *args) {
  mk_str result = result_of(s, operation, args);
  mk_str total = mk_json_get(result, "total");
  bool has_more = mk_json_is_true(mk_json_get(result, "hasMore"));
  return json("%s of %.*s%s", ids_of(mk_json_get(result, member)), MK_STR_ARG(total), has_more ? "+" : "");
}

void assert_text(mk_str actual, const char *expected) {
  if (!mk_str_is_present(actual) || !mk_str_equal(actual, mk_str_of(expected))) {
    fail_msg("\n  expected %s\n  but got  %.*s", expected, MK_STR_ARG(actual));
  }
}

void assert_json(mk_str actual, const char *expected) { assert_text(actual, json("%s", expected)); }

void assert_result(store *s, const char *operation, const char *args, const char *expected) {
  assert_json(result_of(s, operation, args), expected);
}

void assert_error(store *s, const char *operation, const char *args, const char *code, const char *message) {
  mk_str answer = store_run(s, operation, JSON("%s", args));
  mk_str error = mk_json_get(answer, "error");
  if (!mk_str_is_present(error)) {
    fail_msg("%s(%s) did not fail but answered %.*s", operation, args, MK_STR_ARG(answer));
  }
  assert_json(mk_json_get(error, "code"), json("'%s'", code));
  if (message != NULL) {
    mk_str text;
    assert_int_equal(mk_json_decode(&s->ctx, mk_json_get(error, "message"), &text), MK_OK);
    assert_text(text, message);
  }
}

mk_str error_key(store *s) { return s->ctx.error.key; }

void assert_dump(uint32_t ns, const char *expected) { assert_string_equal(kv_dump(ns), json("%s", expected)); }

bool wrote_nothing(void) {
  kv_counts counts = kv_count();
  return counts.calls[KV_PUT] + counts.calls[KV_DELETE] == 0;
}

void assert_calls(int gets, int puts, int deletes, int lists, int rounds) {
  kv_counts counts = kv_count();
  char actual[96];
  char expected[96];
  const char *format = "%d gets, %d puts, %d deletes, %d lists, %d rounds";
  (void)snprintf(actual, sizeof actual, format, counts.calls[KV_GET], counts.calls[KV_PUT], counts.calls[KV_DELETE],
                 counts.calls[KV_LIST], counts.rounds);
  (void)snprintf(expected, sizeof expected, format, gets, puts, deletes, lists, rounds);
  assert_string_equal(actual, expected);
}

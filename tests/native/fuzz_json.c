/* Any bytes as JSON text: the scanner agrees with the grammar, walks agree with spans, what was
 * decoded and encoded decodes to the same, and nothing is read outside the text. */
#include <stdio.h>
#include <stdlib.h>

#include "base/context.h"
#include "base/json.h"
#include "json_reference.h"

#define REQUIRE(holds) ((holds) ? (void)0 : fail(#holds, __LINE__))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, int line) {
  (void)fprintf(stderr, "fuzz_json.c:%d: %s does not hold\n", line, what);
  abort();
}

static bool lies_within(mk_str inner, mk_str outer) {
  return inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size;
}

static void check_string(mk_context *ctx, mk_str span) {
  mk_str text;
  mk_str again;
  REQUIRE(mk_json_decode(ctx, span, &text) == MK_OK);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_encode(&buf, text);
  mk_str encoded = mk_buf_take(&buf);
  REQUIRE(mk_json_decode(ctx, encoded, &again) == MK_OK);
  if (utf8_is_valid(span)) {
    REQUIRE(mk_str_equal(text, again));
    REQUIRE(utf8_is_valid(encoded));
  }
}

static void check_number(mk_context *ctx, mk_str span) {
  int64_t number = 0;
  if (mk_json_integer(span, &number)) {
    mk_buf buf = mk_buf_make(ctx->arena);
    mk_buf_int(&buf, number);
    REQUIRE(mk_str_equal(mk_buf_take(&buf), span) || mk_str_equal(span, MK_STR("-0")));
  }
}

/* The members of an object or elements of an array, down to `depth` levels. */
static void check_value(mk_context *ctx, mk_str value, int depth) {
  if (mk_json_is_string(value)) {
    check_string(ctx, value);
  } else if (!mk_json_is_object(value) && !mk_json_is_array(value)) {
    check_number(ctx, value);
  } else if (depth > 0) {
    mk_cursor cursor = mk_json_walk(value);
    mk_member member;
    const char *end = value.data;
    while (mk_json_next(&cursor, &member)) {
      mk_str span;
      REQUIRE(lies_within(member.value, value) && member.value.data > end);
      REQUIRE(mk_str_is_present(member.name) == mk_json_is_object(value));
      REQUIRE(mk_json_span(member.value, &span) && mk_str_equal(span, member.value));
      end = member.value.data + member.value.size - 1;
      if (mk_str_is_present(member.name)) {
        REQUIRE(lies_within(member.name, value));
        check_string(ctx, member.name);
      }
      check_value(ctx, member.value, depth - 1);
    }
    REQUIRE(!cursor.failed);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mk_arena arena;
  if (arena.limit_bytes == 0) {
    arena = mk_arena_make((size_t)16 << 20);
  }
  mk_arena_reset(&arena, (mk_arena_mark){0});
  mk_context ctx = mk_context_make(&arena, NULL);
  mk_str text = {(const char *)data, size};
  mk_str span;
  bool is_valid = mk_json_span(text, &span);
  REQUIRE(is_valid == json_is_valid(text, MK_JSON_DEPTH_MAX));
  if (is_valid) {
    REQUIRE(lies_within(span, text));
    check_value(&ctx, span, 8);
    return 0;
  }
  /* What is no JSON may be walked, too; the walk ends, and only within the text. */
  mk_cursor cursor = mk_json_walk(text);
  for (mk_member member; mk_json_next(&cursor, &member);) {
    REQUIRE(lies_within(member.value, text));
  }
  (void)mk_json_get(text, "a");
  mk_str decoded;
  (void)mk_json_decode(&ctx, text, &decoded);
  return 0;
}

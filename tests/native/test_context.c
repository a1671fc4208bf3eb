/* context.h, error.h and format.h: how a failure is described. */
#include <string.h>

#include "base/format.h"
#include "support.h"

static void format_knows_what_error_texts_need(void **state) {
  (void)state;
  char text[96];
  mk_format(text, sizeof text, "%s|%.*s|%d|%lld|100%%|", "a", 2, "bcd", -7, (long long)INT64_MIN);
  assert_string_equal(text, "a|bc|-7|-9223372036854775808|100%|");
  mk_format(text, sizeof text, "%s%.*s", "", 0, "unread");
  assert_string_equal(text, "");
}

static void format_writes_any_callers_text_as_utf8_without_nul(void **state) {
  (void)state;
  char text[32];
  mk_format(text, sizeof text, "<%.*s>", 10,
            "a\0b\xED\xA0\xBD\xED\xBF\xBF"
            "c");
  assert_string_equal(text, "<a?b\xEF\xBF\xBD\xEF\xBF\xBD"
                            "c>");
  mk_format(text, sizeof text, "<%.*s>", 3, "\xED\x9F\xBF");
  assert_string_equal(text, "<\xED\x9F\xBF>");
}

static void format_cuts_what_does_not_fit_and_ends_in_nul(void **state) {
  (void)state;
  static const char long_text[] = "0123456789";
  for (size_t size = 1; size <= sizeof long_text; size++) {
    char text[16];
    memset(text, '#', sizeof text);
    mk_format(text, size, "%s%d", long_text, 12345);
    assert_int_equal(strlen(text), size - 1);
    assert_memory_equal(text, long_text, size - 1);
    assert_int_equal(text[size], '#');
  }
}

static void first_failure_is_kept(void **state) {
  store *s = *state;
  mk_context *ctx = &s->ctx;
  assert_int_equal(mk_fail(ctx, MK_E_NOT_FOUND, "REASON", "thread %d", 1), MK_E_NOT_FOUND);
  assert_int_equal(mk_fail(ctx, MK_E_KV_FAILED, NULL, "later"), MK_E_NOT_FOUND);
  assert_int_equal(mk_fail_memory(ctx), MK_E_NOT_FOUND);
  assert_int_equal(mk_fail_corrupt(ctx, MK_STR("key"), "is odd"), MK_E_NOT_FOUND);
  assert_string_equal(ctx->error.text, "thread 1");
  assert_string_equal(ctx->error.reason, "REASON");
  assert_false(mk_str_is_present(ctx->error.key));
}

static void corrupt_value_is_named_by_its_key(void **state) {
  store *s = *state;
  assert_int_equal(mk_fail_corrupt(&s->ctx, MK_STR("threads:t1"), "is odd"), MK_E_CORRUPT_RECORD);
  assert_text(s->ctx.error.key, "threads:t1");
  assert_non_null(strstr(s->ctx.error.text, "\"threads:t1\" is odd"));
}

static void long_text_is_cut_where_a_character_ends(void **state) {
  store *s = *state;
  static const char *const characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  for (size_t i = 0; i < COUNT_OF(characters); i++) {
    for (size_t shift = 0; shift < 4; shift++) {
      char text[2 * MK_ERROR_TEXT_MAX] = "";
      memset(text, 'x', shift);
      text[shift] = '\0';
      size_t size = strlen(characters[i]);
      while (strlen(text) + size < sizeof text) {
        memcpy(text + strlen(text), characters[i], size + 1);
      }
      mk_context *ctx = store_begin(s);
      (void)mk_fail(ctx, MK_E_NOT_FOUND, NULL, "%s", text);
      size_t kept = strlen(ctx->error.text);
      assert_in_range(kept, MK_ERROR_TEXT_MAX - 4, MK_ERROR_TEXT_MAX - 1);
      assert_int_equal((kept - shift) % size, 0);
      assert_memory_equal(ctx->error.text, text, kept);
    }
  }
}

static void text_that_fits_is_not_cut(void **state) {
  store *s = *state;
  (void)mk_fail(&s->ctx, MK_E_NOT_FOUND, NULL, "%s", "caf\xC3\xA9 \xF0\x9F\x98\x80");
  assert_string_equal(s->ctx.error.text, "caf\xC3\xA9 \xF0\x9F\x98\x80");
}

static void every_status_has_its_name(void **state) {
  (void)state;
  static const char *const names[] = {
      "OK",        "INVALID_ARGUMENT", "NOT_FOUND",       "KEY_TOO_LONG",   "VALUE_TOO_LARGE",   "CORRUPT_RECORD",
      "KV_FAILED", "KV_RATE_LIMITED",  "MISSING_BINDING", "SCHEMA_TOO_NEW", "PLACEMENT_CHANGED", "OUT_OF_MEMORY",
  };
  for (int status = MK_OK; status <= MK_E_OUT_OF_MEMORY; status++) {
    assert_string_equal(mk_status_name((mk_status)status), names[status]);
  }
}

static void failed_push_and_take_are_out_of_memory(void **state) {
  store *s = *state;
  void *elements = NULL;
  s->arena.fail_nth = 1;
  assert_int_equal(mk_push(&s->ctx, 1, 8, &elements), MK_E_OUT_OF_MEMORY);
  assert_null(elements);
  assert_non_null(strstr(s->ctx.error.text, "96 MiB"));
  mk_context *ctx = store_begin(s);
  mk_buf buf = mk_buf_make(&s->arena);
  mk_str text = MK_STR_NONE;
  s->arena.fail_nth = 1;
  mk_buf_literal(&buf, "lost");
  assert_int_equal(mk_take(ctx, &buf, &text), MK_E_OUT_OF_MEMORY);
  assert_false(mk_str_is_present(text));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(format_knows_what_error_texts_need),
      cmocka_unit_test(format_writes_any_callers_text_as_utf8_without_nul),
      cmocka_unit_test(format_cuts_what_does_not_fit_and_ends_in_nul),
      STORE_TEST(first_failure_is_kept),
      STORE_TEST(corrupt_value_is_named_by_its_key),
      STORE_TEST(long_text_is_cut_where_a_character_ends),
      STORE_TEST(text_that_fits_is_not_cut),
      cmocka_unit_test(every_status_has_its_name),
      STORE_TEST(failed_push_and_take_are_out_of_memory),
  };
  return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}

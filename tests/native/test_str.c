/* str.h: borrowed text and text under construction. */
#include <limits.h>
#include <string.h>

#include "support.h"

static void absent_is_not_the_empty_text(void **state) {
  (void)state;
  assert_false(mk_str_is_present(MK_STR_NONE));
  assert_true(mk_str_is_present(MK_STR("")));
  assert_true(mk_str_is_present(mk_str_of("")));
  assert_int_equal(mk_str_of("abc").size, 3);
}

static void equal_compares_length_and_bytes(void **state) {
  (void)state;
  assert_true(mk_str_equal(MK_STR("a\0b"), MK_STR("a\0b")));
  assert_false(mk_str_equal(MK_STR("a\0b"), MK_STR("a\0c")));
  assert_false(mk_str_equal(MK_STR("a"), MK_STR("ab")));
  assert_true(mk_str_equal(MK_STR(""), MK_STR_NONE));
}

static void compare_orders_as_unsigned_bytes_and_the_shorter_first(void **state) {
  (void)state;
  static const char *const ordered[] = {"", "!", "A", "AA", "B", "a", "~", "\x7F", "\x80", "\xC3\xBF", "\xFF"};
  for (size_t i = 0; i < COUNT_OF(ordered); i++) {
    for (size_t j = 0; j < COUNT_OF(ordered); j++) {
      int order = mk_str_compare(mk_str_of(ordered[i]), mk_str_of(ordered[j]));
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
    }
  }
}

static void starts_with_takes_whole_prefixes_only(void **state) {
  (void)state;
  assert_true(mk_str_starts_with(MK_STR("threads:t1"), MK_STR("threads:")));
  assert_true(mk_str_starts_with(MK_STR("x"), MK_STR("")));
  assert_true(mk_str_starts_with(MK_STR_NONE, MK_STR("")));
  assert_false(mk_str_starts_with(MK_STR("thread"), MK_STR("threads:")));
  assert_false(mk_str_starts_with(MK_STR("xthreads:"), MK_STR("threads:")));
}

static void skip_leaves_the_rest(void **state) {
  (void)state;
  assert_text(mk_str_skip(MK_STR("abc"), 1), "bc");
  assert_text(mk_str_skip(MK_STR("abc"), 3), "");
}

static void buffer_collects_pieces_and_ends_in_nul(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  mk_buf_literal(&buf, "a");
  mk_buf_char(&buf, '\0');
  mk_buf_text(&buf, MK_STR("bc"));
  mk_buf_text(&buf, MK_STR_NONE);
  mk_buf_int(&buf, 42);
  mk_str text = mk_buf_take(&buf);
  assert_int_equal(text.size, 6);
  assert_memory_equal(text.data, "a\0bc42", 7);
}

static void empty_buffer_takes_as_present_and_empty(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  assert_text(mk_buf_take(&buf), "");
}

static void integers_print_over_their_whole_range(void **state) {
  store *s = *state;
  static const struct {
    int64_t number;
    const char *text;
  } cases[] = {{0, "0"},
               {-1, "-1"},
               {10, "10"},
               {INT64_MAX, "9223372036854775807"},
               {INT64_MIN, "-9223372036854775808"},
               {-8640000000000000, "-8640000000000000"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_buf buf = mk_buf_make(&s->arena);
    mk_buf_int(&buf, cases[i].number);
    assert_text(mk_buf_take(&buf), cases[i].text);
  }
}

static void buffer_grows_over_many_sizes_without_losing_bytes(void **state) {
  store *s = *state;
  enum { SIZE = 300000 };
  mk_buf buf = mk_buf_make(&s->arena);
  for (int i = 0; i < SIZE; i++) {
    mk_buf_char(&buf, (char)('a' + i % 26));
    if (i % 1000 == 0) {
      assert_non_null(mk_arena_push(&s->arena, 8)); /* so that it cannot grow in place */
    }
  }
  mk_str text = mk_buf_take(&buf);
  assert_int_equal(text.size, SIZE);
  for (int i = 0; i < SIZE; i++) {
    if (text.data[i] != 'a' + i % 26) {
      fail_msg("byte %d differs", i);
    }
  }
}

static void failed_allocation_is_remembered_and_take_is_absent(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  mk_buf_literal(&buf, "kept");
  s->arena.fail_nth = 1;
  for (int i = 0; i < 100; i++) {
    mk_buf_literal(&buf, "more than fits");
  }
  assert_int_equal(s->arena.fail_nth, 0);
  assert_true(buf.failed);
  mk_buf_literal(&buf, "ignored");
  assert_false(mk_str_is_present(mk_buf_take(&buf)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(absent_is_not_the_empty_text),
      cmocka_unit_test(equal_compares_length_and_bytes),
      cmocka_unit_test(compare_orders_as_unsigned_bytes_and_the_shorter_first),
      cmocka_unit_test(starts_with_takes_whole_prefixes_only),
      cmocka_unit_test(skip_leaves_the_rest),
      STORE_TEST(buffer_collects_pieces_and_ends_in_nul),
      STORE_TEST(empty_buffer_takes_as_present_and_empty),
      STORE_TEST(integers_print_over_their_whole_range),
      STORE_TEST(buffer_grows_over_many_sizes_without_losing_bytes),
      STORE_TEST(failed_allocation_is_remembered_and_take_is_absent),
  };
  return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}

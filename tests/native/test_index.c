/* index.h: the hash table from texts to numbers. */
#include <stdio.h>

#include "base/index.h"
#include "support.h"

static mk_str numbered(size_t i) { return JSON("name %zu", i); }

static void an_empty_index_knows_nothing(void **state) {
  (void)state;
  mk_index index = {0};
  assert_true(mk_index_find(&index, MK_STR("")) == MK_INDEX_NONE);
  assert_true(mk_index_find(&index, MK_STR("a")) == MK_INDEX_NONE);
}

static void what_is_added_is_found_and_nothing_else(void **state) {
  store *s = *state;
  mk_index index = {0};
  for (size_t i = 0; i < 3000; i++) {
    size_t out = MK_INDEX_NONE;
    assert_int_equal(mk_index_add(&s->ctx, &index, numbered(i), i * 7, &out), MK_OK);
    assert_int_equal(out, i * 7);
    assert_int_equal(index.count, i + 1);
    assert_true(index.count < index.capacity);
  }
  for (size_t i = 0; i < 3000; i++) {
    assert_int_equal(mk_index_find(&index, numbered(i)), i * 7);
    assert_true(mk_index_find(&index, numbered(i + 3000)) == MK_INDEX_NONE);
  }
}

static void a_text_keeps_its_first_number(void **state) {
  store *s = *state;
  mk_index index = {0};
  size_t out = 0;
  assert_int_equal(mk_index_add(&s->ctx, &index, MK_STR("a"), 1, NULL), MK_OK);
  assert_int_equal(mk_index_add(&s->ctx, &index, MK_STR("a"), 2, &out), MK_OK);
  assert_int_equal(out, 1);
  assert_int_equal(index.count, 1);
}

static void texts_are_compared_whole(void **state) {
  store *s = *state;
  mk_index index = {0};
  static const mk_str texts[] = {{"", 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"\xED\xA0\x80", 3}, {"A", 1}};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_int_equal(mk_index_add(&s->ctx, &index, texts[i], i, NULL), MK_OK);
  }
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_int_equal(mk_index_find(&index, texts[i]), i);
  }
}

static void short_memory_is_an_error_and_leaves_what_was_there(void **state) {
  store *s = *state;
  mk_index index = {0};
  size_t count = 0;
  for (; count < 12; count++) { /* a full one: the next addition needs room */
    assert_int_equal(mk_index_add(&s->ctx, &index, numbered(count), count, NULL), MK_OK);
  }
  mk_str next = numbered(count);
  s->arena.fail_nth = 1;
  assert_int_equal(mk_index_add(&s->ctx, &index, next, count, NULL), MK_E_OUT_OF_MEMORY);
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(mk_index_find(&index, numbered(i)), i);
  }
  assert_true(mk_index_find(&index, next) == MK_INDEX_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_empty_index_knows_nothing),
      STORE_TEST(what_is_added_is_found_and_nothing_else),
      STORE_TEST(a_text_keeps_its_first_number),
      STORE_TEST(texts_are_compared_whole),
      STORE_TEST(short_memory_is_an_error_and_leaves_what_was_there),
  };
  return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}

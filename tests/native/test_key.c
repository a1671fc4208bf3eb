/* key.h: KV keys and the parts they are made of. */
#include <stdlib.h>
#include <string.h>

#include "kv/key.h"
#include "support.h"

static mk_id make_id(store *s, mk_str span) {
  mk_id id;
  assert_int_equal(mk_id_make(&s->ctx, span, &id), MK_OK);
  return id;
}

static mk_str finish(store *s, const mk_key *key) {
  mk_str text;
  assert_int_equal(mk_key_finish(&s->ctx, key, &text), MK_OK);
  return text;
}

static void keys_have_these_bytes(void **state) {
  store *s = *state;
  static const struct {
    mk_keyspace keyspace;
    const char *key;
  } cases[] = {
      {MK_THREADS, "dev_threads:t1:08638236000000000:x"},
      {MK_THREAD_FAMILIES, "dev_metadata:threads:t1:08638236000000000:x"},
      {MK_THREADS_BY_RESOURCE, "dev_metadata:threads_by_resource:t1:08638236000000000:x"},
      {MK_MESSAGES, "dev_messages:t1:08638236000000000:x"},
      {MK_MESSAGE_LOCATORS, "dev_metadata:messages:t1:08638236000000000:x"},
  };
  store_reopen(s, OPTIONS_PREFIX("dev_"));
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_key key = mk_key_begin(&s->ctx, cases[i].keyspace);
    mk_key_part(&key, MK_STR("t1"));
    mk_key_time(&key, 1764000000000);
    mk_key_part(&key, MK_STR("x"));
    assert_text(finish(s, &key), cases[i].key);
  }
}

static void prefix_ends_in_a_colon_once(void **state) {
  store *s = *state;
  mk_str prefix;
  mk_key key = mk_key_begin(&s->ctx, MK_MESSAGES);
  assert_int_equal(mk_key_finish_prefix(&s->ctx, &key, &prefix), MK_OK);
  assert_text(prefix, "messages:");
  key = mk_key_begin(&s->ctx, MK_MESSAGES);
  mk_key_part(&key, MK_STR("t1"));
  assert_int_equal(mk_key_finish_prefix(&s->ctx, &key, &prefix), MK_OK);
  assert_text(prefix, "messages:t1:");
  key = mk_key_begin(&s->ctx, MK_MESSAGES);
  mk_key_part(&key, MK_STR(""));
  assert_int_equal(mk_key_finish_prefix(&s->ctx, &key, &prefix), MK_OK);
  assert_text(prefix, "messages::");
}

static void ids_are_escaped_byte_by_byte(void **state) {
  store *s = *state;
  static const struct {
    const char *span;
    const char *part;
  } cases[] = {
      {"\"t1\"", "t1"},
      {"\"\"", ""},
      {"\"a:b\"", "a%3Ab"},
      {"\"100%\"", "100%25"},
      {"\"%3A\"", "%253A"},
      {"\"a b\"", "a%20b"},
      {"\"!~/*?#[]@\"", "!~/*?#[]@"},
      {"\"\\\"\\\\\"", "\"\\"},
      {"\"\\n\\u0000\"", "%0A%00"},
      {"\"\x7F\"", "%7F"},
      {"\"\xC3\xA9\"", "%C3%A9"},
      {"\"\\u00e9\"", "%C3%A9"},
      {"\"\xF0\x9F\x98\x80\"", "%F0%9F%98%80"},
      {"\"\\ud83d\\ude00\"", "%F0%9F%98%80"},
      {"\"\\ud83d\"", "%ED%A0%BD"},
      {"\"\\ude00\\ud83d\"", "%ED%B8%80%ED%A0%BD"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_id id = make_id(s, mk_str_of(cases[i].span));
    assert_text(id.part, cases[i].part);
    assert_text(id.json, cases[i].span);
  }
}

static void every_byte_comes_back_from_its_part(void **state) {
  store *s = *state;
  for (int byte = 1; byte < 256; byte++) {
    char span[] = {'"', 'x', (char)byte, '"', '\0'};
    mk_str part;
    mk_id again;
    store_begin(s);
    if (byte < ' ' || byte == '"' || byte == '\\') {
      continue; /* must be escaped in JSON: the test above */
    }
    part = make_id(s, (mk_str){span, 4}).part;
    for (size_t i = 0; i < part.size; i++) {
      assert_in_range(part.data[i], '!', '~');
      assert_int_not_equal(part.data[i], ':');
    }
    assert_int_equal(mk_id_parse(&s->ctx, part, &again), MK_OK);
    assert_text(again.json, span);
    assert_true(mk_str_equal(again.part, part));
  }
}

static const char *const odd_ids[] = {
    "",         "a",         "ab",    "a:",      "a:b", "a%3Ab",   "a%253Ab",  "%",       ":",       "::",
    "%3A",      "A",         " ",     "a ",      " a",  "\\u0000", "a\\u0000", "\\ud800", "\\udc00", "\\ud800\\udc00",
    "\xC3\xA9", "e\xCC\x81", "title", "activity"};

static void different_ids_have_different_parts_and_no_colon(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(odd_ids); i++) {
    mk_str part = make_id(s, JSON("'%s'", odd_ids[i])).part;
    assert_null(part.size == 0 ? NULL : memchr(part.data, ':', part.size));
    for (size_t j = 0; j < i; j++) {
      assert_false(mk_str_equal(part, make_id(s, JSON("'%s'", odd_ids[j])).part));
    }
  }
}

static void ids_come_back_from_their_parts(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(odd_ids); i++) {
    mk_id id = make_id(s, JSON("'%s'", odd_ids[i]));
    mk_id again;
    mk_str text;
    mk_str text_again;
    assert_int_equal(mk_id_parse(&s->ctx, id.part, &again), MK_OK);
    assert_int_equal(mk_json_decode(&s->ctx, id.json, &text), MK_OK);
    assert_int_equal(mk_json_decode(&s->ctx, again.json, &text_again), MK_OK);
    assert_true(mk_str_equal(text, text_again));
    assert_true(mk_str_equal(again.part, id.part));
  }
}

static void parts_that_no_id_makes_are_corrupt(void **state) {
  store *s = *state;
  static const char *const parts[] = {"%", "a%", "%2", "a%2", "%2g", "%3a", "%zz", "%%41"};
  for (size_t i = 0; i < COUNT_OF(parts); i++) {
    mk_id id;
    assert_int_equal(mk_id_parse(store_begin(s), mk_str_of(parts[i]), &id), MK_E_CORRUPT_RECORD);
  }
}

static void falling_times_have_17_digits_and_come_back(void **state) {
  store *s = *state;
  static const struct {
    int64_t ms;
    const char *digits;
  } cases[] = {{0, "08640000000000000"},
               {1, "08639999999999999"},
               {-1, "08640000000000001"},
               {1764000000000, "08638236000000000"},
               {MK_DATE_MS_MAX, "00000000000000000"},
               {-MK_DATE_MS_MAX, "17280000000000000"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    int64_t ms = 0;
    mk_key key = mk_key_begin(&s->ctx, MK_MESSAGES);
    mk_key_time(&key, cases[i].ms);
    assert_text(finish(s, &key), json("messages:%s", cases[i].digits));
    assert_true(mk_key_time_parse(mk_str_of(cases[i].digits), &ms));
    assert_int_equal(ms, cases[i].ms);
  }
}

static void other_texts_are_no_falling_times(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "0",
                                      "0863823600000000",
                                      "086382360000000000",
                                      "0863823600000000x",
                                      "-8638236000000000",
                                      " 8638236000000000",
                                      "17280000000000001",
                                      "99999999999999999"};
  int64_t ms = 0;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    assert_false(mk_key_time_parse(mk_str_of(texts[i]), &ms));
  }
  assert_false(mk_key_time_parse(MK_STR_NONE, &ms));
}

/* Over the whole range of Date: the later, the smaller the key. */
static void keys_sort_as_bytes_from_the_newest_to_the_oldest(void **state) {
  store *s = *state;
  int64_t times[400];
  size_t count = 0;
  for (int64_t step = 1; step < MK_DATE_MS_MAX; step *= 3) {
    times[count++] = step;
    times[count++] = -step;
    times[count++] = MK_DATE_MS_MAX - step;
    times[count++] = step - MK_DATE_MS_MAX;
  }
  times[count++] = 0;
  times[count++] = MK_DATE_MS_MAX;
  times[count++] = -MK_DATE_MS_MAX;
  mk_str keys[400];
  for (size_t i = 0; i < count; i++) {
    mk_key key = mk_key_begin(&s->ctx, MK_MESSAGES);
    mk_key_part(&key, MK_STR("t1"));
    mk_key_time(&key, times[i]);
    keys[i] = finish(s, &key);
    for (size_t j = 0; j < i; j++) {
      int order = mk_str_compare(keys[i], keys[j]);
      assert_int_equal((order > 0) - (order < 0), (times[i] < times[j]) - (times[i] > times[j]));
    }
  }
}

static void key_of_512_bytes_is_the_longest(void **state) {
  store *s = *state;
  char id[MK_KV_KEY_BYTES_MAX];
  memset(id, 'x', sizeof id);
  size_t room = MK_KV_KEY_BYTES_MAX - strlen("threads:");
  mk_str text = MK_STR_NONE;
  mk_key key = mk_key_begin(&s->ctx, MK_THREADS);
  mk_key_part(&key, (mk_str){id, room});
  assert_int_equal(finish(s, &key).size, MK_KV_KEY_BYTES_MAX);
  assert_int_equal(mk_key_finish_prefix(&s->ctx, &key, &text), MK_E_KEY_TOO_LONG);
  assert_false(mk_str_is_present(text));
  mk_context *ctx = store_begin(s);
  key = mk_key_begin(ctx, MK_THREADS);
  mk_key_part(&key, (mk_str){id, room + 1});
  assert_int_equal(mk_key_finish(ctx, &key, &text), MK_E_KEY_TOO_LONG);
  assert_non_null(strstr(ctx->error.text, "at most 512 bytes"));
  assert_non_null(strstr(ctx->error.text, "would take 513"));
  assert_string_equal(ctx->error.reason, "KEY_TOO_LONG");
}

static void far_too_long_key_is_counted_and_not_written_behind_its_end(void **state) {
  store *s = *state;
  char id[300];
  memset(id, 'x', sizeof id);
  mk_key key = mk_key_begin(&s->ctx, MK_THREADS);
  for (int i = 0; i < 1000; i++) {
    mk_key_part(&key, (mk_str){id, sizeof id});
  }
  mk_key_time(&key, 0);
  mk_str text;
  assert_int_equal(mk_key_finish(&s->ctx, &key, &text), MK_E_KEY_TOO_LONG);
  assert_non_null(strstr(s->ctx.error.text, json("would take %d", 8 + 1000 * 301 + 17)));
}

static void split_takes_parts_off_one_by_one(void **state) {
  (void)state;
  static const char *const parts[] = {"a", "", "b%3A", ""};
  mk_str rest = MK_STR("a::b%3A:");
  mk_str part;
  for (size_t i = 0; i < COUNT_OF(parts); i++) {
    assert_true(mk_key_split(&rest, &part));
    assert_text(part, parts[i]);
  }
  assert_false(mk_key_split(&rest, &part));
  rest = MK_STR("");
  assert_true(mk_key_split(&rest, &part));
  assert_text(part, "");
  assert_false(mk_key_split(&rest, &part));
}

static void required_id_argument_is_a_string_that_is_not_empty(void **state) {
  store *s = *state;
  static const char *const args[] = {"{}", "{'id':''}", "{'id':1}", "{'id':null}", "{'id':['x']}", "{'ids':'x'}"};
  mk_id id;
  assert_int_equal(mk_argument_id(&s->ctx, JSON("{'id':'a:b'}"), "id", &id), MK_OK);
  assert_text(id.part, "a%3Ab");
  for (size_t i = 0; i < COUNT_OF(args); i++) {
    mk_context *ctx = store_begin(s);
    assert_int_equal(mk_argument_id(ctx, JSON("%s", args[i]), "id", &id), MK_E_INVALID_ARGUMENT);
    assert_string_equal(ctx->error.text, "id must be a non-empty string");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(keys_have_these_bytes),
      STORE_TEST(prefix_ends_in_a_colon_once),
      STORE_TEST(ids_are_escaped_byte_by_byte),
      STORE_TEST(every_byte_comes_back_from_its_part),
      STORE_TEST(different_ids_have_different_parts_and_no_colon),
      STORE_TEST(ids_come_back_from_their_parts),
      STORE_TEST(parts_that_no_id_makes_are_corrupt),
      STORE_TEST(falling_times_have_17_digits_and_come_back),
      cmocka_unit_test(other_texts_are_no_falling_times),
      STORE_TEST(keys_sort_as_bytes_from_the_newest_to_the_oldest),
      STORE_TEST(key_of_512_bytes_is_the_longest),
      STORE_TEST(far_too_long_key_is_counted_and_not_written_behind_its_end),
      cmocka_unit_test(split_takes_parts_off_one_by_one),
      STORE_TEST(required_id_argument_is_a_string_that_is_not_empty),
  };
  return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}

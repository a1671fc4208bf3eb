/* json.h: finding one's way in JSON text without building a tree. */
#include <string.h>

#include "json_reference.h"
#include "support.h"

static const char *const good[] = {"0",
                                   "-0",
                                   "1",
                                   "-1",
                                   "10",
                                   "1.5",
                                   "-0.0",
                                   "1e5",
                                   "1E+5",
                                   "1e-5",
                                   "0e0",
                                   "123456789012345678901234567890",
                                   "true",
                                   "false",
                                   "null",
                                   "\"\"",
                                   "\"a\"",
                                   "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                   "\"\\u0000\"",
                                   "\"\\uD83D\\uDE00\"",
                                   "\"\\ud800\"",
                                   "\"\\uDFFF\"",
                                   "\"\x7F\"",
                                   "\"\xC3\xA9\"",
                                   "[]",
                                   "[ ]",
                                   "{}",
                                   "{ }",
                                   "[1]",
                                   "[1,2]",
                                   "[ 1 , 2 ]",
                                   "{\"a\":1}",
                                   "{ \"a\" : 1 , \"b\" : [ ] }",
                                   "{\"\":0}",
                                   "{\"a\":{\"a\":{}}}",
                                   "[[],[[]],{}]",
                                   " 1",
                                   "1 ",
                                   "\t\r\n [] \t\r\n",
                                   "[{\"a\":[{\"b\":null}]},\"]\",\"}\"]",
                                   "{\"a\":1,\"a\":2}"};

static const char *const bad[] = {"",
                                  " ",
                                  "+1",
                                  "01",
                                  "-",
                                  "-01",
                                  "1.",
                                  ".5",
                                  "1.e5",
                                  "1e",
                                  "1e+",
                                  "0x1",
                                  "1_0",
                                  "NaN",
                                  "Infinity",
                                  "-Infinity",
                                  "tru",
                                  "truee",
                                  "True",
                                  "nul",
                                  "nulll",
                                  "falsee",
                                  "\"",
                                  "\"a",
                                  "a",
                                  "'a'",
                                  "\"\\\"",
                                  "\"\\x\"",
                                  "\"\\u\"",
                                  "\"\\u12\"",
                                  "\"\\u123\"",
                                  "\"\\u12G4\"",
                                  "\"\\U0000\"",
                                  "\"\n\"",
                                  "\"\t\"",
                                  "\"\x01\"",
                                  "\"\x1F\"",
                                  "[",
                                  "]",
                                  "[1",
                                  "[1,",
                                  "[1,]",
                                  "[,]",
                                  "[,1]",
                                  "[1 2]",
                                  "[1]]",
                                  "[1}",
                                  "{",
                                  "}",
                                  "{1}",
                                  "{\"a\"}",
                                  "{\"a\":}",
                                  "{\"a\":1",
                                  "{\"a\":1,",
                                  "{\"a\":1,}",
                                  "{,}",
                                  "{\"a\" 1}",
                                  "{\"a\":1 \"b\":2}",
                                  "{a:1}",
                                  "{\"a\":1]",
                                  "{\"a\":1}}",
                                  "{\"a\"::1}",
                                  "{\"a\",1}",
                                  "1 2",
                                  "[] []",
                                  "{} x",
                                  "null x",
                                  "\xEF\xBB\xBF{}",
                                  "\v1",
                                  "\f1",
                                  "\xC2\xA0[]",
                                  "// c\n1",
                                  "/* c */1",
                                  "[1/**/]"};

static void good_texts_are_one_span(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(good); i++) {
    mk_str span;
    mk_str text = mk_str_of(good[i]);
    if (!mk_json_span(text, &span) || !json_is_valid(text, 100)) {
      fail_msg("refused: %s", good[i]);
    }
    assert_null(memchr(" \t\r\n", span.data[0], 4));
    assert_null(memchr(" \t\r\n", span.data[span.size - 1], 4));
  }
}

static void bad_texts_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    mk_str span = MK_STR_NONE;
    mk_str text = mk_str_of(bad[i]);
    if (mk_json_span(text, &span) || json_is_valid(text, 100)) {
      fail_msg("accepted: %s", bad[i]);
    }
    assert_false(mk_str_is_present(span));
  }
}

/* The text ends where its length says, not at a NUL: every cut is read from memory of its size,
 * where the sanitizer sees a byte too many. */
static void cut_texts_are_refused_and_nothing_is_read_behind_them(void **state) {
  store *s = *state;
  static const char text[] = "{\"a\":[1,-2.5e+3,true,null,\"\\ud83d\\u0000\\n\"],\"b\":{\"c\":false}}";
  for (size_t size = 0; size < sizeof text - 1; size++) {
    char *cut = mk_arena_push(&s->arena, size);
    mk_str span;
    memcpy(cut, text, size);
    assert_false(mk_json_span((mk_str){cut, size}, &span));
    mk_cursor cursor = mk_json_walk((mk_str){cut, size});
    for (mk_member member; mk_json_next(&cursor, &member);) {
    }
    assert_true(cursor.failed);
    mk_str decoded;
    s->ctx.error.status = MK_OK;
    assert_int_not_equal(mk_json_decode(&s->ctx, (mk_str){cut, size}, &decoded), MK_OK);
  }
}

static void nul_within_text_is_refused(void **state) {
  (void)state;
  mk_str span;
  assert_false(mk_json_span(MK_STR("1\0"), &span));
  assert_false(mk_json_span(MK_STR("\"a\0b\""), &span));
  assert_false(mk_json_span(MK_STR("[\0]"), &span));
}

/* `depth` times [ or {"a": around 1. */
static mk_str nested(store *s, size_t depth, bool of_objects) {
  mk_buf buf = mk_buf_make(&s->arena);
  for (size_t i = 0; i < depth; i++) {
    mk_buf_literal(&buf, of_objects ? "{\"a\":" : "[");
  }
  mk_buf_char(&buf, '1');
  for (size_t i = 0; i < depth; i++) {
    mk_buf_char(&buf, of_objects ? '}' : ']');
  }
  return mk_buf_take(&buf);
}

static void nesting_is_followed_to_the_limit_exactly(void **state) {
  store *s = *state;
  mk_str span;
  assert_true(mk_json_span(nested(s, MK_JSON_DEPTH_MAX, false), &span));
  assert_true(mk_json_span(nested(s, MK_JSON_DEPTH_MAX, true), &span));
  assert_false(mk_json_span(nested(s, MK_JSON_DEPTH_MAX + 1, false), &span));
  assert_false(mk_json_span(nested(s, MK_JSON_DEPTH_MAX + 1, true), &span));
}

static void brackets_close_what_they_opened_at_every_depth(void **state) {
  store *s = *state;
  for (size_t depth = 1; depth < 40; depth++) {
    for (size_t wrong = 0; wrong < depth; wrong++) {
      mk_str text = nested(s, depth, false);
      char *bytes = mk_arena_push(&s->arena, text.size);
      memcpy(bytes, text.data, text.size);
      bytes[depth + 1 + wrong] = '}';
      mk_str span;
      assert_false(mk_json_span((mk_str){bytes, text.size}, &span));
    }
  }
}

static void walk_gives_members_as_spans_of_the_text(void **state) {
  (void)state;
  static const char text[] = "{ \"a\" : 1.50 ,\"b\\n\":[ 1, 2 ],\"\":\"x\"}";
  static const char *const names[] = {"\"a\"", "\"b\\n\"", "\"\""};
  static const char *const values[] = {"1.50", "[ 1, 2 ]", "\"x\""};
  mk_cursor cursor = mk_json_walk(MK_STR(text));
  mk_member member;
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_true(mk_json_next(&cursor, &member));
    assert_text(member.name, names[i]);
    assert_text(member.value, values[i]);
    assert_in_range((uintptr_t)member.value.data, (uintptr_t)text, (uintptr_t)text + sizeof text);
  }
  assert_false(mk_json_next(&cursor, &member));
  assert_false(mk_json_next(&cursor, &member)); /* and stays at the end */
  assert_false(cursor.failed);
}

static void walk_gives_elements_without_names(void **state) {
  (void)state;
  static const char *const values[] = {"1", "{}", "\"]\"", "[2,[3]]"};
  mk_cursor cursor = mk_json_walk(MK_STR("[1,{},\"]\",[2,[3]]]"));
  mk_member member;
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    assert_true(mk_json_next(&cursor, &member));
    assert_false(mk_str_is_present(member.name));
    assert_text(member.value, values[i]);
  }
  assert_false(mk_json_next(&cursor, &member));
  assert_false(cursor.failed);
}

static void walk_over_what_is_no_object_or_array_fails(void **state) {
  (void)state;
  static const char *const texts[] = {"", "1", "\"a\"", "null", "[", "{", "[1", "[1,", "{\"a\":1", "{\"a\"}", "[1 2]"};
  mk_member member;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    mk_cursor cursor = mk_json_walk(mk_str_of(texts[i]));
    while (mk_json_next(&cursor, &member)) {
    }
    assert_true(cursor.failed);
  }
  mk_cursor cursor = mk_json_walk(MK_STR_NONE);
  assert_false(mk_json_next(&cursor, &member));
}

static void get_finds_a_member_by_its_whole_name(void **state) {
  (void)state;
  mk_str object = MK_STR("{\"ab\":1,\"a\":2,\"b\":{\"c\":3},\"c\":null}");
  assert_text(mk_json_get(object, "a"), "2");
  assert_text(mk_json_get(object, "b"), "{\"c\":3}");
  assert_text(mk_json_get(object, "c"), "null");
  assert_false(mk_str_is_present(mk_json_get(object, "")));
  assert_false(mk_str_is_present(mk_json_get(object, "abc")));
  assert_false(mk_str_is_present(mk_json_get(MK_STR("[1]"), "a")));
  assert_false(mk_str_is_present(mk_json_get(MK_STR("\"a\""), "a")));
  assert_false(mk_str_is_present(mk_json_get(MK_STR_NONE, "a")));
}

static void kinds_are_told_by_the_first_byte(void **state) {
  (void)state;
  static const char *const values[] = {"\"a\"", "{}", "[]", "null", "true", "false", "1"};
  bool (*const tests[])(mk_str) = {mk_json_is_string, mk_json_is_object, mk_json_is_array,
                                   mk_json_is_null,   mk_json_is_true,   mk_json_is_false};
  for (size_t i = 0; i < COUNT_OF(tests); i++) {
    for (size_t j = 0; j < COUNT_OF(values); j++) {
      assert_int_equal(tests[i](mk_str_of(values[j])), i == j);
    }
    assert_false(tests[i](MK_STR_NONE));
  }
}

static void integers_are_those_that_javascript_holds_exactly(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t number;
  } cases[] = {{"0", 0},
               {"-0", 0},
               {"7", 7},
               {"-7", -7},
               {"1764000000000", 1764000000000},
               {"9007199254740991", 9007199254740991},
               {"-9007199254740991", -9007199254740991}};
  static const char *const refused[] = {
      "9007199254740992", "-9007199254740992", "99999999999999999", "1.0", "1e3", "\"1\"", "null", "true", "-"};
  int64_t number = 0;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_true(mk_json_integer(mk_str_of(cases[i].text), &number));
    assert_int_equal(number, cases[i].number);
  }
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    assert_false(mk_json_integer(mk_str_of(refused[i]), &number));
  }
  assert_false(mk_json_integer(MK_STR_NONE, &number));
}

/* A string as JSON text, as UTF-8 or WTF-8, and as the encoder writes it. */
static const struct {
  mk_str span;
  mk_str text;
  mk_str encoded; /* absent: as span */
} strings[] = {
    {MK_STR("\"\""), MK_STR(""), MK_STR_NONE},
    {MK_STR("\"plain / ' text\""), MK_STR("plain / ' text"), MK_STR_NONE},
    {MK_STR("\"\\\"\\\\\""), MK_STR("\"\\"), MK_STR_NONE},
    {MK_STR("\"\\/\""), MK_STR("/"), MK_STR("\"/\"")},
    {MK_STR("\"\\b\\f\\n\\r\\t\""), MK_STR("\b\f\n\r\t"), MK_STR("\"\\u0008\\u000c\\u000a\\u000d\\u0009\"")},
    {MK_STR("\"\\u0000\""), MK_STR("\0"), MK_STR_NONE},
    {MK_STR("\"x\\u0000y\""), MK_STR("x\0y"), MK_STR_NONE},
    {MK_STR("\"\\u001f\\u0020\""), MK_STR("\x1F "), MK_STR("\"\\u001f \"")},
    {MK_STR("\"\x7F\""), MK_STR("\x7F"), MK_STR_NONE},
    {MK_STR("\"\\u007f\\u0080\""), MK_STR("\x7F\xC2\x80"), MK_STR("\"\x7F\xC2\x80\"")},
    {MK_STR("\"\\u07FF\\u0800\""), MK_STR("\xDF\xBF\xE0\xA0\x80"), MK_STR("\"\xDF\xBF\xE0\xA0\x80\"")},
    {MK_STR("\"\\uFFFF\""), MK_STR("\xEF\xBF\xBF"), MK_STR("\"\xEF\xBF\xBF\"")},
    {MK_STR("\"\\uD7FF\\uE000\""), MK_STR("\xED\x9F\xBF\xEE\x80\x80"), MK_STR("\"\xED\x9F\xBF\xEE\x80\x80\"")},
    {MK_STR("\"\xED\x9F\xBF\""), MK_STR("\xED\x9F\xBF"), MK_STR_NONE},
    {MK_STR("\"\\ud83d\\ude00\""), MK_STR("\xF0\x9F\x98\x80"), MK_STR("\"\xF0\x9F\x98\x80\"")},
    {MK_STR("\"\\uD800\\uDC00\""), MK_STR("\xF0\x90\x80\x80"), MK_STR("\"\xF0\x90\x80\x80\"")},
    {MK_STR("\"\\uDBFF\\uDFFF\""), MK_STR("\xF4\x8F\xBF\xBF"), MK_STR("\"\xF4\x8F\xBF\xBF\"")},
    {MK_STR("\"\\ud800\""), MK_STR("\xED\xA0\x80"), MK_STR_NONE},
    {MK_STR("\"\\udfff\""), MK_STR("\xED\xBF\xBF"), MK_STR_NONE},
    {MK_STR("\"a\\ud83db\""),
     MK_STR("a\xED\xA0\xBD"
            "b"),
     MK_STR_NONE},
    {MK_STR("\"\\ude00\\ud83d\""), MK_STR("\xED\xB8\x80\xED\xA0\xBD"), MK_STR_NONE},
    {MK_STR("\"\\ud83d\\n\""), MK_STR("\xED\xA0\xBD\n"), MK_STR("\"\\ud83d\\u000a\"")},
    {MK_STR("\"\\ud83d\\ud83d\\ude00\""), MK_STR("\xED\xA0\xBD\xF0\x9F\x98\x80"),
     MK_STR("\"\\ud83d\xF0\x9F\x98\x80\"")},
    {MK_STR("\"\\ud83d\\u0041\""),
     MK_STR("\xED\xA0\xBD"
            "A"),
     MK_STR("\"\\ud83dA\"")},
};

static void strings_decode_to_their_characters(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(strings); i++) {
    mk_str text;
    assert_int_equal(mk_json_decode(&s->ctx, strings[i].span, &text), MK_OK);
    assert_int_equal(text.size, strings[i].text.size);
    assert_memory_equal(text.data, strings[i].text.data, text.size);
  }
}

static void characters_encode_to_strings_that_utf8_can_carry(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(strings); i++) {
    mk_buf buf = mk_buf_make(&s->arena);
    mk_str expected = mk_str_is_present(strings[i].encoded) ? strings[i].encoded : strings[i].span;
    mk_json_encode(&buf, strings[i].text);
    mk_str encoded = mk_buf_take(&buf);
    assert_text(encoded, expected.data);
    assert_true(utf8_is_valid(encoded));
    assert_true(json_is_valid(encoded, 0));
  }
}

/* Every code unit alone: decoding what was encoded gives it back. */
static void every_code_unit_survives_decoding_and_encoding(void **state) {
  store *s = *state;
  for (unsigned unit = 0; unit <= 0xFFFF; unit++) {
    mk_context *ctx = store_begin(s);
    mk_str text;
    mk_str again;
    assert_int_equal(mk_json_decode(ctx, mk_str_of(json("'\\u%04x'", unit)), &text), MK_OK);
    mk_buf buf = mk_buf_make(&s->arena);
    mk_json_encode(&buf, text);
    mk_str encoded = mk_buf_take(&buf);
    assert_int_equal(mk_json_decode(ctx, encoded, &again), MK_OK);
    if (!mk_str_equal(text, again) || !utf8_is_valid(encoded)) {
      fail_msg("U+%04X became %s", unit, encoded.data);
    }
  }
}

static void decoding_what_is_no_string_is_refused(void **state) {
  store *s = *state;
  static const char *const values[] = {"1", "null", "{}", "\"", "\"a", "a\"", "\"a\"b", "\"\\\"", "\"a\" "};
  mk_str text = MK_STR_NONE;
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    assert_int_equal(mk_json_decode(store_begin(s), mk_str_of(values[i]), &text), MK_E_INVALID_ARGUMENT);
  }
  assert_int_equal(mk_json_decode(store_begin(s), MK_STR_NONE, &text), MK_E_INVALID_ARGUMENT);
  assert_false(mk_str_is_present(text));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_texts_are_one_span),
      cmocka_unit_test(bad_texts_are_refused),
      STORE_TEST(cut_texts_are_refused_and_nothing_is_read_behind_them),
      cmocka_unit_test(nul_within_text_is_refused),
      STORE_TEST(nesting_is_followed_to_the_limit_exactly),
      STORE_TEST(brackets_close_what_they_opened_at_every_depth),
      cmocka_unit_test(walk_gives_members_as_spans_of_the_text),
      cmocka_unit_test(walk_gives_elements_without_names),
      cmocka_unit_test(walk_over_what_is_no_object_or_array_fails),
      cmocka_unit_test(get_finds_a_member_by_its_whole_name),
      cmocka_unit_test(kinds_are_told_by_the_first_byte),
      cmocka_unit_test(integers_are_those_that_javascript_holds_exactly),
      STORE_TEST(strings_decode_to_their_characters),
      STORE_TEST(characters_encode_to_strings_that_utf8_can_carry),
      STORE_TEST(every_code_unit_survives_decoding_and_encoding),
      STORE_TEST(decoding_what_is_no_string_is_refused),
  };
  return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

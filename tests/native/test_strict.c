/* strict.h: whether a text is JSON to the letter. */
#include <string.h>

#include "care/strict.h"
#include "support.h"

static void what_is_json_passes(void **state) {
  (void)state;
  static const char *const texts[] = {"0",
                                      "-0.5e+10",
                                      " true ",
                                      "null\n",
                                      "\"\"",
                                      "\"\\u00e9\\n\\ud800\"",
                                      "[]",
                                      "[ ]",
                                      "{}",
                                      "{ }",
                                      "[1,[2,{}],\"x\"]",
                                      "{\"a\":{\"b\":[1,2]},\"c\":null}",
                                      "{ \"a\" : 1 , \"b\" : [ ] }",
                                      "[[[]]]",
                                      "[{},[],{}]"};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    if (!mk_json_is_strict(mk_str_of(texts[i]))) {
      fail_msg("%s", texts[i]);
    }
  }
}

static void damage_does_not(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",         " ",           "tru",    "truex",     "01",  "1.",    ".5",   "-",     "1e",  "+1",    "\"",
      "\"\\x\"",  "\"\\u12g4\"", "\"\n\"", "[",         "]",   "[1,]",  "[,1]", "[1 2]", "{",   "}",     "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}",  "{a:1}",  "{\"a\":1]", "[1}", "{} {}", "[]]",  "1 2",   "nul", "\"a\"b"};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    if (mk_json_is_strict(mk_str_of(texts[i]))) {
      fail_msg("%s", texts[i]);
    }
  }
}

static void every_cut_of_a_record_is_damage(void **state) {
  (void)state;
  mk_str record = MK_STR("{\"_writtenAt\":17,\"id\":\"t\\u0000\",\"metadata\":{\"a\":[true,null,{\"b\":-1.5e3}]}}");
  assert_true(mk_json_is_strict(record));
  for (size_t size = 0; size < record.size; size++) {
    assert_false(mk_json_is_strict((mk_str){record.data, size}));
  }
}

static void nesting_has_a_limit(void **state) {
  (void)state;
  static char text[2 * (MK_JSON_DEPTH_MAX + 1)];
  for (size_t depth = MK_JSON_DEPTH_MAX; depth <= MK_JSON_DEPTH_MAX + 1; depth++) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_int_equal(mk_json_is_strict((mk_str){text, 2 * depth}), depth <= MK_JSON_DEPTH_MAX);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_json_passes),
      cmocka_unit_test(damage_does_not),
      cmocka_unit_test(every_cut_of_a_record_is_damage),
      cmocka_unit_test(nesting_has_a_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

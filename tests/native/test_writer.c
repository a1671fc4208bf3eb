/* writer.h: JSON that is written piece by piece, with the commas that come by themselves. */
#include "base/writer.h"

#include "support.h"

static void commas_stand_between_members_and_elements_and_nowhere_else(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  mk_json_begin(&buf, '{');
  mk_json_member(&buf, "a", MK_STR("[1,2]"));
  mk_json_name(&buf, "b");
  mk_json_begin(&buf, '[');
  mk_json_end(&buf, ']');
  mk_json_name(&buf, "c");
  mk_json_begin(&buf, '[');
  for (int i = 0; i < 3; i++) {
    mk_json_begin(&buf, '{');
    mk_json_member_int(&buf, "n", i);
    mk_json_end(&buf, '}');
  }
  mk_json_value(&buf, MK_STR("null"));
  mk_json_end(&buf, ']');
  mk_json_member_bool(&buf, "d", true);
  mk_json_member_bool(&buf, "e", false);
  mk_json_end(&buf, '}');
  assert_json(mk_buf_take(&buf), "{'a':[1,2],'b':[],'c':[{'n':0},{'n':1},{'n':2},null],'d':true,'e':false}");
}

static void texts_are_escaped_and_spans_are_not(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  mk_json_begin(&buf, '{');
  mk_json_member_text(&buf, "a", MK_STR("\"[{:,"));
  mk_json_name_span(&buf, MK_STR("\"\\u0000\""));
  mk_json_value(&buf, MK_STR("\"x:\""));
  mk_json_member_text(&buf, "b", MK_STR("ends in a bracket {"));
  mk_json_member_text(&buf, "c", MK_STR(""));
  mk_json_end(&buf, '}');
  assert_text(mk_buf_take(&buf), "{\"a\":\"\\\"[{:,\",\"\\u0000\":\"x:\",\"b\":\"ends in a bracket {\",\"c\":\"\"}");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(commas_stand_between_members_and_elements_and_nowhere_else),
      STORE_TEST(texts_are_escaped_and_spans_are_not),
  };
  return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}

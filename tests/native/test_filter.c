/* filter.h: the filters of list methods. */
#include <string.h>

#include "record/filter.h"
#include "support.h"

#define KEY_RULES \
  " Keys must start with a letter or underscore and contain only alphanumeric characters and underscores."

static void ranges_include_their_ends_unless_told(void **state) {
  store *s = *state;
  static const struct {
    const char *range;
    int64_t oldest_ms;
    int64_t newest_ms;
  } cases[] = {
      {"{}", -MK_DATE_MS_MAX, MK_DATE_MS_MAX},
      {"{'start':'1970-01-01T00:00:00.010Z'}", 10, MK_DATE_MS_MAX},
      {"{'end':'1970-01-01T00:00:00.010Z'}", -MK_DATE_MS_MAX, 10},
      {"{'start':'1970-01-01T00:00:00.010Z','startExclusive':true,'end':'1970-01-01T00:00:00.020Z'}", 11, 20},
      {"{'start':'1970-01-01T00:00:00.010Z','endExclusive':true,'end':'1970-01-01T00:00:00.020Z'}", 10, 19},
      {"{'start':'1970-01-01T00:00:00.010Z','startExclusive':false,'endExclusive':null}", 10, MK_DATE_MS_MAX},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_range range;
    assert_int_equal(mk_range_read(&s->ctx, JSON("%s", cases[i].range), &range), MK_OK);
    assert_int_equal(range.oldest_ms, cases[i].oldest_ms);
    assert_int_equal(range.newest_ms, cases[i].newest_ms);
    assert_true(mk_range_has(&range, range.oldest_ms));
    assert_true(mk_range_has(&range, range.newest_ms));
    assert_false(mk_range_has(&range, range.oldest_ms - 1));
    assert_false(mk_range_has(&range, range.newest_ms + 1));
  }
  mk_range range;
  assert_int_equal(mk_range_read(&s->ctx, MK_STR_NONE, &range), MK_OK);
  assert_int_equal(mk_range_read(&s->ctx, JSON("{'start':5}"), &range), MK_E_INVALID_ARGUMENT);
  assert_int_equal(mk_range_read(store_begin(s), JSON("{'end':'soon'}"), &range), MK_E_INVALID_ARGUMENT);
}

static void message_filters_are_refused_with_mastras_texts(void **state) {
  store *s = *state;
  char longest[130] = "";
  memset(longest, 'k', 128);
  mk_str filter;
  assert_int_equal(mk_message_filter_read(&s->ctx, JSON("{'%s':1}", longest), MK_STR_NONE, &filter), MK_OK);
  longest[128] = 'k';
  const struct {
    const char *metadata;
    const char *text;
  } cases[] = {
      {"null", "Metadata filter must be an object."},
      {"[]", "Metadata filter must be an object."},
      {"'x'", "Metadata filter must be an object."},
      {"{'a-b':1}", "Invalid metadata filter key \"a-b\"."},
      {"{'1a':1}", "Invalid metadata filter key \"1a\"."},
      {"{'':1}", "Invalid metadata filter key \"\"."},
      {"{'__proto__':1}", "Invalid metadata filter key \"__proto__\"."},
      {"{'ok':1,'constructor':1}", "Invalid metadata filter key \"constructor\"."},
      {json("{'%s':1}", longest), json("Invalid metadata filter key '%s'.", longest)},
      {"{'a':{}}",
       "Invalid metadata filter value for key \"a\". Values must be string, finite number, boolean, or null."},
      {"{'a':[]}",
       "Invalid metadata filter value for key \"a\". Values must be string, finite number, boolean, or null."},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_context *ctx = store_begin(s);
    assert_int_equal(mk_message_filter_read(ctx, JSON("%s", cases[i].metadata), MK_STR_NONE, &filter),
                     MK_E_INVALID_ARGUMENT);
    assert_string_equal(ctx->error.text, cases[i].text);
  }
}

static void thread_filters_are_refused_with_mastras_texts(void **state) {
  store *s = *state;
  char longest[130] = "";
  memset(longest, 'k', 129);
  mk_str filter;
  const struct {
    const char *metadata;
    const char *text;
  } cases[] = {
      {"{'__proto__':1}", "Invalid metadata key: \"__proto__\"."},
      {"{'prototype':1}", "Invalid metadata key: \"prototype\"."},
      {"{'a b':1}", "Invalid metadata key: \"a b\"." KEY_RULES},
      {"{'':1}", "Invalid metadata key: \"\"." KEY_RULES},
      {json("{'%s':1}", longest), json("Metadata key '%s' exceeds maximum length of 128 characters.", longest)},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_context *ctx = store_begin(s);
    assert_int_equal(mk_thread_filter_read(ctx, JSON("%s", cases[i].metadata), &filter), MK_E_INVALID_ARGUMENT);
    assert_string_equal(ctx->error.text, cases[i].text);
    assert_string_equal(ctx->error.reason, "INVALID_METADATA_KEY");
  }
}

static void empty_filters_filter_nothing(void **state) {
  store *s = *state;
  mk_str filter;
  assert_int_equal(mk_message_filter_read(&s->ctx, MK_STR("{}"), MK_STR_NONE, &filter), MK_OK);
  assert_false(mk_str_is_present(filter));
  assert_int_equal(mk_message_filter_read(&s->ctx, MK_STR_NONE, MK_STR_NONE, &filter), MK_OK);
  assert_false(mk_str_is_present(filter));
  assert_int_equal(mk_thread_filter_read(&s->ctx, MK_STR("{}"), &filter), MK_OK);
  assert_false(mk_str_is_present(filter));
  assert_int_equal(mk_thread_filter_read(&s->ctx, MK_STR_NONE, &filter), MK_OK);
  assert_false(mk_str_is_present(filter));
}

static void threads_match_when_all_members_are_deeply_equal(void **state) {
  (void)state;
  static const struct {
    const char *filter;
    const char *metadata;
    bool matches;
  } cases[] = {
      {"{'a':1}", "{'b':2,'a':1}", true},
      {"{'a':1}", "{'a':'1'}", false},
      {"{'a':1}", "{}", false},
      {"{'a':null}", "{'a':null}", true},
      {"{'a':null}", "{}", false},
      {"{'a':{'x':[1,{'y':2}],'z':true}}", "{'a':{'z':true,'x':[1,{'y':2}]}}", true},
      {"{'a':{'x':1}}", "{'a':{'x':1,'y':2}}", false},
      {"{'a':{'x':1,'y':2}}", "{'a':{'x':1}}", false},
      {"{'a':{'x':1}}", "{'a':{'y':1}}", false},
      {"{'a':[1,2]}", "{'a':[2,1]}", false},
      {"{'a':[1,2]}", "{'a':[1,2,3]}", false},
      {"{'a':[1,2]}", "{'a':[1]}", false},
      {"{'a':[]}", "{'a':{}}", false},
      {"{'a':{}}", "{'a':{}}", true},
      {"{'a':1,'b':2}", "{'a':1}", false},
      {"{'a':1}", "5", false},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_str filter = JSON("%s", cases[i].filter);
    mk_str metadata = JSON("%s", cases[i].metadata);
    if (mk_thread_filter_matches(filter, metadata) != cases[i].matches) {
      fail_msg("%s on %s", filter.data, metadata.data);
    }
  }
  assert_false(mk_thread_filter_matches(JSON("{'a':1}"), MK_STR_NONE));
}

static void messages_match_by_their_contents_metadata(void **state) {
  (void)state;
  mk_str filter = JSON("{'a':'x','b':null}");
  assert_true(mk_message_filter_matches(filter, JSON("{'parts':[],'metadata':{'b':null,'a':'x'}}")));
  assert_false(mk_message_filter_matches(filter, JSON("{'metadata':{'a':'x'}}")));
  assert_false(mk_message_filter_matches(filter, JSON("{'a':'x','b':null}")));
  assert_false(mk_message_filter_matches(filter, JSON("{'metadata':[]}")));
  assert_false(mk_message_filter_matches(filter, JSON("'x'")));
  assert_false(mk_message_filter_matches(filter, MK_STR_NONE));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(ranges_include_their_ends_unless_told),
      STORE_TEST(message_filters_are_refused_with_mastras_texts),
      STORE_TEST(thread_filters_are_refused_with_mastras_texts),
      STORE_TEST(empty_filters_filter_nothing),
      STORE_TEST(threads_match_when_all_members_are_deeply_equal),
      STORE_TEST(messages_match_by_their_contents_metadata),
  };
  return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}

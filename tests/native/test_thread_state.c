/* The operations on thread state, over the KV in memory. */
#include "support.h"

#define GOAL "'threadId':'t1','type':'goal'"

static void state_is_one_record_for_each_pair(void **state) {
  store *s = *state;
  assert_result(s, "getState", "{" GOAL "}", "null");
  assert_result(s, "setState", "{" GOAL ",'value':{'n':1e400,'u':'\\ud800'}}", "null");
  assert_dump(NS_THREADS, "thread_state:t1:goal = {'_writtenAt':1764000000001,'value':{'n':1e400,'u':'\\ud800'},"
                          "'updatedAt':'2025-11-24T16:00:00.001Z'} | {'updatedAt':'2025-11-24T16:00:00.001Z'}\n");
  assert_calls(1, 1, 0, 0, 2);
  assert_result(s, "getState", "{'threadId':'t1','type':'goa'}", "null");
  assert_result(s, "getState", "{'threadId':'t1:goal','type':''}", "null");
}

static void absent_is_not_null(void **state) {
  store *s = *state;
  static const char *const values[] = {"null", "false", "0", "''", "[]"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    (void)result_of(s, "setState", json("{" GOAL ",'value':%s}", values[i]));
    assert_json(mk_json_get(result_of(s, "getState", "{" GOAL "}"), "value"), values[i]);
  }
  (void)result_of(s, "setState", "{" GOAL "}"); /* undefined */
  assert_result(s, "getState", "{" GOAL "}", "null");
  assert_int_equal(kv_key_count(NS_THREADS), 0);
}

static void state_that_is_not_ours_is_an_error(void **state) {
  store *s = *state;
  kv_seed(NS_THREADS, "thread_state:t1:goal", "{}", NULL);
  assert_error(s, "getState", "{" GOAL "}", "CORRUPT_RECORD", NULL);
  assert_text(error_key(s), "thread_state:t1:goal");
  assert_error(s, "getState", "{'threadId':'','type':'goal'}", "INVALID_ARGUMENT",
               "threadId must be a non-empty string");
  assert_error(s, "setState", "{'threadId':'t1','value':1}", "INVALID_ARGUMENT", "type must be a string");
  assert_error(s, "deleteState", "{'threadId':'t1'}", "INVALID_ARGUMENT", "type must be a string");
  (void)result_of(s, "deleteState", "{" GOAL "}");
  assert_int_equal(kv_key_count(NS_THREADS), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(state_is_one_record_for_each_pair),
      STORE_TEST(absent_is_not_null),
      STORE_TEST(state_that_is_not_ours_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The operations on background tasks, over the KV in memory. */
#include "support.h"

#define TASK(more) \
  "{'task':{" more "'agentId':'a','runId':'r','toolName':'n','toolCallId':'c','args':{'n':1e400}," \
  "'createdAt':'2026-01-01T00:00:00Z'}}"

static void create(store *s, const char *id, const char *status) {
  (void)result_of(s, "createTask", json(TASK("'id':'%s','status':'%s',"), id, status));
}

static const char *listed(store *s, const char *filter) {
  return list_of(s, "listTasks", "tasks", json("{'filter':%s}", filter));
}

static void task_is_one_record(void **state) {
  store *s = *state;
  assert_result(s, "createTask", TASK("'id':'t','status':'running','result':null,'error':null,'more':null,"), "null");
  assert_dump(NS_THREADS,
              "background_tasks:t = {'_writtenAt':1764000000001,'id':'t','createdAt':'2026-01-01T00:00:00.000Z',"
              "'status':'running','agentId':'a','toolName':'n','toolCallId':'c','runId':'r','args':{'n':1e400},"
              "'result':null,'more':null} | {'createdAt':'2026-01-01T00:00:00.000Z','status':'running',"
              "'agentId':'a','toolName':'n','toolCallId':'c','runId':'r'}\n");
  assert_calls(0, 1, 0, 0, 1);
  kv_count_reset();
  assert_result(s, "getRunningCount", "{}", "1");
  assert_result(s, "getRunningCountByAgent", "{'agentId':'b'}", "0");
  assert_calls(0, 0, 0, 2, 2);
}

static void update_lays_over_and_clears(void **state) {
  store *s = *state;
  create(s, "t", "pending");
  (void)result_of(
      s, "updateTask",
      "{'id':'t','update':{'id':'u','error':{'message':'x'},'startedAt':'2026-01-01','result':null,'x':1}}");
  kv_count_reset();
  assert_result(s, "updateTask",
                "{'id':'t','update':{'status':'running','startedAt':null},'odd':{'error':'undefined','x':'undefined','"
                "status':'undefined','no':'undefined'},"
                "'expectedStatus':'pending'}",
                "true");
  assert_calls(1, 1, 0, 0, 2);
  assert_result(s, "getTask", "{'id':'t'}",
                "{'id':'t','createdAt':'2026-01-01T00:00:00.000Z','status':'running','agentId':'a','toolName':'n',"
                "'toolCallId':'c','runId':'r','args':{'n':1e400},'result':null}");
  assert_result(s, "updateTask", "{'id':'t','update':{},'expectedStatus':'pending'}", "false");
  assert_result(s, "updateTask", "{'id':'u','update':{}}", "false");
  assert_error(s, "updateTask", "{'id':'t','update':{'status':null}}", "INVALID_ARGUMENT",
               "Invalid update of a background task: status must be a string.");
}

/* The clocks of two writers disagree: what was written last must look newer. */
static void update_is_newer_than_what_it_is_laid_over(void **state) {
  store *s = *state;
  kv_clock_set(KV_CLOCK_START + 60000);
  create(s, "t", "pending");
  int64_t first = kv_clock_last();
  mk_str value = kv_value(NS_THREADS, "background_tasks:t");
  kv_seed(NS_THREADS, "background_tasks:t", json("{'_writtenAt':%lld%s", (long long)first + 9000, value.data + 27),
          NULL);
  assert_result(s, "updateTask", "{'id':'t','update':{'retryCount':1}}", "true");
  int64_t written = 0;
  assert_true(mk_json_integer(mk_json_get(kv_value(NS_THREADS, "background_tasks:t"), "_writtenAt"), &written));
  assert_true(written == first + 9001);
}

static void filters_are_answered_without_reading_values(void **state) {
  store *s = *state;
  create(s, "1", "pending");
  create(s, "2", "running");
  create(s, "3", "running");
  kv_count_reset();
  assert_string_equal(listed(s, "{'status':['running','failed'],'perPage':0}"), " of 2");
  assert_calls(0, 0, 0, 1, 1);
  assert_string_equal(listed(s, "{'status':'running','perPage':1,'page':1}"), "3 of 2");
  assert_calls(1, 0, 0, 2, 3);
  assert_string_equal(listed(s, "{'status':[]}"), " of 0");
  assert_string_equal(listed(s, "{'status':5}"), " of 0");
  assert_string_equal(listed(s, "{'fromDate':'2026-01-01','toDate':'2026-01-02','orderDirection':'desc'}"),
                      "1,2,3 of 3");
  assert_string_equal(listed(s, "{'toDate':'2026-01-01'}"), " of 0");
}

/* A list that is behind must not delete a task that was taken up again. */
static void tasks_are_deleted_as_they_are(void **state) {
  store *s = *state;
  create(s, "1", "completed");
  create(s, "2", "completed");
  kv_moment then = kv_now();
  create(s, "1", "running");
  kv_lists_show(then);
  (void)result_of(s, "deleteTasks", "{'filter':{'status':'completed'}}");
  kv_lists_show(KV_PRESENT);
  assert_string_equal(listed(s, "{}"), "1 of 1");
}

static void thousands_are_deleted_in_steps(void **state) {
  store *s = *state;
  for (int i = 0; i < 1234; i++) {
    create(s, json("%d", i), i % 2 == 0 ? "completed" : "running");
  }
  kv_count_reset();
  (void)result_of(s, "deleteTasks", "{'filter':{'status':'completed'}}");
  assert_calls(1 + 5 + 1, 0, 617, 2, 2 + 3 + 2);
  assert_result(s, "getRunningCount", "{}", "617");
  (void)result_of(s, "deleteTasks", "{'filter':{'perPage':7,'page':1}}");
  assert_result(s, "getRunningCount", "{}", "610");
  assert_error(s, "deleteTasks", "{}", "INVALID_ARGUMENT", "filter must be an object; {} means all tasks");
  assert_error(s, "deleteTasks", "{'filter':{'toDate':null}}", "INVALID_ARGUMENT", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(task_is_one_record),
      STORE_TEST(update_lays_over_and_clears),
      STORE_TEST(update_is_newer_than_what_it_is_laid_over),
      STORE_TEST(filters_are_answered_without_reading_values),
      STORE_TEST(tasks_are_deleted_as_they_are),
      STORE_TEST(thousands_are_deleted_in_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

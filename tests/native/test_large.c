/* Records as large as KV takes them: an operation that memory is too short for has written nothing,
 * and what was written can be read. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define MIB ((size_t)1 << 20)
/* A little less than 25 MiB is the largest that KV takes with the rest of a record. */

static const size_t sizes_mib[] = {8, 12, 16, 20, 24};

#define ID "'workflowName':'w','runId':'r'"

/* A JSON string of `size` bytes with its quotes; it lasts until the next. */
static mk_str large_string(size_t size) {
  static char *text;
  text = realloc(text, size);
  if (text == NULL) {
    abort();
  }
  memset(text, 'x', size);
  text[0] = '"';
  text[size - 1] = '"';
  return (mk_str){text, size};
}

/* Whether an operation succeeded. It may have been refused, having written nothing. */
static bool succeeds(mk_answer answer) {
  mk_str code = mk_json_get(answer.text, "code");
  if (mk_str_is_present(answer.dates)) {
    return true;
  }
  assert_true(mk_json_name_is(code, "OUT_OF_MEMORY") || mk_json_name_is(code, "VALUE_TOO_LARGE"));
  assert_true(wrote_nothing());
  return false;
}

/* Run an operation whose arguments are texts around one large string. */
static bool try_large(store *s, const char *operation, const char *begins, size_t size, const char *ends) {
  const char *begin = json("%s", begins);
  const char *end = json("%s", ends);
  mk_str large = large_string(size);
  size_t begin_size = strlen(begin);
  size_t end_size = strlen(end);
  mk_context *ctx = store_begin(s);
  /* In the arena, as in wasm: they count. */
  char *args = mk_arena_push(&s->arena, begin_size + large.size + end_size);
  assert_non_null(args);
  memcpy(args, begin, begin_size);
  memcpy(args + begin_size, large.data, large.size);
  memcpy(args + begin_size + large.size, end, end_size);
  kv_count_reset();
  return succeeds(mk_operation_run(ctx, mk_str_of(operation), (mk_str){args, begin_size + large.size + end_size}));
}

static bool try_small(store *s, const char *operation, const char *args) {
  mk_context *ctx = store_begin(s);
  kv_count_reset();
  return succeeds(mk_operation_run(ctx, mk_str_of(operation), JSON("%s", args)));
}

static void assert_readable(store *s) {
  assert_true(try_small(s, "loadWorkflowSnapshot", "{" ID "}"));
  assert_true(try_small(s, "getWorkflowRunById", "{" ID "}"));
  assert_true(try_small(s, "getWorkflowRunById", "{'runId':'r'}"));
  assert_true(try_small(s, "listWorkflowRuns", "{'page':0,'perPage':1}"));
}

/* A run with a snapshot of that size, in one member of the state or in the context. */
static void persist(store *s, size_t size_mib, bool in_context) {
  kv_reset();
  assert_true(try_large(s, "persistWorkflowSnapshot",
                        in_context ? "{" ID ",'snapshot':{'context':{'old':{'output':[1,"
                                   : "{" ID ",'snapshot':{'context':{},'value':",
                        size_mib * MIB, in_context ? "]}}}}" : "}}"));
}

static void runs_of_any_size_are_updated_and_read(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(sizes_mib) * 2; i++) {
    size_t size_mib = sizes_mib[i / 2];
    persist(s, size_mib, i % 2 == 0);
    assert_readable(s);
    assert_true(try_small(s, "updateWorkflowResults", "{" ID ",'stepId':'a','result':1}"));
    assert_readable(s);
    assert_true(try_small(s, "updateWorkflowState", "{" ID ",'opts':{'status':'failed'}}"));
    assert_true(try_small(s, "updateWorkflowResults", "{" ID ",'stepId':'old','result':{'output':[null,2]}}"));
    assert_readable(s);
    persist(s, size_mib, i % 2 == 0);
  }
}

/* Each may be refused, but what was taken is read. */
static void large_updates_are_refused_or_can_be_read(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(sizes_mib); i += 2) {
    for (size_t j = 0; j < COUNT_OF(sizes_mib); j += 2) {
      size_t refused = 0;
      persist(s, sizes_mib[i], true);
      refused += !try_large(s, "updateWorkflowResults", "{" ID ",'stepId':'a','result':", sizes_mib[j] * MIB, "}");
      assert_readable(s);
      refused += !try_large(s, "updateWorkflowState", "{" ID ",'opts':{'value':", sizes_mib[j] * MIB, "}}");
      assert_readable(s);
      refused += !try_large(s, "updateWorkflowResults", "{" ID ",'stepId':'old','result':{'output':[null,null,",
                            sizes_mib[j] * MIB, "]}}");
      assert_readable(s);
      assert_true(refused < 3 || sizes_mib[i] + sizes_mib[j] > 20);
    }
  }
}

#define SCORE_BEGINS \
  "{'score':{'id':'a','scorerId':'s','runId':'r','entityId':'e','entityType':'AGENT','source':'LIVE','score':1," \
  "'scorer':{},'entity':{},'output':"

static void scores_tasks_and_states_that_were_saved_can_be_read(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(sizes_mib); i++) {
    size_t size = sizes_mib[i] * MIB;
    kv_reset();
    bool is_saved = try_large(s, "saveScore", SCORE_BEGINS, size, "}}");
    assert_true(is_saved);
    assert_true(try_small(s, "getScoreById", "{'id':'a'}"));
    assert_true(try_small(s, "listScoresByRunId", "{'runId':'r','pagination':{'perPage':1}}"));
    (void)try_large(s, "saveScore", SCORE_BEGINS, size, "}}"); /* in the place of the first */
    assert_true(try_small(s, "getScoreById", "{'id':'a'}"));
    assert_true(try_large(s, "createTask",
                          "{'task':{'id':'a','status':'running','agentId':'e','runId':'r','toolName':'n',"
                          "'toolCallId':'c','createdAt':'2026-01-01','args':{},'result':",
                          size, "}}"));
    assert_true(try_small(s, "getTask", "{'id':'a'}"));
    assert_true(try_small(s, "updateTask", "{'id':'a','update':{'status':'failed'}}"));
    (void)try_large(s, "updateTask", "{'id':'a','update':{'suspendPayload':", 8 * MIB, "}}");
    assert_true(try_small(s, "getTask", "{'id':'a'}"));
    assert_true(try_small(s, "listTasks", "{'filter':{'perPage':1}}"));
    assert_true(try_small(s, "deleteTasks", "{'filter':{}}"));
    assert_true(try_large(s, "setState", "{'threadId':'t','type':'x','value':", size, "}"));
    assert_true(try_small(s, "getState", "{'threadId':'t','type':'x'}"));
  }
}

/* More together than an operation has memory for. */
static void any_number_of_large_tasks_is_deleted(void **state) {
  store *s = *state;
  for (int i = 0; i < 110; i++) {
    const char *begins = json("{'task':{'id':'%d','status':'completed','agentId':'e','runId':'r','toolName':'n',"
                              "'toolCallId':'c','createdAt':'2026-01-01','args':{},'result':",
                              i);
    assert_true(try_large(s, "createTask", begins, MIB, "}}"));
  }
  assert_true(try_small(s, "deleteTasks", "{'filter':{'status':'completed'}}"));
  assert_int_equal(kv_key_count(NS_THREADS), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(runs_of_any_size_are_updated_and_read),
      STORE_TEST(large_updates_are_refused_or_can_be_read),
      STORE_TEST(scores_tasks_and_states_that_were_saved_can_be_read),
      STORE_TEST(any_number_of_large_tasks_is_deleted),
  };
  return cmocka_run_group_tests_name("large", tests, NULL, NULL);
}

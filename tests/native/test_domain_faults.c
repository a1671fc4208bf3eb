/* Scores, background tasks and thread state when memory is short or KV fails: every operation
 * with its 1st, 2nd, 3rd … allocation or KV call failing, until it passes. Each failure is an
 * error, and the same call made again succeeds. */
#include <string.h>

#include "support.h"

typedef struct call {
  const char *operation;
  const char *args;
} call;

#define SCORE(id, run) \
  "{'score':{'id':'" id "','scorerId':'s','runId':'" run "','entityId':'é','entityType':'AGENT','traceId':'t'," \
  "'spanId':'p','source':'LIVE','score':1,'scorer':{},'entity':{},'output':null}}"
#define TASK(id) \
  "{'task':{'id':'" id "','status':'running','agentId':'é','runId':'r','toolName':'n','toolCallId':'c'," \
  "'createdAt':'2026-01-01T00:00:00Z','startedAt':'2026-01-01'}}"
#define STATE "'threadId':'t','type':'é'"

static const call before[] = {
    {"saveScore", SCORE("a", "r")}, {"saveScore", SCORE("b", "r")},        {"createTask", TASK("a")},
    {"createTask", TASK("b")},      {"setState", "{" STATE ",'value':1}"},
};

static const call disturbed[] = {
    {"saveScore", SCORE("new", "r")},
    {"saveScore", SCORE("a", "other")},
    {"getScoreById", "{'id':'a'}"},
    {"listScoresByScorerId", "{'scorerId':'s','entityId':'é','filters':{'organizationId':null}}"},
    {"createTask", TASK("new")},
    {"updateTask",
     "{'id':'a','update':{'status':'failed','completedAt':'2026-01-02'},'odd':{'startedAt':'undefined'}}"},
    {"getTask", "{'id':'a'}"},
    {"listTasks", "{'filter':{'status':['running'],'agentId':'é','fromDate':'2026-01-01','perPage':1}}"},
    {"deleteTasks", "{'filter':{'agentId':'é'}}"},
    {"deleteTask", "{'id':'a'}"},
    {"getRunningCountByAgent", "{'agentId':'é'}"},
    {"getState", "{" STATE "}"},
    {"setState", "{" STATE ",'value':[2]}"},
    {"deleteState", "{" STATE "}"},
    {"clear", "{}"},
};

static void prepare(store *s) {
  kv_reset();
  for (size_t i = 0; i < COUNT_OF(before); i++) {
    (void)result_of(s, before[i].operation, before[i].args);
  }
}

/* Whether the answer is a result; an error must be `code`. */
static bool succeeds(mk_str answer, const char *code) {
  mk_str error = mk_json_get(answer, "error");
  if (mk_str_is_present(error)) {
    assert_json(mk_json_get(error, "code"), json("'%s'", code));
  }
  return !mk_str_is_present(error);
}

static void short_memory_is_an_error(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    bool is_done = false;
    for (uint32_t nth = 1; !is_done; nth++) {
      prepare(s);
      const char *args = json("%s", disturbed[i].args);
      store_begin(s);
      kv_count_reset();
      s->arena.fail_nth = nth;
      mk_str answer = answer_of(&s->ctx, disturbed[i].operation, mk_str_of(args));
      is_done = s->arena.fail_nth > 0; /* it did not come to it */
      s->arena.fail_nth = 0;
      /* clear deletes as it lists. */
      assert_true(is_done || strcmp(disturbed[i].operation, "clear") == 0 || wrote_nothing());
      assert_int_equal(succeeds(answer, "OUT_OF_MEMORY"), is_done);
      (void)result_of(s, disturbed[i].operation, disturbed[i].args);
    }
  }
}

static void climb(store *s, kv_faults faults) {
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    bool is_done = false;
    for (faults.nth = 1; !is_done; faults.nth++) {
      prepare(s);
      kv_fail(faults);
      is_done = succeeds(store_run(s, disturbed[i].operation, JSON("%s", disturbed[i].args)), "KV_FAILED");
      assert_int_equal(kv_has_failed(), !is_done);
      kv_fail((kv_faults){0});
      (void)result_of(s, disturbed[i].operation, disturbed[i].args);
    }
  }
}

static void failing_calls_are_errors(void **state) {
  climb(*state, (kv_faults){.status = 500});
  climb(*state, (kv_faults){.lands = true});
  climb(*state, (kv_faults){.and_after = true});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(short_memory_is_an_error),
      STORE_TEST(failing_calls_are_errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The operations on scores, over the KV in memory. */
#include <string.h>

#include "support.h"

#define SCORE(more) \
  "{'score':{" more "'scorerId':'s','runId':'r','entityId':'e','entityType':'AGENT','traceId':'t','spanId':'p'," \
  "'source':'LIVE','score':0.50,'scorer':{},'entity':{},'output':[1e400]}}"
#define BY_RUN "{'runId':'r','pagination':{'page':0,'perPage':10}}"

static const char *listed(store *s, const char *operation, const char *args) {
  mk_str result = result_of(s, operation, args);
  mk_str pagination = mk_json_get(result, "pagination");
  return json("%s of %.*s", ids_of(mk_json_get(result, "scores")), MK_STR_ARG(mk_json_get(pagination, "total")));
}

static void saved_score_is_one_record_and_four_entries(void **state) {
  store *s = *state;
  assert_result(s, "saveScore", SCORE("'id':'x','unknown':1,'createdAt':'1999-01-01',"),
                "{'score':{'id':'x','scorerId':'s','runId':'r','score':0.50,'scorer':{},'entity':{},'source':'LIVE',"
                "'entityType':'AGENT','entityId':'e','traceId':'t','spanId':'p','output':[1e400],"
                "'createdAt':'2025-11-24T16:00:00.001Z','updatedAt':'2025-11-24T16:00:00.001Z'}}");
#define FACETS "{'createdAt':'2025-11-24T16:00:00.001Z','source':'LIVE','entityType':'AGENT','entityId':'e'}"
#define ENTRY(name) "metadata:scores_by_" name ":08638235999999999:x = {'_writtenAt':1764000000001} | " FACETS "\n"
  assert_dump(NS_THREADS,
              ENTRY("entity:AGENT:e") ENTRY("run:r") ENTRY("scorer:s")
                  ENTRY("span:t:p") "scorers:x = {'_writtenAt':1764000000001,'id':'x','scorerId':'s','runId':'r',"
                                    "'score':0.50,'scorer':{},'entity':{},'source':'LIVE','entityType':'AGENT',"
                                    "'entityId':'e','traceId':'t','spanId':'p','output':[1e400],"
                                    "'createdAt':'2025-11-24T16:00:00.001Z',"
                                    "'updatedAt':'2025-11-24T16:00:00.001Z'} | " FACETS "\n");
  assert_calls(1, 5, 0, 0, 3);
}

static void score_saved_again_keeps_its_time_and_leaves_its_old_places(void **state) {
  store *s = *state;
  (void)result_of(s, "saveScore", SCORE("'id':'x',"));
  kv_clock_set(kv_clock_last() + 5000);
  kv_count_reset();
  (void)result_of(s, "saveScore", SCORE("'id':'x','reason':'y',"));
  assert_calls(1, 5, 0, 0, 2);
  (void)result_of(s, "saveScore",
                  "{'score':{'id':'x','scorerId':'other','runId':'r','entityId':'e','source':'TEST','score':1,"
                  "'scorer':{},'entity':{},'output':null}}");
  assert_string_equal(listed(s, "listScoresByScorerId", "{'scorerId':'s'}"), " of 0");
  assert_string_equal(listed(s, "listScoresByScorerId", "{'scorerId':'other'}"), "x of 1");
  assert_string_equal(listed(s, "listScoresByRunId", BY_RUN), "x of 1");
  assert_int_equal(kv_key_count(NS_THREADS), 3);
  mk_str score = result_of(s, "getScoreById", "{'id':'x'}");
  assert_json(mk_json_get(score, "createdAt"), "'2025-11-24T16:00:00.001Z'");
}

static void scores_are_listed_newest_first(void **state) {
  store *s = *state;
  for (int i = 0; i < 5; i++) {
    (void)result_of(s, "saveScore", json(SCORE("'id':'%d',"), i));
  }
  kv_count_reset();
  assert_string_equal(listed(s, "listScoresByRunId", "{'runId':'r','pagination':{'page':1,'perPage':2}}"), "2,1 of 5");
  assert_calls(1, 0, 0, 1, 2);
  assert_string_equal(listed(s, "listScoresByRunId", "{'runId':'r'}"), "4,3,2,1,0 of 5");
  assert_string_equal(listed(s, "listScoresBySpan", "{'traceId':'t','spanId':'p'}"), "4,3,2,1,0 of 5");
  assert_string_equal(listed(s, "listScoresByEntityId", "{'entityType':'AGENT','entityId':'e'}"), "4,3,2,1,0 of 5");
  assert_string_equal(listed(s, "listScoresByScorerId", "{'scorerId':'s','source':'TEST'}"), " of 0");
}

/* One score was saved by two writers of which neither saw the other's: the index has it twice. */
static void score_of_two_entries_is_listed_once(void **state) {
  store *s = *state;
  (void)result_of(s, "saveScore", SCORE("'id':'w',"));
  kv_gets_show(0);
  (void)result_of(s, "saveScore", SCORE("'id':'x',"));
  (void)result_of(s, "saveScore", SCORE("'id':'x',"));
  kv_gets_show(KV_PRESENT);
  assert_int_equal(kv_key_count(NS_THREADS), 5 + 9);
  assert_string_equal(listed(s, "listScoresByRunId", "{'runId':'r','pagination':{'page':0,'perPage':1}}"), "x of 2");
  assert_string_equal(listed(s, "listScoresByRunId", "{'runId':'r','pagination':{'page':1,'perPage':1}}"), "w of 2");
}

static void entries_without_their_score_are_dropped(void **state) {
  store *s = *state;
  for (int i = 0; i < 4; i++) {
    (void)result_of(s, "saveScore", json(SCORE("'id':'%d',"), i));
  }
  kv_moment then = kv_now();
  (void)result_of(s, "clear", "{'domain':'scores'}");
  (void)result_of(s, "saveScore", SCORE("'id':'2',"));
  kv_lists_show(then); /* a list that is behind shows the four of before */
  assert_string_equal(listed(s, "listScoresByRunId", BY_RUN), " of 0");
  kv_lists_show(KV_PRESENT);
  assert_string_equal(listed(s, "listScoresByRunId", BY_RUN), "2 of 1");
}

static void bad_scores_are_refused_with_nothing_written(void **state) {
  store *s = *state;
  static const char *const wrong[][2] = {
      {"'id':5,", "Invalid score: id must be a string."},
      {"'score':null,", "Invalid score: score must be a finite number."},
      {"'source':'live',", "Invalid score: source must be one of LIVE TEST."},
      {"'entityType':'x',",
       "Invalid score: entityType must be a name in snake case, such as agent_run, or one of AGENT WORKFLOW "
       "TRAJECTORY STEP EXTERNAL generic mapping."},
      {"'structuredOutput':1,", "Invalid score: structuredOutput must be true or false."},
      {"'scorer':[],", "Invalid score: scorer must be an object."},
      {"'reason':null,", "Invalid score: reason must be a string."},
  };
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    assert_error(s, "saveScore", json(SCORE("%s"), wrong[i][0]), "INVALID_ARGUMENT", wrong[i][1]);
    assert_string_equal(s->ctx.error.reason, "VALIDATION_FAILED");
  }
  assert_error(s, "saveScore", "{'score':{}}", "INVALID_ARGUMENT", "Invalid score: scorerId must be a string.");
  assert_error(s, "saveScore", "{}", "INVALID_ARGUMENT", "Invalid score: it must be an object.");
  assert_error(s, "getScoreById", "{}", "INVALID_ARGUMENT", "id must be a non-empty string");
  assert_error(s, "listScoresBySpan", "{'traceId':'t'}", "INVALID_ARGUMENT", "spanId must be a string");
  char id[520];
  memset(id, 'x', sizeof id - 1);
  id[sizeof id - 1] = '\0';
  assert_error(s, "saveScore", json(SCORE("'id':'%s',"), id), "KEY_TOO_LONG", NULL);
  assert_int_equal(kv_count_calls(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(saved_score_is_one_record_and_four_entries),
      STORE_TEST(score_saved_again_keeps_its_time_and_leaves_its_old_places),
      STORE_TEST(scores_are_listed_newest_first),
      STORE_TEST(score_of_two_entries_is_listed_once),
      STORE_TEST(entries_without_their_score_are_dropped),
      STORE_TEST(bad_scores_are_refused_with_nothing_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Placing records that come from elsewhere, over the KV in memory. */
#include <string.h>

#include "support.h"

#define DATE(day) "2025-01-" day "T00:00:00.000Z"
#define PLACE(table, records) "{'table':'" table "','maxCalls':100,'records':[" records "]}"
#define THREAD(resource, day) \
  "{'record':{'id':'t','resourceId':'" resource "','createdAt':'" DATE("01") "','updatedAt':'" DATE(day) "'}}"
#define MESSAGE(thread, day, more) \
  "{'record':{'id':'m','threadId':'" thread "','role':'user','content':1e400,'createdAt':'" DATE(day) "'}" more "}"
#define SCORE(run) \
  "{'record':{'id':'s','scorerId':'x','runId':'" run "','entityId':'e','source':'LIVE','score':1,'scorer':{}," \
  "'entity':{},'output':null,'createdAt':'" DATE("02") "','updatedAt':'" DATE("03") "'}}"

#define AHEAD "{'record':{'id':'t','resourceId':'r','createdAt':'2025-01-01','updatedAt':'2999-01-01'}}"

static const char *outcomes(store *s, const char *args) {
  mk_str all = mk_json_get(result_of(s, "carePlace", args), "outcomes");
  return json("%.*s", MK_STR_ARG(all));
}

static void assert_outcomes(store *s, const char *args, const char *expected) {
  assert_string_equal(outcomes(s, args), json("%s", expected));
}

static void a_record_is_written_as_of_its_newest_date(void **state) {
  store *s = *state;
  assert_outcomes(s, PLACE("threads", THREAD("r", "02")), "['written']");
  assert_outcomes(s, PLACE("messages", MESSAGE("t", "03", ",'seq':7")), "['written']");
  assert_dump(NS_THREADS,
              "metadata:threads_by_resource:r:08638264310400000:t = {'_writtenAt':1735776000000}\n"
              "threads:t = {'_writtenAt':1735776000000,'id':'t','resourceId':'r','createdAt':'" DATE(
                  "01") "','updatedAt':'" DATE("02") "'} | {'resourceId':'r','createdAt':'" DATE("01") "'}\n");
  assert_dump(NS_MESSAGES,
              "messages:t:08638264137600000:m = {'_writtenAt':1735862400000,'id':'m','threadId':'t',"
              "'role':'user','createdAt':'" DATE(
                  "03") "','content':1e400} | {'savedAt':1735862400000,'seq':7}\n"
                        "metadata:messages:m = {'_writtenAt':1735862400000,'threadId':'t','createdAt':'" DATE(
                            "03") "','savedAt':1735862400000,'seq':7}\n");
}

static void what_is_there_is_left_or_replaced_by_its_age(void **state) {
  store *s = *state;
  (void)result_of(s, "carePlace", PLACE("threads", THREAD("r", "02")));
  kv_count_reset();
  assert_outcomes(s, PLACE("threads", THREAD("r", "02")), "['unchanged']");
  assert_calls(1, 0, 0, 0, 1);
  assert_outcomes(s, PLACE("threads", THREAD("other", "03")), "['written']");
  assert_false(mk_str_is_present(kv_value(NS_THREADS, "metadata:threads_by_resource:r:08638264310400000:t")));
  assert_outcomes(s, PLACE("threads", THREAD("r", "02")), "['newer']");
}

static void dates_ahead_of_the_clock_are_placed_once(void **state) {
  store *s = *state;
  assert_outcomes(s, PLACE("threads", AHEAD), "['written']");
  assert_outcomes(s, PLACE("threads", AHEAD), "['unchanged']");
}

static void an_id_that_is_taken_is_told(void **state) {
  store *s = *state;
  (void)result_of(s, "carePlace", PLACE("messages", MESSAGE("t", "02", "")));
  assert_outcomes(s, PLACE("messages", MESSAGE("u", "02", "")), "[{'elsewhere':'t','isNewer':false}]");
  assert_outcomes(s, PLACE("messages", MESSAGE("u", "01", ",'isMoved':true")), "[{'elsewhere':'t','isNewer':true}]");
  assert_outcomes(s, PLACE("messages", MESSAGE("u", "02", ",'isMoved':true")), "['written']");
  assert_int_equal(kv_key_count(NS_MESSAGES), 2);
}

static void a_record_that_does_not_fit_keeps_no_other_away(void **state) {
  store *s = *state;
  assert_outcomes(s, PLACE("threads", "{'record':{'id':'x'}}," THREAD("r", "02") "," THREAD("r", "02")),
                  "[{'code':'INVALID_ARGUMENT','message':'Invalid thread: resourceId must be a string.'},'written']");
}

static void no_more_is_placed_than_the_calls_allow(void **state) {
  store *s = *state;
  const char *many = "";
  for (int i = 0; i < 20; i++) {
    many =
        json("%s%s{'record':{'id':'t%d','resourceId':'r','createdAt':'" DATE("01") "','updatedAt':'" DATE("01") "'}}",
             many, i == 0 ? "" : ",", i);
  }
  kv_count_reset();
  mk_str result = result_of(s, "carePlace", json("{'table':'threads','maxCalls':16,'records':[%s]}", many));
  assert_json(mk_json_get(result, "calls"), "15");
  assert_int_equal(kv_count_calls(), 15);
  assert_json(mk_json_get(result, "outcomes"),
              "['written','written','written','written','written','written','written']");
}

static const char *const disturbed[] = {PLACE("threads", THREAD("other", "05")),
                                        PLACE("messages", MESSAGE("u", "05", ",'isMoved':true")),
                                        PLACE("scorers", SCORE("other"))};

static void prepare(store *s) {
  kv_reset();
  (void)result_of(s, "carePlace", PLACE("threads", THREAD("r", "02")));
  (void)result_of(s, "carePlace", PLACE("messages", MESSAGE("t", "02", "")));
  (void)result_of(s, "carePlace", PLACE("scorers", SCORE("r")));
}

/* All that is stored, in both namespaces. */
static const char *dump(void) {
  const char *threads = json("%s", kv_dump(NS_THREADS));
  return json("%s%s", threads, kv_dump(NS_MESSAGES));
}

static void interrupted_anywhere_and_made_again_it_ends_the_same(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    prepare(s);
    (void)result_of(s, "carePlace", disturbed[i]);
    const char *expected = dump();
    bool is_done = false;
    for (int nth = 1; !is_done; nth++) {
      prepare(s);
      kv_fail((kv_faults){.nth = nth, .and_after = true});
      (void)store_run(s, "carePlace", JSON("%s", disturbed[i]));
      is_done = !kv_has_failed();
      kv_fail((kv_faults){0});
      (void)result_of(s, "carePlace", disturbed[i]);
      assert_string_equal(dump(), expected);
    }
  }
}

static void short_memory_is_an_error_and_nothing_is_written(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    prepare(s);
    const char *before = dump();
    const char *args = json("%s", disturbed[i]);
    bool is_done = false;
    for (uint32_t nth = 1; !is_done; nth++) {
      store_begin(s);
      s->arena.fail_nth = nth;
      mk_answer answer = mk_operation_run(&s->ctx, MK_STR("carePlace"), mk_str_of(args));
      is_done = s->arena.fail_nth > 0; /* it did not come to it */
      s->arena.fail_nth = 0;
      if (!is_done) {
        assert_json(mk_json_get(answer.text, "code"), "'OUT_OF_MEMORY'");
        assert_string_equal(dump(), before);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_record_is_written_as_of_its_newest_date),
      STORE_TEST(what_is_there_is_left_or_replaced_by_its_age),
      STORE_TEST(dates_ahead_of_the_clock_are_placed_once),
      STORE_TEST(an_id_that_is_taken_is_told),
      STORE_TEST(a_record_that_does_not_fit_keeps_no_other_away),
      STORE_TEST(no_more_is_placed_than_the_calls_allow),
      STORE_TEST(interrupted_anywhere_and_made_again_it_ends_the_same),
      STORE_TEST(short_memory_is_an_error_and_nothing_is_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

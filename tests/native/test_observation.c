/* Observational memory: which chunks a swap activates, what parts add up to in whatever order they were written, and how
 * generations stand. */
#include <string.h>

#include "observation/observation.h"
#include "support.h"

#define START "'threadId':'t','resourceId':'u','scope':'thread','config':{}"
#define OWNER "{'threadId':'t','resourceId':'u'}"

static size_t activated(mk_activation activation, const int64_t *tokens, size_t count) {
  return mk_activation_count(&activation, tokens, count);
}
#define ACTIVATED(ratio, threshold, pending, is_forced, ...) \
  activated((mk_activation){ratio, threshold, pending, is_forced}, (const int64_t[]){__VA_ARGS__}, \
            COUNT_OF(((const int64_t[]){__VA_ARGS__})))

static void a_swap_activates_up_to_the_boundary_that_fits_best(void **state) {
  (void)state;
  /* 20 % of 10,000 are to stay: of 10,000 that are pending, 8,000 are to go. */
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, false, 3000, 3000, 2000, 2000), 3);
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, false, 3000, 3000, 2500, 2000), 3); /* just over */
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, false, 3000, 3000, 3950), 2);       /* too far over: 1,000 must stay */
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, true, 3000, 3000, 2900), 3);
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, true, 3000, 3000, 3950), 2);
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, false, 500), 1);
  assert_int_equal(ACTIVATED(0.8, 10000, 10000, false, 9999), 1); /* all that there is over */
  assert_int_equal(ACTIVATED(0.5, 100, 0, false, 0, 0, 0), 1);
  assert_int_equal(ACTIVATED(1, 1000, 3000, false, 1000, 1000, 1000, 1000), 3);
  assert_int_equal(ACTIVATED(1, 1000, 3000, false, 0, 0), 1);
}

/* Start a memory, and write its parts as another isolate may have: in this order, at these times. */
static const char *started(store *s) {
  mk_str id = mk_json_get(result_of(s, "initializeObservationalMemory", "{" START "}"), "id");
  return keep((mk_str){id.data + 1, id.size - 2});
}

static void seed_part(const char *id, const char *name, const char *value) {
  kv_seed(NS_THREADS, json("observational_memory:thread:t:08639999999999000:%s:%s", id, name), json("%s", value), NULL);
}

static void a_chunk_of_two_swaps_is_there_once_where_the_first_put_it(void **state) {
  store *s = *state;
  const char *id = started(s);
  seed_part(id, "swap:z",
            "{'_writtenAt':1764000000900,'lastObservedAt':'2026-01-01T00:00:01.000Z','chunks':["
            "{'cycleId':'a','messageTokens':1,'tokenCount':2,'observations':'A'},"
            "{'cycleId':'b','messageTokens':1,'tokenCount':2,'observations':'B'}]}");
  seed_part(id, "swap:a",
            "{'_writtenAt':1764000000901,'lastObservedAt':'2026-01-01T00:00:02.000Z','chunks':["
            "{'cycleId':'b','messageTokens':1,'tokenCount':2,'observations':'B'},"
            "{'cycleId':'c','messageTokens':1,'tokenCount':2,'observations':'C'}]}");
  seed_part(id, "chunk:b", "{'_writtenAt':1764000000800,'chunk':{'cycleId':'b','observations':'B'}}");
  seed_part(id, "chunk:d", "{'_writtenAt':1764000000800,'chunk':{'cycleId':'d','observations':'D'}}");
  mk_str record = result_of(s, "getObservationalMemory", OWNER);
  assert_json(mk_json_get(record, "activeObservations"),
              "'A\\n\\nB\\n\\n--- message boundary (2026-01-01T00:00:02.000Z) ---\\n\\nC'");
  assert_json(mk_json_get(record, "observationTokenCount"), "6");
  assert_json(mk_json_get(record, "bufferedObservationChunks"), "[{'cycleId':'d','observations':'D'}]");
  assert_json(mk_json_get(record, "lastObservedAt"), "'2026-01-01T00:00:02.000Z'");
}

static void a_new_text_takes_in_the_swaps_that_it_names(void **state) {
  store *s = *state;
  const char *id = started(s);
  seed_part(id, "swap:x", "{'_writtenAt':1764000000900,'chunks':[{'cycleId':'a','observations':'A'}]}");
  seed_part(id, "swap:y",
            "{'_writtenAt':1764000000901,'lastObservedAt':'L','chunks':[{'cycleId':'b','observations':'B'}]}");
  seed_part(id, "observations", "{'_writtenAt':1764000000902,'activeObservations':'N','_covers':['swap:x']}");
  mk_str record = result_of(s, "getObservationalMemory", OWNER);
  assert_json(mk_json_get(record, "activeObservations"), "'N\\n\\n--- message boundary (L) ---\\n\\nB'");
}

static void generations_stand_as_they_are_inserted(void **state) {
  store *s = *state;
  static const char *const records[] = {"'r2','generationCount':2", "'r0','generationCount':0",
                                        "'r1','generationCount':1", "'s1','generationCount':1"};
  for (size_t i = 0; i < COUNT_OF(records); i++) {
    (void)result_of(s, "insertObservationalMemoryRecord",
                    json("{'record':{" START ",'id':%s,'createdAt':'2026-01-0%dT00:00:00.000Z',"
                         "'updatedAt':'2026-01-01T00:00:00.000Z','originType':'initial','activeObservations':'',"
                         "'observationTokenCount':0,'totalTokensObserved':0,'pendingMessageTokens':0,"
                         "'isReflecting':false,'isObserving':false,'isBufferingObservation':false,"
                         "'lastBufferedAtTokens':0,'isBufferingReflection':false,'lastBufferedAtTime':null}}",
                         records[i], (int)i + 1));
  }
  assert_string_equal(ids_of(result_of(s, "getObservationalMemoryHistory", OWNER)), "r2,s1,r1,r0");
  assert_string_equal(
      ids_of(result_of(s, "getObservationalMemoryHistory", "{'threadId':'t','resourceId':'u','offset':1,'limit':2}")),
      "s1,r1");
  assert_string_equal(
      ids_of(result_of(
          s, "getObservationalMemoryHistory",
          "{'threadId':'t','resourceId':'u','from':'2026-01-02T00:00:00.000Z','to':'2026-01-03T00:00:00.000Z'}")),
      "r1,r0");
}

static void what_is_not_ours_is_an_error(void **state) {
  store *s = *state;
  const char *id = started(s);
  assert_error(s, "setObservationalMemory", "{'id':'x','isReflecting':true}", "NOT_FOUND",
               "Observational memory record not found: x");
  assert_error(s, "getObservationalMemory", "{'threadId':null}", "INVALID_ARGUMENT", "resourceId must be a string");
  assert_error(s, "updateActiveObservations", json("{'id':'%s','observations':'','tokenCount':1.5}", id),
               "INVALID_ARGUMENT", "tokenCount must be a whole number");
  seed_part(id, "chunk:b", "[]");
  assert_error(s, "getObservationalMemory", OWNER, "CORRUPT_RECORD", NULL);
}

#define CHUNK(cycle) \
  "{'cycleId':'" cycle "','observations':'* " cycle "','tokenCount':10,'messageIds':['" cycle "-1','" cycle "-2']," \
  "'messageTokens':1000,'lastObservedAt':'2026-01-01T00:00:00.000Z'}"
#define SWAP(pending) "'activationRatio':1,'messageTokensThreshold':1000,'currentPendingTokens':" pending

/* One operation of a memory's life; %s is the id of the current generation, or where `is_of_record` the whole record. */
typedef struct stage {
  const char *operation;
  const char *args;
  bool is_of_record;
} stage;

static const stage life[] = {
    {"updateBufferedObservations", "{'id':'%s','chunk':" CHUNK("a") ",'lastBufferedAtTime':'2026-01-01T00:00:01.000Z'}",
     false},
    {"updateBufferedObservations", "{'id':'%s','chunk':" CHUNK("b") "}", false},
    {"updateBufferedObservations", "{'id':'%s','chunk':" CHUNK("c") "}", false},
    {"swapBufferedToActive", "{'id':'%s'," SWAP("2000") "}", false},
    {"setObservationalMemory", "{'id':'%s','isReflecting':true,'pendingMessageTokens':7}", false},
    {"updateActiveObservations",
     "{'id':'%s','observations':'so far','tokenCount':5,'lastObservedAt':'2026-01-02T00:00:00.000Z',"
     "'observedMessageIds':['x']}",
     false},
    {"swapBufferedToActive", "{'id':'%s'," SWAP("1000") ",'lastObservedAt':'2026-01-03T00:00:00.000Z'}", false},
    {"updateObservationalMemoryConfig", "{'id':'%s','config':{'observation':{'messageTokens':9}}}", false},
    {"updateBufferedReflection",
     "{'id':'%s','reflection':'in short','tokenCount':3,'inputTokenCount':8,'reflectedObservationLineCount':1}", false},
    {"swapBufferedReflectionToActive", "{'currentRecord':%s,'tokenCount':4}", true},
    {"createReflectionGeneration", "{'currentRecord':%s,'reflection':'shorter','tokenCount':2}", true},
};

/* The current generation, as `s` shows it; lasts until the test ends. */
static const char *current_of(store *s) { return result_copy(s, "getObservationalMemory", OWNER); }

static const char *args_of(const stage *of, const char *current) {
  mk_str id = mk_json_get(mk_str_of(current), "id");
  const char *text = of->is_of_record ? current : keep((mk_str){id.data + 1, id.size - 2});
  const char *hole = strstr(of->args, "%s");
  return json("%.*s%s%s", (int)(hole - of->args), of->args, text, hole + 2);
}

/* Live through the first `count` stages of a new memory. */
static void live(store *s, size_t count) {
  kv_reset();
  (void)started(s);
  for (size_t i = 0; i < count; i++) {
    (void)result_of(s, life[i].operation, args_of(&life[i], current_of(s)));
  }
}

/* The cycles of the chunks that are buffered, joined by commas. */
static const char *buffered_in(mk_str record) {
  const char *cycles = "";
  mk_member chunk;
  for (mk_cursor all = mk_json_walk(mk_json_get(record, "bufferedObservationChunks")); mk_json_next(&all, &chunk);) {
    mk_str cycle = mk_json_get(chunk.value, "cycleId");
    cycles = json("%s%s%.*s", cycles, *cycles == '\0' ? "" : ",", (int)cycle.size - 2, cycle.data + 1);
  }
  return cycles;
}

static void assert_member(store *s, const char *name, const char *expected) {
  assert_json(mk_json_get(result_of(s, "getObservationalMemory", OWNER), name), expected);
}

static void chunks_become_observations_and_those_a_reflection(void **state) {
  store *s = *state;
  live(s, 3);
  assert_string_equal(buffered_in(mk_str_of(current_of(s))), "a,b,c");
  live(s, 4);
  assert_string_equal(buffered_in(mk_str_of(current_of(s))), "c");
  assert_member(s, "observationTokenCount", "20");
  live(s, 6);
  assert_member(s, "activeObservations", "'so far'");
  assert_member(s, "isReflecting", "true");
  live(s, 7);
  assert_member(s, "activeObservations", "'so far\\n\\n--- message boundary (2026-01-03T00:00:00.000Z) ---\\n\\n* c'");
  live(s, 9);
  assert_member(s, "config", "{'observation':{'messageTokens':9}}");
  assert_member(s, "bufferedReflection", "'in short'");
  live(s, 10);
  assert_member(s, "activeObservations",
                "'in short\\n\\n--- message boundary (2026-01-03T00:00:00.000Z) ---\\u000a\\u000a* c'");
  assert_member(s, "generationCount", "1");
  live(s, 11);
  assert_member(s, "activeObservations", "'shorter'");
  assert_member(s, "generationCount", "2");
  assert_result(s, "clearObservationalMemory", OWNER, "null");
  assert_result(s, "getObservationalMemory", OWNER, "null");
  assert_result(s, "getObservationalMemoryHistory", OWNER, "[]");
}

/* What a memory says of itself, less what differs between two runs of it: ids, and times of writes. */
static const char *said_of(const char *current) {
  static const char *const names[] = {
      "activeObservations", "observationTokenCount", "bufferedReflection", "generationCount", "config", "isReflecting"};
  const char *all = buffered_in(mk_str_of(current));
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    mk_str value = mk_json_get(mk_str_of(current), names[i]);
    all = json("%s\n%s %.*s", all, names[i], MK_STR_ARG(value));
  }
  return all;
}

static bool succeeds(mk_str answer, const char *code) {
  mk_str error = mk_json_get(answer, "error");
  if (mk_str_is_present(error)) {
    assert_json(mk_json_get(error, "code"), json("'%s'", code));
  }
  return !mk_str_is_present(error);
}

/* That each of these cycles is there once, buffered (its name alone) or active (behind "* "). */
static void assert_holds_each_once(const char *said, const char *cycles) {
  const char *buffered_end = strchr(said, '\n');
  for (; *cycles != '\0'; cycles++) {
    const char *active = strstr(said, json("* %c", *cycles));
    const char *buffered = memchr(said, *cycles, (size_t)(buffered_end - said));
    assert_true((active != NULL) != (buffered != NULL));
    assert_true(active == NULL || strstr(active + 1, json("* %c", *cycles)) == NULL);
  }
}

/* Each stage with its 1st, 2nd, 3rd … KV call failing: done again, it ends as if nothing had failed; a swap
 * that had landed all the same takes what comes next. */
static void climb(store *s, kv_faults faults) {
  for (size_t i = 0; i < COUNT_OF(life); i++) {
    live(s, i + 1);
    const char *expected = said_of(current_of(s));
    bool is_done = false;
    for (faults.nth = 1; !is_done; faults.nth++) {
      live(s, i);
      const char *args = args_of(&life[i], current_of(s));
      kv_fail(faults);
      is_done = succeeds(store_run(s, life[i].operation, mk_str_of(args)), "KV_FAILED");
      assert_int_equal(kv_has_failed(), !is_done);
      kv_fail((kv_faults){0});
      if (!is_done && !succeeds(store_run(s, life[i].operation, mk_str_of(args)), "NOT_FOUND")) {
        assert_string_equal(life[i].operation, "swapBufferedReflectionToActive"); /* only its answer was lost */
      }
      if (strcmp(life[i].operation, "swapBufferedToActive") == 0) {
        assert_holds_each_once(said_of(current_of(s)), i == 3 ? "abc" : "c");
      } else {
        assert_string_equal(said_of(current_of(s)), expected);
      }
    }
  }
}

static void failing_calls_are_errors_that_lose_nothing(void **state) {
  climb(*state, (kv_faults){.status = 500});
  climb(*state, (kv_faults){.lands = true});
  climb(*state, (kv_faults){.and_after = true});
}

static void short_memory_is_an_error_that_writes_nothing(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(life); i++) {
    bool is_done = false;
    live(s, i);
    const char *args = args_of(&life[i], current_of(s));
    for (uint32_t nth = 1; !is_done; nth++) {
      store_begin(s);
      kv_count_reset();
      s->arena.fail_nth = nth;
      mk_str answer = answer_of(&s->ctx, life[i].operation, mk_str_of(args));
      is_done = s->arena.fail_nth > 0; /* it did not come to it */
      s->arena.fail_nth = 0;
      assert_int_equal(succeeds(answer, "OUT_OF_MEMORY"), is_done);
      assert_true(is_done || wrote_nothing());
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_swap_activates_up_to_the_boundary_that_fits_best),
      STORE_TEST(a_chunk_of_two_swaps_is_there_once_where_the_first_put_it),
      STORE_TEST(a_new_text_takes_in_the_swaps_that_it_names),
      STORE_TEST(generations_stand_as_they_are_inserted),
      STORE_TEST(what_is_not_ours_is_an_error),
      STORE_TEST(chunks_become_observations_and_those_a_reflection),
      STORE_TEST(failing_calls_are_errors_that_lose_nothing),
      STORE_TEST(short_memory_is_an_error_that_writes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

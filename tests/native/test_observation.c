/* Observational memory: which chunks a swap activates, what parts add up to in whatever order they were written, and how
 * generations stand. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_swap_activates_up_to_the_boundary_that_fits_best),
      STORE_TEST(a_chunk_of_two_swaps_is_there_once_where_the_first_put_it),
      STORE_TEST(a_new_text_takes_in_the_swaps_that_it_names),
      STORE_TEST(generations_stand_as_they_are_inserted),
      STORE_TEST(what_is_not_ours_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

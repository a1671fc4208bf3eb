/* workflow.h: runs, the updates laid over them, and what becomes of both when something fails. */
#include <string.h>

#include "support.h"
#include "workflow/workflow.h"

#define ID "'workflowName':'w','runId':'r'"
#define PERSIST(snapshot) \
  "{" ID ",'resourceId':'u','createdAt':'2026-01-01','updatedAt':'2026-01-02','snapshot':" snapshot "}"
#define RESULT(step, result) "{" ID ",'stepId':'" step "','result':" result ",'requestContext':{}}"
#define STATE(opts) "{" ID ",'opts':" opts "}"

static void persist(store *s, const char *args) { assert_result(s, "persistWorkflowSnapshot", args, "null"); }

/* The key, from a dump, of the only update there is. */
static const char *update_key(void) {
  char *dump = keep(mk_str_of(kv_dump(NS_THREADS)));
  char *key = strstr(dump, "metadata:workflow_updates:");
  assert_non_null(key);
  assert_null(strstr(key + 1, "metadata:workflow_updates:"));
  key[strcspn(key, " ")] = '\0';
  return key;
}

static void stored_layout_of_a_run(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'status':'running','context':{}}"));
  assert_dump(NS_THREADS,
              "workflow_snapshot:w:r = {'_writtenAt':1764000000001,'workflowName':'w','runId':'r',"
              "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z','resourceId':'u',"
              "'snapshot':{'status':'running','context':{}}} | {'_savedAt':'2025-11-24T16:00:00.001Z',"
              "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z','_status':'running',"
              "'resourceId':'u'}\n");
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'a b','expectedStatus':['running']}"));
  const char *key = update_key();
  const char *name = key + strlen("metadata:workflow_updates:w:r:");
  assert_int_equal(strlen(name), 17 + 1 + 36);
  assert_true(strncmp(name, "08638235999999998:", 18) == 0); /* falls: 1764000000002 */
  assert_json(kv_value(NS_THREADS, key), "{'_writtenAt':1764000000002,'state':{'status':'a b'}}");
  assert_json(kv_metadata(NS_THREADS, key), "{'_status':'a%20b'}");
  assert_text(kv_value(NS_THREADS, "metadata:workflow_snapshot:w:r"),
              json("{'_writtenAt':1764000000002,'_recent':['%s']}", name));
  persist(s, PERSIST("{}"));
  assert_int_equal(kv_key_count(NS_THREADS), 2);
  assert_text(kv_value(NS_THREADS, "workflow_snapshot:w:r"),
              json("{'_writtenAt':1764000000003,'_recent':'%s','workflowName':'w','runId':'r',"
                   "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z','resourceId':'u',"
                   "'snapshot':{}}",
                   name));
}

static void results_have_the_steps_id_and_no_metadata(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{}}"));
  (void)result_of(s, "updateWorkflowResults",
                  "{" ID ",'stepId':'a','result':null,'requestContext':{'k':[1]},'more':1}");
  const char *key = update_key();
  assert_json(kv_value(NS_THREADS, key),
              "{'_writtenAt':1764000000002,'stepId':'a','result':null,'requestContext':{'k':[1]}}");
  assert_false(mk_str_is_present(kv_metadata(NS_THREADS, key)) && kv_metadata(NS_THREADS, key).size > 0);
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'context':{'a':null},'requestContext':{'k':[1]}}");
}

/* What cJSON, or a double, would spoil. */
#define EXACT "{'n':123456789012345678,'e':1e21,'m':-0.0,'z':'\\u0000','s':'\\ud800','d':{'b':1,'a':2}}"

static void what_is_not_updated_stays_to_the_letter(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'value':" EXACT ",'context':{'x':" EXACT "},'status':'running'}"));
  (void)result_of(s, "updateWorkflowResults", RESULT("y", EXACT));
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'success','result':" EXACT "}"));
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}",
                "{'value':" EXACT ",'context':{'x':" EXACT ",'y':" EXACT
                "},'status':'success','requestContext':{},'result':" EXACT "}");
}

static void results_merge_as_mastra_merges_them(void **state) {
  static const struct {
    const char *before;
    const char *result;
    const char *after;
  } cases[] = {
      {"{}", "{'output':[1]}", "{'output':[1]}"},
      {"{'output':1}", "{'output':[1]}", "{'output':[1]}"},
      {"{'output':[1,null,3],'a':1}", "{'output':[null,2],'b':2}", "{'output':[1,2,3],'a':1,'b':2}"},
      {"{'output':[]}", "{'output':[null,2]}", "{'output':[null,2]}"},
      {"{'output':[]}", "{'output':[]}", "{'output':[]}"},
      {"{'output':[1],'a':1}", "{'a':2}", "{'a':2}"},
      {"{'output':[1],'a':1}", "null", "null"},
      {"{'output':[1]}", "[1]", "[1]"},
      {"{'a':1,'output':[1,null,{'status':'suspended','suspendedAt':1},{'status':'suspended'}]}",
       "{'a':2,'output':[{'__mastra_pending__':true},{'__mastra_pending__':true},{'__mastra_pending__':true},"
       "{'__mastra_pending__':true},{'__mastra_pending__':true},6]}",
       "{'a':1,'output':[1,null,null,{'status':'suspended'},null,null]}"},
      {"{'output':[{'__mastra_pending__':true},1]}", "{'output':[{'__mastra_pending__':true,'x':1},2]}",
       "{'output':[{'__mastra_pending__':true,'x':1},2]}"},
  };
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    kv_reset();
    persist(s, json("{" ID ",'snapshot':{'context':{'s':%s,'t':0}}}", cases[i].before));
    const char *context = json("{'s':%s,'t':0}", cases[i].after);
    assert_result(s, "updateWorkflowResults", json("{" ID ",'stepId':'s','result':%s}", cases[i].result), context);
    assert_result(s, "loadWorkflowSnapshot", "{" ID "}", json("{'context':%s,'requestContext':{}}", context));
  }
}

static void a_state_is_updated_where_it_is_the_expected_one(void **state) {
  store *s = *state;
  const char *running = "{'status':'running','context':{}}";
  persist(s, json("{" ID ",'resourceId':'u','snapshot':%s}", running));
  static const char *const unexpected[] = {
      STATE("{'status':'failed','expectedStatus':'success'}"),
      STATE("{'status':'failed','expectedStatus':['success','waiting']}"),
      STATE("{'status':'failed','expectedStatus':[]}"),
  };
  for (size_t i = 0; i < COUNT_OF(unexpected); i++) {
    assert_result(s, "updateWorkflowState", unexpected[i], "null");
    assert_result(s, "loadWorkflowSnapshot", "{" ID "}", running);
  }
  assert_result(s, "updateWorkflowState", STATE("{'status':'waiting','expectedStatus':['success','running']}"),
                "{'status':'waiting','context':{}}");
  assert_result(s, "updateWorkflowState", STATE("{'status':'success','expectedStatus':'waiting'}"),
                "{'status':'success','context':{}}");
  assert_error(s, "updateWorkflowState", STATE("7"), "INVALID_ARGUMENT", "opts must be an object");
}

static void members_that_an_update_clears_are_gone(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'status':'running','error':1,'result':2,'context':{'a':1}}"));
  (void)result_of(s, "updateWorkflowState",
                  "{" ID ",'opts':{'status':'success'},'odd':{'error':'undefined','result':'NaN'}}");
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'status':'success','result':2,'context':{'a':1}}");
  (void)result_of(s, "updateWorkflowResults", RESULT("b", "2"));
  (void)result_of(s, "updateWorkflowState", "{" ID ",'opts':{},'odd':{'context':'undefined'}}");
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'status':'success','result':2,'requestContext':{}}");
}

static void an_unknown_run_is_null_and_updating_one_writes_nothing(void **state) {
  store *s = *state;
  assert_result(s, "updateWorkflowState", STATE("{'status':'success'}"), "null");
  assert_result(s, "updateWorkflowResults", RESULT("s", "1"), "{}");
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "null");
  assert_result(s, "getWorkflowRunById", "{'runId':'r'}", "null");
  assert_result(s, "getWorkflowRunById", "{" ID "}", "null");
  assert_int_equal(kv_key_count(NS_THREADS), 0);
  persist(s, PERSIST("{'context':{}}"));
  assert_json(mk_json_get(result_of(s, "getWorkflowRunById", "{'runId':'r'}"), "runId"), "'r'");
}

/* Each update carries the whole array, so that writing it anew for each would take their number
 * cubed; it is to take their texts and little more. */
static void many_results_of_one_step_take_little_memory(void **state) {
  enum { UPDATES = 200 };
  store *s = *state;
  persist(s, PERSIST("{'context':{'s':{'output':[]}}}"));
  const char *nulls = "";
  for (int i = 0; i < UPDATES; i++) {
    kv_seed(NS_THREADS, json("metadata:workflow_updates:w:r:%017lld:x", 8640000000000000LL - 1764000001000LL - i),
            json("{'_writtenAt':%lld,'stepId':'s','result':{'output':[%s'%0200d']}}", 1764000001000LL + i, nulls, i),
            NULL);
    nulls = json("%snull,", nulls);
  }
  kv_seed(NS_THREADS, "metadata:workflow_snapshot:w:r",
          json("{'_writtenAt':1764000002000,'_recent':['%017lld:x']}", 8640000000000000LL - 1764000001000LL), NULL);
  mk_str snapshot = result_of(s, "loadWorkflowSnapshot", "{" ID "}");
  size_t count = 0;
  mk_member member;
  mk_str output = mk_json_get(mk_json_get(mk_json_get(snapshot, "context"), "s"), "output");
  for (mk_cursor cursor = mk_json_walk(output); mk_json_next(&cursor, &member);) {
    assert_int_equal(member.value.size, 202);
    count++;
  }
  assert_int_equal(count, UPDATES);
  assert_true(s->arena.reserved_bytes < (size_t)2 << 20);
}

static void updates_take_the_order_of_their_times(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{}}"));
  (void)result_of(s, "updateWorkflowResults", RESULT("s", "1"));
  /* By a writer whose clock is ahead: whoever saw it writes later still. */
  kv_seed(NS_THREADS, "metadata:workflow_updates:w:r:08638235999990000:x",
          json("{'_writtenAt':1764000010000,'stepId':'s','result':2}"), NULL);
  assert_result(s, "updateWorkflowResults", RESULT("s", "3"), "{'s':3}");
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'context':{'s':3},'requestContext':{}}");
  persist(s, PERSIST("{'context':{}}"));
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'context':{}}");
  assert_int_equal(kv_key_count(NS_THREADS), 2);
}

static void updates_are_found_while_lists_do_not_show_them(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{}}"));
  kv_lists_show(kv_now());
  for (int i = 0; i < 3; i++) {
    (void)result_of(s, "updateWorkflowResults", json("{" ID ",'stepId':'s%d','result':%d}", i, i));
  }
  store_reopen(s, OPTIONS); /* another isolate */
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'context':{'s0':0,'s1':1,'s2':2},'requestContext':{}}");
  persist(s, PERSIST("{'context':{}}"));
  assert_int_equal(kv_key_count(NS_THREADS), 2);
}

static void a_stale_writer_undoes_nothing(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{},'status':'running'}"));
  kv_moment before = kv_now();
  (void)result_of(s, "updateWorkflowResults", RESULT("a", "1"));
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'waiting','error':1}"));
  kv_gets_show(before);
  kv_lists_show(before);
  assert_result(s, "updateWorkflowResults", RESULT("b", "2"), "{'b':2}");
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'failed'}"));
  kv_gets_show(KV_PRESENT);
  kv_lists_show(KV_PRESENT);
  assert_result(s, "loadWorkflowSnapshot", "{" ID "}",
                "{'context':{'a':1,'b':2},'status':'failed','requestContext':{},'error':1}");
}

static void hot_reads_are_one_call(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{}}"));
  kv_count_reset();
  (void)result_of(s, "loadWorkflowSnapshot", "{" ID "}");
  assert_calls(1, 0, 0, 0, 1);
  persist(s, PERSIST("{'context':{}}"));
  assert_calls(2, 1, 0, 0, 3);
  (void)result_of(s, "updateWorkflowResults", RESULT("a", "1"));
  kv_count_reset();
  persist(s, PERSIST("{'context':{}}"));
  assert_calls(1, 1, 1, 1, 4);
  kv_count_reset();
  (void)result_of(s, "getWorkflowRunById", "{" ID "}");
  assert_calls(1, 0, 0, 0, 1);
}

#define DELETE(s) assert_result(s, "deleteWorkflowRunById", "{" ID "}", "null")

/* A run with two updates since its snapshot, and an older one that the snapshot covers. */
static void fill(store *s) {
  persist(s, PERSIST("{'context':{}}"));
  (void)result_of(s, "updateWorkflowResults", RESULT("covered", "1"));
  persist(s, PERSIST("{'context':{}}"));
  (void)result_of(s, "updateWorkflowResults", RESULT("a", "1"));
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'failed'}"));
}

static void deleting_a_run_leaves_nothing_of_it(void **state) {
  store *s = *state;
  persist(s, PERSIST("{'context':{}}"));
  kv_count_reset();
  DELETE(s);
  assert_calls(1, 0, 1, 0, 2);
  fill(s);
  persist(s, "{'workflowName':'w','runId':'r:2','snapshot':{'context':{}}}");
  (void)result_of(s, "updateWorkflowResults", "{'workflowName':'w','runId':'r:2','stepId':'a','result':1}");
  kv_count_reset();
  DELETE(s);
  assert_calls(1, 0, 4, 1, 5);
  assert_int_equal(kv_key_count(NS_THREADS), 3);
  assert_result(s, "loadWorkflowSnapshot", "{'workflowName':'w','runId':'r:2'}",
                "{'context':{'a':1},'requestContext':{}}");
}

static void deleting_asks_for_no_names_that_a_list_would_show(void **state) {
  store *s = *state;
  fill(s);
  persist(s, PERSIST("{'context':{}}")); /* the marker still names two */
  kv_clock_set(kv_clock_last() + MK_UPDATES_RECENT_MS + 10);
  kv_count_reset();
  DELETE(s);
  assert_calls(1, 0, 2, 1, 4);
  assert_int_equal(kv_key_count(NS_THREADS), 0);
}

/* Lists show none of the updates, so only the marker knows them. */
static void a_failed_deletion_made_again_leaves_nothing(void **state) {
  store *s = *state;
  for (int lands = 0; lands < 2; lands++) {
    for (int nth = 1;; nth++) {
      kv_reset();
      kv_lists_show(kv_now());
      fill(s);
      kv_fail((kv_faults){.nth = nth, .lands = lands == 1, .status = 500});
      mk_str answer = store_run(s, "deleteWorkflowRunById", JSON("{" ID "}"));
      bool has_failed = kv_has_failed();
      kv_fail((kv_faults){0});
      assert_true(has_failed == mk_str_is_present(mk_json_get(answer, "error")));
      if (has_failed) {
        DELETE(s);
      }
      assert_int_equal(kv_key_count(NS_THREADS), 0);
      if (!has_failed) {
        assert_true(nth > 6);
        break;
      }
    }
  }
}

static void a_stale_writer_after_a_deletion_is_not_seen_and_not_kept(void **state) {
  store *s = *state;
  for (int persists = 0; persists < 2; persists++) {
    kv_reset();
    fill(s);
    kv_moment before = kv_now();
    DELETE(s);
    kv_gets_show(before);
    kv_lists_show(before);
    (void)result_of(s, "updateWorkflowResults", RESULT("late", "1"));
    kv_gets_show(KV_PRESENT);
    kv_lists_show(KV_PRESENT);
    assert_int_equal(kv_key_count(NS_THREADS), 2); /* the update and its marker */
    assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "null");
    assert_result(s, "listWorkflowRuns", "{}", "{'runs':[],'total':0}");
    if (persists != 0) {
      persist(s, PERSIST("{'context':{}}"));
      assert_result(s, "loadWorkflowSnapshot", "{" ID "}", "{'context':{}}");
      assert_int_equal(kv_key_count(NS_THREADS), 2);
    } else {
      DELETE(s);
      assert_int_equal(kv_key_count(NS_THREADS), 0);
    }
  }
}

static void what_cannot_be_read_can_be_deleted(void **state) {
  store *s = *state;
  static const char *const markers[] = {"x", "[]", "{", "{'_recent':1}", "{'_recent':[1,'x',{}]}"};
  for (size_t i = 0; i < COUNT_OF(markers); i++) {
    fill(s);
    kv_seed(NS_THREADS, "workflow_snapshot:w:r", "x", NULL);
    kv_seed(NS_THREADS, "metadata:workflow_snapshot:w:r", json("%s", markers[i]), NULL);
    DELETE(s);
    assert_int_equal(kv_key_count(NS_THREADS), 0);
  }
}

/* Operations over a run with updates, another without a snapshot, and one of another workflow. */
static const char *const disturbed[][2] = {
    {"persistWorkflowSnapshot", PERSIST("{'context':{'new':1},'status':'success'}")},
    {"loadWorkflowSnapshot", "{" ID "}"},
    {"updateWorkflowResults", RESULT("s", "{'output':[null,2]}")},
    {"updateWorkflowState", STATE("{'status':'failed','error':{}}")},
    {"listWorkflowRuns", "{'status':'waiting','page':0,'perPage':5}"},
    {"listWorkflowRuns", "{'workflowName':'w','fromDate':'2025-01-01'}"},
    {"getWorkflowRunById", "{'runId':'r'}"},
    {"deleteWorkflowRunById", "{" ID "}"},
    {"clear", "{'domain':'workflows'}"},
};

static void prepare(store *s) {
  kv_reset();
  persist(s, PERSIST("{'context':{'s':{'output':[1]}},'status':'running'}"));
  persist(s, "{'workflowName':'w','runId':'empty','createdAt':'2026-01-03','updatedAt':'2026-01-03'}");
  persist(s, "{'workflowName':'v','runId':'r','createdAt':'2025-01-01','updatedAt':'2025-01-01','snapshot':{}}");
  (void)result_of(s, "updateWorkflowResults", RESULT("t", "{}"));
  (void)result_of(s, "updateWorkflowState", STATE("{'status':'waiting'}"));
  (void)result_of(s, "updateWorkflowResults", "{'workflowName':'w','runId':'empty','stepId':'t','result':1}");
}

static const char *view(store *s) {
  const char *all = result_copy(s, "listWorkflowRuns", "{}");
  const char *waiting = result_copy(s, "listWorkflowRuns", "{'status':'waiting','page':0,'perPage':0}");
  return json("%s\n%s\n", all, waiting);
}

static void any_failure_is_an_error_that_the_same_call_mends(void **state) {
  store *s = *state;
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    for (int lands = 0; lands < 3; lands++) {
      const char *operation = disturbed[i][0];
      const char *args = json("%s", disturbed[i][1]);
      prepare(s);
      const char *result = result_copy(s, operation, args);
      const char *seen = view(s);
      for (uint32_t nth = 1;; nth++) {
        prepare(s);
        mk_context *ctx = store_begin(s);
        s->arena.fail_nth = lands == 2 ? nth : 0;
        kv_count_reset();
        kv_fail((kv_faults){.nth = lands == 2 ? 0 : (int)nth, .lands = lands == 1, .status = 500});
        mk_str answer = answer_of(ctx, operation, mk_str_of(args));
        bool has_failed = lands == 2 ? s->arena.fail_nth == 0 : kv_has_failed();
        bool may_have_written = lands < 2 || !has_failed || strcmp(operation, "clear") == 0;
        assert_true(may_have_written || wrote_nothing());
        s->arena.fail_nth = 0;
        kv_fail((kv_faults){0});
        assert_true(has_failed == mk_str_is_present(mk_json_get(answer, "error")));
        if (!has_failed) {
          assert_true(nth > 1);
          break;
        }
        assert_json(mk_json_get(mk_json_get(answer, "error"), "code"), lands == 2 ? "'OUT_OF_MEMORY'" : "'KV_FAILED'");
        assert_string_equal(result_copy(s, operation, args), result);
        assert_string_equal(view(s), seen);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(stored_layout_of_a_run),
      STORE_TEST(results_have_the_steps_id_and_no_metadata),
      STORE_TEST(what_is_not_updated_stays_to_the_letter),
      STORE_TEST(results_merge_as_mastra_merges_them),
      STORE_TEST(many_results_of_one_step_take_little_memory),
      STORE_TEST(updates_take_the_order_of_their_times),
      STORE_TEST(updates_are_found_while_lists_do_not_show_them),
      STORE_TEST(a_stale_writer_undoes_nothing),
      STORE_TEST(hot_reads_are_one_call),
      STORE_TEST(deleting_a_run_leaves_nothing_of_it),
      STORE_TEST(deleting_asks_for_no_names_that_a_list_would_show),
      STORE_TEST(a_failed_deletion_made_again_leaves_nothing),
      STORE_TEST(a_stale_writer_after_a_deletion_is_not_seen_and_not_kept),
      STORE_TEST(what_cannot_be_read_can_be_deleted),
      STORE_TEST(a_state_is_updated_where_it_is_the_expected_one),
      STORE_TEST(members_that_an_update_clears_are_gone),
      STORE_TEST(an_unknown_run_is_null_and_updating_one_writes_nothing),
      STORE_TEST(any_failure_is_an_error_that_the_same_call_mends),
  };
  return cmocka_run_group_tests_name("workflow", tests, NULL, NULL);
}

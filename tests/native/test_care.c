/* Looking after the data: a store with something of everything is sound, each damage is found, named and mended, an export
 * brings it all elsewhere, a person is erased without a trace, and failures on the way change nothing of the outcome. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Longer than KV's lag may explain anything. */
#define SETTLED_MS INT64_C(360000)

#define THREAD(id, resource) \
  "{'thread':{'id':'" id "','resourceId':'" resource "','title':'T','metadata':{'a':1}," \
  "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-01T00:00:00.000Z'}}"
#define MESSAGE(id, thread, resource, second) \
  "{'id':'" id "','threadId':'" thread "','resourceId':'" resource "','role':'user','content':{'text':'of " id "'}," \
  "'createdAt':'2026-01-01T00:00:" second ".000Z'}"
#define RUN(id) "'workflowName':'w','runId':'" id "'"
#define TASK(id, resource) \
  "{'task':{'id':'" id "','status':'completed','agentId':'a','runId':'r','threadId':'t1','resourceId':'" resource \
  "','toolName':'n','toolCallId':'c','createdAt':'2026-01-01T00:00:00.000Z','completedAt':'2026-01-02T00:00:00.000Z'}" \
  "}"
#define SCORE(id, resource) \
  "{'score':{'id':'" id "','scorerId':'s','runId':'r','entityId':'e','entityType':'AGENT','traceId':'x','spanId':'y'," \
  "'resourceId':'" resource "','threadId':'t1','source':'LIVE','score':1,'scorer':{},'entity':{},'output':null}}"

typedef struct call {
  const char *operation;
  const char *args;
} call;

/* Something of every table, of two people. */
static const call something[] = {
    {"saveThread", THREAD("t1", "ada")},
    {"saveThread", THREAD("t2", "bob")},
    {"saveMessages",
     "{'messages':[" MESSAGE("m1", "t1", "ada", "01") "," MESSAGE("m2", "t1", "ada", "02") "," MESSAGE(
         "m3", "t1", "ada", "03") "," MESSAGE("n1", "t2", "bob", "01") "," MESSAGE("n2", "t2", "ada", "02") "]}"},
    {"updateThread", "{'id':'t1','title':'New','metadata':{'b':2}}"},
    {"updateMessages", "{'messages':[{'id':'m1','content':{'metadata':{'seen':true}}}]}"},
    {"updateResource", "{'resourceId':'ada','workingMemory':'knows','metadata':{'b':2}}"},
    {"saveResource",
     "{'resource':{'id':'bob','workingMemory':'w','metadata':{},'createdAt':'2026','updatedAt':'2026'}}"},
    {"setState", "{'threadId':'t1','type':'tasks','value':1}"},
    {"persistWorkflowSnapshot", "{" RUN("r1") ",'resourceId':'ada','snapshot':{'status':'running','context':{}}}"},
    {"updateWorkflowResults",
     "{" RUN("r1") ",'stepId':'s1','result':{'status':'success','output':1},'requestContext':{}}"},
    {"updateWorkflowState", "{" RUN("r1") ",'opts':{'status':'success'}}"},
    {"createTask", TASK("k1", "ada")},
    {"createTask", TASK("k2", "bob")},
    {"saveScore", SCORE("c1", "ada")},
    {"saveScore", SCORE("c2", "bob")},
    {"initializeObservationalMemory", "{'threadId':'t1','resourceId':'ada','scope':'thread','config':{}}"},
    {"initializeObservationalMemory", "{'threadId':null,'resourceId':'bob','scope':'resource','config':{}}"},
};

static void let_settle(void) { kv_clock_set(kv_clock_last() + SETTLED_MS); }

static int something_setup(void **state) {
  int status = store_setup(state);
  for (size_t i = 0; i < COUNT_OF(something) && status == 0; i++) {
    (void)result_of(*state, something[i].operation, something[i].args);
  }
  let_settle();
  return status;
}

#define CARE_TEST(test) cmocka_unit_test_setup_teardown(test, something_setup, store_teardown)

/* What the steps of a walk answered, the one member of each, one after another. */
typedef struct answers {
  const char *items; /* a line each */
  int64_t count;     /* the sum of a number */
  int steps;
} answers;

/* The text of one step's arguments; `more` begins with a comma, or is empty. */
static const char *step_args(int limit, mk_str cursor, const char *more) {
  return json("{'limit':%d,'cursor':%.*s%s}", limit, MK_STR_ARG(cursor), more);
}

/* A problem, a line of an export or a key that mentions someone, as one line of text. */
static const char *item_line(mk_str item) {
  if (!mk_json_is_object(item)) {
    return json("%.*s", MK_STR_ARG(item));
  }
  mk_str kind = mk_json_get(item, "kind");
  mk_str key = mk_json_get(item, "key");
  mk_str fix = mk_json_get(item, "fix");
  return json("%.*s %.*s %.*s", MK_STR_ARG(kind), MK_STR_ARG(key), MK_STR_ARG(fix));
}

/* Walk to the end, `limit` keys a step; gather the array `member` and the number `number`. */
static answers walk(store *s, const char *operation, int limit, const char *more, const char *member,
                    const char *number) {
  answers all = {.items = ""};
  mk_str cursor = MK_STR("null");
  const char *state = "";
  do {
    mk_str result = mk_str_of(result_copy(s, operation, step_args(limit, cursor, json("%s%s", more, state))));
    mk_member item;
    for (mk_cursor items = mk_json_walk(mk_json_get(result, member)); mk_json_next(&items, &item);) {
      all.items = json("%s%s\n", all.items, item_line(item.value));
    }
    int64_t count = 0;
    (void)mk_json_integer(mk_json_get(result, number), &count);
    all.count += count;
    all.steps++;
    mk_str next = mk_json_get(result, "state");
    state = mk_str_is_present(next) ? json(",'state':%.*s", MK_STR_ARG(next)) : "";
    cursor = mk_json_get(result, "cursor");
    assert_true(all.steps < 1000);
  } while (!mk_json_is_null(cursor));
  return all;
}

/* The problems of the whole store, a line each: kind, key and what would mend it. */
static const char *problems_of(store *s) {
  answers found = walk(s, "careVerify", 100, "", "problems", "unsettled");
  assert_int_equal(found.count, 0);
  return found.items;
}

/* All that is stored. */
static const char *everything(void) {
  return json("%s---\n%s", keep(mk_str_of(kv_dump(NS_THREADS))), kv_dump(NS_MESSAGES));
}

static void something_of_everything_is_sound(void **state) {
  store *s = *state;
  kv_count_reset();
  assert_string_equal(problems_of(s), "");
  for (int limit = 1; limit <= 3; limit++) {
    assert_string_equal(walk(s, "careVerify", limit, "", "problems", "unsettled").items, "");
  }
  assert_string_equal(walk(s, "careRepair", 2, "", "problems", "fixed").items, "");
  assert_true(wrote_nothing());
}

static void stats_count_what_is_stored(void **state) {
  store *s = *state;
  mk_str result =
      mk_str_of(result_copy(s, "careStats", "{'limit':100,'cursor':{'unit':'messages:'},'tables':['messages']}"));
  mk_str tally = mk_json_get(result, "tally");
  assert_json(mk_json_get(result, "table"), "'messages'");
  assert_json(mk_json_get(tally, "keys"), "5");
  assert_json(mk_json_get(tally, "records"), "5");
  assert_json(mk_json_get(tally, "oldest"), "'2026-01-01T00:00:01.000Z'");
  assert_json(mk_json_get(tally, "newest"), "'2026-01-01T00:00:03.000Z'");
}

static void a_step_needs_calls(void **state) {
  store *s = *state;
  static const call refused[] = {
      {"careStats", "{'limit':100,'cursor':null,'calls':7}"},
      {"careVerify", "{'limit':100,'cursor':null,'calls':15}"},
      {"careRepair", "{'limit':100,'cursor':null,'calls':20}"},
      {"careErase", "{'limit':100,'cursor':null,'calls':9,'resourceId':'ada'}"},
      {"careExport", "{'limit':100,'cursor':null,'calls':7}"},
  };
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    kv_count_reset();
    mk_str result = result_of(s, refused[i].operation, refused[i].args);
    assert_true(mk_str_is_present(mk_json_get(result, "needs")));
    assert_true(mk_json_is_object(mk_json_get(result, "cursor")));
    assert_int_equal(kv_count_calls(), 0);
  }
  assert_error(s, "careVerify", "{'limit':100,'cursor':{'unit':'gone:'}}", "INVALID_ARGUMENT", NULL);
  assert_error(s, "careVerify", "{'limit':100,'cursor':null,'tables':['users']}", "INVALID_ARGUMENT", NULL);
}

/* Damage to one key, and what is found of it. */
typedef struct damage {
  uint32_t ns;
  const char *key;      /* of which `value` and `metadata` are written; a value NULL: it is deleted */
  const char *value;    /* "": as it is */
  const char *metadata; /* the same */
  const char *found;    /* as problems_of() has it */
} damage;

#define M1_KEY "messages:t1:08638232774399000:m1"
#define M2_KEY "messages:t1:08638232774398000:m2"
#define T1_ENTRY "metadata:threads_by_resource:ada:08638232774400000:t1"
#define THREAD_VALUE(id, more) \
  "{'_writtenAt':1764000000000,'id':'" id "'," more "'createdAt':'2026-01-01T00:00:00.000Z'," \
  "'updatedAt':'2026-01-01T00:00:00.000Z'}"
#define ADA "{'resourceId':'ada','createdAt':'2026-01-01T00:00:00.000Z'}"

static const damage damages[] = {
    {NS_THREADS, "threads:t1", "{'_writtenAt':1764000000000,'id':'t1'", "", "'unreadable' 'threads:t1' 'set_aside'\n"},
    {NS_THREADS, "threads:t1", "[1]", "", "'unreadable' 'threads:t1' 'set_aside'\n"},
    {NS_THREADS, "threads:t1", THREAD_VALUE("t1", "'resourceId':7,"), "", "'invalid' 'threads:t1' 'set_aside'\n"},
    {NS_THREADS, "threads:t1", THREAD_VALUE("other", "'resourceId':'ada',"), "",
     "'wrong_key' 'threads:t1' 'set_aside'\n"},
    {NS_THREADS, "threads:t2", "", "{}", "'wrong_metadata' 'threads:t2' 'write'\n"},
    {NS_THREADS, "threads:t2", "", ADA, "'wrong_metadata' 'threads:t2' 'write'\n"},
    {NS_THREADS, T1_ENTRY, NULL, NULL, "'missing_entry' '" T1_ENTRY "' 'write'\n"},
    {NS_THREADS, "metadata:threads_by_resource:eve:08638232774400000:t1", "{'_writtenAt':1764000000000}", NULL,
     "'wrong_entry' 'metadata:threads_by_resource:eve:08638232774400000:t1' 'delete'\n"},
    {NS_THREADS, "metadata:threads_by_resource:eve:08638232774400000:gone", "{'_writtenAt':1764000000000}", NULL,
     "'stray_entry' 'metadata:threads_by_resource:eve:08638232774400000:gone' 'delete'\n"},
    {NS_THREADS, "metadata:threads:gone:title", "{'_writtenAt':1764000000000,'title':'x'}", NULL,
     "'orphan' 'metadata:threads:gone:title' 'set_aside'\n"},
    {NS_THREADS, "metadata:nothing:of:ours", "{}", NULL, "'strange_key' 'metadata:nothing:of:ours' 'set_aside'\n"},
    {NS_THREADS, "threads:a:b:c", "{}", NULL, "'strange_key' 'threads:a:b:c' 'set_aside'\n"},
    {NS_MESSAGES, M2_KEY, "<html>", "", "'unreadable' '" M2_KEY "' 'set_aside'\n"},
    {NS_MESSAGES, M2_KEY, "", "{}", "'wrong_metadata' '" M2_KEY "' 'write'\n"},
    {NS_MESSAGES, "metadata:messages:m2", NULL, NULL, "'missing_entry' 'metadata:messages:m2' 'write'\n"},
    {NS_MESSAGES, "metadata:messages:m2",
     "{'_writtenAt':1764000000000,'threadId':'t9','createdAt':'2026-01-01T00:00:02.000Z','savedAt':1764000000000,'seq':"
     "0}",
     NULL, "'wrong_entry' 'metadata:messages:m2' 'write'\n"},
    {NS_MESSAGES, "metadata:messages:gone",
     "{'_writtenAt':1764000000000,'threadId':'t1','createdAt':'2026-01-01T00:00:02.000Z','savedAt':1764000000000,'seq':"
     "0}",
     NULL, "'stray_entry' 'metadata:messages:gone' 'delete'\n"},
    {NS_MESSAGES, "metadata:message_families:gone:content", "{'_writtenAt':1764000000000,'content':{}}", NULL,
     "'orphan' 'metadata:message_families:gone:content' 'set_aside'\n"},
};

static void make(const damage *made) {
  if (made->value == NULL) {
    kv_drop(made->ns, made->key);
    return;
  }
  mk_str value = kv_value(made->ns, made->key);
  mk_str metadata = kv_metadata(made->ns, made->key);
  const char *old_metadata = mk_str_is_present(metadata) ? keep(metadata) : NULL;
  kv_seed(made->ns, made->key, *made->value == '\0' ? keep(value) : json("%s", made->value),
          made->metadata != NULL && *made->metadata != '\0' ? json("%s", made->metadata) : old_metadata);
}

static void each_damage_is_found_and_mended(void **state) {
  for (size_t i = 0; i < COUNT_OF(damages); i++) {
    assert_int_equal(store_teardown(state), 0);
    assert_int_equal(something_setup(state), 0);
    store *s = *state;
    make(&damages[i]);
    let_settle();
    const char *before = everything();
    const char *expected = json("%s", damages[i].found);
    const char *found = problems_of(s);
    if (strstr(found, expected) == NULL) {
      fail_msg("expected %s  but found %s", expected, found);
    }
    answers dry = walk(s, "careRepair", 100, ",'dryRun':true", "problems", "fixed");
    assert_non_null(strstr(dry.items, expected));
    assert_string_equal(everything(), before);
    assert_non_null(strstr(walk(s, "careRepair", 100, "", "problems", "fixed").items, expected));
    let_settle();
    assert_string_equal(walk(s, "careRepair", 100, "", "problems", "fixed").items, ""); /* once is enough */
    assert_string_equal(problems_of(s), "");
    bool is_kept = strstr(expected, "set_aside") == NULL ||
                   kv_value(damages[i].ns, json("quarantine:%s", damages[i].key)).size > 0;
    assert_true(is_kept);
  }
}

/* Messages of one id: their locator names one of them. What a deletion left of others goes. */
static void what_is_left_of_moves_and_deletions_is_found_and_mended(void **state) {
  store *s = *state;
  mk_str value = kv_value(NS_MESSAGES, M2_KEY);
  const char *twin = keep(value);
  char *moved = keep(value);
  memcpy(strstr(moved, "00:00:02"), "00:00:07", 8);
  kv_seed(NS_MESSAGES, "messages:t1:08638232774393000:m2", moved, keep(kv_metadata(NS_MESSAGES, M2_KEY)));
  let_settle();
  assert_json(mk_str_of(problems_of(s)), "'duplicate' 'messages:t1:08638232774393000:m2' 'set_aside'\n");
  /* The locator is deleted: it does not name the message any more that a list brought back. */
  (void)result_of(s, "deleteMessages", "{'messageIds':['m3']}");
  kv_seed(NS_MESSAGES, "messages:t1:08638232774397000:m3", twin, NULL);
  (void)result_of(s, "deleteThread", "{'threadId':'t2'}");
  kv_seed(NS_MESSAGES, "messages:t2:08638232774399000:n1",
          json("{'_writtenAt':1764000000001,'id':'n1','threadId':'t2','resourceId':'bob','role':'user',"
               "'createdAt':'2026-01-01T00:00:01.000Z','content':{}}"),
          json("{'savedAt':1764000000001,'seq':0,'resourceId':'bob'}"));
  let_settle();
  const char *found = problems_of(s);
  assert_non_null(strstr(found, json("'leftover' 'messages:t2:08638232774399000:n1' 'delete'\n")));
  (void)walk(s, "careRepair", 100, "", "problems", "fixed");
  let_settle();
  assert_string_equal(walk(s, "careRepair", 100, "", "problems", "fixed").items, "");
  assert_string_equal(problems_of(s), "");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t1'}"), "m1,m2 of 2");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t2'}"), " of 0");
}

static void what_lag_may_explain_is_no_problem_yet(void **state) {
  store *s = *state;
  (void)result_of(s, "saveThread", THREAD("t9", "ada"));
  kv_drop(NS_THREADS, "metadata:threads_by_resource:ada:08638232774400000:t9");
  answers found = walk(s, "careVerify", 100, "", "problems", "unsettled");
  assert_string_equal(found.items, "");
  assert_int_equal(found.count, 1);
  let_settle();
  assert_json(mk_str_of(problems_of(s)),
              "'missing_entry' 'metadata:threads_by_resource:ada:08638232774400000:t9' 'write'\n");
}

/* The lines of an export, as an array for an import. */
static const char *exported(store *s, const char *more) {
  const char *lines = walk(s, "careExport", 3, more, "lines", "").items;
  size_t size = strlen(lines);
  char *array = keep(mk_str_of(json("[%.*s]", (int)(size - 1), lines))); /* less the last line's end */
  for (char *at = array; *at != '\0'; at++) {
    if (*at == '\n') {
      *at = ',';
    }
  }
  return array;
}

static void an_export_brings_everything_elsewhere(void **state) {
  store *s = *state;
  const char *lines = exported(s, "");
  const char *before = everything();
  kv_reset();
  mk_str result = result_of(s, "careImport", json("{'state':null,'lines':%s}", lines));
  assert_true(mk_str_is_present(mk_json_get(result, "taken")));
  assert_string_equal(everything(), before);
  let_settle();
  assert_string_equal(problems_of(s), "");
  assert_string_equal(exported(s, ""), lines);
}

/* What was set aside keeps its owner: it is exported and imported with the rest, and erased with the person. */
static void what_was_set_aside_stays_its_owners(void **state) {
  store *s = *state;
  make(&damages[13]); /* M2's metadata */
  kv_seed(NS_MESSAGES, M2_KEY, json("{'_writtenAt':1764000000000,'id':'m2','threadId':'t1','resourceId':'ada'}"),
          json("{'savedAt':1,'seq':0,'resourceId':'ada'}"));
  let_settle();
  assert_int_equal(walk(s, "careRepair", 100, "", "problems", "setAside").count, 1);
  let_settle();
  const char *lines = exported(s, ",'resourceId':'ada'");
  assert_non_null(strstr(lines, "quarantine:" M2_KEY));
  assert_null(strstr(exported(s, ",'resourceId':'bob'"), "quarantine:"));
  kv_reset();
  (void)result_of(s, "careImport", json("{'state':null,'lines':%s}", lines));
  assert_true(mk_str_is_present(kv_value(NS_MESSAGES, "quarantine:" M2_KEY)));
  (void)walk(s, "careErase", 100, ",'resourceId':'ada'", "mentions", "erased");
  assert_false(mk_str_is_present(kv_value(NS_MESSAGES, "quarantine:" M2_KEY)));
}

static void who_is_erased_and_named_by_others_is_told(void **state) {
  store *s = *state;
  (void)result_of(s, "saveMessages",
                  "{'messages':[{'id':'q','threadId':'t2','resourceId':'bob','role':'user',"
                  "'createdAt':'2026-01-01T00:00:05.000Z','content':'ada'}]}");
  answers erased = walk(s, "careErase", 100, ",'resourceId':'ada'", "mentions", "erased");
  assert_json(mk_str_of(erased.items), "'messages:t2:08638232774395000:q'\n");
}

static void an_altered_export_is_refused(void **state) {
  store *s = *state;
  char *lines = keep(mk_str_of(exported(s, "")));
  char *at = strstr(lines, "New");
  assert_non_null(at);
  *at = 'n';
  assert_error(s, "careImport", json("{'state':null,'lines':%s}", lines), "INVALID_ARGUMENT", NULL);
  assert_error(s, "careImport", "{'state':null,'lines':['{}']}", "INVALID_ARGUMENT", NULL);
  mk_str none = result_of(s, "careImport", "{'state':null,'lines':['{}'],'calls':4}");
  assert_json(mk_json_get(none, "taken"), "0");
  assert_true(mk_str_is_present(mk_json_get(none, "needs")));
}

static void a_person_is_erased_without_a_trace(void **state) {
  store *s = *state;
  const char *of_bob = exported(s, ",'resourceId':'bob'");
  assert_non_null(strstr(exported(s, ",'resourceId':'ada'"), "of n2")); /* what she wrote in his thread */
  assert_null(strstr(of_bob, "of m1"));
  answers erased = walk(s, "careErase", 2, ",'resourceId':'ada'", "mentions", "erased");
  assert_true(erased.count > 10);
  assert_null(strstr(everything(), "\"ada\""));
  assert_null(strstr(everything(), ":ada:"));
  assert_null(strstr(everything(), "of m1"));
  assert_null(strstr(everything(), ":t1"));
  assert_non_null(strstr(everything(), "of n1"));
  assert_int_equal(walk(s, "careErase", 2, ",'resourceId':'ada'", "mentions", "erased").count, 0);
  let_settle();
  assert_string_equal(problems_of(s), "");
}

static void what_is_old_is_pruned(void **state) {
  store *s = *state;
  const char *args = ",'tables':['messages'],'cutoff':1767225602000";
  assert_int_equal(walk(s, "carePrune", 100, json("%s,'most':1", args), "", "deleted").count, 2); /* one a step */
  assert_int_equal(walk(s, "carePrune", 100, args, "", "deleted").count, 0);
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t1'}"), "m2,m3 of 2");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t2'}"), "n2 of 1");
  assert_int_equal(walk(s, "carePrune", 100, ",'tables':['background_tasks'],'maxAge':'1d'", "", "deleted").count, 0);
  assert_int_equal(walk(s, "carePrune", 100, ",'tables':['workflow_snapshot'],'maxAge':0", "", "deleted").count, 1);
  assert_result(s, "listWorkflowRuns", "{}", "{'runs':[],'total':0}");
  assert_error(s, "carePrune", "{'limit':1,'cursor':null,'tables':['messages'],'maxAge':'soon'}", "INVALID_ARGUMENT",
               NULL);
}

#define DOCUMENT "metadata:schema"

/* Of a store that no code called init of, and with entries that a failed call left out. */
static void what_lacks_entries_is_upgraded(void **state) {
  store *s = *state;
  static const char whole[] = "{'limit':100,'cursor':null}";
  const char *before = everything();
  kv_drop(NS_THREADS, T1_ENTRY);
  const char *damaged = everything();
  assert_int_equal(walk(s, "careUpgrade", 1, ",'dryRun':true", "", "written").count, 1);
  assert_string_equal(everything(), damaged);
  mk_str begun = result_of(s, "careUpgrade", "{'limit':1,'cursor':null}");
  assert_json(mk_json_get(begun, "steps"), "['index_entries']");
  assert_json(mk_json_get(begun, "from"), "0");
  assert_json(mk_json_get(begun, "written"), "1"); /* t1 is the first of the threads */
  const char *cursor = keep(mk_json_get(begun, "cursor"));
  assert_result(s, "careUpgrade", json("{'limit':1,'save':true,'cursor':%s}", cursor), "{}");
  mk_str upgrade = mk_json_get(kv_value(NS_THREADS, DOCUMENT), "upgrade");
  assert_json(mk_json_get(mk_json_get(upgrade, "walk"), "unit"), "'threads:'");
  assert_int_equal(walk(s, "careUpgrade", 1, "", "", "written").count, 0); /* it goes on behind */
  assert_json(mk_json_get(kv_value(NS_THREADS, DOCUMENT), "steps"), json("%d", MK_SCHEMA_STEPS));
  assert_false(mk_str_is_present(mk_json_get(kv_value(NS_THREADS, DOCUMENT), "upgrade")));
  assert_json(mk_json_get(result_of(s, "careUpgrade", whole), "steps"), "[]");
  kv_drop(NS_THREADS, DOCUMENT);
  assert_int_equal(strlen(everything()), strlen(before));
}

static void an_upgrade_takes_what_it_knows(void **state) {
  store *s = *state;
  assert_json(mk_json_get(result_of(s, "careUpgrade", "{'limit':100,'cursor':null,'calls':26}"), "needs"), "27");
  assert_json(
      mk_json_get(result_of(s, "careUpgrade",
                            "{'limit':100,'cursor':{'step':1,'startedAt':1,'walk':null},'calls':21,'dryRun':true}"),
                  "needs"),
      "22");
  static const char *const cursors[] = {"{}", "{'step':0,'startedAt':1,'walk':null}",
                                        "{'step':2,'startedAt':1,'walk':null}", "{'step':1,'startedAt':1}"};
  for (size_t i = 0; i < COUNT_OF(cursors); i++) {
    assert_error(s, "careUpgrade", json("{'limit':100,'cursor':%s}", cursors[i]), "INVALID_ARGUMENT", NULL);
  }
  /* A document that hostile hands wrote, or newer code: the steps that it is said to have are none of ours. */
  static const char *const documents[] = {"{'version':2,'steps':-7,'upgrade':[]}",
                                          "{'version':2,'steps':0,'upgrade':{'step':1,'startedAt':1,'walk':7}}"};
  for (size_t i = 0; i < COUNT_OF(documents); i++) {
    kv_seed(NS_THREADS, DOCUMENT, json("%s", documents[i]), NULL);
    assert_json(mk_json_get(result_of(s, "careUpgrade", "{'limit':100,'cursor':null}"), "steps"), "['index_entries']");
  }
  kv_seed(NS_THREADS, DOCUMENT, json("{'version':2,'steps':99}"), NULL);
  assert_json(mk_json_get(result_of(s, "careUpgrade", "{'limit':100,'cursor':null}"), "steps"), "[]");
}

/* Steps with their 1st, 2nd, 3rd … KV call or allocation failing. Each failure is an error, and the same step made again
 * ends as one that nothing disturbed. */
static const call disturbed[] = {
    {"careStats", "{'limit':100,'cursor':{'unit':'messages:'}}"},
    {"careVerify", "{'limit':100,'cursor':{'unit':'messages:'}}"},
    {"careRepair", "{'limit':100,'cursor':{'unit':'messages:'}}"},
    {"careRepair", "{'limit':100,'cursor':{'unit':'threads:'}}"},
    {"careExport", "{'limit':100,'cursor':{'unit':'messages:'},'resourceId':'ada'}"},
    {"careErase", "{'limit':100,'cursor':{'unit':'messages:'},'resourceId':'ada'}"},
    {"careErase", "{'limit':100,'cursor':{'unit':'threads:'},'resourceId':'ada'}"},
    {"carePrune", "{'limit':100,'cursor':null,'tables':['messages'],'cutoff':1767225603000}"},
    {"carePrune", "{'limit':100,'cursor':null,'tables':['workflow_snapshot'],'maxAge':0}"},
    {"carePlace",
     "{'table':'messages','maxCalls':100,'records':[{'seq':0,'record':" MESSAGE(
         "m1", "t1", "ada", "09") "},"
                                  "{'seq':1,'isMoved':true,'record':" MESSAGE("p1", "t2", "bob", "02") "}]}"},
    {"careUpgrade", "{'limit':100,'cursor':null}"},
    {"careUpgrade", "{'limit':100,'cursor':{'step':1,'startedAt':1,'walk':{'unit':'scorers:'}}}"},
};

/* A store with something of everything, and damage to mend. */
static store *damaged(void **state) {
  assert_int_equal(store_teardown(state), 0);
  assert_int_equal(something_setup(state), 0);
  make(&damages[12]);
  make(&damages[13]);
  make(&damages[15]);
  kv_drop(NS_THREADS, "metadata:threads_by_resource:bob:08638232774400000:t2");
  make(&damages[0]);
  let_settle();
  return *state;
}

/* What is stored, less the times that a later call writes. */
static const char *outcome(void) {
  char *text = keep(mk_str_of(everything()));
  for (char *at = strstr(text, "_writtenAt\":"); at != NULL; at = strstr(at, "_writtenAt\":")) {
    for (at += sizeof "_writtenAt\":" - 1; *at >= '0' && *at <= '9'; at++) {
      *at = '0';
    }
  }
  return text;
}

/* Whether a step succeeds; where it must not, with `code`. */
static bool succeeds(mk_str answer, const char *code) {
  mk_str error = mk_json_get(answer, "error");
  if (mk_str_is_present(error)) {
    assert_json(mk_json_get(error, "code"), json("'%s'", code));
  }
  return !mk_str_is_present(error);
}

static void climb(void **state, const call *step, const char *expected, kv_faults faults) {
  bool is_done = false;
  for (faults.nth = 1; !is_done; faults.nth++) {
    store *s = damaged(state);
    kv_fail(faults);
    is_done = succeeds(store_run(s, step->operation, JSON("%s", step->args)), "KV_FAILED");
    assert_int_equal(kv_has_failed(), !is_done);
    kv_fail((kv_faults){0});
    (void)result_of(s, step->operation, step->args);
    assert_string_equal(outcome(), json("%s", expected));
  }
}

static void failing_calls_are_errors_that_lose_nothing(void **state) {
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    (void)result_of(damaged(state), disturbed[i].operation, disturbed[i].args);
    char *expected = strdup(outcome()); /* texts are forgotten with the store */
    climb(state, &disturbed[i], expected, (kv_faults){.status = 500});
    climb(state, &disturbed[i], expected, (kv_faults){.lands = true});
    climb(state, &disturbed[i], expected, (kv_faults){.and_after = true});
    free(expected);
  }
}

static void short_memory_is_an_error_that_writes_nothing(void **state) {
  for (size_t i = 0; i < COUNT_OF(disturbed); i++) {
    bool is_done = false;
    store *s = damaged(state);
    for (uint32_t nth = 1; !is_done; nth++) {
      const char *args = json("%s", disturbed[i].args);
      store_begin(s);
      kv_count_reset();
      s->arena.fail_nth = nth;
      mk_str answer = answer_of(&s->ctx, disturbed[i].operation, mk_str_of(args));
      is_done = s->arena.fail_nth > 0; /* it did not come to it */
      s->arena.fail_nth = 0;
      assert_int_equal(succeeds(answer, "OUT_OF_MEMORY"), is_done);
      /* Pruning deletes as it reads; the beginning and the end of an upgrade are writes of their own. */
      bool writes_apart =
          strcmp(disturbed[i].operation, "carePrune") == 0 || strcmp(disturbed[i].operation, "careUpgrade") == 0;
      assert_true(is_done || writes_apart || wrote_nothing());
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CARE_TEST(something_of_everything_is_sound),
      CARE_TEST(stats_count_what_is_stored),
      CARE_TEST(a_step_needs_calls),
      CARE_TEST(each_damage_is_found_and_mended),
      CARE_TEST(an_export_brings_everything_elsewhere),
      CARE_TEST(an_altered_export_is_refused),
      CARE_TEST(what_was_set_aside_stays_its_owners),
      CARE_TEST(who_is_erased_and_named_by_others_is_told),
      CARE_TEST(what_is_left_of_moves_and_deletions_is_found_and_mended),
      CARE_TEST(what_lag_may_explain_is_no_problem_yet),
      CARE_TEST(a_person_is_erased_without_a_trace),
      CARE_TEST(what_is_old_is_pruned),
      CARE_TEST(what_lacks_entries_is_upgraded),
      CARE_TEST(an_upgrade_takes_what_it_knows),
      CARE_TEST(failing_calls_are_errors_that_lose_nothing),
      CARE_TEST(short_memory_is_an_error_that_writes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

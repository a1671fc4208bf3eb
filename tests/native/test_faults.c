/* The fault ladder: every operation with its 1st, 2nd, 3rd … KV call or allocation failing, until
 * it passes. After each failure the answer is an error, and the same call made again comes to
 * the same end as one that was never disturbed. */
#include <stdio.h>
#include <string.h>

#include "support.h"

#define NOTHING \
  { NULL, NULL }

#define THREAD(id, resource) \
  "{'thread':{'id':'" id "','resourceId':'" resource "','title':'T','createdAt':'2026-01-01T00:00:00.000Z'," \
  "'updatedAt':'2026-01-01T00:00:00.000Z'}}"
#define MESSAGE(id, thread, second) \
  "{'id':'" id "','threadId':'" thread "','resourceId':'u1','role':'user','content':['" id "']," \
  "'createdAt':'2026-01-01T00:00:" second ".000Z'}"

typedef struct call {
  const char *operation;
  const char *args;
} call;

/* An operation to disturb, over what the calls of `before` have stored. */
typedef struct scenario {
  const char *name;
  call disturbed;
  call before[6];
} scenario;

#define TWO_THREADS \
  {"saveThread", THREAD("t1", "u1")}, { "saveThread", THREAD("t2", "u1") }
#define FOUR_MESSAGES \
  { \
    "saveMessages", "{'messages':[" MESSAGE("m2", "t1", "05") "," MESSAGE("m1", "t1", "05") "," MESSAGE( \
                        "m3", "t1", "06") "," MESSAGE("n1", "t2", "01") "]}" \
  }
#define UPDATED \
  { "updateThread", "{'id':'t1','title':'New','metadata':{'b':2}}" }

#define RESOURCE "{'resource':{'id':'r1','workingMemory':'','metadata':{'a':1},'createdAt':'2026','updatedAt':'2026'}}"
#define UPDATED_RESOURCE \
  { "updateResource", "{'resourceId':'r1','workingMemory':'w','metadata':{'b':2}}" }

static const scenario scenarios[] = {
    {"saveThread, new", {"saveThread", THREAD("t1", "u1")}, {NOTHING}},
    {"saveThread, again", {"saveThread", THREAD("t1", "u1")}, {TWO_THREADS, UPDATED}},
    {"saveThread, to another resource", {"saveThread", THREAD("t1", "u2")}, {TWO_THREADS, UPDATED}},
    {"getThreadById", {"getThreadById", "{'threadId':'t1'}"}, {TWO_THREADS, UPDATED}},
    {"updateThread", {"updateThread", "{'id':'t1','title':'X','metadata':{'a':1}}"}, {TWO_THREADS, UPDATED}},
    {"updateThread, nothing", {"updateThread", "{'id':'t1'}"}, {TWO_THREADS}},
    {"listThreads", {"listThreads", "{'filter':{'resourceId':'u1'}}"}, {TWO_THREADS, UPDATED}},
    {"listThreads, all", {"listThreads", "{'orderBy':{'field':'updatedAt','direction':'ASC'}}"}, {TWO_THREADS}},
    {"deleteThread", {"deleteThread", "{'threadId':'t1'}"}, {TWO_THREADS, UPDATED, FOUR_MESSAGES}},
    {"deleteThread, only messages", {"deleteThread", "{'threadId':'t1'}"}, {FOUR_MESSAGES}},
    {"saveMessages, new", FOUR_MESSAGES, {TWO_THREADS}},
    {"saveMessages, no thread", FOUR_MESSAGES, {NOTHING}},
    {"saveMessages, again and more",
     {"saveMessages", "{'messages':[" MESSAGE("m1", "t1", "05") "," MESSAGE("m9", "t1", "05") "]}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"saveMessages, moves",
     {"saveMessages",
      "{'messages':[" MESSAGE("m1", "t2", "05") "," MESSAGE("m3", "t1", "07") "," MESSAGE("n9", "t3", "05") "]}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"listMessages", {"listMessages", "{'threadId':'t1','resourceId':'u1'}"}, {TWO_THREADS, FOUR_MESSAGES}},
    {"listMessages, newest",
     {"listMessages", "{'threadId':'t1','perPage':1,'includeTotal':false,'orderBy':{'direction':'DESC'}}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"listMessagesById", {"listMessagesById", "{'messageIds':['m1','n1','x']}"}, {TWO_THREADS, FOUR_MESSAGES}},
    {"listMessages, include",
     {"listMessages", "{'threadId':'t1','perPage':1,'include':[{'id':'n1','withNextMessages':1},{'id':'m1','"
                      "withPreviousMessages':1}]}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"listMessagesByResourceId", {"listMessagesByResourceId", "{'resourceId':'u1'}"}, {TWO_THREADS, FOUR_MESSAGES}},
    {"updateMessages",
     {"updateMessages", "{'messages':[{'id':'m1','content':{'x':1}},{'id':'x'},{'id':'n1','role':'tool'}]}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"updateMessages, moves",
     {"updateMessages",
      "{'messages':[{'id':'m1','threadId':'t2'},{'id':'n1','createdAt':'2026-01-01T00:00:05.000Z'}]}"},
     {TWO_THREADS, FOUR_MESSAGES}},
    {"saveResource", {"saveResource", RESOURCE}, {UPDATED_RESOURCE}},
    {"updateResource", UPDATED_RESOURCE, {{"saveResource", RESOURCE}}},
    {"getResourceById", {"getResourceById", "{'resourceId':'r1'}"}, {{"saveResource", RESOURCE}, UPDATED_RESOURCE}},
    {"deleteMessages", {"deleteMessages", "{'messageIds':['m1','n1','x']}"}, {TWO_THREADS, FOUR_MESSAGES}},
    {"clear", {"clear", "{}"}, {TWO_THREADS, UPDATED, FOUR_MESSAGES}},
};

/* What a user sees of the whole store. */
static const call views[] = {
    {"listThreads", "{'filter':{'resourceId':'u1'}}"},
    {"listThreads", "{'filter':{'resourceId':'u2'}}"},
    {"listThreads", "{'filter':{'resourceId':'u1'},'perPage':0}"}, /* counts the index */
    {"listThreads", "{'filter':{'resourceId':'u2'},'perPage':0}"},
    {"listThreads", "{}"},
    {"listMessages", "{'threadId':'t1','perPage':false}"},
    {"listMessages", "{'threadId':'t2','perPage':false}"},
    {"listMessages", "{'threadId':'t3','perPage':false}"},
    {"listMessagesById", "{'messageIds':['m1','m2','m3','m9','n1','n9']}"},
    {"getResourceById", "{'resourceId':'r1'}"},
};

/* Times that a repeated call writes later are not compared. */
static void mask(char *text, const char *name) {
  char *from = text;
  char *into = text;
  size_t size = strlen(name);
  while (*from != '\0') {
    if (strncmp(from, name, size) != 0) {
      *into++ = *from++;
      continue;
    }
    memmove(into, name, size);
    into += size;
    from += size;
    from += strcspn(from, ",}");
  }
  *into = '\0';
}

/* The names of all keys of a namespace, from its dump. */
static const char *keys_of(uint32_t ns) {
  char *dump = keep(mk_str_of(kv_dump(ns)));
  const char *keys = "";
  for (char *line = dump; *line != '\0'; line = strchr(line, '\0') + 1) {
    line[strcspn(line, "\n")] = '\0';
    keys = json("%s%.*s\n", keys, (int)(strstr(line, " = ") - line), line);
  }
  return keys;
}

/* The names of all keys and what users see, without times. */
static const char *state_of(store *s) {
  static const char *const times[] = {"\"updatedAt\":", "\"savedAt\":", "\"_writtenAt\":"};
  const char *seen = json("%s%s", keys_of(NS_THREADS), keys_of(NS_MESSAGES));
  for (size_t i = 0; i < COUNT_OF(views); i++) {
    seen = json("%s%s\n", seen, result_copy(s, views[i].operation, views[i].args));
  }
  char *text = keep(mk_str_of(seen));
  for (size_t i = 0; i < COUNT_OF(times); i++) {
    mask(text, times[i]);
  }
  return text;
}

/* A result without times, as far as it may differ. */
static const char *run(store *s, const call *what) {
  char *result = result_copy(s, what->operation, what->args);
  mask(result, "\"updatedAt\":");
  return result;
}

static void prepare(store *s, const scenario *of) {
  kv_reset();
  for (const call *each = of->before; each->operation != NULL; each++) {
    (void)result_of(s, each->operation, each->args);
  }
  kv_clock_set(kv_clock_last() + 1000);
}

/* The error of a disturbed run: code, message, and the key where a call failed. */
static void assert_said(const scenario *of, mk_str answer, const char *code, bool has_key) {
  mk_str error = mk_json_get(answer, "error");
  mk_str key = mk_json_get(mk_json_get(error, "details"), "key");
  bool is_said = mk_str_equal(mk_json_get(error, "code"), JSON("'%s'", code)) &&
                 mk_json_is_string(mk_json_get(error, "message")) && mk_str_is_present(key) == has_key;
  if (!is_said) {
    fail_msg("%s: %.*s", of->name, MK_STR_ARG(answer));
  }
}

/* What an undisturbed run leaves and answers. */
typedef struct expected {
  const char *state;
  const char *result;
} expected;

static expected undisturbed(store *s, const scenario *of) {
  prepare(s, of);
  expected out;
  out.result = run(s, &of->disturbed);
  out.state = state_of(s);
  return out;
}

static void assert_healed(store *s, const scenario *of, const expected *wanted, const char *fault, uint32_t nth) {
  const char *result = run(s, &of->disturbed);
  const char *state = state_of(s);
  if (strcmp(result, wanted->result) != 0 || strcmp(state, wanted->state) != 0) {
    fail_msg("%s, %s %u, done again\n--- answers\n%s\n--- instead of\n%s\n--- leaves\n%s\n--- instead of\n%s", of->name,
             fault, nth, result, wanted->result, state, wanted->state);
  }
}

/* Fail KV call 1, 2, 3 … in one way until the operation passes. */
static void climb_calls(store *s, const scenario *of, kv_faults faults, const char *fault) {
  expected wanted = undisturbed(s, of);
  for (faults.nth = 1;; faults.nth++) {
    prepare(s, of);
    kv_fail(faults);
    mk_str answer = store_run(s, of->disturbed.operation, JSON("%s", of->disturbed.args));
    if (!kv_has_failed()) {
      assert_true(mk_str_is_present(mk_json_get(answer, "result")));
      assert_true(faults.nth > 1);
      break;
    }
    kv_fail((kv_faults){0});
    assert_said(of, answer, faults.status == 429 ? "KV_RATE_LIMITED" : "KV_FAILED", true);
    assert_healed(s, of, &wanted, fault, (uint32_t)faults.nth);
  }
}

/* The same with allocations. */
static void climb_allocations(store *s, const scenario *of) {
  expected wanted = undisturbed(s, of);
  for (uint32_t nth = 1;; nth++) {
    prepare(s, of);
    mk_str args = JSON("%s", of->disturbed.args);
    mk_context *ctx = store_begin(s);
    s->arena.fail_nth = nth;
    mk_str answer = answer_of(ctx, of->disturbed.operation, args);
    if (s->arena.fail_nth > 0) {
      s->arena.fail_nth = 0;
      assert_true(mk_str_is_present(mk_json_get(answer, "result")));
      break;
    }
    assert_said(of, answer, "OUT_OF_MEMORY", false);
    assert_healed(s, of, &wanted, "failed allocation", nth);
  }
}

/* An arena that is too small all along. */
static void run_in_small_arena(store *s, const scenario *of) {
  prepare(s, of);
  mk_arena small = mk_arena_make(1024);
  mk_context ctx = mk_context_make(&small, &s->config);
  mk_str answer = answer_of(&ctx, of->disturbed.operation, JSON("%s", of->disturbed.args));
  assert_said(of, answer, "OUT_OF_MEMORY", false);
  mk_arena_free(&small);
}

typedef enum ladder { FAILED_CALL, LOST_CONNECTION, LOST_ANSWER, FAILED_ALLOCATION, SMALL_ARENA, LADDERS } ladder;

static const char *const promises[LADDERS] = {
    [FAILED_CALL] = "a call that fails is an error, and done again it heals",
    [LOST_CONNECTION] = "a connection that is lost is an error, and done again it heals",
    [LOST_ANSWER] = "an answer that is lost is an error, and done again it heals",
    [FAILED_ALLOCATION] = "an allocation that fails is an error, and done again it heals",
    [SMALL_ARENA] = "an arena too small is an error",
};

typedef struct rung {
  const scenario *of;
  ladder by;
  char name[160];
} rung;

static store *shared;

static void climb(void **state) {
  const rung *this = *state;
  forget_texts();
  switch (this->by) {
    case FAILED_CALL:
      climb_calls(shared, this->of, (kv_faults){.status = 503}, "failed call");
      break;
    case LOST_CONNECTION:
      climb_calls(shared, this->of, (kv_faults){.and_after = true}, "connection lost at call");
      break;
    case LOST_ANSWER:
      climb_calls(shared, this->of, (kv_faults){.lands = true, .status = 429}, "lost answer of call");
      break;
    case FAILED_ALLOCATION:
      climb_allocations(shared, this->of);
      break;
    default:
      run_in_small_arena(shared, this->of);
      break;
  }
}

/* cmocka gives a test the group's state before its own, so the group must have none. */
static int group_setup(void **state) {
  (void)state;
  void *made = NULL;
  int status = store_setup(&made);
  shared = made;
  return status;
}

static int group_teardown(void **state) {
  (void)state;
  void *made = shared;
  return store_teardown(&made);
}

int main(void) {
  static rung rungs[COUNT_OF(scenarios) * LADDERS];
  static struct CMUnitTest tests[COUNT_OF(rungs)];
  for (size_t i = 0; i < COUNT_OF(rungs); i++) {
    rung *this = &rungs[i];
    this->of = &scenarios[i / LADDERS];
    this->by = (ladder)(i % LADDERS);
    (void)snprintf(this->name, sizeof this->name, "%s: %s", this->of->name, promises[this->by]);
    tests[i] = (struct CMUnitTest){.name = this->name, .test_func = climb, .initial_state = this};
  }
  return cmocka_run_group_tests_name("faults", tests, group_setup, group_teardown);
}

/* Copying a thread: which messages a copy takes, what it says of itself, and that failures leave no half of it. */
#include <string.h>

#include "support.h"

#define THREAD(id) \
  "{'thread':{'id':'" id "','resourceId':'ada','title':'Of " id "','metadata':{'a':1}," \
  "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-01T00:00:00.000Z'}}"
#define MESSAGE(id, second) \
  "{'id':'" id "','threadId':'t1','resourceId':'ada','role':'user','content':{'text':'of " id "'}," \
  "'createdAt':'2026-01-01T00:00:" second ".000Z'}"

static void prepare(store *s) {
  kv_reset();
  (void)result_of(s, "saveThread", THREAD("t1"));
  (void)result_of(s, "saveThread", THREAD("t2"));
  (void)result_of(
      s, "saveMessages",
      "{'messages':[" MESSAGE("m1", "01") "," MESSAGE("m2", "02") "," MESSAGE("m3", "02") "," MESSAGE("m4", "04") "]}");
}

static int copy_setup(void **state) {
  int status = store_setup(state);
  prepare(*state);
  return status;
}
#define COPY_TEST(test) cmocka_unit_test_setup_teardown(test, copy_setup, store_teardown)

/* The texts of a thread's messages, oldest first, as "of m1,of m2". */
static const char *texts_of(store *s, const char *thread) {
  const char *texts = "";
  mk_member message;
  mk_str messages =
      mk_json_get(result_of(s, "listMessages", json("{'threadId':'%s','perPage':false}", thread)), "messages");
  for (mk_cursor all = mk_json_walk(messages); mk_json_next(&all, &message);) {
    mk_str text = mk_json_get(mk_json_get(message.value, "content"), "text");
    texts = json("%s%s%.*s", texts, *texts == '\0' ? "" : ",", (int)text.size - 2, text.data + 1);
  }
  return texts;
}

/* Copy t1 to `target` with these options, as {'messageLimit':2}. */
static char *copy(store *s, const char *target, const char *options) {
  return result_copy(s, "copyThread", json("{'sourceThreadId':'t1','newThreadId':'%s','options':%s}", target, options));
}

static void a_copy_takes_the_messages_that_are_wanted(void **state) {
  store *s = *state;
  static const char *const wanted[][2] = {
      {"{}", "of m1,of m2,of m3,of m4"},
      {"{'messageLimit':2}", "of m3,of m4"},
      {"{'messageLimit':9}", "of m1,of m2,of m3,of m4"},
      {"{'messageFilter':{'messageIds':['m4','x','m2']}}", "of m2,of m4"},
      {"{'messageFilter':{'messageIds':['m4','m2']},'messageLimit':1}", "of m4"},
      {"{'messageFilter':{'startDate':'2026-01-01T00:00:02.000Z'}}", "of m2,of m3,of m4"},
      {"{'messageFilter':{'endDate':'2026-01-01T00:00:02.000Z'}}", "of m1,of m2,of m3"},
      {"{'messageFilter':{'startDate':'2026-01-01T00:00:05.000Z','endDate':null}}", ""},
  };
  for (size_t i = 0; i < COUNT_OF(wanted); i++) {
    const char *target = json("c%d", (int)i);
    mk_str made = mk_str_of(copy(s, target, wanted[i][0]));
    assert_string_equal(texts_of(s, target), wanted[i][1]);
    assert_json(mk_json_get(mk_json_get(made, "thread"), "id"), json("'%s'", target));
    assert_string_equal(texts_of(s, "t1"), "of m1,of m2,of m3,of m4");
  }
}

static void a_copy_says_where_it_comes_from(void **state) {
  store *s = *state;
  mk_str made = mk_str_of(copy(s, "c", "{'messageLimit':2}"));
  mk_str thread = mk_json_get(made, "thread");
  mk_str map = mk_json_get(made, "messageIdMap");
  assert_json(mk_json_get(thread, "title"), "'Clone of Of t1'");
  assert_json(mk_json_get(thread, "resourceId"), "'ada'");
  mk_str clone = mk_json_get(mk_json_get(thread, "metadata"), "clone");
  assert_json(mk_json_get(clone, "sourceThreadId"), "'t1'");
  assert_json(mk_json_get(clone, "lastMessageId"), "'m4'");
  const char *ids = ids_of(mk_json_get(result_of(s, "listMessages", "{'threadId':'c'}"), "messages"));
  assert_string_equal(ids, json("%.*s,%.*s", (int)mk_json_get(map, "m3").size - 2, mk_json_get(map, "m3").data + 1,
                                (int)mk_json_get(map, "m4").size - 2, mk_json_get(map, "m4").data + 1));
  (void)result_of(s, "copyThread",
                  "{'sourceThreadId':'t1','newThreadId':'d','resourceId':'bob','title':'Own','metadata':{'own':1}}");
  mk_str own = result_of(s, "getThreadById", "{'threadId':'d'}");
  assert_json(mk_json_get(own, "title"), "'Own'");
  assert_json(mk_json_get(own, "resourceId"), "'bob'");
  assert_json(mk_json_get(mk_json_get(own, "metadata"), "own"), "1");
  mk_str messages = result_of(s, "listMessages", "{'threadId':'d','resourceId':'bob'}");
  assert_json(mk_json_get(messages, "total"), "4");
}

static void what_cannot_be_copied_is_an_error(void **state) {
  store *s = *state;
  assert_error(s, "copyThread", "{'sourceThreadId':'gone'}", "NOT_FOUND", "Source thread with id gone not found");
  assert_error(s, "copyThread", "{'sourceThreadId':'t1','newThreadId':'t2'}", "INVALID_ARGUMENT",
               "Thread with id t2 already exists");
  static const char *const refused[] = {"{'messageFilter':{'messageIds':[7]}}",
                                        "{'messageFilter':{'startDate':'soon'}}", "{'messageLimit':'two'}"};
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    assert_error(s, "copyThread", json("{'sourceThreadId':'t1','options':%s}", refused[i]), "INVALID_ARGUMENT", NULL);
  }
}

static bool succeeds(mk_str answer, const char *code) {
  mk_str error = mk_json_get(answer, "error");
  if (mk_str_is_present(error)) {
    assert_json(mk_json_get(error, "code"), json("'%s'", code));
  }
  return !mk_str_is_present(error);
}

#define COPY "{'sourceThreadId':'t1','newThreadId':'c','options':{'messageLimit':3}}"

static void climb(store *s, kv_faults faults) {
  bool is_done = false;
  for (faults.nth = 1; !is_done; faults.nth++) {
    prepare(s);
    kv_fail(faults);
    is_done = succeeds(store_run(s, "copyThread", JSON(COPY)), "KV_FAILED");
    assert_int_equal(kv_has_failed(), !is_done);
    kv_fail((kv_faults){0});
    bool is_there = is_done || mk_json_is_object(result_of(s, "getThreadById", "{'threadId':'c'}"));
    if (!is_there) {
      (void)result_of(s, "copyThread", COPY);
    }
    assert_string_equal(texts_of(s, "c"), "of m2,of m3,of m4");
  }
}

static void a_copy_that_failed_is_made_again(void **state) {
  climb(*state, (kv_faults){.status = 500});
  climb(*state, (kv_faults){.lands = true});
  climb(*state, (kv_faults){.and_after = true});
}

static void short_memory_is_an_error(void **state) {
  store *s = *state;
  bool is_done = false;
  for (uint32_t nth = 1; !is_done; nth++) {
    prepare(s);
    store_begin(s);
    s->arena.fail_nth = nth;
    mk_str answer = answer_of(&s->ctx, "copyThread", JSON(COPY));
    is_done = s->arena.fail_nth > 0; /* it did not come to it */
    s->arena.fail_nth = 0;
    assert_int_equal(succeeds(answer, "OUT_OF_MEMORY"), is_done);
    assert_int_equal(mk_json_is_object(result_of(s, "getThreadById", "{'threadId':'c'}")), is_done);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      COPY_TEST(a_copy_takes_the_messages_that_are_wanted),
      COPY_TEST(a_copy_says_where_it_comes_from),
      COPY_TEST(what_cannot_be_copied_is_an_error),
      COPY_TEST(a_copy_that_failed_is_made_again),
      COPY_TEST(short_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* operation.h and tree.h: the operations by name, and the shape of their answers. */
#include <string.h>

#include "base/tree.h"
#include "json_reference.h"
#include "support.h"

/* How to read the messages that an answer names by ticket: what they have where the record has no such member. */
#define MESSAGE_VIEW \
  "{'own':'_writtenAt','defaults':{'type':'text'}," \
  "'texts':{'content':{'format':2,'content':null,'parts':[{'type':'text','text':null}]}}}"

static void result_comes_with_the_paths_of_its_dates(void **state) {
  store *s = *state;
  static const char *const cases[][3] = {
      {"getThreadById", "{'threadId':'t'}", "{'dates':['createdAt', 'updatedAt'],'result':null}"},
      {"deleteThread", "{'threadId':'t'}", "{'dates':[],'result':null}"},
      {"deleteMessages", "{'messageIds':[]}", "{'dates':[],'result':null}"},
      {"saveMessages", "{'messages':[]}", "{'dates':['messages.*.createdAt'],'result':{'messages':[]}}"},
      {"listMessagesById", "{'messageIds':[]}",
       "{'dates':['messages.*.createdAt'," MESSAGE_VIEW "],'result':{'messages':[]}}"},
      {"listThreads", "{}",
       "{'dates':['threads.*.createdAt', 'threads.*.updatedAt'],'result':{'threads':[],'total':0,'page':0,"
       "'perPage':100,'hasMore':false}}"},
      {"listMessages", "{'threadId':'t'}",
       "{'dates':['messages.*.createdAt'," MESSAGE_VIEW
       "],'result':{'messages':[],'total':0,'page':0,'perPage':40,'hasMore':false}}"},
      {"clear", "{'domain':'memory'}", "{'dates':[],'result':null}"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    assert_json(store_run(s, cases[i][0], JSON("%s", cases[i][1])), cases[i][2]);
  }
}

static void unknown_operation_is_an_error_that_names_it(void **state) {
  store *s = *state;
  static const char *const names[] = {"", "getThread", "GETTHREADBYID", "getThreadById ", "constructor"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    assert_json(store_run(s, names[i], MK_STR("{}")),
                json("{'error':{'code':'INVALID_ARGUMENT','message':'There is no operation \\'%s\\'','details':{}}}",
                     names[i]));
  }
}

static void arguments_must_be_an_object(void **state) {
  store *s = *state;
  static const char *const args[] = {"", " ", "null", "[]", "'x'", "5", "{", "{}x", "{'threadId':'t'", "{'a':01}"};
  for (size_t i = 0; i < COUNT_OF(args); i++) {
    assert_error(s, "getThreadById", args[i], "INVALID_ARGUMENT",
                 "getThreadById takes an object, nested at most 8192 levels deep");
  }
  assert_result(s, "getThreadById", " {'threadId':'t'} ", "null");
}

static void error_has_code_message_reason_and_details(void **state) {
  store *s = *state;
  assert_json(store_run(s, "listMessages", JSON("{'threadId':' '}")),
              "{'error':{'code':'INVALID_ARGUMENT','message':'threadId must be a non-empty string or array of "
              "non-empty strings','reason':'INVALID_THREAD_ID','details':{}}}");
  kv_seed(NS_THREADS, "threads:t", "x", NULL);
  mk_str answer = store_run(s, "getThreadById", JSON("{'threadId':'t'}"));
  mk_str error = mk_json_get(answer, "error");
  assert_json(mk_json_get(error, "code"), "'CORRUPT_RECORD'");
  assert_json(mk_json_get(error, "details"), "{'key':'threads:t'}");
}

static void failed_writes_are_in_the_details(void **state) {
  store *s = *state;
  kv_fail((kv_faults){.nth = 2, .and_after = true, .status = 500});
  mk_str answer =
      store_run(s, "saveThread", JSON("{'thread':{'id':'t','resourceId':'u','createdAt':'2026','updatedAt':'2026'}}"));
  mk_str details = mk_json_get(mk_json_get(answer, "error"), "details");
  assert_json(details, "{'key':'threads:t','failedWrites':2}");
}

/* Ids come into error texts; what leaves must be JSON in UTF-8 whatever they hold. */
static void answers_are_valid_json_for_any_id(void **state) {
  store *s = *state;
  static const char *const ids[] = {"'\\u0000'",          "'\\ud800'",          "'\\n\\\\\\''",
                                    "'\xF0\x9F\x98\x80'", "'a\\u0000b\\udfff'", "'\\u0001\\u001f'"};
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    mk_str answer = store_run(s, "updateThread", JSON("{'id':%s}", ids[i]));
    assert_true(json_is_valid(answer, 100));
    assert_true(utf8_is_valid(answer));
    mk_str message = mk_json_get(mk_json_get(answer, "error"), "message");
    assert_true(mk_str_is_present(message));
    static const char end[] = " not found\"";
    assert_true(message.size > sizeof end);
    assert_memory_equal(message.data + message.size - (sizeof end - 1), end, sizeof end - 1);
  }
}

static void a_result_takes_no_memory(void **state) {
  store *s = *state;
  mk_context *ctx = store_begin(s);
  s->arena.fail_nth = 1;
  mk_answer answer = mk_answer_make(ctx, mk_arena_end(&s->arena), MK_STR("{}"), MK_DATES("a.*.b", "c"));
  assert_int_equal(s->arena.fail_nth, 1);
  s->arena.fail_nth = 0;
  assert_text(answer.text, "{}");
  assert_json(answer.dates, "['a.*.b', 'c']");
}

static void a_failure_that_memory_is_short_for_is_said_all_the_same(void **state) {
  store *s = *state;
  for (uint32_t nth = 1;; nth++) {
    mk_context *ctx = store_begin(s);
    (void)mk_fail(ctx, MK_E_NOT_FOUND, "REASON", "text");
    s->arena.fail_nth = nth;
    mk_answer answer = mk_answer_make(ctx, mk_arena_end(&s->arena), MK_STR_NONE, NULL);
    assert_false(mk_str_is_present(answer.dates));
    if (s->arena.fail_nth > 0) {
      assert_json(answer.text, "{'code':'NOT_FOUND','message':'text','reason':'REASON','details':{}}");
      break;
    }
    assert_json(mk_json_get(answer.text, "code"), "'OUT_OF_MEMORY'");
    assert_true(json_is_valid(answer.text, 100));
  }
}

/* What the operation took is there to tell of its failure. */
static void a_failure_is_told_when_memory_is_at_an_end(void **state) {
  store *s = *state;
  mk_arena small = mk_arena_make(4096);
  mk_context ctx = mk_context_make(&small, &s->config);
  mk_arena_mark start = mk_arena_end(&small);
  char *key = mk_arena_push(&small, 3);
  assert_non_null(key);
  memcpy(key, "a:b", 3);
  while (mk_arena_push(&small, 16) != NULL) {
  }
  (void)mk_fail_corrupt(&ctx, (mk_str){key, 3}, "is wrong");
  mk_answer answer = mk_answer_make(&ctx, start, MK_STR_NONE, NULL);
  assert_json(mk_json_get(answer.text, "code"), "'CORRUPT_RECORD'");
  assert_json(mk_json_get(answer.text, "details"), "{'key':'a:b'}");
  mk_arena_free(&small);
}

static void trees_print_what_was_added(void **state) {
  store *s = *state;
  mk_str text;
  cJSON *tree = mk_tree_object(&s->ctx);
  mk_tree_add_span(&s->ctx, tree, "span", MK_STR("[1.50,\"\\ud800\"]"));
  mk_tree_add_text(&s->ctx, tree, "text", MK_STR("a\"\n\x01\0\x7F"));
  mk_tree_add_number(&s->ctx, tree, "most", MK_JSON_INTEGER_MAX);
  mk_tree_add_number(&s->ctx, tree, "least", -MK_JSON_INTEGER_MAX);
  mk_tree_add_bool(&s->ctx, tree, "yes", true);
  mk_tree_add_bool(&s->ctx, tree, "no", false);
  assert_int_equal(mk_tree_print(&s->ctx, tree, &text), MK_OK);
  assert_json(text, "{'span':[1.50,'\\ud800'],'text':'a\\'\\u000a\\u0001\\u0000\x7F','most':9007199254740991,"
                    "'least':-9007199254740991,'yes':true,'no':false}");
}

static void trees_read_whole_numbers_and_refuse_what_they_cannot_hold(void **state) {
  store *s = *state;
  const cJSON *tree = mk_tree_parse(&s->ctx, JSON("{'a':-12,'b':{'c':'x'}}"));
  assert_non_null(tree);
  assert_true(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(tree, "a")) == -12);
  static const char *const refused[] = {"{'a':1.5}", "{'a':1e3}", "'\\ud800'", "{", ""};
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    assert_null(mk_tree_parse(&s->ctx, JSON("%s", refused[i])));
    assert_int_equal(s->ctx.error.status, MK_OK);
  }
}

static void tree_that_memory_was_short_for_does_not_print(void **state) {
  store *s = *state;
  for (uint32_t nth = 1;; nth++) {
    mk_str text = MK_STR_NONE;
    mk_context *ctx = store_begin(s);
    s->arena.fail_nth = nth;
    cJSON *tree = mk_tree_object(ctx);
    mk_tree_add_text(ctx, tree, "text", MK_STR("a"));
    mk_tree_add_number(ctx, tree, "number", 1);
    mk_tree_add_bool(ctx, tree, "yes", true);
    mk_status status = mk_tree_print(ctx, tree, &text);
    if (s->arena.fail_nth > 0) {
      assert_json(text, "{'text':'a','number':1,'yes':true}");
      break;
    }
    assert_int_equal(status, MK_E_OUT_OF_MEMORY);
    assert_false(mk_str_is_present(text));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(result_comes_with_the_paths_of_its_dates),
      STORE_TEST(unknown_operation_is_an_error_that_names_it),
      STORE_TEST(arguments_must_be_an_object),
      STORE_TEST(error_has_code_message_reason_and_details),
      STORE_TEST(failed_writes_are_in_the_details),
      STORE_TEST(answers_are_valid_json_for_any_id),
      STORE_TEST(a_result_takes_no_memory),
      STORE_TEST(a_failure_that_memory_is_short_for_is_said_all_the_same),
      STORE_TEST(a_failure_is_told_when_memory_is_at_an_end),
      STORE_TEST(trees_print_what_was_added),
      STORE_TEST(trees_read_whole_numbers_and_refuse_what_they_cannot_hold),
      STORE_TEST(tree_that_memory_was_short_for_does_not_print),
  };
  return cmocka_run_group_tests_name("operation", tests, NULL, NULL);
}

/* What stands in KV under the store's keys and the store did not write: each of these was found by fuzz_stored, and led
 * to another's data, or to an answer that was none. */
#include "support.h"

#define TIMES "'createdAt':'2026-01-01T00:00:01.000Z','updatedAt':'2026-01-01T00:00:01.000Z'"
#define MESSAGE(id, thread) \
  "{'id':'" id "','threadId':'" thread "','role':'user','createdAt':'2026-01-01T00:00:01.000Z','content':'x'}"
#define PLACE "'threadId':'t','createdAt':'2026-01-01T00:00:01.000Z','savedAt':1,'seq':0"

/* A locator names the key that its message left, which is deleted once more by whatever touches the message. */
static void locator_leads_to_no_other_messages_key(void **state) {
  store *s = *state;
  static const char *const victims[] = {
      "messages:other:08638232774399000:n",     /* another message's */
      "dev_messages:t:08638232774399000:m",     /* another tenant's message of the same id */
      "metadata:messages:m", "messages:t:m2:n", /* nothing of that kind */
  };
  for (size_t i = 0; i < COUNT_OF(victims); i++) {
    const char *const calls[][2] = {
        {"saveMessages", "{'messages':[" MESSAGE("m", "t") "]}"},
        {"updateMessages", "{'messages':[{'id':'m','role':'tool'}]}"},
        {"deleteMessages", "{'messageIds':['m']}"},
    };
    for (size_t j = 0; j < COUNT_OF(calls); j++) {
      kv_reset();
      (void)result_of(s, "saveMessages", "{'messages':[" MESSAGE("m", "t") "]}");
      kv_seed(NS_MESSAGES, victims[i], "{}", NULL);
      kv_seed(NS_MESSAGES, "metadata:messages:m", json("{" PLACE ",'movedFrom':'%s'}", victims[i]), NULL);
      kv_moment before = kv_now();
      (void)result_of(s, calls[j][0], calls[j][1]);
      assert_true(i == 2 || !kv_was_touched(NS_MESSAGES, mk_str_of(victims[i]), before));
    }
  }
}

/* So does a thread's record, of its entry in the index: also one that was imported from another prefix, and says so
 * of a key there. */
static void thread_leads_to_no_other_threads_entry(void **state) {
  store *s = *state;
  static const char *const victims[] = {
      "metadata:threads_by_resource:u:08638232774399000:other",
      "dev_metadata:threads_by_resource:u:08638232774399000:t",
      "threads:t2",
  };
  static const char *const calls[][2] = {
      {"saveThread", "{'thread':{'id':'t','resourceId':'u'," TIMES "}}"},
      {"deleteThread", "{'threadId':'t'}"},
  };
  for (size_t i = 0; i < COUNT_OF(victims); i++) {
    for (size_t j = 0; j < COUNT_OF(calls); j++) {
      kv_reset();
      kv_seed(NS_THREADS, victims[i], "{}", NULL);
      kv_seed(NS_THREADS, "threads:t", json("{'id':'t','resourceId':'u','_movedFrom':'%s'," TIMES "}", victims[i]),
              NULL);
      kv_moment before = kv_now();
      (void)result_of(s, calls[j][0], calls[j][1]);
      assert_false(kv_was_touched(NS_THREADS, mk_str_of(victims[i]), before));
    }
  }
}

/* It has nothing that later metadata could be laid over. */
static void message_without_content_is_answered_without(void **state) {
  store *s = *state;
  (void)result_of(s, "saveMessages", "{'messages':[" MESSAGE("m", "t") "]}");
  (void)result_of(s, "updateMessages", "{'messages':[{'id':'m','content':{'metadata':{'k':1}}}]}");
  kv_seed(NS_MESSAGES, "messages:t:08638232774399000:m", "{'id':'m'}", NULL);
  kv_seed(NS_MESSAGES, "metadata:message_families:m:content", "{\"_writtenAt\":9,\"metadata\":{}}", NULL);
  kv_seed(NS_MESSAGES, "metadata:message_families:m:metadata", "{\"_writtenAt\":9,\"metadata\":{\"k\":2}}", NULL);
  kv_seed(NS_MESSAGES, "messages:t:08638232774399000:m", "{\"_writtenAt\":1,\"id\":\"m\"}", NULL);
  mk_str messages = mk_json_get(result_of(s, "listMessages", "{'threadId':'t'}"), "messages");
  assert_json(messages, "[{'id':'m','type':'text'}]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(locator_leads_to_no_other_messages_key),
      STORE_TEST(thread_leads_to_no_other_threads_entry),
      STORE_TEST(message_without_content_is_answered_without),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

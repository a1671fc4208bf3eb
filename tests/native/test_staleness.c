/* Conversations over a KV whose lists and gets lag behind, as real ones do for a minute. */
#include <string.h>

#include "support.h"

#define MINUTE INT64_C(60000)

static const char *message(const char *id, const char *thread, int second) {
  return json("{'id':'%s','threadId':'%s','role':'user','createdAt':'2026-01-01T00:00:%02d.000Z','content':'%s'}", id,
              thread, second, id);
}

static void save(store *s, const char *messages) {
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
}

static const char *listed(store *s, const char *args) { return list_of(s, "listMessages", "messages", args); }

#define NEWEST_FIRST "'orderBy':{'direction':'DESC'}"

static void newest_messages_are_found_while_lists_do_not_show_them(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  kv_lists_show(kv_now());
  save(s, json("%s,%s", message("b", "t", 2), message("c", "t", 3)));
  save(s, message("d", "t", 4));
  store_reopen(s, OPTIONS); /* another isolate */
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b,c,d of 4");
  assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST "}"), "d,c,b,a of 4");
  assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST ",'perPage':2,'includeTotal':false}"), "d,c of 4+");
  assert_string_equal(listed(s, "{'threadId':'t','perPage':3,'page':1}"), "d of 4");
  assert_string_equal(listed(s, "{'threadId':'t','perPage':false}"), "a,b,c,d of 4");
}

static void messages_of_one_time_are_in_order_while_lists_lag(void **state) {
  store *s = *state;
  save(s, json("%s,%s", message("z", "t", 1), message("y", "t", 1)));
  kv_lists_show(kv_now());
  save(s, json("%s,%s", message("b", "t", 1), message("a", "t", 1)));
  assert_string_equal(listed(s, "{'threadId':'t'}"), "z,y,b,a of 4");
  assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST ",'perPage':3,'includeTotal':false}"), "a,b,y of 4+");
}

static void hinted_messages_are_scoped_by_resource_too(void **state) {
  store *s = *state;
  kv_lists_show(kv_now());
  save(s, "{'id':'a','threadId':'t','resourceId':'u1','role':'user','createdAt':'2026','content':''},"
          "{'id':'b','threadId':'t','resourceId':'u2','role':'user','createdAt':'2026','content':''},"
          "{'id':'c','threadId':'t','role':'user','createdAt':'2026','content':''}");
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':'u2'}"), "b of 1");
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b,c of 3");
}

static void deleted_messages_are_not_listed_while_lists_show_them(void **state) {
  store *s = *state;
  save(s, json("%s,%s,%s,%s", message("a", "t", 1), message("b", "t", 2), message("c", "t", 3), message("d", "t", 4)));
  kv_lists_show(kv_now());
  (void)result_of(s, "deleteMessages", "{'messageIds':['b','d']}");
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,c of 2");
  assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST ",'perPage':2,'includeTotal':false}"), "c,a of 2");
  assert_string_equal(listed(s, "{'threadId':'t','perPage':1,'page':1}"), "c of 3+"); /* d was not looked at */
}

static void page_is_full_although_its_first_entries_are_gone(void **state) {
  store *s = *state;
  const char *ids = "'m59'";
  for (int i = 0; i < 60; i++) {
    save(s, message(json("m%02d", i), "t", i));
    ids = i < 20 || i == 59 ? ids : json("%s,'m%02d'", ids, i);
  }
  kv_clock_set(kv_clock_last() + 10 * MINUTE); /* out of the hint */
  kv_lists_show(kv_now());
  (void)result_of(s, "deleteMessages", json("{'messageIds':[%s]}", ids));
  assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST ",'perPage':3,'includeTotal':false}"),
                      "m19,m18,m17 of 20+");
}

static void deleted_thread_is_empty_while_lists_show_its_messages(void **state) {
  store *s = *state;
  save(s, json("%s,%s", message("a", "t", 1), message("b", "t", 2)));
  kv_lists_show(kv_now());
  (void)result_of(s, "deleteThread", "{'threadId':'t'}");
  assert_string_equal(listed(s, "{'threadId':'t'}"), " of 0");
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
}

static void thread_is_deleted_with_messages_that_lists_do_not_show_yet(void **state) {
  store *s = *state;
  kv_lists_show(kv_now());
  save(s, json("%s,%s", message("a", "t", 1), message("b", "t", 2)));
  (void)result_of(s, "deleteThread", "{'threadId':'t'}");
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
  assert_int_equal(kv_key_count(NS_THREADS), 1); /* the tombstone */
}

/* The stale writer does not know that the message is there and counts it as new. */
static void message_saved_again_by_a_stale_writer_is_listed_once(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  save(s, json("%s,%s", message("a", "t", 1), message("b", "t", 2)));
  kv_lists_show(kv_now());
  kv_gets_show(before);
  save(s, message("a", "t", 1));
  kv_gets_show(KV_PRESENT);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b of 2");
  kv_lists_show(KV_PRESENT);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b of 2");
}

static void message_deleted_and_saved_again_is_listed_once(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  kv_lists_show(kv_now());
  (void)result_of(s, "deleteMessages", "{'messageIds':['a']}");
  save(s, message("a", "t", 1));
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a of 1");
}

static void moved_message_is_listed_once_while_lists_lag(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  kv_lists_show(kv_now());
  save(s, message("a", "t", 9));
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a of 1");
  save(s, message("a", "t2", 9));
  assert_string_equal(listed(s, "{'threadId':'t'}"), " of 0");
  assert_string_equal(listed(s, "{'threadId':'t2'}"), "a of 1");
}

/* What counts is when the message came to its place, not when it was first saved. */
static void message_that_moved_stays_in_the_hint_when_more_are_saved(void **state) {
  store *s = *state;
  save(s, message("old", "t1", 1));
  kv_clock_set(kv_clock_last() + 10 * MINUTE);
  kv_lists_show(kv_now());
  save(s, message("old", "t2", 1));
  save(s, message("new", "t2", 2));
  assert_string_equal(listed(s, "{'threadId':'t2'}"), "old,new of 2");
}

static void two_writers_at_once_lose_no_message(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  save(s, json("%s,%s", message("a", "t", 1), message("b", "t", 3)));
  kv_gets_show(before); /* the second writer has seen nothing of the first */
  save(s, json("%s,%s", message("c", "t", 2), message("d", "t", 4)));
  kv_gets_show(KV_PRESENT);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,c,b,d of 4");
}

/* The hint is never needed for correctness: without it, messages come when the list shows them. */
static void lost_hint_only_delays(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  save(s, message("a", "t", 1));
  kv_gets_show(before);
  save(s, message("b", "t", 2));
  kv_gets_show(KV_PRESENT);
  kv_lists_show(before);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "b of 1");
  kv_lists_show(KV_PRESENT);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b of 2");
}

static void hint_without_a_thread_makes_none(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  assert_result(s, "getThreadById", "{'threadId':'t'}", "null");
  assert_error(s, "updateThread", "{'id':'t'}", "NOT_FOUND", NULL);
}

static void pages_that_come_short_or_empty_change_no_answer(void **state) {
  store *s = *state;
  static const uint32_t sizes[] = {1, 3, 7, 1000};
  for (int i = 0; i < 40; i++) {
    save(s, message(json("m%02d", i), "t", i / 2));
  }
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    kv_pages_hold(sizes[i]);
    kv_pages_empty_first(i % 2 == 0);
    assert_string_equal(listed(s, "{'threadId':'t'," NEWEST_FIRST ",'perPage':3,'includeTotal':false}"),
                        "m39,m38,m37 of 40+");
    assert_string_equal(listed(s, "{'threadId':'t','perPage':2,'page':2}"), "m04,m05 of 40+");
  }
}

static void stale_thread_read_never_resurrects_a_deleted_message(void **state) {
  store *s = *state;
  save(s, json("%s,%s", message("a", "t", 1), message("b", "t", 2)));
  kv_moment before = kv_now();
  (void)result_of(s, "deleteMessages", "{'messageIds':['a']}");
  kv_gets_show(before); /* a writer that still sees the old hint */
  save(s, message("c", "t", 3));
  kv_gets_show(KV_PRESENT);
  assert_string_equal(listed(s, "{'threadId':'t'}"), "b,c of 2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(newest_messages_are_found_while_lists_do_not_show_them),
      STORE_TEST(messages_of_one_time_are_in_order_while_lists_lag),
      STORE_TEST(hinted_messages_are_scoped_by_resource_too),
      STORE_TEST(deleted_messages_are_not_listed_while_lists_show_them),
      STORE_TEST(page_is_full_although_its_first_entries_are_gone),
      STORE_TEST(deleted_thread_is_empty_while_lists_show_its_messages),
      STORE_TEST(thread_is_deleted_with_messages_that_lists_do_not_show_yet),
      STORE_TEST(message_saved_again_by_a_stale_writer_is_listed_once),
      STORE_TEST(message_deleted_and_saved_again_is_listed_once),
      STORE_TEST(moved_message_is_listed_once_while_lists_lag),
      STORE_TEST(message_that_moved_stays_in_the_hint_when_more_are_saved),
      STORE_TEST(two_writers_at_once_lose_no_message),
      STORE_TEST(lost_hint_only_delays),
      STORE_TEST(hint_without_a_thread_makes_none),
      STORE_TEST(pages_that_come_short_or_empty_change_no_answer),
      STORE_TEST(stale_thread_read_never_resurrects_a_deleted_message),
  };
  return cmocka_run_group_tests_name("staleness", tests, NULL, NULL);
}

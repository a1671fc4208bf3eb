/* What is deleted stays deleted: for those whose lists and gets are from before, for clocks that disagree, and for messages that
 * had moved. */
#include <string.h>

#include "support.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static const char *message(const char *id, const char *thread, int second) {
  return json("{'id':'%s','threadId':'%s','role':'user','createdAt':'2026-01-01T00:00:%02d.000Z','content':'%s'}", id,
              thread, second, id);
}

static void save(store *s, const char *messages) {
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
}

static void delete_thread(store *s) { (void)result_of(s, "deleteThread", "{'threadId':'t'}"); }

static const char *listed(store *s) { return list_of(s, "listMessages", "messages", "{'threadId':'t'}"); }

static const char *found(store *s, const char *ids) {
  return ids_of(mk_json_get(result_of(s, "listMessagesById", json("{'messageIds':[%s]}", ids)), "messages"));
}

/* Lists and the hint are from before the last messages, so that the deletion misses them. */
static void delete_what_is_seen(store *s) {
  save(s, message("a", "t", 1));
  kv_moment before = kv_now();
  save(s, json("%s,%s", message("b", "t", 2), message("c", "t", 3)));
  kv_lists_show(before);
  kv_gets_show(before);
  delete_thread(s);
  kv_lists_show(KV_PRESENT);
  kv_gets_show(KV_PRESENT);
}

static void what_a_deletion_did_not_see_is_hidden(void **state) {
  store *s = *state;
  delete_what_is_seen(s);
  assert_true(mk_str_is_present(kv_value(NS_MESSAGES, "messages:t:08638232774398000:b")));
  assert_string_equal(listed(s), " of 0");
  assert_string_equal(found(s, "'a','b','c'"), "");
  assert_result(s, "updateMessages", "{'messages':[{'id':'b','role':'tool'}]}", "[]");
  assert_string_equal(listed(s), " of 0");
}

static void what_is_saved_after_a_deletion_is_seen(void **state) {
  store *s = *state;
  delete_what_is_seen(s);
  save(s, json("%s,%s", message("b", "t", 2), message("d", "t", 4)));
  assert_string_equal(listed(s), "b,d of 2");
  assert_string_equal(found(s, "'a','b','c','d'"), "b,d");
}

/* The deletion's clock is ahead: its mark is of a time that the writer's clock has not reached. */
static void what_a_slower_clock_saves_after_it_is_seen(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  delete_thread(s);
  kv_seed(NS_THREADS, "metadata:thread_marks:t:deleted", json("{'_writtenAt':%lld}", (long long)kv_clock_last() + 5000),
          json("{'at':%lld}", (long long)kv_clock_last() + 5000));
  save(s, message("b", "t", 2));
  assert_string_equal(listed(s), "b of 1");
  assert_string_equal(found(s, "'b'"), "b");
}

static void the_same_deletion_an_hour_later_deletes_what_was_left(void **state) {
  store *s = *state;
  delete_what_is_seen(s);
  kv_clock_set(kv_clock_last() + HOUR / 2);
  delete_thread(s);
  assert_true(mk_str_is_present(kv_value(NS_THREADS, "metadata:thread_marks:t:deleted")));
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
  kv_clock_set(kv_clock_last() + HOUR + MINUTE);
  delete_thread(s);
  kv_clock_set(kv_clock_last() + HOUR + MINUTE);
  assert_int_equal(kv_key_count(NS_THREADS), 0); /* KV has dropped the mark */
}

/* The deleter believes the message to be where it was before it moved. */
static void a_message_that_moved_before_it_was_deleted_is_hidden(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  kv_moment before = kv_now();
  (void)result_of(s, "updateMessages", "{'messages':[{'id':'a','createdAt':'2026-01-01T00:00:09.000Z'}]}");
  kv_gets_show(before);
  (void)result_of(s, "deleteMessages", "{'messageIds':['a']}");
  kv_gets_show(KV_PRESENT);
  assert_string_equal(listed(s), " of 0");
  assert_string_equal(found(s, "'a'"), "");
  kv_clock_set(kv_clock_last() + 2 * HOUR); /* the tombstone is gone; the place is settled */
  assert_string_equal(listed(s), " of 0");
}

static void a_message_saved_after_its_deletion_is_seen_where_it_is(void **state) {
  store *s = *state;
  save(s, message("a", "t", 1));
  (void)result_of(s, "updateMessages", "{'messages':[{'id':'a','createdAt':'2026-01-01T00:00:09.000Z'}]}");
  (void)result_of(s, "deleteMessages", "{'messageIds':['a']}");
  save(s, message("a", "t", 9));
  assert_string_equal(listed(s), "a of 1");
}

/* More are gone of the newest ones than a page has slack for: what was only counted is listed after all. */
static void a_page_whose_messages_turn_out_to_be_gone_is_filled(void **state) {
  store *s = *state;
  const char *ids = "'m29'";
  for (int i = 0; i < 30; i++) {
    save(s, message(json("m%02d", i), "t", i));
    ids = i < 5 || i == 29 ? ids : json("%s,'m%02d'", ids, i);
  }
  kv_clock_set(kv_clock_last() + 10 * MINUTE);
  kv_lists_show(kv_now());
  kv_pages_hold(4);
  (void)result_of(s, "deleteMessages", json("{'messageIds':[%s]}", ids));
  assert_string_equal(
      ids_of(mk_json_get(result_of(s, "listMessages", "{'threadId':'t','perPage':3,'orderBy':{'direction':'DESC'}}"),
                         "messages")),
      "m04,m03,m02");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(what_a_deletion_did_not_see_is_hidden),
      STORE_TEST(what_is_saved_after_a_deletion_is_seen),
      STORE_TEST(what_a_slower_clock_saves_after_it_is_seen),
      STORE_TEST(the_same_deletion_an_hour_later_deletes_what_was_left),
      STORE_TEST(a_message_that_moved_before_it_was_deleted_is_hidden),
      STORE_TEST(a_message_saved_after_its_deletion_is_seen_where_it_is),
      STORE_TEST(a_page_whose_messages_turn_out_to_be_gone_is_filled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

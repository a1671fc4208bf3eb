/* What updates gave of a message since it was saved: laid over it by every reader, over with the next save, gone with the
 * message; and never more than was given. */
#include <string.h>

#include "message/activity.h"
#include "support.h"

#define MESSAGE(id, content) \
  "{'id':'" id \
  "','threadId':'t','resourceId':'u','role':'user','createdAt':'2026-01-01T00:00:01.000Z','content':" content "}"
#define FAMILY(id, family) "metadata:message_families:" id ":" family

static void save(store *s, const char *messages) {
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
}

static void update(store *s, const char *messages) {
  (void)result_of(s, "updateMessages", json("{'messages':[%s]}", messages));
}

static int updates_setup(void **state) {
  int status = store_setup(state);
  save(*state, MESSAGE("m", "{'text':'old','n':1,'metadata':{'a':1,'b':1}}"));
  return status;
}
#define UPDATE_TEST(test) cmocka_unit_test_setup_teardown(test, updates_setup, store_teardown)

static mk_str first(mk_str array) {
  mk_member item = {0};
  mk_cursor items = mk_json_walk(array);
  assert_true(mk_json_next(&items, &item));
  return item.value;
}

/* A column of message m, as a listing by thread shows it; by id must show the same. */
static char *column(store *s, const char *name) {
  mk_str listed = mk_json_get(result_of(s, "listMessages", "{'threadId':'t'}"), "messages");
  char *value = keep(mk_json_get(first(listed), name));
  mk_str found = mk_json_get(result_of(s, "listMessagesById", "{'messageIds':['m']}"), "messages");
  assert_text(mk_json_get(first(found), name), value);
  return value;
}

static void assert_content(store *s, const char *expected) { assert_json(mk_str_of(column(s, "content")), expected); }

static void content_is_laid_over_member_by_member(void **state) {
  store *s = *state;
  char *value = keep(kv_value(NS_MESSAGES, "messages:t:08638232774399000:m"));
  update(s, "{'id':'m','content':{'text':'new'}}");
  assert_content(s, "{'text':'new','n':1,'metadata':{'a':1,'b':1}}");
  update(s, "{'id':'m','content':{'metadata':{'b':2,'c':3}}}");
  assert_content(s, "{'text':'new','n':1,'metadata':{'a':1,'b':2,'c':3}}");
  update(s, "{'id':'m','content':{'n':2,'metadata':{'a':9}}}");
  assert_content(s, "{'text':'new','n':2,'metadata':{'a':9,'b':2,'c':3}}");
  assert_text(kv_value(NS_MESSAGES, "messages:t:08638232774399000:m"), value); /* the message itself stays as saved */
}

static void answer_of_an_update_is_what_is_then_shown(void **state) {
  store *s = *state;
  mk_str updated = result_of(
      s, "updateMessages", "{'messages':[{'id':'m','role':'assistant','content':{'text':'new','metadata':{'b':2}}}]}");
  const char *content = keep(mk_json_get(first(updated), "content"));
  assert_content(s, content);
  assert_json(mk_str_of(content), "{'text':'new','n':1,'metadata':{'a':1,'b':2}}");
  assert_json(mk_str_of(column(s, "role")), "'assistant'");
}

static void content_that_is_no_object_replaces_all(void **state) {
  store *s = *state;
  update(s, "{'id':'m','content':{'metadata':{'c':3}}}");
  update(s, "{'id':'m','content':['all']}");
  assert_content(s, "['all']");
  update(s, "{'id':'m','content':{'metadata':{'d':4}}}");
  assert_content(s, "{'metadata':{'d':4}}");
  update(s, "{'id':'m','content':{'metadata':{'e':5}}}");
  assert_content(s, "{'metadata':{'d':4,'e':5}}");
}

static void metadata_that_an_older_store_kept_with_the_content_is_over_what_is_older(void **state) {
  store *s = *state;
  update(s, "{'id':'m','content':{'text':'new'}}");
  kv_seed(NS_MESSAGES, FAMILY("m", "metadata"), json("{'_writtenAt':1764000000100,'metadata':{'a':2}}"), NULL);
  assert_content(s, "{'text':'new','n':1,'metadata':{'a':2,'b':1}}");
  kv_seed(NS_MESSAGES, FAMILY("m", "content"), json("{'_writtenAt':1764000000200,'content':{'metadata':{'a':3}}}"),
          NULL);
  assert_content(s, "{'text':'old','n':1,'metadata':{'a':3}}");
}

static void other_columns_are_set_and_removed(void **state) {
  store *s = *state;
  update(s, "{'id':'m','type':'v2'},{'id':'m','role':'assistant'}");
  assert_json(mk_str_of(column(s, "type")), "'v2'");
  assert_json(mk_str_of(column(s, "role")), "'assistant'");
  assert_content(s, "{'text':'old','n':1,'metadata':{'a':1,'b':1}}");
}

static void a_save_is_newer_than_what_was_updated(void **state) {
  store *s = *state;
  update(s, "{'id':'m','role':'assistant','content':{'text':'new','metadata':{'b':2}}}");
  save(s, MESSAGE("m", "{'text':'saved'}"));
  assert_content(s, "{'text':'saved'}");
  assert_json(mk_str_of(column(s, "role")), "'user'");
  update(s, "{'id':'m','content':{'n':3}}"); /* what was given before the save does not come with it */
  assert_content(s, "{'text':'saved','n':3}");
}

static void a_stale_update_brings_nothing_back(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  update(s, "{'id':'m','content':{'text':'new'}}");
  kv_gets_show(before);
  update(s, "{'id':'m','content':{'metadata':{'b':2}}}");
  update(s, "{'id':'m','role':'assistant'}");
  kv_gets_show(KV_PRESENT);
  assert_content(s, "{'text':'new','n':1,'metadata':{'a':1,'b':2}}");
  assert_json(mk_str_of(column(s, "role")), "'assistant'");
}

static void an_updated_message_that_moves_is_the_same_there(void **state) {
  store *s = *state;
  update(s, "{'id':'m','content':{'text':'new','metadata':{'b':2}}}");
  update(s, "{'id':'m','threadId':'t2','createdAt':'2026-01-01T00:00:09.000Z'}");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t'}"), " of 0");
  mk_str moved = mk_json_get(result_of(s, "listMessages", "{'threadId':'t2'}"), "messages");
  assert_json(mk_json_get(first(moved), "content"), "{'text':'new','n':1,'metadata':{'a':1,'b':2}}");
}

static void families_go_with_the_message(void **state) {
  store *s = *state;
  update(s, "{'id':'m','role':'assistant','content':{'text':'new','metadata':{'b':2}}}");
  assert_true(mk_str_is_present(kv_value(NS_MESSAGES, FAMILY("m", "content"))));
  (void)result_of(s, "deleteMessages", "{'messageIds':['m']}");
  assert_null(strstr(kv_dump(NS_MESSAGES), "message_families"));
  save(s, MESSAGE("m", "{'text':'again'}"));
  update(s, "{'id':'m','role':'assistant','content':{'text':'new','metadata':{'b':2}}}");
  (void)result_of(s, "deleteThread", "{'threadId':'t'}");
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
}

static void a_copy_is_of_what_is_shown(void **state) {
  store *s = *state;
  (void)result_of(s, "saveThread",
                  "{'thread':{'id':'t','resourceId':'u','title':'','createdAt':'2026','updatedAt':'2026'}}");
  update(s, "{'id':'m','content':{'text':'new','metadata':{'b':2}}}");
  (void)result_of(s, "copyThread", "{'sourceThreadId':'t','newThreadId':'c'}");
  mk_str copied = mk_json_get(result_of(s, "listMessages", "{'threadId':'c'}"), "messages");
  assert_json(mk_json_get(first(copied), "content"), "{'text':'new','n':1,'metadata':{'a':1,'b':2}}");
  assert_null(strstr(kv_dump(NS_MESSAGES), "message_families:c"));
}

static void filters_see_what_was_updated(void **state) {
  store *s = *state;
  update(s, "{'id':'m','content':{'metadata':{'b':2}}}");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t','filter':{'metadata':{'b':2}}}"),
                      "m of 1");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t','filter':{'metadata':{'b':1}}}"),
                      " of 0");
}

static void a_message_that_changes_its_owner_is_listed_by_the_new_one(void **state) {
  store *s = *state;
  update(s, "{'id':'m','resourceId':'v'}");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t','resourceId':'u'}"), " of 0");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t','resourceId':'v'}"), "m of 1");
  assert_string_equal(list_of(s, "listMessagesByResourceId", "messages", "{'resourceId':'v'}"), "m of 1");
  assert_string_equal(list_of(s, "listMessagesByResourceId", "messages", "{'resourceId':'u'}"), " of 0");
}

/* Where one message was given to another, only reading tells whose the others are: a page was filled by as many reads
 * as it has messages, each of a page's size. */
static void a_page_of_one_owner_takes_few_rounds_among_many_messages_of_another(void **state) {
  store *s = *state;
  for (int i = 0; i < 60; i++) {
    save(s, json(MESSAGE("n%02d", "{'text':'another'}"), i));
  }
  update(s, "{'id':'m','resourceId':'v'}");
  kv_count_reset();
  assert_string_equal(list_of(s, "listMessages", "messages",
                              "{'threadId':'t','resourceId':'v','perPage':1,'includeTotal':false,"
                              "'orderBy':{'field':'createdAt','direction':'DESC'}}"),
                      "m of 1");
  assert_in_range(kv_count().rounds, 1, 8);
}

/* Who does not see yet that a message moved marks the thread that it left: readers of the other one did not look for
 * what the update gave, and a deletion left it behind. What is given of a message that moved is always looked for. */
static void an_update_by_one_who_has_not_seen_the_move_is_shown_all_the_same(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  update(s, "{'id':'m','threadId':'t2'}");
  kv_gets_show(before);
  update(s, "{'id':'m','resourceId':'v','content':{'text':'new'}}");
  kv_gets_show(KV_PRESENT);
  mk_str moved = mk_json_get(result_of(s, "listMessages", "{'threadId':'t2','resourceId':'v'}"), "messages");
  assert_json(mk_json_get(mk_json_get(first(moved), "content"), "text"), "'new'");
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t2','resourceId':'u'}"), " of 0");
  mk_str found = mk_json_get(result_of(s, "listMessagesById", "{'messageIds':['m']}"), "messages");
  assert_json(mk_json_get(mk_json_get(first(found), "content"), "text"), "'new'");
  (void)result_of(s, "deleteMessages", "{'messageIds':['m']}");
  assert_null(strstr(kv_dump(NS_MESSAGES), "message_families"));
}

static void what_was_updated_before_its_thread_was_known_goes_with_the_thread(void **state) {
  store *s = *state;
  kv_moment before = kv_now();
  update(s, "{'id':'m','threadId':'t2'}");
  kv_gets_show(before);
  update(s, "{'id':'m','role':'tool'}");
  kv_gets_show(KV_PRESENT);
  (void)result_of(s, "deleteThread", "{'threadId':'t2'}");
  assert_null(strstr(kv_dump(NS_MESSAGES), "message_families"));
}

/* Its family was written in one round with the marks: where a mark failed, the message had its new owner by
 * id and its old one in listings, until another's was changed. The hint covered that for minutes. */
static void an_update_that_stops_halfway_shows_everywhere_or_nowhere(void **state) {
  store *s = *state;
  bool has_failed = true;
  for (int nth = 1; has_failed; nth++) {
    kv_reset();
    save(s, MESSAGE("m", "{'text':'old'}"));
    kv_clock_set(kv_clock_last() + MK_RECENT_MS);
    save(s, MESSAGE("n", "{'text':'later'}"));
    kv_fail((kv_faults){.nth = nth});
    (void)store_run(s, "updateMessages", JSON("{'messages':[{'id':'m','resourceId':'v','content':{'text':'new'}}]}"));
    has_failed = kv_has_failed();
    kv_fail((kv_faults){0});
    (void)column(s, "content");
    bool is_v = strcmp(column(s, "resourceId"), "\"v\"") == 0;
    const char *listed = list_of(s, "listMessages", "messages", "{'threadId':'t','resourceId':'v'}");
    assert_string_equal(listed, is_v ? "m of 1" : " of 0");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      UPDATE_TEST(content_is_laid_over_member_by_member),
      UPDATE_TEST(answer_of_an_update_is_what_is_then_shown),
      UPDATE_TEST(content_that_is_no_object_replaces_all),
      UPDATE_TEST(metadata_that_an_older_store_kept_with_the_content_is_over_what_is_older),
      UPDATE_TEST(other_columns_are_set_and_removed),
      UPDATE_TEST(a_save_is_newer_than_what_was_updated),
      UPDATE_TEST(a_stale_update_brings_nothing_back),
      UPDATE_TEST(an_updated_message_that_moves_is_the_same_there),
      UPDATE_TEST(families_go_with_the_message),
      UPDATE_TEST(a_copy_is_of_what_is_shown),
      UPDATE_TEST(filters_see_what_was_updated),
      UPDATE_TEST(a_message_that_changes_its_owner_is_listed_by_the_new_one),
      UPDATE_TEST(a_page_of_one_owner_takes_few_rounds_among_many_messages_of_another),
      UPDATE_TEST(an_update_by_one_who_has_not_seen_the_move_is_shown_all_the_same),
      UPDATE_TEST(what_was_updated_before_its_thread_was_known_goes_with_the_thread),
      UPDATE_TEST(an_update_that_stops_halfway_shows_everywhere_or_nowhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

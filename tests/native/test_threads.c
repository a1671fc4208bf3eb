/* The operations on threads, over the KV in memory. */
#include <string.h>

#include "support.h"

#define T1 \
  "{'id':'t1','resourceId':'u1','title':'One','metadata':{'a':1},'createdAt':'2026-01-01T00:00:00.000Z'," \
  "'updatedAt':'2026-01-02T00:00:00.000Z'}"
#define GET_T1 "{'threadId':'t1'}"

/* A thread with nothing but what it must have, made `minute` minutes after midnight. */
static const char *thread(const char *id, const char *resource, int minute) {
  const char *at = json("2026-01-01T%02d:%02d:00.000Z", minute / 60, minute % 60);
  return json("{'id':'%s','resourceId':'%s','createdAt':'%s','updatedAt':'%s'}", id, resource, at, at);
}

static void save(store *s, const char *record) { (void)result_of(s, "saveThread", json("{'thread':%s}", record)); }

static const char *listed(store *s, const char *args) { return list_of(s, "listThreads", "threads", args); }

static void saved_thread_is_one_record_and_one_index_entry(void **state) {
  store *s = *state;
  assert_result(s, "saveThread", "{'thread':" T1 "}", T1);
  assert_dump(NS_THREADS,
              "metadata:threads_by_resource:u1:08638232774400000:t1 = {'_writtenAt':1764000000001}\n"
              "threads:t1 = {'_writtenAt':1764000000001,'id':'t1','resourceId':'u1','title':'One','metadata':{'a':1},"
              "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z'} | "
              "{'resourceId':'u1','createdAt':'2026-01-01T00:00:00.000Z'}\n");
  assert_dump(NS_MESSAGES, "");
}

/* Of thread t1 nothing is left but the mark that it was deleted. */
static void assert_tombstone_alone(void) {
  assert_int_equal(kv_key_count(NS_THREADS), 1);
  assert_true(mk_str_is_present(kv_value(NS_THREADS, "metadata:thread_marks:t1:deleted")));
}

static void saved_thread_comes_back_to_the_letter(void **state) {
  store *s = *state;
  static const char *const threads[] = {
      T1,
      "{'id':'t1','resourceId':'','createdAt':'-000001-01-01T00:00:00.000Z','updatedAt':'+275760-09-13T00:00:00.000Z'}",
      "{'id':'t1','resourceId':'u','title':'','metadata':{},'createdAt':'2026-01-01T00:00:00.000Z',"
      "'updatedAt':'2026-01-01T00:00:00.000Z','later':{'x':null}}",
      "{'id':'t1','resourceId':'u','metadata':{'n':123456789012345678,'e':1e400,'f':1.50,'u':'a\\u0000\\ud800',"
      "'__proto__':1},'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-01T00:00:00.000Z'}",
  };
  for (size_t i = 0; i < COUNT_OF(threads); i++) {
    save(s, threads[i]);
    assert_result(s, "getThreadById", GET_T1, threads[i]);
  }
}

static void thread_is_got_by_its_resource_only(void **state) {
  store *s = *state;
  save(s, T1);
  assert_result(s, "getThreadById", "{'threadId':'t1','resourceId':'u1'}", T1);
  assert_result(s, "getThreadById", "{'threadId':'t1','resourceId':'u2'}", "null");
  assert_result(s, "getThreadById", "{'threadId':'t1','resourceId':''}", "null");
  assert_result(s, "getThreadById", "{'threadId':'t'}", "null");
  assert_result(s, "getThreadById", "{'threadId':'t1:title'}", "null");
}

static void bad_threads_are_refused_with_nothing_written(void **state) {
  store *s = *state;
  static const char *const args[] = {"{}",
                                     "{'thread':null}",
                                     "{'thread':{}}",
                                     "{'thread':{'id':'t1'}}",
                                     "{'thread':{'id':'','resourceId':'u','createdAt':'2026','updatedAt':'2026'}}",
                                     "{'thread':{'id':'t','resourceId':'u','createdAt':'x','updatedAt':'2026'}}"};
  for (size_t i = 0; i < COUNT_OF(args); i++) {
    assert_error(s, "saveThread", args[i], "INVALID_ARGUMENT", NULL);
  }
  assert_error(s, "getThreadById", "{}", "INVALID_ARGUMENT", "threadId must be a non-empty string");
  assert_error(s, "updateThread", "{'id':'t','title':5}", "INVALID_ARGUMENT", "title must be a string");
  assert_error(s, "updateThread", "{'id':'t','metadata':[]}", "INVALID_ARGUMENT", "metadata must be an object");
  assert_error(s, "deleteThread", "{'threadId':''}", "INVALID_ARGUMENT", "threadId must be a non-empty string");
  assert_int_equal(kv_count_calls(), 0);
}

static void ids_too_long_for_a_key_are_refused_with_nothing_written(void **state) {
  store *s = *state;
  char id[600] = "";
  memset(id, 'x', 463);
  save(s, thread(id, "u", 0));
  memset(id, 'x', 505);
  assert_error(s, "saveThread", json("{'thread':%s}", thread(id, "u", 0)), "KEY_TOO_LONG", NULL);
  assert_error(s, "getThreadById", json("{'threadId':'%s'}", id), "KEY_TOO_LONG", NULL);
  assert_error(s, "deleteThread", json("{'threadId':'%s'}", id), "KEY_TOO_LONG", NULL);
  assert_error(s, "saveThread", json("{'thread':%s}", thread("t", id, 0)), "KEY_TOO_LONG", NULL);
  assert_int_equal(kv_count().calls[KV_PUT], 2);
}

static void saving_again_replaces_the_whole_thread_and_what_was_updated(void **state) {
  store *s = *state;
  save(s, T1);
  (void)result_of(s, "updateThread", "{'id':'t1','title':'Two','metadata':{'b':2}}");
  save(s, thread("t1", "u1", 5));
  assert_result(s, "getThreadById", GET_T1, thread("t1", "u1", 5));
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), "t1 of 1");
}

static void thread_that_changes_its_resource_is_listed_there_only(void **state) {
  store *s = *state;
  save(s, thread("t1", "u1", 0));
  save(s, thread("t1", "u2", 0));
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), " of 0");
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u2'}}"), "t1 of 1");
  assert_dump(NS_THREADS, "metadata:threads_by_resource:u2:08638232774400000:t1 = {'_writtenAt':1764000000002}\n"
                          "threads:t1 = {'_writtenAt':1764000000002,'id':'t1','resourceId':'u2','createdAt':"
                          "'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-01T00:00:00.000Z',"
                          "'_movedFrom':'metadata:threads_by_resource:u1:08638232774400000:t1'} | "
                          "{'resourceId':'u2','createdAt':'2026-01-01T00:00:00.000Z'}\n");
  assert_result(s, "getThreadById", GET_T1, thread("t1", "u2", 0));
  (void)result_of(s, "deleteThread", GET_T1);
  assert_tombstone_alone();
}

static void update_writes_only_the_families_it_was_given(void **state) {
  store *s = *state;
  save(s, T1);
  assert_result(s, "updateThread", "{'id':'t1','title':'Two'}",
                "{'id':'t1','resourceId':'u1','title':'Two','metadata':{'a':1},'createdAt':'2026-01-01T00:00:00.000Z',"
                "'updatedAt':'2026-01-02T00:00:00.001Z'}");
  assert_json(kv_value(NS_THREADS, "metadata:threads:t1:title"), "{'_writtenAt':1764000000002,'title':'Two'}");
  assert_json(kv_value(NS_THREADS, "metadata:threads:t1:activity"),
              "{'_writtenAt':1764000000002,'updatedAt':'2026-01-02T00:00:00.001Z','_patchedAt':1764000000002}");
  assert_false(mk_str_is_present(kv_value(NS_THREADS, "metadata:threads:t1:metadata")));
  (void)result_of(s, "updateThread", "{'id':'t1','metadata':{'b':2}}");
  assert_json(kv_value(NS_THREADS, "metadata:threads:t1:metadata"),
              "{'_writtenAt':1764000000003,'metadata':{'a':1,'b':2}}");
}

static void update_answers_what_a_get_then_gives(void **state) {
  store *s = *state;
  static const char *const updates[] = {"{'id':'t1'}",
                                        "{'id':'t1','title':''}",
                                        "{'id':'t1','metadata':{}}",
                                        "{'id':'t1','title':null,'metadata':null}",
                                        "{'id':'t1','metadata':{'a':{'x':1},'c':[null]}}",
                                        "{'id':'t1','title':'T','metadata':{'a':'\\ud800\\u0000','n':1.50}}"};
  for (size_t i = 0; i < COUNT_OF(updates); i++) {
    save(s, i % 2 == 0 ? T1 : thread("t1", "u1", 0));
    char *updated = result_copy(s, "updateThread", updates[i]);
    assert_text(result_of(s, "getThreadById", GET_T1), updated);
  }
}

static void update_without_a_title_leaves_none(void **state) {
  store *s = *state;
  save(s, thread("t1", "u1", 0));
  mk_str updated = result_of(s, "updateThread", "{'id':'t1'}");
  assert_false(mk_str_is_present(mk_json_get(updated, "title")));
  assert_text(mk_json_get(updated, "metadata"), "{}");
}

static void update_moves_the_time_forward_even_when_the_clock_lags(void **state) {
  store *s = *state;
  save(s, "{'id':'t1','resourceId':'u','createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2030-01-01T00:00:00.000Z'}");
  assert_text(mk_json_get(result_of(s, "updateThread", "{'id':'t1'}"), "updatedAt"), "\"2030-01-01T00:00:00.001Z\"");
  assert_text(mk_json_get(result_of(s, "updateThread", "{'id':'t1'}"), "updatedAt"), "\"2030-01-01T00:00:00.002Z\"");
}

static void thread_with_the_last_of_all_dates_stays_readable_after_an_update(void **state) {
  store *s = *state;
  save(s, "{'id':'t1','resourceId':'u','createdAt':'2026','updatedAt':'+275760-09-13T00:00:00.000Z'}");
  (void)result_of(s, "updateThread", "{'id':'t1','title':'x'}");
  assert_text(mk_json_get(result_of(s, "getThreadById", GET_T1), "title"), "\"x\"");
}

static void update_of_no_thread_is_not_found_and_writes_nothing(void **state) {
  store *s = *state;
  assert_error(s, "updateThread", "{'id':'t1','title':'x'}", "NOT_FOUND", "Thread with id t1 not found");
  assert_int_equal(kv_key_count(NS_THREADS), 0);
}

/* A writer whose reads are a minute old puts nothing back that it was not given. */
static void stale_update_keeps_what_another_writer_changed_meanwhile(void **state) {
  store *s = *state;
  save(s, T1);
  kv_moment before = kv_now();
  (void)result_of(s, "updateThread", "{'id':'t1','metadata':{'b':2}}");
  kv_gets_show(before);
  (void)result_of(s, "updateThread", "{'id':'t1','title':'Stale'}");
  kv_gets_show(KV_PRESENT);
  mk_str now = result_of(s, "getThreadById", GET_T1);
  assert_json(mk_json_get(now, "title"), "'Stale'");
  assert_json(mk_json_get(now, "metadata"), "{'a':1,'b':2}");
}

static void stale_bump_by_new_messages_keeps_title_and_metadata(void **state) {
  store *s = *state;
  save(s, T1);
  kv_moment before = kv_now();
  (void)result_of(s, "updateThread", "{'id':'t1','title':'New','metadata':{'b':2}}");
  kv_gets_show(before);
  (void)result_of(s, "saveMessages",
                  "{'messages':[{'id':'m','threadId':'t1','role':'user','createdAt':'2026','content':'x'}]}");
  kv_gets_show(KV_PRESENT);
  mk_str now = result_of(s, "getThreadById", GET_T1);
  assert_json(mk_json_get(now, "title"), "'New'");
  assert_json(mk_json_get(now, "metadata"), "{'a':1,'b':2}");
}

static void deleted_thread_leaves_no_key(void **state) {
  store *s = *state;
  save(s, T1);
  (void)result_of(s, "updateThread", "{'id':'t1','title':'Two','metadata':{'b':2}}");
  for (int i = 0; i < 30; i++) {
    (void)result_of(
        s, "saveMessages",
        json("{'messages':[{'id':'m%d','threadId':'t1','role':'user','createdAt':'2026','content':'x'}]}", i));
  }
  assert_result(s, "deleteThread", GET_T1, "null");
  assert_tombstone_alone();
  assert_dump(NS_MESSAGES, "");
  assert_result(s, "getThreadById", GET_T1, "null");
  assert_result(s, "deleteThread", GET_T1, "null");
}

static void deleting_touches_no_thread_whose_id_is_like_it(void **state) {
  store *s = *state;
  static const char *const ids[] = {"t1", "t", "t11", "t1:", "t1:title", "t1%3A", "T1", "t1:08638232774400000:m"};
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    save(s, thread(ids[i], "u1", 0));
    (void)result_of(
        s, "saveMessages",
        json("{'messages':[{'id':'m%zu','threadId':'%s','role':'user','createdAt':'2026','content':'x'}]}", i, ids[i]));
  }
  size_t threads = kv_key_count(NS_THREADS);
  size_t messages = kv_key_count(NS_MESSAGES);
  (void)result_of(s, "deleteThread", GET_T1);
  assert_int_equal(kv_key_count(NS_THREADS),
                   threads - 3 + 1); /* less the record, its entry and its activity, and a tombstone */
  assert_int_equal(kv_key_count(NS_MESSAGES), messages - 2);
  for (size_t i = 1; i < COUNT_OF(ids); i++) {
    mk_str found = result_of(s, "getThreadById", json("{'threadId':'%s'}", ids[i]));
    assert_json(mk_json_get(found, "id"), json("'%s'", ids[i]));
  }
}

static void orphaned_messages_are_deleted_without_a_thread(void **state) {
  store *s = *state;
  (void)result_of(s, "saveMessages",
                  "{'messages':[{'id':'m','threadId':'t1','role':'user','createdAt':'2026','content':'x'}]}");
  (void)result_of(s, "deleteThread", GET_T1);
  assert_tombstone_alone();
  assert_dump(NS_MESSAGES, "");
}

static void thread_of_thousands_of_messages_is_deleted_whole(void **state) {
  store *s = *state;
  save(s, T1);
  for (int i = 0; i < 2300; i++) {
    kv_seed(NS_MESSAGES, json("messages:t1:0863823277%07d:m%04d", i, i),
            json("{'_writtenAt':1,'id':'m%04d','threadId':'t1'}", i), json("{'savedAt':1,'seq':0}"));
    mk_date_text at = mk_date_format(MK_DATE_MS_MAX - 8638232770000000 - i);
    kv_seed(NS_MESSAGES, json("metadata:messages:m%04d", i),
            json("{'_writtenAt':1,'threadId':'t1','createdAt':'%s','savedAt':1,'seq':0}", at.data), NULL);
  }
  (void)result_of(s, "deleteThread", GET_T1);
  assert_tombstone_alone();
  assert_dump(NS_MESSAGES, "");
}

/* The index says so of an id that was moved away while the list still shows its old key. */
static void deleting_a_thread_keeps_messages_that_moved_away(void **state) {
  store *s = *state;
  (void)result_of(s, "saveMessages",
                  "{'messages':[{'id':'m','threadId':'t1','role':'user','createdAt':'2026','content':'x'}]}");
  kv_moment before = kv_now();
  (void)result_of(s, "saveMessages",
                  "{'messages':[{'id':'m','threadId':'t2','role':'user','createdAt':'2026','content':'y'}]}");
  kv_lists_show(before);
  (void)result_of(s, "deleteThread", GET_T1);
  kv_lists_show(KV_PRESENT);
  assert_json(mk_json_get(result_of(s, "listMessagesById", "{'messageIds':['m']}"), "messages"),
              "[{'id':'m','threadId':'t2','role':'user','createdAt':'2026-01-01T00:00:00.000Z','content':{'format':2,'"
              "content':'y','parts':[{'type':'text',"
              "'text':'y'}]},'type':'text'}]");
}

static void threads_of_a_resource_are_listed_newest_first(void **state) {
  store *s = *state;
  save(s, thread("b", "u1", 1));
  save(s, thread("c", "u1", 3));
  save(s, thread("a", "u1", 2));
  save(s, thread("x", "u2", 9));
  save(s, thread("y", "u1:", 9));
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), "c,a,b of 3");
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'},'orderBy':{'direction':'ASC'}}"), "b,a,c of 3");
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u'}}"), " of 0");
  assert_string_equal(listed(s, "{}"), "y,x,c,a,b of 5");
  assert_string_equal(listed(s, "{'filter':{'resourceId':''}}"), "y,x,c,a,b of 5");
  assert_string_equal(listed(s, "{'filter':{}}"), "y,x,c,a,b of 5");
}

static void threads_are_ordered_by_their_last_update(void **state) {
  store *s = *state;
  for (int i = 0; i < 4; i++) {
    save(s, thread(json("t%d", i), "u1", i));
  }
  kv_clock_set(1800000000000);
  (void)result_of(s, "updateThread", "{'id':'t1'}");
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'},'orderBy':{'field':'updatedAt'}}"), "t1,t3,t2,t0 of 4");
  assert_string_equal(listed(s, "{'orderBy':{'field':'updatedAt','direction':'ASC'},'perPage':2}"), "t0,t2 of 4+");
}

static void pages_of_threads_neither_repeat_nor_skip(void **state) {
  store *s = *state;
  for (int i = 0; i < 25; i++) {
    save(s, thread(json("t%02d", i), "u1", i / 5)); /* five of each time */
  }
  static const char *const filters[] = {"'filter':{'resourceId':'u1'}", "'filter':{}"};
  for (size_t i = 0; i < COUNT_OF(filters); i++) {
    const char *all = listed(s, json("{%s,'perPage':false}", filters[i]));
    const char *pages = "";
    for (int page = 0; page < 4; page++) {
      const char *ids = listed(s, json("{%s,'perPage':7,'page':%d}", filters[i], page));
      const char *end = strstr(ids, page < 3 ? " of 25+" : " of 25");
      assert_non_null(end);
      pages = json("%s%s%.*s", pages, page > 0 ? "," : "", (int)(end - ids), ids);
    }
    assert_string_equal(json("%s of 25", pages), all);
    assert_string_equal(listed(s, json("{%s,'perPage':7,'page':4}", filters[i])), " of 25");
    assert_string_equal(listed(s, json("{%s,'perPage':0}", filters[i])), " of 25+");
  }
}

static void answer_of_a_list_says_which_page_it_is(void **state) {
  store *s = *state;
  assert_result(s, "listThreads", "{'page':2,'perPage':3}",
                "{'threads':[],'total':0,'page':2,'perPage':3,'hasMore':false}");
  assert_result(s, "listThreads", "{'perPage':false}",
                "{'threads':[],'total':0,'page':0,'perPage':false,'hasMore':false}");
  assert_error(s, "listThreads", "{'page':-1}", "INVALID_ARGUMENT", "page must be >= 0");
}

static void listed_threads_are_those_that_get_gives(void **state) {
  store *s = *state;
  save(s, T1);
  (void)result_of(s, "updateThread", "{'id':'t1','title':'Two','metadata':{'b':2}}");
  char *got = result_copy(s, "getThreadById", GET_T1);
  assert_text(mk_json_get(result_of(s, "listThreads", "{}"), "threads"), json("[%s]", got));
  assert_text(mk_json_get(result_of(s, "listThreads", "{'filter':{'resourceId':'u1'}}"), "threads"), json("[%s]", got));
}

static void threads_beyond_a_thousand_are_all_listed_and_counted(void **state) {
  store *s = *state;
  for (int i = 0; i < 2500; i++) {
    mk_date_text at = mk_date_format(1764000000000 + i);
    kv_seed(
        NS_THREADS, json("threads:t%04d", i),
        json("{'_writtenAt':1,'id':'t%04d','resourceId':'u','createdAt':'%s','updatedAt':'%s'}", i, at.data, at.data),
        json("{'resourceId':'u','createdAt':'%s'}", at.data));
    kv_seed(NS_THREADS,
            json("metadata:threads_by_resource:u:%017lld:t%04d", (long long)(MK_DATE_MS_MAX - 1764000000000 - i), i),
            "{\"_writtenAt\":1}", NULL);
  }
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u'},'perPage':3}"), "t2499,t2498,t2497 of 2500+");
  assert_string_equal(listed(s, "{'perPage':3}"), "t2499,t2498,t2497 of 2500+");
  assert_string_equal(listed(s, "{'perPage':3,'page':833}"), "t0000 of 2500");
  kv_pages_empty_first(true);
  kv_pages_hold(300);
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u'},'perPage':2,'orderBy':{'direction':'ASC'}}"),
                      "t0000,t0001 of 2500+");
}

static void stale_index_entries_are_dropped_and_not_counted_on_the_page(void **state) {
  store *s = *state;
  save(s, thread("t1", "u1", 0));
  save(s, thread("t2", "u1", 1));
  kv_moment before = kv_now();
  (void)result_of(s, "deleteThread", "{'threadId':'t2'}");
  save(s, thread("t1", "u2", 0));
  kv_lists_show(before);
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), " of 0");
  assert_string_equal(listed(s, "{}"), "t1 of 1");
}

static void foreign_keys_among_the_stores_are_passed_over(void **state) {
  store *s = *state;
  save(s, thread("t1", "u1", 0));
  kv_seed(NS_THREADS, "metadata:threads_by_resource:u1:notatime:t9", "x", NULL);
  kv_seed(NS_THREADS, "metadata:threads_by_resource:u1:08638232774400000:t9:more", "x", NULL);
  kv_seed(NS_THREADS, "threads:t9:more", "x", NULL);
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), "t1 of 1");
  assert_string_equal(listed(s, "{}"), "t1 of 1");
}

static void unreadable_value_is_an_error_with_its_key_and_never_an_empty_thread(void **state) {
  store *s = *state;
  static const char *const values[] = {"", "x", "[]", "{}", "{\"_writtenAt\":1,\"id\":\"t1\"}"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    save(s, T1);
    kv_seed(NS_THREADS, "threads:t1", values[i], NULL);
    assert_error(s, "getThreadById", GET_T1, "CORRUPT_RECORD", NULL);
    assert_text(error_key(s), "threads:t1");
    assert_error(s, "listThreads", "{'filter':{'resourceId':'u1'}}", "CORRUPT_RECORD", NULL);
    assert_error(s, "updateThread", "{'id':'t1'}", "CORRUPT_RECORD", NULL);
    kv_seed(NS_THREADS, "threads:t1", json("{'_writtenAt':1,%s", &T1[1]), NULL);
  }
  save(s, T1);
  kv_seed(NS_THREADS, "metadata:threads:t1:title", "x", NULL);
  assert_error(s, "getThreadById", GET_T1, "CORRUPT_RECORD", NULL);
  assert_text(error_key(s), "metadata:threads:t1:title");
}

#define ACTIVITY "metadata:threads:t1:activity"

/* The hint is by far the largest part of a thread, and only listing and writing messages have a use for it. */
static void reading_a_thread_passes_by_its_hint(void **state) {
  store *s = *state;
  const char *const hints[] = {"[{'id':5}]", json("[%500d", 0), json("[%500d]", 0)};
  save(s, T1);
  for (size_t i = 0; i < COUNT_OF(hints); i++) {
    kv_seed(NS_THREADS, ACTIVITY,
            json("{'_writtenAt':1764000009000,'updatedAt':'2026-01-03T00:00:00.000Z','_recent':%s}", hints[i]), NULL);
    assert_text(mk_json_get(result_of(s, "getThreadById", GET_T1), "updatedAt"), "\"2026-01-03T00:00:00.000Z\"");
    assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), "t1 of 1");
    kv_count_reset();
    assert_error(s, "updateThread", "{'id':'t1','title':'x'}", "CORRUPT_RECORD", NULL);
    assert_text(error_key(s), ACTIVITY);
    assert_error(s, "listMessages", GET_T1, "CORRUPT_RECORD", NULL);
    assert_error(s, "saveMessages",
                 "{'messages':[{'id':'m','threadId':'t1','role':'user','createdAt':'2026','content':'x'}]}",
                 "CORRUPT_RECORD", NULL);
    assert_true(wrote_nothing());
  }
}

static void update_keeps_the_hint_whatever_its_length(void **state) {
  store *s = *state;
  save(s, T1);
  for (int count = 1; count <= 100; count += 33) {
    mk_buf hint = mk_buf_make(&s->arena);
    for (int i = count; i > 0; i--) {
      mk_buf_literal(&hint, json("{'id':'m%d','createdAt':'2026-01-01T00:00:00.%03dZ','savedAt':1,'seq':0}%s", i, i,
                                 i > 1 ? "," : ""));
    }
    const char *recent = keep(mk_buf_take(&hint));
    kv_seed(NS_THREADS, ACTIVITY,
            json("{'_writtenAt':5,'updatedAt':'2026-01-03T00:00:00.000Z','_recent':[%s]}", recent), NULL);
    (void)result_of(s, "updateThread", "{'id':'t1','title':'x'}");
    assert_json(mk_json_get(kv_value(NS_THREADS, ACTIVITY), "_recent"), json("[%s]", recent));
  }
}

/* As something else than the store may have written it. */
static void activity_in_another_order_is_read_whole(void **state) {
  store *s = *state;
  const char *filler = json("[%500s]", "");
  const char *const values[] = {
      json("{'_recent':%s,'_writtenAt':1764000009000,'updatedAt':'2026-01-03T00:00:00.000Z'}", filler),
      json("{'_writtenAt':1764000009000,'_recent':%s,'updatedAt':'2026-01-03T00:00:00.000Z'}", filler)};
  save(s, T1);
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    kv_seed(NS_THREADS, ACTIVITY, values[i], NULL);
    assert_text(mk_json_get(result_of(s, "getThreadById", GET_T1), "updatedAt"), "\"2026-01-03T00:00:00.000Z\"");
  }
}

static void clear_removes_all_keys_of_the_prefix_and_no_others(void **state) {
  store *s = *state;
  save(s, T1);
  store_reopen(s, OPTIONS_PREFIX("dev_"));
  for (int i = 0; i < 3; i++) {
    save(s, thread(json("t%d", i), "u1", i));
    (void)result_of(s, "updateThread", json("{'id':'t%d','title':'x','metadata':{}}", i));
    (void)result_of(
        s, "saveMessages",
        json("{'messages':[{'id':'m%d','threadId':'t','role':'user','createdAt':'2026','content':'x'}]}", i));
  }
  kv_seed(NS_THREADS, "dev_other:x", "1", NULL);
  kv_pages_hold(2);
  assert_result(s, "clear", "{}", "null");
  assert_int_equal(kv_key_count(NS_THREADS), 3);
  assert_int_equal(kv_key_count(NS_MESSAGES), 0);
  assert_string_equal(listed(s, "{}"), " of 0");
  store_reopen(s, OPTIONS);
  assert_string_equal(listed(s, "{}"), "t1 of 1");
}

static void stores_with_other_prefixes_do_not_see_each_other(void **state) {
  store *s = *state;
  static const char *const options[] = {OPTIONS, OPTIONS_PREFIX("a"), OPTIONS_PREFIX("a_"), OPTIONS_PREFIX("a:")};
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    store_reopen(s, options[i]);
    save(s, thread("t1", json("u%zu", i), 0));
  }
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    store_reopen(s, options[i]);
    assert_string_equal(listed(s, "{}"), "t1 of 1");
    assert_json(mk_json_get(result_of(s, "getThreadById", GET_T1), "resourceId"), json("'u%zu'", i));
  }
  (void)result_of(s, "deleteThread", GET_T1);
  store_reopen(s, OPTIONS);
  assert_string_equal(listed(s, "{}"), "t1 of 1");
}

static void metadata_binding_takes_families_and_index(void **state) {
  store *s = *state;
  store_reopen(s, "{'bindings':[{'name':'threads','valid':true},{'name':'messages','valid':true},"
                  "{'name':'metadata','valid':true}]}");
  save(s, T1);
  (void)result_of(s, "updateThread", "{'id':'t1','title':'Two'}");
  assert_int_equal(kv_key_count(NS_THREADS), 1);
  assert_int_equal(kv_key_count(2), 3);
  assert_json(mk_json_get(result_of(s, "getThreadById", GET_T1), "title"), "'Two'");
  assert_string_equal(listed(s, "{'filter':{'resourceId':'u1'}}"), "t1 of 1");
  (void)result_of(s, "deleteThread", GET_T1);
  assert_int_equal(kv_key_count(NS_THREADS) + kv_key_count(2), 1); /* the tombstone */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(saved_thread_is_one_record_and_one_index_entry),
      STORE_TEST(saved_thread_comes_back_to_the_letter),
      STORE_TEST(thread_is_got_by_its_resource_only),
      STORE_TEST(bad_threads_are_refused_with_nothing_written),
      STORE_TEST(ids_too_long_for_a_key_are_refused_with_nothing_written),
      STORE_TEST(saving_again_replaces_the_whole_thread_and_what_was_updated),
      STORE_TEST(thread_that_changes_its_resource_is_listed_there_only),
      STORE_TEST(update_writes_only_the_families_it_was_given),
      STORE_TEST(update_answers_what_a_get_then_gives),
      STORE_TEST(update_without_a_title_leaves_none),
      STORE_TEST(update_moves_the_time_forward_even_when_the_clock_lags),
      STORE_TEST(thread_with_the_last_of_all_dates_stays_readable_after_an_update),
      STORE_TEST(update_of_no_thread_is_not_found_and_writes_nothing),
      STORE_TEST(stale_update_keeps_what_another_writer_changed_meanwhile),
      STORE_TEST(stale_bump_by_new_messages_keeps_title_and_metadata),
      STORE_TEST(deleted_thread_leaves_no_key),
      STORE_TEST(deleting_touches_no_thread_whose_id_is_like_it),
      STORE_TEST(orphaned_messages_are_deleted_without_a_thread),
      STORE_TEST(thread_of_thousands_of_messages_is_deleted_whole),
      STORE_TEST(deleting_a_thread_keeps_messages_that_moved_away),
      STORE_TEST(threads_of_a_resource_are_listed_newest_first),
      STORE_TEST(threads_are_ordered_by_their_last_update),
      STORE_TEST(pages_of_threads_neither_repeat_nor_skip),
      STORE_TEST(answer_of_a_list_says_which_page_it_is),
      STORE_TEST(listed_threads_are_those_that_get_gives),
      STORE_TEST(threads_beyond_a_thousand_are_all_listed_and_counted),
      STORE_TEST(stale_index_entries_are_dropped_and_not_counted_on_the_page),
      STORE_TEST(foreign_keys_among_the_stores_are_passed_over),
      STORE_TEST(unreadable_value_is_an_error_with_its_key_and_never_an_empty_thread),
      STORE_TEST(reading_a_thread_passes_by_its_hint),
      STORE_TEST(update_keeps_the_hint_whatever_its_length),
      STORE_TEST(activity_in_another_order_is_read_whole),
      STORE_TEST(clear_removes_all_keys_of_the_prefix_and_no_others),
      STORE_TEST(stores_with_other_prefixes_do_not_see_each_other),
      STORE_TEST(metadata_binding_takes_families_and_index),
  };
  return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}

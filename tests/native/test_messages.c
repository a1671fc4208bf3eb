/* The operations on messages, over the KV in memory. */
#include <string.h>

#include "support.h"

#define AT(ms) "'createdAt':'2026-01-01T00:00:00." ms "Z'"
#define M1 "{'id':'m1','threadId':'t1','role':'user'," AT("001") ",'content':{'format':2,'parts':[]}}"
#define M1_LISTED \
  "{'id':'m1','threadId':'t1','role':'user'," AT("001") ",'content':{'format':2,'parts':[]},'type':'text'}"

/* A message with text, made `ms` milliseconds after midnight. */
static const char *message(const char *id, const char *thread, int ms) {
  return json("{'id':'%s','threadId':'%s','role':'user','createdAt':'2026-01-01T00:%02d:%02d.%03dZ','content':'%s'}",
              id, thread, ms / 60000, ms / 1000 % 60, ms % 1000, id);
}

static void save(store *s, const char *messages) {
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
}

static const char *listed(store *s, const char *args) { return list_of(s, "listMessages", "messages", args); }

static const char *message_ids(mk_str result) { return ids_of(mk_json_get(result, "messages")); }

static const char *found(store *s, const char *ids) {
  return message_ids(result_of(s, "listMessagesById", json("{'messageIds':[%s]}", ids)));
}

static void saved_message_is_a_record_a_locator_and_a_hint(void **state) {
  store *s = *state;
  assert_result(s, "saveMessages", "{'messages':[" M1 "]}", "{'messages':[" M1 "]}");
  assert_dump(
      NS_MESSAGES,
      "messages:t1:08638232774399999:m1 = {'_writtenAt':1764000000001,'id':'m1','threadId':'t1','role':'user'," AT(
          "001") ",'content':{'format':2,'parts':[]}} | {'savedAt':1764000000001,'seq':0}\n"
                 "metadata:messages:m1 = {'_writtenAt':1764000000001,'threadId':'t1'," AT(
                     "001") ",'savedAt':1764000000001,'seq':0}\n");
  assert_dump(NS_THREADS, "metadata:threads:t1:activity = {'_writtenAt':1764000000001,"
                          "'updatedAt':'2025-11-24T16:00:00.001Z','_recent':[{'id':'m1'," AT(
                              "001") ",'savedAt':1764000000001,'seq':0}]}\n");
  assert_result(s, "listMessages", "{'threadId':'t1'}",
                "{'messages':[" M1_LISTED "],'total':1,'page':0,'perPage':40,'hasMore':false}");
}

static void resource_is_kept_in_the_metadata_escaped(void **state) {
  store *s = *state;
  save(s, "{'id':'m','threadId':'t','resourceId':'u:\xC3\xA9','role':'user','content':''," AT("000") "}");
  assert_json(kv_metadata(NS_MESSAGES, "messages:t:08638232774400000:m"),
              "{'savedAt':1764000000001,'seq':0,'resourceId':'u%3A%C3%A9'}");
}

static void content_comes_back_to_the_letter(void **state) {
  store *s = *state;
  static const char *const contents[] = {
      "{'format':2,'parts':[{'type':'text','text':'a\\u0000b \\ud800 \xF0\x9F\x98\x80 \\ude00\\ud83d'}]}",
      "{'n':[123456789012345678,1e400,-0,1.50,1E+2],'z':1,'a':2,'a':3,'__proto__':{},'':null}",
      "[ 1, {'x' : [ ] } ]",
      "{}",
      "[]",
  };
  for (size_t i = 0; i < COUNT_OF(contents); i++) {
    save(s, json("{'id':'m','threadId':'t','role':'user','content':%s," AT("000") ",'type':'v2'}", contents[i]));
    mk_str messages = mk_json_get(result_of(s, "listMessages", "{'threadId':'t'}"), "messages");
    assert_json(messages,
                json("[{'id':'m','threadId':'t','role':'user','type':'v2'," AT("000") ",'content':%s}]", contents[i]));
  }
}

static void large_content_comes_back_whole(void **state) {
  store *s = *state;
  enum { SIZE = 2 << 20 };
  static char text[SIZE + 1];
  memset(text, 'x', SIZE);
  save(s, json("{'id':'m','threadId':'t','role':'user','content':['%s']," AT("000") "}", text));
  mk_str messages = mk_json_get(result_of(s, "listMessages", "{'threadId':'t'}"), "messages");
  assert_true(messages.size > SIZE);
  assert_non_null(strstr(messages.data, text));
}

static void saving_nothing_calls_nothing(void **state) {
  store *s = *state;
  assert_result(s, "saveMessages", "{'messages':[]}", "{'messages':[]}");
  assert_result(s, "listMessagesById", "{'messageIds':[]}", "{'messages':[]}");
  assert_result(s, "deleteMessages", "{'messageIds':[]}", "null");
  assert_int_equal(kv_count_calls(), 0);
}

static void batch_with_one_bad_message_is_refused_with_nothing_written(void **state) {
  store *s = *state;
  static const char *const bad[] = {
      "null",
      "5",
      "{}",
      "{'threadId':'t','role':'user','content':''," AT("000") "}",
      "{'id':'','threadId':'t','role':'user','content':''," AT("000") "}",
      "{'id':'m','role':'user','content':''," AT("000") "}",
      "{'id':'m','threadId':'t','role':'user'," AT("000") "}",
      "{'id':'m','threadId':'t','role':'user','content':null," AT("000") "}",
      "{'id':'m','threadId':'t','content':''," AT("000") "}",
      "{'id':'m','threadId':'t','role':'user','content':''}",
      "{'id':'m','threadId':'t','role':'user','createdAt':'soon','content':''}",
      "{'id':'m','threadId':'t','resourceId':null,'role':'user','content':''," AT("000") "}",
  };
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    assert_error(s, "saveMessages", json("{'messages':[" M1 ",%s]}", bad[i]), "INVALID_ARGUMENT", NULL);
    assert_non_null(strstr(s->ctx.error.text, "Invalid message at index 1: "));
  }
  assert_error(s, "saveMessages", "{}", "INVALID_ARGUMENT", "messages must be an array of messages");
  assert_error(s, "listMessagesById", "{'messageIds':[1]}", "INVALID_ARGUMENT",
               "messageIds must be an array of non-empty strings");
  assert_error(s, "deleteMessages", "{'messageIds':['a','']}", "INVALID_ARGUMENT",
               "messageIds must be an array of non-empty strings");
  assert_error(s, "deleteMessages", "{}", "INVALID_ARGUMENT", "messageIds must be an array of non-empty strings");
  assert_int_equal(kv_count_calls(), 0);
}

static void limits_of_kv_are_checked_before_the_first_write(void **state) {
  store *s = *state;
  char id[600] = "";
  memset(id, 'x', 500);
  assert_error(s, "saveMessages", json("{'messages':[" M1 ",%s]}", message(id, "t", 0)), "KEY_TOO_LONG", NULL);
  assert_error(s, "saveMessages", json("{'messages':[" M1 ",%s]}", message("m", id, 0)), "KEY_TOO_LONG", NULL);
  memset(id, 'x', 255);
  id[255] = '\0';
  const char *metadata = json("{'messages':[" M1 ",{'id':'m','threadId':'t','resourceId':'%s%s%s%s','role':'user',"
                              "'content':''," AT("000") "}]}",
                              id, id, id, id);
  assert_error(s, "saveMessages", metadata, "VALUE_TOO_LARGE", NULL);
  static char text[MK_KV_VALUE_BYTES_MAX + 1];
  memset(text, 'x', MK_KV_VALUE_BYTES_MAX);
  const char *large =
      json("{'messages':[" M1 ",{'id':'m','threadId':'t','role':'user','content':'%s'," AT("000") "}]}", text);
  assert_error(s, "saveMessages", large, "VALUE_TOO_LARGE", NULL);
  assert_text(error_key(s), "messages:t:08638232774400000:m");
  assert_int_equal(kv_count().calls[KV_PUT], 0);
}

/* A message whose content is reference 0, and which has more than columns. */
#define REFERRING \
  "{'id':'m','threadId':'t','role':'user','content':\xFF" \
  "0," AT("000") ",'more':[1]}"

static void content_may_be_a_reference(void **state) {
  store *s = *state;
  mk_context *ctx = store_begin(s);
  kv_give(MK_STR("{\"text\":\"\\u0000\"}"));
  kv_give(MK_STR("\"the other\""));
  const char *other = "{'id':'n','threadId':'t','role':'user'," AT("001") ",'content':\xFF"
                                                                          "1}";
  assert_json(answer_of(ctx, "saveMessages", JSON("{'messages':[%s,%s]}", other, REFERRING)),
              "{'dates':['messages.*.createdAt'],'result':{'messages':[{'id':'m','threadId':'t','role':'user'," AT(
                  "000") ",'content':\xFF"
                         "0,'more':[1]},{'id':'n','threadId':'t','role':'user'," AT("001") ",'content':\xFF"
                                                                                           "1}]}}");
  mk_str stored = kv_value(NS_MESSAGES, "messages:t:08638232774400000:m");
  assert_text(mk_json_get(stored, "content"), "{\"text\":\"\\u0000\"}");
  assert_json(mk_json_get(stored, "more"), "[1]");
  assert_json(mk_json_get(kv_value(NS_MESSAGES, "messages:t:08638232774399999:n"), "content"), "'the other'");
}

/* The size of a value is that of all its parts. */
static void payloads_count_for_the_limits_of_kv(void **state) {
  store *s = *state;
  static char text[MK_KV_VALUE_BYTES_MAX];
  memset(text, 'x', sizeof text);
  text[0] = '"';
  size_t around = strlen("{\"_writtenAt\":1764000000001,") + strlen(REFERRING) -
                  strlen("{\xFF"
                         "0");
  for (size_t over = 0; over < 2; over++) {
    size_t size = sizeof text - around + over;
    text[size - 1] = '"';
    mk_context *ctx = store_begin(s);
    kv_give((mk_str){text, size});
    mk_str answer = answer_of(ctx, "saveMessages", JSON("{'messages':[%s]}", REFERRING));
    text[size - 1] = 'x';
    assert_int_equal(mk_str_is_present(mk_json_get(answer, "error")), over);
    if (over > 0) {
      assert_text(error_key(s), "messages:t:08638232774400000:m");
      assert_non_null(strstr(s->ctx.error.text, " would take 26214401 bytes"));
    }
    assert_int_equal(kv_value(NS_MESSAGES, "messages:t:08638232774400000:m").size, sizeof text);
  }
}

static void messages_are_saved_whether_or_not_their_thread_exists(void **state) {
  store *s = *state;
  save(s, M1);
  assert_result(s, "getThreadById", "{'threadId':'t1'}", "null");
  assert_result(s, "listThreads", "{}", "{'threads':[],'total':0,'page':0,'perPage':100,'hasMore':false}");
  assert_string_equal(listed(s, "{'threadId':'t1'}"), "m1 of 1");
}

static void threads_of_a_batch_are_bumped_and_others_not(void **state) {
  store *s = *state;
  static const char *const threads[] = {"a", "b", "c"};
  for (size_t i = 0; i < COUNT_OF(threads); i++) {
    (void)result_of(s, "saveThread",
                    json("{'thread':{'id':'%s','resourceId':'u','createdAt':'2020-01-01T00:00:00.000Z',"
                         "'updatedAt':'2020-01-01T00:00:00.000Z'}}",
                         threads[i]));
  }
  save(s, json("%s,%s,%s", message("1", "a", 0), message("2", "c", 0), message("3", "a", 0)));
  static const char *const updated[] = {"2025-11-24T16:00:00.004Z", "2020-01-01T00:00:00.000Z",
                                        "2025-11-24T16:00:00.004Z"};
  for (size_t i = 0; i < COUNT_OF(threads); i++) {
    mk_str thread = result_of(s, "getThreadById", json("{'threadId':'%s'}", threads[i]));
    assert_json(mk_json_get(thread, "updatedAt"), json("'%s'", updated[i]));
    assert_json(mk_json_get(thread, "createdAt"), "'2020-01-01T00:00:00.000Z'");
  }
}

static void saving_again_replaces_the_message_and_lists_it_once(void **state) {
  store *s = *state;
  save(s, M1);
  save(s, "{'id':'m1','threadId':'t1','role':'tool','content':[]," AT("001") "}");
  assert_result(s, "listMessages", "{'threadId':'t1'}",
                "{'messages':[{'id':'m1','threadId':'t1','role':'tool'," AT(
                    "001") ",'content':[],'type':'text'}],'total':1,'page':0,'perPage':40,'hasMore':false}");
  assert_int_equal(kv_key_count(NS_MESSAGES), 2);
}

static void message_moves_to_another_thread_or_time(void **state) {
  store *s = *state;
  save(s, message("m", "t1", 1));
  save(s, message("m", "t2", 1));
  assert_string_equal(listed(s, "{'threadId':'t1'}"), " of 0");
  assert_string_equal(listed(s, "{'threadId':'t2'}"), "m of 1");
  save(s, message("m", "t2", 500));
  assert_string_equal(listed(s, "{'threadId':'t2'}"), "m of 1");
  assert_string_equal(found(s, "'m'"), "m");
  assert_int_equal(kv_key_count(NS_MESSAGES), 2);
}

static void locator_of_a_moved_message_says_where_it_came_from(void **state) {
  store *s = *state;
  save(s, message("m", "t\\\"1", 1));
  save(s, message("m", "t2", 1));
  save(s, message("m", "t2", 1));
  assert_json(
      kv_value(NS_MESSAGES, "metadata:messages:m"),
      "{'_writtenAt':1764000000003,'threadId':'t2'," AT("001") ",'savedAt':1764000000001,'seq':0,"
                                                               "'movedFrom':'messages:t\\'1:08638232774399999:m'}");
  assert_json(kv_value(NS_THREADS, "metadata:threads:t2:activity"),
              "{'_writtenAt':1764000000003,'updatedAt':'2025-11-24T16:00:00.003Z','_recent':[{'id':'m'," AT(
                  "001") ",'savedAt':1764000000001,'seq':0,'writtenAt':1764000000003,'moved':true}]}");
}

static void batch_may_move_and_save_in_many_threads(void **state) {
  store *s = *state;
  save(s, json("%s,%s", message("a", "t1", 1), message("b", "t1", 2)));
  save(s, json("%s,%s,%s", message("a", "t2", 1), message("c", "t1", 3), message("b", "t3", 9)));
  assert_string_equal(listed(s, "{'threadId':'t1'}"), "c of 1");
  assert_string_equal(listed(s, "{'threadId':'t2'}"), "a of 1");
  assert_string_equal(listed(s, "{'threadId':'t3'}"), "b of 1");
}

static void last_of_equal_ids_in_a_batch_wins(void **state) {
  store *s = *state;
  mk_str result = result_of(s, "saveMessages",
                            json("{'messages':[%s,%s,%s,%s]}", message("a", "t", 5), message("b", "t", 5),
                                 message("a", "t2", 7), message("a", "t", 5)));
  assert_string_equal(message_ids(result), "a,b");
  assert_string_equal(listed(s, "{'threadId':'t'}"), "a,b of 2");
  assert_string_equal(listed(s, "{'threadId':'t2'}"), " of 0");
  assert_int_equal(kv_key_count(NS_MESSAGES), 4);
}

static void answer_is_the_batch_oldest_first(void **state) {
  store *s = *state;
  mk_str result = result_of(s, "saveMessages",
                            json("{'messages':[%s,%s,%s,%s]}", message("d", "t", 9), message("b", "t", 5),
                                 message("a", "t", 5), message("c", "t", 1)));
  assert_string_equal(message_ids(result), "c,b,a,d");
}

/* Agents store a tool's call and its result within a millisecond; models reject them swapped. */
static void messages_of_one_time_keep_the_order_they_were_saved_in(void **state) {
  store *s = *state;
  save(s, json("%s,%s,%s", message("z", "t", 5), message("y", "t", 5), message("x", "t", 5)));
  save(s, json("%s,%s", message("b", "t", 5), message("a", "t", 5)));
  save(s, message("y", "t", 5)); /* again: its place stays */
  save(s, message("0", "t", 4));
  assert_string_equal(listed(s, "{'threadId':'t'}"), "0,z,y,x,b,a of 6");
  assert_string_equal(listed(s, "{'threadId':'t','orderBy':{'direction':'DESC'}}"), "a,b,x,y,z,0 of 6");
  assert_string_equal(listed(s, "{'threadId':'t','orderBy':{'direction':'DESC'},'perPage':2,'includeTotal':false}"),
                      "a,b of 6+");
}

static void times_before_1970_and_far_ahead_are_in_order(void **state) {
  store *s = *state;
  static const char *const dates[] = {"-271821-04-20T00:00:00.000Z", "1969-12-31T23:59:59.999Z",
                                      "1970-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z",
                                      "+275760-09-13T00:00:00.000Z"};
  for (size_t i = 0; i < COUNT_OF(dates); i++) {
    size_t at = i * 3 % COUNT_OF(dates);
    save(s, json("{'id':'m%zu','threadId':'t','role':'user','createdAt':'%s','content':''}", at, dates[at]));
  }
  assert_string_equal(listed(s, "{'threadId':'t'}"), "m0,m1,m2,m3,m4 of 5");
}

static void pages_of_messages_neither_repeat_nor_skip(void **state) {
  store *s = *state;
  static const char *const orders[] = {"'orderBy':{'direction':'ASC'}", "'orderBy':{'direction':'DESC'}",
                                       "'orderBy':{'direction':'DESC'},'includeTotal':false"};
  for (int i = 0; i < 25; i++) {
    save(s, message(json("m%02d", i * 7 % 25), "t", i / 5));
  }
  for (size_t i = 0; i < COUNT_OF(orders); i++) {
    const char *all = message_ids(result_of(s, "listMessages", json("{'threadId':'t','perPage':false,%s}", orders[i])));
    const char *pages = "";
    for (int page = 0; page < 4; page++) {
      mk_str result = result_of(s, "listMessages", json("{'threadId':'t','perPage':7,'page':%d,%s}", page, orders[i]));
      assert_int_equal(mk_json_is_true(mk_json_get(result, "hasMore")), page < 3);
      pages = json("%s%s%s", pages, page > 0 ? "," : "", message_ids(result));
    }
    assert_string_equal(pages, all);
  }
  assert_string_equal(listed(s, "{'threadId':'t','perPage':7,'page':4}"), " of 25");
}

static void page_of_none_reads_nothing_but_is_checked(void **state) {
  store *s = *state;
  save(s, M1);
  kv_count_reset();
  assert_result(s, "listMessages", "{'threadId':'t1','perPage':0}",
                "{'messages':[],'total':0,'page':0,'perPage':0,'hasMore':false}");
  assert_int_equal(kv_count_calls(), 0);
  assert_error(s, "listMessages", "{'threadId':'','perPage':0}", "INVALID_ARGUMENT",
               "threadId must be a non-empty string or array of non-empty strings");
  assert_error(s, "listMessages", "{'threadId':'t','perPage':0,'page':-1}", "INVALID_ARGUMENT", "page must be >= 0");
}

static void all_at_once_ignores_the_page(void **state) {
  store *s = *state;
  save(s, M1);
  assert_result(s, "listMessages", "{'threadId':'t1','perPage':false,'page':3}",
                "{'messages':[" M1_LISTED "],'total':1,'page':3,'perPage':false,'hasMore':false}");
}

static void bad_thread_ids_are_refused(void **state) {
  store *s = *state;
  static const char *const ids[] = {"",
                                    "'threadId':''",
                                    "'threadId':' \\t'",
                                    "'threadId':5",
                                    "'threadId':null",
                                    "'threadId':[]",
                                    "'threadId':['']",
                                    "'threadId':['t',' ']",
                                    "'threadId':{}"};
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    assert_error(s, "listMessages", json("{%s}", ids[i]), "INVALID_ARGUMENT",
                 "threadId must be a non-empty string or array of non-empty strings");
  }
  assert_error(s, "listMessages", "{'threadId':'t','perPage':-1}", "INVALID_ARGUMENT", "perPage must be >= 0");
}

static void messages_are_scoped_by_their_own_resource(void **state) {
  store *s = *state;
  static const char *const resources[] = {"'resourceId':'u1',", "'resourceId':'u2',", "", "'resourceId':'u1:x',"};
  for (size_t i = 0; i < COUNT_OF(resources); i++) {
    save(s, json("{'id':'m%zu',%s'threadId':'t','role':'user','content':'x'," AT("000") "}", i, resources[i]));
  }
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':'u1'}"), "m0 of 1");
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':'u1:x'}"), "m3 of 1");
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':'u3'}"), " of 0");
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':''}"), "m0,m1,m2,m3 of 4");
  assert_string_equal(listed(s, "{'threadId':'t','resourceId':'u2','perPage':1,'includeTotal':false,"
                                "'orderBy':{'direction':'DESC'}}"),
                      "m1 of 1");
}

static void ids_that_look_like_keys_do_not_meet(void **state) {
  store *s = *state;
  static const char *const ids[] = {"t", "t:", "t:08638232774400000:m", "t%3A", "%74", "T", "t\\u0000", "\xC3\xA9"};
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    save(s, message(json("m:%zu", i), ids[i], 0));
  }
  for (size_t i = 0; i < COUNT_OF(ids); i++) {
    assert_string_equal(listed(s, json("{'threadId':'%s'}", ids[i])), json("m:%zu of 1", i));
  }
}

static void messages_are_found_by_id_across_threads_oldest_first(void **state) {
  store *s = *state;
  save(s,
       json("%s,%s,%s,%s", message("a", "t1", 3), message("b", "t2", 1), message("c", "t1", 3), message("d", "t3", 2)));
  assert_string_equal(found(s, "'c','unknown','a','b','a','d','c'"), "b,d,c,a");
  assert_string_equal(found(s, "'unknown'"), "");
  assert_string_equal(found(s, "'a:','A',' a'"), "");
}

static void found_message_looks_like_a_listed_one(void **state) {
  store *s = *state;
  save(s, message("a", "t1", 3));
  char *listed_text = result_copy(s, "listMessages", "{'threadId':'t1'}");
  mk_str messages = mk_json_get(mk_str_of(listed_text), "messages");
  char *copy = keep(messages);
  assert_text(mk_json_get(result_of(s, "listMessagesById", "{'messageIds':['a']}"), "messages"), copy);
}

static void deleted_messages_are_gone_and_their_threads_bumped(void **state) {
  store *s = *state;
  for (int i = 0; i < 3; i++) {
    (void)result_of(s, "saveThread",
                    json("{'thread':{'id':'t%d','resourceId':'u','createdAt':'2020-01-01T00:00:00.000Z',"
                         "'updatedAt':'2020-01-01T00:00:00.000Z'}}",
                         i));
    kv_seed(NS_MESSAGES, json("messages:t%d:08638232774400000:m%d", i, i),
            json("{'_writtenAt':1,'id':'m%d','threadId':'t%d','role':'user','content':'x'," AT("000") "}", i, i),
            json("{'savedAt':1,'seq':0}"));
    kv_seed(NS_MESSAGES, json("metadata:messages:m%d", i),
            json("{'_writtenAt':1,'threadId':'t%d'," AT("000") ",'savedAt':1,'seq':0}", i), NULL);
  }
  assert_result(s, "deleteMessages", "{'messageIds':['m0','unknown','m2','m0']}", "null");
  /* What was not deleted, and the tombstones of what was. */
  assert_int_equal(kv_key_count(NS_MESSAGES), 2 + 2);
  assert_json(kv_value(NS_MESSAGES, "metadata:messages:m0"),
              "{'_writtenAt':1764000000004,'threadId':'t0'," AT("000") ",'savedAt':1,'seq':0,'deleted':true}");
  assert_string_equal(listed(s, "{'threadId':'t0'}"), " of 0");
  assert_string_equal(listed(s, "{'threadId':'t1'}"), "m1 of 1");
  for (int i = 0; i < 3; i++) {
    mk_str thread = result_of(s, "getThreadById", json("{'threadId':'t%d'}", i));
    assert_json(mk_json_get(thread, "updatedAt"), i == 1 ? "'2020-01-01T00:00:00.000Z'" : "'2025-11-24T16:00:00.004Z'");
  }
}

static void deleted_id_may_be_saved_again(void **state) {
  store *s = *state;
  save(s, message("m", "t", 1));
  (void)result_of(s, "deleteMessages", "{'messageIds':['m']}");
  save(s, message("m", "t", 2));
  assert_string_equal(listed(s, "{'threadId':'t'}"), "m of 1");
  assert_string_equal(found(s, "'m'"), "m");
}

static void hundreds_of_messages_are_saved_and_deleted_in_one_call(void **state) {
  store *s = *state;
  enum { COUNT = 250 };
  const char *messages = message("m000", "t", 0);
  const char *ids = "'m000'";
  for (int i = 1; i < COUNT; i++) {
    messages = json("%s,%s", messages, message(json("m%03d", i), "t", i));
    ids = json("%s,'m%03d'", ids, i);
  }
  save(s, messages);
  assert_int_equal(kv_key_count(NS_MESSAGES), 2 * COUNT);
  mk_str result = result_of(s, "listMessages", "{'threadId':'t','perPage':false}");
  assert_text(mk_json_get(result, "total"), "250");
  (void)result_of(s, "deleteMessages", json("{'messageIds':[%s]}", ids));
  assert_int_equal(kv_key_count(NS_MESSAGES), COUNT); /* tombstones */
  assert_string_equal(listed(s, "{'threadId':'t'}"), " of 0");
}

static void unreadable_values_are_errors_with_their_key(void **state) {
  store *s = *state;
  static const char *const keys[] = {"messages:t1:08638232774399999:m1", "metadata:messages:m1"};
  for (size_t i = 0; i < COUNT_OF(keys); i++) {
    save(s, M1);
    kv_seed(NS_MESSAGES, keys[i], "[]", NULL);
    assert_error(s, "listMessagesById", "{'messageIds':['m1']}", "CORRUPT_RECORD", NULL);
    assert_text(error_key(s), keys[i]);
    kv_seed(NS_MESSAGES, "metadata:messages:m1",
            "{\"_writtenAt\":1,\"threadId\":\"t1\","
            "\"createdAt\":\"2026-01-01T00:00:00.001Z\",\"savedAt\":1,\"seq\":0}",
            NULL);
  }
  kv_seed(NS_MESSAGES, keys[0], "", NULL);
  assert_error(s, "listMessages", "{'threadId':'t1'}", "CORRUPT_RECORD", NULL);
  assert_text(error_key(s), keys[0]);
  kv_seed(NS_THREADS, "metadata:threads:t1:activity", "x", NULL);
  assert_error(s, "listMessages", "{'threadId':'t1'}", "CORRUPT_RECORD", NULL);
  assert_error(s, "saveMessages", "{'messages':[" M1 "]}", "CORRUPT_RECORD", NULL);
  assert_text(error_key(s), "metadata:threads:t1:activity");
}

static void message_that_says_another_thread_than_its_key_is_corrupt(void **state) {
  store *s = *state;
  save(s, M1);
  kv_seed(NS_MESSAGES, "messages:t1:08638232774399999:m1",
          json("{'id':'m1','threadId':'t2','role':'user','content':[]," AT("001") "}"), NULL);
  assert_error(s, "updateMessages", "{'messages':[{'id':'m1','role':'tool'}]}", "CORRUPT_RECORD", NULL);
  assert_text(error_key(s), "messages:t1:08638232774399999:m1");
}

/* Keys that another program wrote among the messages: they are passed over, or asked themselves. */
static void foreign_keys_and_metadata_do_not_disturb_a_list(void **state) {
  store *s = *state;
  static const char *const metadata[] = {NULL, "null", "{}", "{\"savedAt\":1,\"seq\":0,\"resourceId\":5}"};
  save(s, M1);
  kv_seed(NS_MESSAGES, "messages:t1:x", "x", NULL);
  kv_seed(NS_MESSAGES, "messages:t1:08638232774399999:m1:x", "x", NULL);
  for (size_t i = 0; i < COUNT_OF(metadata); i++) {
    kv_seed(NS_MESSAGES, json("messages:t1:08638232774300000:f%zu", i),
            json("{'id':'f%zu','threadId':'t1','resourceId':'u1','content':{}}", i), metadata[i]);
  }
  assert_string_equal(listed(s, "{'threadId':'t1'}"), "m1,f0,f1,f2,f3 of 5");
  assert_string_equal(listed(s, "{'threadId':'t1','resourceId':'u1'}"), "f0,f1,f2,f3 of 4");
  assert_string_equal(listed(s, "{'threadId':'t1','resourceId':'u2'}"), " of 0");
}

/* Pages beyond the one that the messages are on are counted, and their memory is used again. */
static void long_thread_is_counted_in_flat_memory(void **state) {
  store *s = *state;
  size_t reserved = 0;
  for (int count = 3000; count <= 9000; count += 3000) {
    for (int i = count - 3000; i < count; i++) {
      const char *key = json("messages:t:%017lld:m%05d", 8638232774400000LL - i, i);
      kv_seed(NS_MESSAGES, key, message(json("m%05d", i), "t", i), "{\"savedAt\":1,\"seq\":0}");
    }
    assert_string_equal(listed(s, "{'threadId':'t','orderBy':{'field':'createdAt','direction':'DESC'},'perPage':2}"),
                        json("m%05d,m%05d of %d+", count - 1, count - 2, count));
    assert_true(reserved == 0 || s->arena.reserved_bytes == reserved);
    reserved = s->arena.reserved_bytes;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(saved_message_is_a_record_a_locator_and_a_hint),
      STORE_TEST(long_thread_is_counted_in_flat_memory),
      STORE_TEST(resource_is_kept_in_the_metadata_escaped),
      STORE_TEST(content_comes_back_to_the_letter),
      STORE_TEST(large_content_comes_back_whole),
      STORE_TEST(saving_nothing_calls_nothing),
      STORE_TEST(batch_with_one_bad_message_is_refused_with_nothing_written),
      STORE_TEST(limits_of_kv_are_checked_before_the_first_write),
      STORE_TEST(content_may_be_a_reference),
      STORE_TEST(payloads_count_for_the_limits_of_kv),
      STORE_TEST(messages_are_saved_whether_or_not_their_thread_exists),
      STORE_TEST(threads_of_a_batch_are_bumped_and_others_not),
      STORE_TEST(saving_again_replaces_the_message_and_lists_it_once),
      STORE_TEST(message_moves_to_another_thread_or_time),
      STORE_TEST(locator_of_a_moved_message_says_where_it_came_from),
      STORE_TEST(batch_may_move_and_save_in_many_threads),
      STORE_TEST(last_of_equal_ids_in_a_batch_wins),
      STORE_TEST(answer_is_the_batch_oldest_first),
      STORE_TEST(messages_of_one_time_keep_the_order_they_were_saved_in),
      STORE_TEST(times_before_1970_and_far_ahead_are_in_order),
      STORE_TEST(pages_of_messages_neither_repeat_nor_skip),
      STORE_TEST(page_of_none_reads_nothing_but_is_checked),
      STORE_TEST(all_at_once_ignores_the_page),
      STORE_TEST(bad_thread_ids_are_refused),
      STORE_TEST(messages_are_scoped_by_their_own_resource),
      STORE_TEST(ids_that_look_like_keys_do_not_meet),
      STORE_TEST(messages_are_found_by_id_across_threads_oldest_first),
      STORE_TEST(found_message_looks_like_a_listed_one),
      STORE_TEST(deleted_messages_are_gone_and_their_threads_bumped),
      STORE_TEST(deleted_id_may_be_saved_again),
      STORE_TEST(hundreds_of_messages_are_saved_and_deleted_in_one_call),
      STORE_TEST(unreadable_values_are_errors_with_their_key),
      STORE_TEST(message_that_says_another_thread_than_its_key_is_corrupt),
      STORE_TEST(foreign_keys_and_metadata_do_not_disturb_a_list),
  };
  return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}

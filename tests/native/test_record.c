/* record.h: records as they are stored, and the families laid over them. */
#include <string.h>

#include "record/accept.h"
#include "record/record.h"
#include "support.h"

#define THREAD \
  "'id':'t1','resourceId':'u1','createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z'"
#define MESSAGE "'id':'m1','threadId':'t1','role':'user','createdAt':'2026-01-01T00:00:00.000Z','content':'x'"

static mk_record parse(store *s, const char *value) {
  mk_record record;
  assert_int_equal(mk_record_parse(&s->ctx, MK_STR("threads:t1"), JSON("%s", value), &record), MK_OK);
  return record;
}

static mk_str written(store *s, const mk_record *record) {
  mk_buf buf = mk_buf_make(&s->arena);
  mk_record_write(&buf, record);
  return mk_buf_take(&buf);
}

static mk_str answered(store *s, const mk_record *record) {
  mk_buf buf = mk_buf_make(&s->arena);
  mk_record_answer(&buf, record);
  return mk_buf_take(&buf);
}

static mk_status accept(store *s, mk_table table, const char *value, mk_record *out) {
  mk_argument argument = {mk_schema_table(table)->noun, table == MK_TABLE_MESSAGES ? 3 : -1};
  return mk_record_accept(store_begin(s), mk_schema_table(table), argument, JSON("%s", value), out);
}

static void what_is_saved_is_kept_to_the_letter_columns_first(void **state) {
  store *s = *state;
  static const char value[] =
      "{'x':[1.50,1e400,'\\ud800\\u0000'],'title':'','metadata':{'b':1,'a':2}," THREAD ",'y':-0}";
  mk_record record;
  assert_int_equal(accept(s, MK_TABLE_THREADS, value, &record), MK_OK);
  assert_json(answered(s, &record), "{'id':'t1','resourceId':'u1','title':'','metadata':{'b':1,'a':2},"
                                    "'createdAt':'2026-01-01T00:00:00.000Z','updatedAt':'2026-01-02T00:00:00.000Z',"
                                    "'x':[1.50,1e400,'\\ud800\\u0000'],'y':-0}");
}

static void dates_are_stored_as_to_iso_string_writes_them(void **state) {
  store *s = *state;
  mk_record record;
  assert_int_equal(accept(s, MK_TABLE_THREADS,
                          "{'id':'t','resourceId':'','createdAt':'2026-01-31T01:30+01:00','updatedAt':'2026'}",
                          &record),
                   MK_OK);
  assert_text(mk_record_get(&record, "createdAt"), "\"2026-01-31T00:30:00.000Z\"");
  assert_text(mk_record_get(&record, "updatedAt"), "\"2026-01-01T00:00:00.000Z\"");
}

static void the_stores_own_members_are_not_taken_from_users(void **state) {
  store *s = *state;
  mk_record record;
  assert_int_equal(
      accept(s, MK_TABLE_THREADS, "{'_writtenAt':1,'_recent':[],'_patchedAt':1,'_other':1," THREAD "}", &record),
      MK_OK);
  assert_json(written(s, &record), "{" THREAD ",'_other':1}");
}

static void null_of_a_nullable_column_is_dropped(void **state) {
  store *s = *state;
  mk_record record;
  assert_int_equal(accept(s, MK_TABLE_THREADS, "{'title':null,'metadata':null,'x':null," THREAD "}", &record), MK_OK);
  assert_json(written(s, &record), "{" THREAD ",'x':null}");
}

static void columns_of_the_wrong_type_are_refused_by_name(void **state) {
  store *s = *state;
  static const struct {
    mk_table table;
    const char *value;
    const char *text;
  } cases[] = {
      {MK_TABLE_THREADS, "'t1'", "Invalid thread: it must be an object."},
      {MK_TABLE_THREADS, "{}", "Invalid thread: id must be a non-empty string."},
      {MK_TABLE_THREADS, "{'id':''}", "Invalid thread: id must be a non-empty string."},
      {MK_TABLE_THREADS, "{'id':1}", "Invalid thread: id must be a non-empty string."},
      {MK_TABLE_THREADS, "{'id':'t'}", "Invalid thread: resourceId must be a string."},
      {MK_TABLE_THREADS, "{'id':'t','resourceId':null}", "Invalid thread: resourceId must be a string."},
      {MK_TABLE_THREADS, "{'title':1," THREAD "}", "Invalid thread: title must be a string."},
      {MK_TABLE_THREADS, "{'metadata':[]," THREAD "}", "Invalid thread: metadata must be an object."},
      {MK_TABLE_THREADS, "{'id':'t','resourceId':'u','createdAt':'soon'}",
       "Invalid thread: createdAt must be a Date or an ISO 8601 date string."},
      {MK_TABLE_THREADS, "{'id':'t','resourceId':'u','createdAt':'2026-01-01'}",
       "Invalid thread: updatedAt must be a Date or an ISO 8601 date string."},
      {MK_TABLE_MESSAGES, "{'resourceId':null," MESSAGE "}",
       "Invalid message at index 3: resourceId must be a string."},
      {MK_TABLE_MESSAGES, "{'type':1," MESSAGE "}", "Invalid message at index 3: type must be a string."},
      {MK_TABLE_MESSAGES, "{'id':'m','threadId':'t','role':'user','content':null}",
       "Invalid message at index 3: content must be given."},
      {MK_TABLE_MESSAGES, "{'id':'m','threadId':'t','role':'user','createdAt':'2026-01-01'}",
       "Invalid message at index 3: content must be given."},
      {MK_TABLE_MESSAGES, "{'id':'m','threadId':''}",
       "Invalid message at index 3: threadId must be a non-empty string."},
      {MK_TABLE_MESSAGES, "null", "Invalid message at index 3: it must be an object."},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_record record;
    assert_int_equal(accept(s, cases[i].table, cases[i].value, &record), MK_E_INVALID_ARGUMENT);
    assert_string_equal(s->ctx.error.text, cases[i].text);
  }
}

static void any_json_but_null_is_content(void **state) {
  store *s = *state;
  static const char *const contents[] = {"''", "'text'", "[]", "{'format':2,'parts':[]}", "0", "false"};
  for (size_t i = 0; i < COUNT_OF(contents); i++) {
    mk_record record;
    assert_int_equal(
        accept(s, MK_TABLE_MESSAGES,
               json("{'id':'m','threadId':'t','role':'user','createdAt':'2026','content':%s}", contents[i]), &record),
        MK_OK);
    assert_json(mk_record_get(&record, "content"), contents[i]);
  }
}

static void partial_record_demands_nothing_and_null_clears(void **state) {
  store *s = *state;
  const mk_table_def *table = mk_schema_table(MK_TABLE_MESSAGES);
  mk_record record;
  assert_int_equal(mk_record_accept_partial(&s->ctx, table, (mk_argument){"message", 0},
                                            JSON("{'type':null,'threadId':'','content':{}}"), &record),
                   MK_OK);
  assert_json(written(s, &record), "{'type':null,'content':{}}");
  assert_int_equal(
      mk_record_accept_partial(store_begin(s), table, (mk_argument){"message", 0}, JSON("{'createdAt':null}"), &record),
      MK_E_INVALID_ARGUMENT);
}

static void stored_record_begins_with_its_time_and_comes_back(void **state) {
  store *s = *state;
  mk_record record;
  mk_str text;
  assert_int_equal(accept(s, MK_TABLE_THREADS, "{" THREAD "}", &record), MK_OK);
  assert_int_equal(mk_record_format(&s->ctx, &record, 1764000000000, &text), MK_OK);
  assert_json(text, "{'_writtenAt':1764000000000," THREAD "}");
  mk_record again;
  assert_int_equal(mk_record_parse(&s->ctx, MK_STR("k"), text, &again), MK_OK);
  assert_int_equal(again.written_at_ms, 1764000000000);
  assert_json(written(s, &again), "{" THREAD "}");
}

static void value_that_is_no_record_is_corrupt(void **state) {
  store *s = *state;
  static const char *const values[] = {
      "", "x", "1", "null", "[]", "'x'", "{", "{'a':1}x", "{'a':}", "{'_writtenAt':'1'}", "{'_writtenAt':1.5}"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    mk_record record;
    mk_context *ctx = store_begin(s);
    assert_int_equal(mk_record_parse(ctx, MK_STR("threads:t1"), JSON("%s", values[i]), &record), MK_E_CORRUPT_RECORD);
    assert_text(ctx->error.key, "threads:t1");
  }
}

static void laying_over_replaces_and_joins(void **state) {
  store *s = *state;
  mk_record base = parse(s, "{'_writtenAt':5,'id':'t1','title':'old'}");
  mk_record over = parse(s, "{'_writtenAt':6,'title':'new','metadata':{}}");
  assert_int_equal(mk_record_lay(&s->ctx, &base, &over), MK_OK);
  assert_json(written(s, &base), "{'id':'t1','title':'new','metadata':{}}");
}

static void answer_leaves_out_the_stores_own_members(void **state) {
  store *s = *state;
  mk_record record = parse(s, "{'_writtenAt':5,'_patchedAt':1,'id':'t1','_recent':[1],'_x':2}");
  assert_json(answered(s, &record), "{'id':'t1','_x':2}");
  assert_json(written(s, &record), "{'_patchedAt':1,'id':'t1','_recent':[1],'_x':2}");
  record = parse(s, "{'_writtenAt':5}");
  assert_text(answered(s, &record), "{}");
}

static void merge_is_shallow(void **state) {
  store *s = *state;
  mk_record merged;
  assert_int_equal(
      mk_record_merge(&s->ctx, JSON("{'a':1,'b':{'x':1},'_recent':0}"), JSON("{'b':{'y':2},'c':null}"), &merged),
      MK_OK);
  assert_json(written(s, &merged), "{'a':1,'b':{'y':2},'_recent':0,'c':null}");
  assert_int_equal(mk_record_merge(&s->ctx, MK_STR_NONE, JSON("{'a':1}"), &merged), MK_OK);
  assert_json(written(s, &merged), "{'a':1}");
}

/* {"n0":<first>,"n1":<first + 1>,…}: `count` members of `names` names, so that names come again. */
static mk_str repeating(int count, int names, int first) {
  const char *members = "";
  for (int i = 0; i < count; i++) {
    members = json("%s%s'n%d':%d", members, i == 0 ? "" : ",", i % names, first + i);
  }
  return JSON("{%s}", members);
}

/* JSON.stringify writes no name twice; where another did, the last counts, as JSON.parse has it. */
static void of_members_with_one_name_the_last_counts(void **state) {
  store *s = *state;
  static const int counts[] = {0, 1, 3, 16, 17, 40};
  for (size_t i = 0; i < COUNT_OF(counts); i++) {
    for (size_t j = 0; j < COUNT_OF(counts); j++) {
      for (int names = 1; names < 50; names += 8) {
        int older = counts[i];
        int newer = counts[j];
        mk_record merged;
        mk_str of_older = repeating(older, names, 0);
        mk_str of_newer = repeating(newer, names, 1000);
        assert_int_equal(mk_record_merge(&s->ctx, of_older, of_newer, &merged), MK_OK);
        for (int name = 0; name < names; name++) {
          int in_newer = name < newer ? name + (newer - 1 - name) / names * names : -1;
          int in_older = name < older ? name + (older - 1 - name) / names * names : -1;
          mk_str value = mk_record_get(&merged, json("n%d", name));
          if (in_newer < 0 && in_older < 0) {
            assert_false(mk_str_is_present(value));
          } else {
            assert_text(value, json("%d", in_newer >= 0 ? 1000 + in_newer : in_older));
          }
        }
      }
    }
  }
}

static void members_with_one_name_are_all_replaced_or_removed(void **state) {
  store *s = *state;
  mk_record record = parse(s, "{'a':1,'b':2,'a':3}");
  assert_text(mk_record_get(&record, "a"), "3");
  assert_int_equal(mk_record_set(&s->ctx, &record, "a", MK_STR("4")), MK_OK);
  assert_text(mk_record_get(&record, "a"), "4");
  assert_int_equal(mk_record_put(&s->ctx, &record, (mk_member){JSON("'a'"), MK_STR("5")}), MK_OK);
  assert_text(mk_record_get(&record, "a"), "5");
  assert_int_equal(mk_record_put(&s->ctx, &record, (mk_member){JSON("'a'"), MK_STR("null")}), MK_OK);
  assert_json(written(s, &record), "{'b':2}");
}

static void put_replaces_adds_and_with_null_removes(void **state) {
  store *s = *state;
  mk_record record = parse(s, "{'a':1,'b':2,'c':3}");
  static const mk_member changes[] = {{MK_STR("\"b\""), MK_STR("null")},
                                      {MK_STR("\"c\""), MK_STR("4")},
                                      {MK_STR("\"d\""), MK_STR("5")},
                                      {MK_STR("\"e\""), MK_STR("null")}};
  for (size_t i = 0; i < COUNT_OF(changes); i++) {
    assert_int_equal(mk_record_put(&s->ctx, &record, changes[i]), MK_OK);
  }
  assert_json(written(s, &record), "{'a':1,'c':4,'d':5}");
}

static void records_of_many_members_grow(void **state) {
  store *s = *state;
  mk_record record = {0};
  for (int i = 0; i < 100; i++) {
    assert_int_equal(mk_record_set(&s->ctx, &record, json("n%d", i), MK_STR("1")), MK_OK);
    assert_int_equal(mk_record_set(&s->ctx, &record, json("n%d", i / 2), MK_STR("2")), MK_OK);
  }
  assert_int_equal(record.count, 100);
  assert_text(mk_record_get(&record, "n49"), "2");
  assert_text(mk_record_get(&record, "n99"), "1");
  assert_false(mk_str_is_present(mk_record_get(&record, "n100")));
}

static void stored_columns_of_the_wrong_type_are_corrupt(void **state) {
  store *s = *state;
  static const char *const values[] = {"{}", "{'c':1}", "{'c':null}", "{'c':{}}"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    int64_t ms = 0;
    mk_id id;
    mk_record record = parse(s, values[i]);
    s->ctx.error.status = MK_OK;
    assert_int_equal(mk_record_date(&s->ctx, MK_STR("k"), &record, "c", &ms), MK_E_CORRUPT_RECORD);
    assert_non_null(strstr(s->ctx.error.text, "has no valid date in c"));
    s->ctx.error.status = MK_OK;
    assert_int_equal(mk_record_id(&s->ctx, MK_STR("k"), &record, "c", &id), MK_E_CORRUPT_RECORD);
    assert_non_null(strstr(s->ctx.error.text, "has no string in c"));
    s->ctx.error.status = MK_OK;
  }
}

static void stored_dates_and_ids_are_read(void **state) {
  store *s = *state;
  int64_t ms = 0;
  mk_id id;
  mk_record record = parse(s, "{'at':'2025-11-24T16:00:00.000Z','id':'a:b'}");
  assert_int_equal(mk_record_date(&s->ctx, MK_STR("k"), &record, "at", &ms), MK_OK);
  assert_int_equal(ms, 1764000000000);
  assert_int_equal(mk_record_id(&s->ctx, MK_STR("k"), &record, "id", &id), MK_OK);
  assert_text(id.part, "a%3Ab");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(what_is_saved_is_kept_to_the_letter_columns_first),
      STORE_TEST(dates_are_stored_as_to_iso_string_writes_them),
      STORE_TEST(the_stores_own_members_are_not_taken_from_users),
      STORE_TEST(null_of_a_nullable_column_is_dropped),
      STORE_TEST(columns_of_the_wrong_type_are_refused_by_name),
      STORE_TEST(any_json_but_null_is_content),
      STORE_TEST(partial_record_demands_nothing_and_null_clears),
      STORE_TEST(stored_record_begins_with_its_time_and_comes_back),
      STORE_TEST(value_that_is_no_record_is_corrupt),
      STORE_TEST(laying_over_replaces_and_joins),
      STORE_TEST(answer_leaves_out_the_stores_own_members),
      STORE_TEST(merge_is_shallow),
      STORE_TEST(of_members_with_one_name_the_last_counts),
      STORE_TEST(members_with_one_name_are_all_replaced_or_removed),
      STORE_TEST(put_replaces_adds_and_with_null_removes),
      STORE_TEST(records_of_many_members_grow),
      STORE_TEST(stored_columns_of_the_wrong_type_are_corrupt),
      STORE_TEST(stored_dates_and_ids_are_read),
  };
  return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

/* message.h: where messages are stored, and what they look like there and in answers. */
#include <stdlib.h>

#include "message/message.h"
#include "support.h"

static mk_id id_of(store *s, const char *text) {
  mk_id id;
  assert_int_equal(mk_id_make(&s->ctx, JSON("'%s'", text), &id), MK_OK);
  return id;
}

static mk_place place_of(store *s, const char *thread, int64_t created_ms, const char *id) {
  return (mk_place){.thread = id_of(s, thread), .id = id_of(s, id), .created_ms = created_ms, .saved_ms = 7, .seq = 2};
}

static void key_and_locator_have_these_bytes(void **state) {
  store *s = *state;
  mk_place place = place_of(s, "t:1", 1764000000000, "m 1");
  mk_str text;
  assert_int_equal(mk_message_key(&s->ctx, &place, &text), MK_OK);
  assert_text(text, "messages:t%3A1:08638236000000000:m%201");
  assert_int_equal(mk_locator_key(&s->ctx, place.id.part, &text), MK_OK);
  assert_text(text, "metadata:messages:m%201");
  assert_int_equal(mk_locator_format(&s->ctx, &(mk_locator){.place = place}, 9, &text), MK_OK);
  assert_json(text, "{'_writtenAt':9,'threadId':'t:1','createdAt':'2025-11-24T16:00:00.000Z','savedAt':7,'seq':2}");
}

static void key_parses_below_its_threads_prefix_and_below_that_of_all(void **state) {
  (void)state;
  mk_str key = MK_STR("messages:t%3A1:08638236000000000:m%201");
  mk_place place = {.thread.part = MK_STR("t%3A1")};
  assert_true(mk_message_key_parse(key, MK_STR("messages:t%3A1:"), &place));
  assert_text(place.id.part, "m%201");
  assert_int_equal(place.created_ms, 1764000000000);
  place = (mk_place){0};
  assert_true(mk_message_key_parse(key, MK_STR("messages:"), &place));
  assert_text(place.thread.part, "t%3A1");
  assert_text(place.id.part, "m%201");
}

static void other_keys_are_no_messages(void **state) {
  (void)state;
  static const char *const keys[] = {
      "",
      "messages:",
      "messages:t",
      "messages:t:",
      "messages:u:08638236000000000:m",
      "messages:t:08638236000000000",
      "messages:t:0863823600000000:m",
      "messages:t:x8638236000000000:m",
      "messages:t:99999999999999999:m",
      "messages:t:08638236000000000:m:more",
      "metadata:messages:m",
  };
  for (size_t i = 0; i < COUNT_OF(keys); i++) {
    mk_place place = {.thread.part = MK_STR("t")};
    assert_false(mk_message_key_parse(mk_str_of(keys[i]), MK_STR("messages:t:"), &place));
  }
}

static void locator_comes_back_as_it_was_written(void **state) {
  store *s = *state;
  mk_place place = place_of(s, "t:1", -1, "m1");
  mk_locator again = {.place.id = place.id};
  mk_str text;
  assert_int_equal(mk_locator_format(&s->ctx, &(mk_locator){.place = place}, 9, &text), MK_OK);
  assert_int_equal(mk_locator_parse(&s->ctx, MK_STR("k"), text, &again), MK_OK);
  assert_true(mk_place_equal(&place, &again.place));
  assert_int_equal(mk_place_compare(&place, &again.place), 0);
  assert_int_equal(again.written_at_ms, 9);
  assert_false(again.is_deleted);
  assert_text(again.place.thread.json, "\"t:1\"");
}

static void value_that_is_no_locator_is_corrupt(void **state) {
  store *s = *state;
  static const char *const values[] = {
      "",
      "[]",
      "{}",
      "{'threadId':1,'createdAt':'2026','savedAt':1,'seq':0}",
      "{'threadId':'t','createdAt':1,'savedAt':1,'seq':0}",
      "{'threadId':'t','createdAt':'2026','savedAt':1}",
      "{'threadId':'t','createdAt':'2026','seq':0}",
      "{'threadId':'t','createdAt':'2026','savedAt':1.5,'seq':0}",
  };
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    mk_locator locator = {0};
    mk_context *ctx = store_begin(s);
    assert_int_equal(mk_locator_parse(ctx, MK_STR("k"), JSON("%s", values[i]), &locator), MK_E_CORRUPT_RECORD);
    assert_text(ctx->error.key, "k");
  }
}

static void metadata_has_these_bytes_and_comes_back(void **state) {
  store *s = *state;
  mk_place place = place_of(s, "t1", 0, "m1");
  mk_place again = {0};
  mk_str text;
  mk_str resource;
  assert_int_equal(mk_place_metadata_format(&s->ctx, &place, MK_STR("u%3A1"), &text), MK_OK);
  assert_json(text, "{'savedAt':7,'seq':2,'resourceId':'u%3A1'}");
  assert_true(mk_place_metadata_parse(&s->ctx, text, &again, &resource));
  assert_int_equal(again.saved_ms, 7);
  assert_int_equal(again.seq, 2);
  assert_text(resource, "u%3A1");
  assert_int_equal(mk_place_metadata_format(&s->ctx, &place, MK_STR_NONE, &text), MK_OK);
  assert_json(text, "{'savedAt':7,'seq':2}");
  assert_true(mk_place_metadata_parse(&s->ctx, text, &again, &resource));
  assert_false(mk_str_is_present(resource));
}

/* What another program wrote is asked of the message itself, and is no failure. */
static void metadata_that_is_not_ours_is_told_apart_without_an_error(void **state) {
  store *s = *state;
  static const char *const values[] = {"null",
                                       "1",
                                       "[]",
                                       "{}",
                                       "{'savedAt':1}",
                                       "{'seq':1}",
                                       "{'savedAt':'1','seq':0}",
                                       "{'savedAt':1,'seq':0.5}",
                                       "{'savedAt':1,'seq':0,'resourceId':5}",
                                       "{'savedAt':1,'seq':0,'resourceId':null}"};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    mk_place place = {0};
    mk_str resource;
    mk_context *ctx = store_begin(s);
    assert_false(mk_place_metadata_parse(ctx, JSON("%s", values[i]), &place, &resource));
    assert_int_equal(ctx->error.status, MK_OK);
  }
  mk_place place = {0};
  mk_str resource;
  assert_false(mk_place_metadata_parse(&s->ctx, MK_STR_NONE, &place, &resource));
}

static void places_are_ordered_by_time_then_call_then_position_then_id(void **state) {
  store *s = *state;
  mk_place ordered[] = {place_of(s, "t", 1, "z"), place_of(s, "t", 2, "y"), place_of(s, "t", 2, "x"),
                        place_of(s, "t", 2, "a"), place_of(s, "t", 2, "b")};
  ordered[1].saved_ms = 5;
  ordered[2].seq = 1;
  for (size_t i = 0; i < COUNT_OF(ordered); i++) {
    for (size_t j = 0; j < COUNT_OF(ordered); j++) {
      int order = mk_place_compare(&ordered[i], &ordered[j]);
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
    }
  }
}

static void places_are_equal_when_their_keys_are(void **state) {
  store *s = *state;
  mk_place place = place_of(s, "t", 1, "m");
  mk_place others[] = {place_of(s, "u", 1, "m"), place_of(s, "t", 2, "m"), place_of(s, "t", 1, "n")};
  mk_place same = place;
  same.saved_ms = 99;
  same.seq = 99;
  assert_true(mk_place_equal(&place, &same));
  for (size_t i = 0; i < COUNT_OF(others); i++) {
    assert_false(mk_place_equal(&place, &others[i]));
  }
}

static void answer_gives_text_its_newer_form_and_a_type(void **state) {
  store *s = *state;
  static const char *const cases[][2] = {
      {"{'content':'a\\u0000b'}",
       "{'content':{'format':2,'content':'a\\u0000b','parts':[{'type':'text','text':'a\\u0000b'}]},'type':'text'}"},
      {"{'content':{'format':2,'parts':[]},'id':'m'}", "{'content':{'format':2,'parts':[]},'id':'m','type':'text'}"},
      {"{'type':'v2','content':[1.50]}", "{'type':'v2','content':[1.50]}"},
      {"{'content':[],'type':''}", "{'content':[],'type':''}"},
      {"{}", "{'type':'text'}"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    mk_record record;
    mk_buf buf = mk_buf_make(&s->arena);
    assert_int_equal(mk_record_parse(&s->ctx, MK_STR("k"), JSON("%s", cases[i][0]), &record), MK_OK);
    mk_message_answer(&buf, &record);
    assert_json(mk_buf_take(&buf), cases[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(key_and_locator_have_these_bytes),
      cmocka_unit_test(key_parses_below_its_threads_prefix_and_below_that_of_all),
      cmocka_unit_test(other_keys_are_no_messages),
      STORE_TEST(locator_comes_back_as_it_was_written),
      STORE_TEST(value_that_is_no_locator_is_corrupt),
      STORE_TEST(metadata_has_these_bytes_and_comes_back),
      STORE_TEST(metadata_that_is_not_ours_is_told_apart_without_an_error),
      STORE_TEST(places_are_ordered_by_time_then_call_then_position_then_id),
      STORE_TEST(places_are_equal_when_their_keys_are),
      STORE_TEST(answer_gives_text_its_newer_form_and_a_type),
  };
  return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}

/* activity.h: when a thread was last touched, and the hint of its newest messages. */
#include "base/date.h"
#include "kv/io.h"
#include "message/activity.h"
#include "support.h"

#define NOW INT64_C(1764000000000)

static mk_id id_of(store *s, const char *text) {
  mk_id id;
  assert_int_equal(mk_id_make(&s->ctx, JSON("'%s'", text), &id), MK_OK);
  return id;
}

static mk_place place_of(store *s, int number, int64_t saved_ms) {
  return (mk_place){.id = id_of(s, json("m%d", number)), .created_ms = NOW + number, .saved_ms = saved_ms};
}

/* What a get of `value` found. */
static mk_io io_of(mk_str value) { return (mk_io){.key = MK_STR("k"), .result = value}; }

static mk_activity parse(store *s, const char *value) {
  mk_activity activity;
  mk_id thread = id_of(s, "t1");
  mk_io io = io_of(JSON("%s", value));
  assert_int_equal(mk_activity_read(&s->ctx, &thread, &io, &activity), MK_OK);
  return activity;
}

static void remember(store *s, mk_activity *activity, mk_place place, int64_t now_ms) {
  mk_id thread = id_of(s, "t1");
  assert_int_equal(mk_activity_remember(&s->ctx, &thread, activity, &place, 1, now_ms), MK_OK);
}

static void absent_value_is_an_activity_that_does_not_exist(void **state) {
  store *s = *state;
  mk_activity activity;
  mk_id thread = id_of(s, "t1");
  mk_io io = io_of(MK_STR_NONE);
  assert_int_equal(mk_activity_read(&s->ctx, &thread, &io, &activity), MK_OK);
  assert_false(activity.exists);
  assert_int_equal(activity.recent_count, 0);
}

static void what_is_put_has_these_bytes_and_comes_back(void **state) {
  store *s = *state;
  static const char stored[] =
      "{'_writtenAt':1764000000000,'updatedAt':'2025-11-24T16:00:00.000Z','_patchedAt':5,'_recent':["
      "{'id':'m:2','createdAt':'2025-11-24T16:00:00.002Z','savedAt':9,'seq':1},"
      "{'id':'m1','createdAt':'2025-11-24T16:00:00.001Z','savedAt':8,'seq':0}]}";
  mk_activity activity = parse(s, stored);
  mk_id thread = id_of(s, "t1");
  assert_true(activity.exists);
  assert_int_equal(activity.updated_ms, NOW);
  assert_int_equal(activity.patched_ms, 5);
  assert_int_equal(activity.recent_count, 2);
  assert_text(activity.recent[0].id.part, "m%3A2");
  assert_text(activity.recent[0].thread.part, "t1");
  assert_int_equal(activity.recent[0].seq, 1);
  activity.exists = false; /* so that its time is written as it stands */
  assert_int_equal(mk_activity_put(&s->ctx, &thread, &activity, NOW), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_json(kv_value(NS_THREADS, "metadata:threads:t1:activity"), stored);
}

static void write_is_newer_than_the_one_before_also_when_clocks_disagree(void **state) {
  store *s = *state;
  mk_activity activity = parse(s, "{'_writtenAt':1764000000500,'updatedAt':'2025-11-24T16:00:00.700Z'}");
  mk_id thread = id_of(s, "t1");
  mk_activity_touch(&activity, NOW);
  assert_int_equal(mk_activity_put(&s->ctx, &thread, &activity, NOW), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_json(kv_value(NS_THREADS, "metadata:threads:t1:activity"),
              "{'_writtenAt':1764000000501,'updatedAt':'2025-11-24T16:00:00.701Z'}");
}

static void touch_sets_the_time_or_goes_just_behind_what_it_was(void **state) {
  (void)state;
  mk_activity activity = {0};
  mk_activity_touch(&activity, NOW);
  assert_int_equal(activity.updated_ms, NOW);
  activity.exists = true;
  mk_activity_touch(&activity, NOW + 10);
  assert_int_equal(activity.updated_ms, NOW + 10);
  mk_activity_touch(&activity, NOW);
  assert_int_equal(activity.updated_ms, NOW + 11);
}

/* A time behind it could be written and never read again. */
static void touch_stays_within_the_range_of_date(void **state) {
  (void)state;
  mk_activity activity = {.exists = true, .updated_ms = MK_DATE_MS_MAX};
  mk_activity_touch(&activity, NOW);
  assert_int_equal(activity.updated_ms, MK_DATE_MS_MAX);
}

static void remembered_places_are_the_newest_first_and_each_once(void **state) {
  store *s = *state;
  mk_activity activity = {0};
  remember(s, &activity, place_of(s, 2, NOW), NOW);
  remember(s, &activity, place_of(s, 3, NOW), NOW);
  remember(s, &activity, place_of(s, 1, NOW), NOW);
  remember(s, &activity, place_of(s, 3, NOW + 1), NOW + 1);
  assert_int_equal(activity.recent_count, 3);
  for (int i = 0; i < 3; i++) {
    assert_text(activity.recent[i].id.part, json("m%d", 3 - i));
  }
  assert_int_equal(activity.recent[0].saved_ms, NOW + 1);
}

static void place_leaves_the_hint_five_minutes_after_it_was_saved(void **state) {
  store *s = *state;
  mk_activity activity = {0};
  remember(s, &activity, place_of(s, 1, NOW), NOW);
  remember(s, &activity, place_of(s, 2, NOW + MK_RECENT_MS - 1), NOW + MK_RECENT_MS - 1);
  assert_int_equal(activity.recent_count, 2);
  remember(s, &activity, place_of(s, 3, NOW + MK_RECENT_MS), NOW + MK_RECENT_MS);
  assert_int_equal(activity.recent_count, 2);
  assert_text(activity.recent[0].id.part, "m3");
  assert_text(activity.recent[1].id.part, "m2");
}

static void hint_holds_the_hundred_newest(void **state) {
  store *s = *state;
  mk_activity activity = {0};
  for (int i = 0; i < 150; i++) {
    remember(s, &activity, place_of(s, i * 7 % 150, NOW), NOW);
  }
  assert_int_equal(activity.recent_count, MK_RECENT_MAX);
  for (int i = 0; i < MK_RECENT_MAX; i++) {
    assert_text(activity.recent[i].id.part, json("m%d", 149 - i));
  }
}

static void stored_hint_of_any_length_is_read_up_to_a_hundred(void **state) {
  store *s = *state;
  mk_buf buf = mk_buf_make(&s->arena);
  mk_buf_literal(&buf, "{'updatedAt':'2026','_recent':[");
  for (int i = 0; i < 120; i++) {
    mk_buf_literal(&buf, json("%s{'id':'m%d','createdAt':'2026','savedAt':1,'seq':0}", i > 0 ? "," : "", i));
  }
  mk_buf_literal(&buf, "]}");
  mk_activity activity = parse(s, mk_buf_take(&buf).data);
  assert_int_equal(activity.recent_count, MK_RECENT_MAX);
}

static void forgotten_place_is_gone_and_the_order_stays(void **state) {
  store *s = *state;
  mk_activity activity = {0};
  for (int i = 0; i < 4; i++) {
    remember(s, &activity, place_of(s, i, NOW), NOW);
  }
  mk_activity_forget(&activity, MK_STR("m2"));
  mk_activity_forget(&activity, MK_STR("unknown"));
  assert_int_equal(activity.recent_count, 3);
  assert_text(activity.recent[0].id.part, "m3");
  assert_text(activity.recent[1].id.part, "m1");
  assert_text(activity.recent[2].id.part, "m0");
}

static void value_that_is_no_activity_is_corrupt(void **state) {
  store *s = *state;
  static const char *const values[] = {
      "x",
      "[]",
      "{}",
      "{'updatedAt':5}",
      "{'updatedAt':'2026','_recent':[1]}",
      "{'updatedAt':'2026','_recent':[{}]}",
      "{'updatedAt':'2026','_recent':[{'id':'m','createdAt':'2026','savedAt':1}]}",
      "{'updatedAt':'2026','_recent':[{'id':'m','createdAt':'x','savedAt':1,'seq':0}]}",
      "{'updatedAt':'2026','_recent':[{'id':1,'createdAt':'2026','savedAt':1,'seq':0}]}",
  };
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    mk_activity activity;
    mk_context *ctx = store_begin(s);
    mk_id thread = id_of(s, "t1");
    mk_io io = io_of(JSON("%s", values[i]));
    assert_int_equal(mk_activity_read(ctx, &thread, &io, &activity), MK_E_CORRUPT_RECORD);
    assert_text(ctx->error.key, "k");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(absent_value_is_an_activity_that_does_not_exist),
      STORE_TEST(what_is_put_has_these_bytes_and_comes_back),
      STORE_TEST(write_is_newer_than_the_one_before_also_when_clocks_disagree),
      cmocka_unit_test(touch_sets_the_time_or_goes_just_behind_what_it_was),
      cmocka_unit_test(touch_stays_within_the_range_of_date),
      STORE_TEST(remembered_places_are_the_newest_first_and_each_once),
      STORE_TEST(place_leaves_the_hint_five_minutes_after_it_was_saved),
      STORE_TEST(hint_holds_the_hundred_newest),
      STORE_TEST(stored_hint_of_any_length_is_read_up_to_a_hundred),
      STORE_TEST(forgotten_place_is_gone_and_the_order_stays),
      STORE_TEST(value_that_is_no_activity_is_corrupt),
  };
  return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}

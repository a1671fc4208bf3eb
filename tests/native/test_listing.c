/* listing.h: the keys under a prefix, page after page. */
#include "kv/listing.h"
#include "support.h"

static void seed_keys(int count) {
  kv_seed(NS_MESSAGES, "messages:s:x", "1", NULL);
  for (int i = 0; i < count; i++) {
    kv_seed(NS_MESSAGES, json("messages:t:%05d", i), "1", json("{'n':%d}", i));
  }
  kv_seed(NS_MESSAGES, "messages:tt:x", "1", NULL);
}

static mk_listing listing_of(store *s) {
  store_begin(s);
  kv_count_reset();
  return mk_listing_make(MK_MESSAGES, MK_STR("messages:t:"));
}

static void assert_all_listed(const mk_listing *listing, int count) {
  assert_true(listing->is_complete);
  assert_int_equal(listing->count, count);
  for (int i = 0; i < count; i++) {
    assert_text(listing->keys[i].name, json("messages:t:%05d", i));
    assert_json(listing->keys[i].metadata, json("{'n':%d}", i));
  }
}

static void all_keys_are_listed_a_thousand_a_round(void **state) {
  store *s = *state;
  static const struct {
    int keys;
    int lists;
  } cases[] = {{0, 1}, {1, 1}, {1000, 1}, {1001, 2}, {3500, 4}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    kv_reset();
    seed_keys(cases[i].keys);
    mk_listing listing = listing_of(s);
    assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
    assert_all_listed(&listing, cases[i].keys);
    assert_calls(0, 0, 0, cases[i].lists, cases[i].lists);
  }
}

static void pages_smaller_larger_and_empty_ones_are_taken_as_they_come(void **state) {
  store *s = *state;
  static const uint32_t sizes[] = {1, 7, 100, 2000};
  seed_keys(150);
  for (size_t i = 0; i < COUNT_OF(sizes); i++) {
    for (int with_empty_pages = 0; with_empty_pages < 2; with_empty_pages++) {
      kv_pages_hold(sizes[i]);
      kv_pages_empty_first(with_empty_pages == 1);
      mk_listing listing = listing_of(s);
      assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
      assert_all_listed(&listing, 150);
    }
  }
}

static void one_page_has_as_many_keys_as_asked_for(void **state) {
  store *s = *state;
  seed_keys(30);
  mk_listing listing = listing_of(s);
  assert_int_equal(mk_listing_queue(&s->ctx, &listing, 10), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(mk_listing_take(&s->ctx, &listing), MK_OK);
  assert_int_equal(listing.count, 10);
  assert_false(listing.is_complete);
  assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
  assert_all_listed(&listing, 30);
}

static void limit_above_kvs_is_cut(void **state) {
  store *s = *state;
  seed_keys(3);
  mk_listing listing = listing_of(s);
  assert_int_equal(mk_listing_queue(&s->ctx, &listing, INT64_MAX), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(mk_listing_take(&s->ctx, &listing), MK_OK);
  assert_all_listed(&listing, 3);
}

static void complete_listing_asks_no_more(void **state) {
  store *s = *state;
  mk_listing listing = listing_of(s);
  assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
  assert_int_equal(mk_listing_queue(&s->ctx, &listing, 10), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(mk_listing_take(&s->ctx, &listing), MK_OK);
  assert_calls(0, 0, 0, 1, 1);
}

static void deleted_keys_between_pages_leave_the_others(void **state) {
  store *s = *state;
  seed_keys(25);
  kv_pages_hold(10);
  mk_listing listing = listing_of(s);
  assert_int_equal(mk_listing_queue(&s->ctx, &listing, 10), MK_OK);
  assert_int_equal(mk_io_flush(&s->ctx), MK_OK);
  assert_int_equal(mk_listing_take(&s->ctx, &listing), MK_OK);
  for (int i = 0; i < 15; i++) {
    assert_int_equal(mk_io_delete(&s->ctx, MK_MESSAGES, JSON("messages:t:%05d", i)), MK_OK);
  }
  assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
  assert_int_equal(listing.count, 20);
  assert_text(listing.keys[10].name, "messages:t:00015");
}

static void names_are_decoded(void **state) {
  store *s = *state;
  kv_seed(NS_MESSAGES, "messages:t:\"\\\n", "1", NULL);
  mk_listing listing = listing_of(s);
  assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
  assert_text(listing.keys[0].name, "messages:t:\"\\\n");
  assert_false(mk_str_is_present(listing.keys[0].metadata));
}

static void answers_that_are_no_lists_are_failures(void **state) {
  store *s = *state;
  static const char *const answers[] = {
      "",
      "null",
      "{}",
      "{\"keys\":{},\"list_complete\":true}",
      "{\"keys\":[{}],\"list_complete\":true}",
      "{\"keys\":[{\"name\":5}],\"list_complete\":true}",
      "{\"keys\":[5],\"list_complete\":true}",
      "{\"keys\":[],\"list_complete\":false}",
      "{\"keys\":[]}",
      "{\"keys\":[],\"list_complete\":false,\"cursor\":5}",
      "{\"keys\":[],\"list_complete\":true",
  };
  for (size_t i = 0; i < COUNT_OF(answers); i++) {
    mk_listing listing = listing_of(s);
    kv_list_answers(answers[i]);
    assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_E_KV_FAILED);
    assert_int_equal(kv_count_calls(), 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(all_keys_are_listed_a_thousand_a_round),
      STORE_TEST(pages_smaller_larger_and_empty_ones_are_taken_as_they_come),
      STORE_TEST(one_page_has_as_many_keys_as_asked_for),
      STORE_TEST(limit_above_kvs_is_cut),
      STORE_TEST(complete_listing_asks_no_more),
      STORE_TEST(deleted_keys_between_pages_leave_the_others),
      STORE_TEST(names_are_decoded),
      STORE_TEST(answers_that_are_no_lists_are_failures),
  };
  return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}

/* kv_memory.h: the KV that the other tests trust keeps KV's rules. */
#include <stdlib.h>
#include <string.h>

#include "host/platform.h"
#include "support.h"

static char answer[1 << 20];

/* The status of a settled call; its result is in `answer`. */
static int32_t settle(int32_t ticket) {
  mk_kv_wait();
  int32_t status = mk_kv_status(ticket);
  uint32_t size = mk_kv_size(ticket);
  assert_true(size < sizeof answer);
  mk_kv_read(ticket, answer);
  answer[size] = '\0';
  return status;
}

static int32_t get(const char *key) { return settle(mk_kv_get(0, key, (uint32_t)strlen(key))); }

static int32_t put_until(const char *key, const char *value, const char *metadata, uint32_t expiration_s) {
  return settle(mk_kv_put(0, key, (uint32_t)strlen(key), value, (uint32_t)strlen(value), metadata,
                          (uint32_t)strlen(metadata), expiration_s));
}

static int32_t put(const char *key, const char *value) { return put_until(key, value, "", 0); }

static int32_t delete_key(const char *key) { return settle(mk_kv_delete(0, key, (uint32_t)strlen(key))); }

static int32_t list(const char *prefix, uint32_t limit, const char *cursor) {
  return settle(mk_kv_list(0, prefix, (uint32_t)strlen(prefix), limit, cursor, (uint32_t)strlen(cursor)));
}

static int fresh(void **state) {
  (void)state;
  kv_reset();
  return 0;
}

static void value_put_is_got_and_deleted(void **state) {
  (void)state;
  assert_int_equal(get("a"), MK_KV_ABSENT);
  assert_int_equal(put("a", "1"), MK_KV_DONE);
  assert_int_equal(get("a"), MK_KV_DONE);
  assert_string_equal(answer, "1");
  assert_int_equal(put("a", "2"), MK_KV_DONE);
  assert_int_equal(get("a"), MK_KV_DONE);
  assert_string_equal(answer, "2");
  assert_int_equal(delete_key("a"), MK_KV_DONE);
  assert_int_equal(get("a"), MK_KV_ABSENT);
  assert_int_equal(delete_key("a"), MK_KV_DONE);
}

static void namespaces_are_apart(void **state) {
  (void)state;
  assert_int_equal(put("a", "1"), MK_KV_DONE);
  assert_int_equal(settle(mk_kv_get(1, "a", 1)), MK_KV_ABSENT);
}

static void texts_are_copied_before_the_call_returns(void **state) {
  (void)state;
  char key[] = "key";
  char value[] = "value";
  int32_t ticket = mk_kv_put(0, key, 3, value, 5, "", 0, 0);
  memset(key, 'x', 3);
  memset(value, 'x', 5);
  assert_int_equal(settle(ticket), MK_KV_DONE);
  assert_int_equal(get("key"), MK_KV_DONE);
  assert_string_equal(answer, "value");
}

static void lists_are_in_the_order_of_bytes(void **state) {
  (void)state;
  static const char *const keys[] = {"k\xF0\x9F\x98\x80", "kb", "k\xEF\xBF\xBF", "kA", "k", "ka", "l", "K"};
  for (size_t i = 0; i < COUNT_OF(keys); i++) {
    assert_int_equal(put(keys[i], "1"), MK_KV_DONE);
  }
  assert_int_equal(list("k", 1000, ""), MK_KV_DONE);
  assert_string_equal(answer, json("{'keys':[{'name':'k'},{'name':'kA'},{'name':'ka'},{'name':'kb'},"
                                   "{'name':'k\xEF\xBF\xBF'},{'name':'k\xF0\x9F\x98\x80'}],"
                                   "'list_complete':true,'cacheStatus':null}"));
}

/* The cursor in the last answer. */
static const char *cursor(void) {
  mk_str span = mk_json_get(mk_str_of(answer), "cursor");
  return mk_str_is_present(span) ? json("%.*s", (int)span.size - 2, span.data + 1) : NULL;
}

static void pages_go_on_behind_the_last_key_also_when_it_is_gone(void **state) {
  (void)state;
  for (int i = 0; i < 5; i++) {
    assert_int_equal(put(json("k%d", i), "1"), MK_KV_DONE);
  }
  assert_int_equal(list("k", 2, ""), MK_KV_DONE);
  assert_non_null(strstr(answer, json("[{'name':'k0'},{'name':'k1'}]")));
  assert_non_null(strstr(answer, json("'list_complete':false")));
  const char *next = cursor();
  assert_int_equal(delete_key("k1"), MK_KV_DONE);
  assert_int_equal(put("k11", "1"), MK_KV_DONE);
  assert_int_equal(list("k", 10, next), MK_KV_DONE);
  assert_non_null(strstr(answer, json("[{'name':'k11'},{'name':'k2'},{'name':'k3'},{'name':'k4'}]")));
  assert_null(cursor());
}

static void cursor_is_good_for_its_prefix_only(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(put(json("k%d", i), "1"), MK_KV_DONE);
  }
  assert_int_equal(list("k", 1, ""), MK_KV_DONE);
  const char *next = cursor();
  assert_int_equal(list("k1", 1, next), -400);
  assert_int_equal(list("k", 1, "made up"), -400);
}

static void empty_pages_come_before_full_ones(void **state) {
  (void)state;
  assert_int_equal(put("k0", "1"), MK_KV_DONE);
  assert_int_equal(put("k1", "1"), MK_KV_DONE);
  kv_pages_empty_first(true);
  kv_pages_hold(1);
  int keys = 0;
  int pages = 0;
  for (const char *next = ""; next != NULL; next = cursor(), pages++) {
    assert_int_equal(list("k", 1000, next), MK_KV_DONE);
    bool is_empty = strstr(answer, "name") == NULL;
    assert_int_equal(is_empty, pages % 2 == 0);
    keys += !is_empty;
  }
  assert_int_equal(keys, 2);
  assert_int_equal(pages, 4);
}

static void metadata_and_expiration_are_listed(void **state) {
  (void)state;
  assert_int_equal(put_until("k", "1", "{\"a\":1}", 1764000120), MK_KV_DONE);
  assert_int_equal(list("k", 1, ""), MK_KV_DONE);
  assert_non_null(strstr(answer, json("{'name':'k','expiration':1764000120,'metadata':{'a':1}}")));
}

static void expired_key_is_gone(void **state) {
  (void)state;
  assert_int_equal(put_until("k", "1", "", 1764000060), MK_KV_DONE);
  kv_clock_set(1764000059999);
  assert_int_equal(mk_clock_ms(), 1764000059999);
  assert_int_equal(get("k"), MK_KV_DONE);
  assert_int_equal(mk_clock_ms(), 1764000060000);
  assert_int_equal(get("k"), MK_KV_ABSENT);
  assert_int_equal(list("k", 1, ""), MK_KV_DONE);
  assert_null(strstr(answer, "name"));
}

static void breaches_of_limits_fail_with_kvs_status(void **state) {
  (void)state;
  static char value[MK_KV_VALUE_BYTES_MAX + 2];
  char key[MK_KV_KEY_BYTES_MAX + 2];
  char metadata[MK_KV_METADATA_BYTES_MAX + 2];
  memset(key, 'k', sizeof key);
  memset(value, 'v', sizeof value);
  memset(metadata, ' ', sizeof metadata);
  key[MK_KV_KEY_BYTES_MAX + 1] = '\0';
  value[MK_KV_VALUE_BYTES_MAX + 1] = '\0';
  metadata[MK_KV_METADATA_BYTES_MAX + 1] = '\0';
  assert_int_equal(put(key, "1"), -414);
  assert_string_equal(answer, "KV PUT failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.");
  assert_int_equal(get(key), -414);
  assert_int_equal(put("k", value), -413);
  assert_string_equal(answer, "KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.");
  assert_int_equal(put_until("k", "1", metadata, 0), -413);
  assert_string_equal(answer, "KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.");
  assert_int_equal(put_until("k", "1", "", 1764000059), -400);
  assert_int_equal(list("k", 1001, ""), -400);
  assert_int_equal(put("", "1"), MK_KV_FAILED);
  assert_string_equal(answer, "Key name cannot be empty.");
  assert_int_equal(put(".", "1"), MK_KV_FAILED);
  assert_int_equal(get(".."), MK_KV_FAILED);
  assert_int_equal(kv_key_count(0), 0);
}

static void gets_before_one_wait_are_counted_in_bulks_of_a_hundred(void **state) {
  (void)state;
  for (int i = 0; i < 250; i++) {
    (void)mk_kv_get(0, "k", 1);
  }
  (void)mk_kv_get(1, "k", 1);
  mk_kv_wait();
  assert_int_equal(kv_count().calls[KV_GET], 4);
  (void)mk_kv_get(0, "k", 1);
  mk_kv_wait();
  assert_int_equal(kv_count().calls[KV_GET], 5);
  assert_int_equal(kv_count().rounds, 2);
  mk_kv_wait();
  assert_int_equal(kv_count().rounds, 2);
}

static void planned_failures_hit_the_calls_they_are_planned_for(void **state) {
  (void)state;
  kv_fail((kv_faults){.nth = 2, .status = 503});
  assert_int_equal(put("a", "1"), MK_KV_DONE);
  assert_false(kv_has_failed());
  assert_int_equal(put("b", "1"), -503);
  assert_true(kv_has_failed());
  assert_int_equal(put("c", "1"), MK_KV_DONE);
  kv_fail((kv_faults){.nth = 1, .and_after = true});
  assert_int_equal(get("a"), MK_KV_FAILED);
  assert_int_equal(list("a", 1, ""), MK_KV_FAILED);
  kv_fail((kv_faults){.nth = 1, .lands = true, .status = 500});
  assert_int_equal(put("d", "1"), -500);
  kv_fail((kv_faults){0});
  assert_string_equal(kv_dump(0), "a = 1\nc = 1\nd = 1\n");
}

static void all_keys_of_a_bulk_read_fail_together(void **state) {
  (void)state;
  int32_t tickets[101];
  kv_fail((kv_faults){.nth = 1, .status = 500});
  for (int i = 0; i < 101; i++) {
    tickets[i] = mk_kv_get(0, "k", 1);
  }
  mk_kv_wait();
  assert_int_equal(mk_kv_status(tickets[0]), -500);
  assert_int_equal(mk_kv_status(tickets[99]), -500);
  assert_int_equal(mk_kv_status(tickets[100]), MK_KV_ABSENT);
}

static void lists_and_gets_can_show_an_earlier_moment(void **state) {
  (void)state;
  assert_int_equal(put("a", "1"), MK_KV_DONE);
  kv_moment before = kv_now();
  assert_int_equal(put("a", "2"), MK_KV_DONE);
  assert_int_equal(put("b", "1"), MK_KV_DONE);
  assert_int_equal(delete_key("a"), MK_KV_DONE);
  kv_lists_show(before);
  assert_int_equal(list("", 10, ""), MK_KV_DONE);
  assert_non_null(strstr(answer, json("[{'name':'a'}]")));
  assert_int_equal(get("a"), MK_KV_ABSENT);
  kv_gets_show(before);
  assert_int_equal(get("a"), MK_KV_DONE);
  assert_string_equal(answer, "1");
  assert_int_equal(get("b"), MK_KV_ABSENT);
  kv_gets_show(KV_PRESENT);
  kv_lists_show(KV_PRESENT);
  assert_int_equal(list("", 10, ""), MK_KV_DONE);
  assert_non_null(strstr(answer, json("[{'name':'b'}]")));
}

static void seeding_puts_keys_in_any_order_uncounted(void **state) {
  (void)state;
  kv_seed(0, "b", "1", NULL);
  kv_seed(0, "a", "2", "{}");
  kv_seed(0, "c", "3", NULL);
  kv_seed(0, "b", "4", NULL);
  assert_string_equal(kv_dump(0), "a = 2 | {}\nb = 4\nc = 3\n");
  assert_int_equal(kv_key_count(0), 3);
  assert_int_equal(kv_count_calls(), 0);
  assert_false(mk_str_is_present(kv_value(0, "d")));
  assert_text(kv_metadata(0, "a"), "{}");
}

static void clock_rises_with_every_reading(void **state) {
  (void)state;
  assert_int_equal(mk_clock_ms(), KV_CLOCK_START + 1);
  assert_int_equal(mk_clock_ms(), KV_CLOCK_START + 2);
  kv_clock_set(KV_CLOCK_START); /* never back */
  assert_int_equal(mk_clock_ms(), KV_CLOCK_START + 3);
  assert_int_equal(kv_clock_last(), KV_CLOCK_START + 3);
}

static void random_bytes_are_the_same_in_every_run(void **state) {
  (void)state;
  unsigned char first[64];
  unsigned char again[64];
  mk_random(first, sizeof first);
  mk_random(again, sizeof again);
  assert_memory_not_equal(first, again, sizeof first);
  kv_reset();
  mk_random(again, sizeof again);
  assert_memory_equal(first, again, sizeof first);
}

#define KV_TEST(test) cmocka_unit_test_setup_teardown(test, fresh, fresh)

int main(void) {
  const struct CMUnitTest tests[] = {
      KV_TEST(value_put_is_got_and_deleted),
      KV_TEST(namespaces_are_apart),
      KV_TEST(texts_are_copied_before_the_call_returns),
      KV_TEST(lists_are_in_the_order_of_bytes),
      KV_TEST(pages_go_on_behind_the_last_key_also_when_it_is_gone),
      KV_TEST(cursor_is_good_for_its_prefix_only),
      KV_TEST(empty_pages_come_before_full_ones),
      KV_TEST(metadata_and_expiration_are_listed),
      KV_TEST(expired_key_is_gone),
      KV_TEST(breaches_of_limits_fail_with_kvs_status),
      KV_TEST(gets_before_one_wait_are_counted_in_bulks_of_a_hundred),
      KV_TEST(planned_failures_hit_the_calls_they_are_planned_for),
      KV_TEST(all_keys_of_a_bulk_read_fail_together),
      KV_TEST(lists_and_gets_can_show_an_earlier_moment),
      KV_TEST(seeding_puts_keys_in_any_order_uncounted),
      KV_TEST(clock_rises_with_every_reading),
      KV_TEST(random_bytes_are_the_same_in_every_run),
  };
  return cmocka_run_group_tests_name("kv_memory", tests, NULL, NULL);
}

/* How long records are kept: what an option may say, and the second at which KV drops what is written of a record. */
#include "kv/expiration.h"

#include "base/duration.h"
#include "kv/listing.h"
#include "support.h"

#define KEEPING(kept) \
  "{'bindings':[{'name':'threads','valid':true},{'name':'messages','valid':true}],'expiration':" kept "}"
#define HOUR_MS INT64_C(3600000)

static void durations_are_numbers_or_texts(void **state) {
  (void)state;
  static const struct {
    const char *span;
    int64_t ms; /* -1: it is none */
  } cases[] = {
      {"0", 0},
      {"90000", 90000},
      {"'1ms'", 1},
      {"'2s'", 2000},
      {"'3m'", 180000},
      {"'4h'", 14400000},
      {"'90d'", 7776000000},
      {"'1w'", 604800000},
      {"''", -1},
      {"'d'", -1},
      {"'1'", -1},
      {"'1.5d'", -1},
      {"'-1d'", -1},
      {"'1 d'", -1},
      {"'1D'", -1},
      {"'100000000d'", INT64_C(8640000000000000)},
      {"'100000001d'", -1},
      {"-1", -1},
      {"8640000000000001", -1},
      {"8640000000000000", INT64_C(8640000000000000)},
      {"true", -1},
      {"1.5", -1},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    int64_t ms = 0;
    bool is_duration = mk_duration_read(JSON("%s", cases[i].span), &ms);
    if (is_duration != (cases[i].ms >= 0) || (is_duration && ms != cases[i].ms)) {
      fail_msg("%s is read as %lld", cases[i].span, (long long)(is_duration ? ms : -1));
    }
  }
}

static void what_cannot_be_kept_so_is_refused(void **state) {
  store *s = *state;
  mk_str result;
  static const char *const refused[] = {KEEPING("7"),
                                        KEEPING("{'users':'1d'}"),
                                        KEEPING("{'metadata':'1d'}"),
                                        KEEPING("{'messages':59999}"),
                                        KEEPING("{'messages':'soon'}"),
                                        KEEPING("{'messages':'1d','threads':null}")};
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    assert_int_equal(store_open(s, refused[i], &result), MK_E_INVALID_ARGUMENT);
  }
  store_reopen(s, KEEPING("{'messages':60000}"));
}

static uint32_t expiration_of(store *s, mk_keyspace keyspace, const char *key, const char *value) {
  return mk_expiration_of(store_begin(s), keyspace, mk_str_of(key), JSON("%s", value));
}

static void a_message_is_dropped_so_long_after_its_own_time(void **state) {
  store *s = *state;
  store_reopen(s, KEEPING("{'messages':'2h'}"));
  /* 2025-11-24T16:00:00Z, an hour before, and long before: not sooner than KV can be told. */
  assert_int_equal(expiration_of(s, MK_MESSAGES, "messages:t:08638235999999999:m", ""), 1764000000 + 2 * 3600 + 1);
  assert_int_equal(expiration_of(s, MK_MESSAGES, "messages:t:08638236000000000:m", ""), 1764000000 + 2 * 3600);
  assert_int_equal(expiration_of(s, MK_MESSAGES, "messages:t:08638236003600000:m", ""), 1764000000 + 3600);
  uint32_t soonest = expiration_of(s, MK_MESSAGES, "messages:t:08640000000000000:m", "");
  assert_in_range(soonest, 1764000000 + 70, 1764000000 + 72);
  assert_int_equal(expiration_of(s, MK_MESSAGES, "messages:t:00000000000000000:m", ""), 0); /* never */
  assert_int_equal(expiration_of(s, MK_THREADS, "threads:t", "{'updatedAt':'2025-11-24T16:00:00.000Z'}"), 0);
}

static void other_records_tell_their_age_by_a_column(void **state) {
  store *s = *state;
  store_reopen(s, KEEPING("{'threads':'1h','background_tasks':'1h'}"));
  assert_int_equal(expiration_of(s, MK_BACKGROUND_TASKS, "background_tasks:k",
                                 "{'createdAt':'2025-11-24T15:00:00.000Z','completedAt':'2025-11-24T16:00:00.000Z'}"),
                   1764000000 + 3600);
  assert_int_equal(
      expiration_of(s, MK_BACKGROUND_TASKS, "background_tasks:k", "{'createdAt':'2025-11-24T15:00:00.000Z'}"),
      0); /* it still runs */
}

static void an_expired_message_is_gone(void **state) {
  store *s = *state;
  store_reopen(s, KEEPING("{'messages':'2h'}"));
  (void)result_of(
      s, "saveMessages",
      "{'messages':[{'id':'a','threadId':'t','role':'user','createdAt':'2025-11-24T15:00:00.000Z','content':''},"
      "{'id':'b','threadId':'t','role':'user','createdAt':'2025-11-24T15:30:00.000Z','content':''}]}");
  kv_clock_set(KV_CLOCK_START + HOUR_MS + 60000);
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t'}"), "b of 1");
  assert_result(s, "listMessagesById", "{'messageIds':['a']}", "{'messages':[]}");
  kv_clock_set(KV_CLOCK_START + 2 * HOUR_MS);
  assert_string_equal(list_of(s, "listMessages", "messages", "{'threadId':'t'}"), " of 0");
}

static void a_list_that_still_shows_an_expired_key_is_not_believed(void **state) {
  store *s = *state;
  store_begin(s);
  kv_list_answers(
      "{\"keys\":[{\"name\":\"messages:t:1\",\"expiration\":1763999999},"
      "{\"name\":\"messages:t:2\",\"expiration\":1764000999},{\"name\":\"messages:t:3\"}],\"list_complete\":true}");
  mk_listing listing = mk_listing_make(MK_MESSAGES, MK_STR("messages:t:"));
  assert_int_equal(mk_listing_finish(&s->ctx, &listing), MK_OK);
  assert_int_equal(listing.count, 2);
  assert_text(listing.keys[0].name, "messages:t:2");
  assert_int_equal(listing.keys[0].expiration_s, 1764000999);
  assert_text(listing.keys[1].name, "messages:t:3");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(durations_are_numbers_or_texts),
      STORE_TEST(what_cannot_be_kept_so_is_refused),
      STORE_TEST(a_message_is_dropped_so_long_after_its_own_time),
      STORE_TEST(other_records_tell_their_age_by_a_column),
      STORE_TEST(an_expired_message_is_gone),
      STORE_TEST(a_list_that_still_shows_an_expired_key_is_not_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

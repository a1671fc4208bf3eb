/* Which messages a listing is of: those between two dates, the neighbours of an included one, and what has not expired; each
 * compared with what a loop over all of them chooses, with lists that show everything and with lists that lag. */
#include <string.h>

#include "support.h"

/* Seconds after 2026-01-01T00:00:00Z of messages m00, m01, …: near and far apart, two at one time. */
static const int64_t seconds[] = {0,  1,   1,   2,    9,     10,    11,    59,     60,
                                  99, 100, 101, 3600, 86399, 86400, 99999, 100000, 31536000};
#define COUNT COUNT_OF(seconds)
#define START_MS INT64_C(1767225600000)

static const char *date_of(int64_t ms) {
  mk_date_text text = mk_date_format(ms);
  return keep(mk_str_of(text.data));
}

static const char *message(int i) {
  return json("{'id':'m%02d','threadId':'t','resourceId':'u','role':'user','createdAt':'%s','content':'m%02d'}", i,
              date_of(START_MS + seconds[i] * 1000), i);
}

static void save(store *s, const char *messages) {
  (void)result_of(s, "saveMessages", json("{'messages':[%s]}", messages));
}

static int ranges_setup(void **state) {
  int status = store_setup(state);
  for (size_t i = 0; i < COUNT; i++) {
    save(*state, message((int)i));
  }
  return status;
}
#define RANGE_TEST(test) cmocka_unit_test_setup_teardown(test, ranges_setup, store_teardown)

/* The ids of messages whose time is from `first_s` to `last_s`, as list_of gives them. */
static const char *expected_of(int64_t first_s, int64_t last_s, bool is_ascending) {
  const char *ids = "";
  for (size_t n = 0; n < COUNT; n++) {
    size_t i = is_ascending ? n : COUNT - 1 - n;
    if (seconds[i] >= first_s && seconds[i] <= last_s) {
      ids = json("%s%sm%02d", ids, *ids == '\0' ? "" : ",", (int)i);
    }
  }
  return ids;
}

static size_t count_of(const char *ids) {
  size_t count = *ids != '\0';
  for (; *ids != '\0'; ids++) {
    count += *ids == ',';
  }
  return count;
}

static void assert_range(store *s, const char *range, int64_t first_s, int64_t last_s) {
  for (int is_ascending = 0; is_ascending < 2; is_ascending++) {
    const char *expected = expected_of(first_s, last_s, is_ascending);
    const char *args = json("'threadId':'t','filter':{'dateRange':{%s}},'orderBy':{'direction':'%s'}", range,
                            is_ascending ? "ASC" : "DESC");
    size_t count = count_of(expected);
    assert_string_equal(list_of(s, "listMessages", "messages", json("{%s,'perPage':false}", args)),
                        json("%s of %d", expected, (int)count));
    const char *page = list_of(s, "listMessages", "messages", json("{%s,'perPage':2,'includeTotal':false}", args));
    assert_memory_equal(page, expected, count < 2 ? strlen(expected) : sizeof "m00,m01" - 1);
    const char *last = list_of(s, "listMessages", "messages",
                               json("{%s,'perPage':1,'page':%d}", args, count == 0 ? 0 : (int)count - 1));
    const char *last_id = count == 0 ? "" : expected + strlen(expected) - 3;
    assert_string_equal(last, count == 0 ? last : json("%s of %d", last_id, (int)count));
  }
}

static void assert_all_ranges(store *s) {
  for (size_t i = 0; i < COUNT; i++) {
    for (size_t j = i; j < COUNT; j++) {
      const char *from = date_of(START_MS + seconds[i] * 1000);
      const char *to = date_of(START_MS + seconds[j] * 1000);
      assert_range(s, json("'start':'%s','end':'%s'", from, to), seconds[i], seconds[j]);
    }
    const char *at = date_of(START_MS + seconds[i] * 1000);
    assert_range(s, json("'start':'%s'", at), seconds[i], INT64_MAX);
    assert_range(s, json("'end':'%s'", at), INT64_MIN, seconds[i]);
    assert_range(s, json("'start':'%s','startExclusive':true", at), seconds[i] + 1, INT64_MAX);
    assert_range(s, json("'end':'%s','endExclusive':true", at), INT64_MIN, seconds[i] - 1);
  }
}

static void messages_between_two_dates_are_listed(void **state) {
  assert_all_ranges(*state);
  assert_range(*state, "'start':'2026-01-02T00:00:00.000Z','end':'2026-01-01T00:00:00.000Z'", 1, 0);
}

static void they_are_also_while_lists_do_not_show_them(void **state) {
  store *s = *state;
  kv_reset();
  kv_moment before = kv_now();
  for (size_t i = 0; i < COUNT; i++) {
    save(s, message((int)i));
    before = i == COUNT / 2 ? kv_now() : before;
  }
  kv_lists_show(before);
  assert_all_ranges(s);
}

/* An included message with so many before and behind it, of the thread's own order. */
static void neighbours_of_an_included_message_come_with_it(void **state) {
  store *s = *state;
  for (int at = 0; at < (int)COUNT; at++) {
    for (int around = 0; around < 4; around++) {
      const char *ids = "";
      for (int i = at - around < 0 ? 0 : at - around; i <= at + around + 1 && i < (int)COUNT; i++) {
        ids = json("%s%sm%02d", ids, *ids == '\0' ? "" : ",", i);
      }
      mk_str result = result_of(s, "listMessages",
                                json("{'threadId':'t','perPage':0,'include':[{'id':'m%02d','withPreviousMessages':%d,"
                                     "'withNextMessages':%d}]}",
                                     at, around, around + 1));
      assert_string_equal(ids_of(mk_json_get(result, "messages")), ids);
    }
  }
}

static void included_messages_of_a_long_thread_have_their_neighbours(void **state) {
  store *s = *state;
  enum { MANY = 2500 };
  for (int i = 0; i < MANY; i++) {
    save(s, json("{'id':'n%04d','threadId':'long','role':'user','createdAt':'%s','content':''}", i,
                 date_of(START_MS + i * INT64_C(7200000))));
  }
  static const int included[] = {0, 1, 3, 700, 1300, 2498, 2499};
  for (size_t n = 0; n < COUNT_OF(included); n++) {
    int at = included[n];
    const char *ids = "";
    for (int i = at - 2 < 0 ? 0 : at - 2; i <= at + 1 && i < MANY; i++) {
      ids = json("%s%sn%04d", ids, *ids == '\0' ? "" : ",", i);
    }
    mk_str result = result_of(s, "listMessages",
                              json("{'threadId':'t','perPage':0,'include':[{'id':'n%04d','withPreviousMessages':2,"
                                   "'withNextMessages':1}]}",
                                   at));
    assert_string_equal(ids_of(mk_json_get(result, "messages")), ids);
  }
}

static void bad_includes_are_refused(void **state) {
  store *s = *state;
  assert_error(s, "listMessages", "{'threadId':'t','include':7}", "INVALID_ARGUMENT", "include must be an array");
  assert_error(s, "listMessages", "{'threadId':'t','include':[{'id':'m00','withNextMessages':-1}]}", "INVALID_ARGUMENT",
               "withNextMessages of an include must be a whole number >= 0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RANGE_TEST(messages_between_two_dates_are_listed),
      RANGE_TEST(they_are_also_while_lists_do_not_show_them),
      RANGE_TEST(neighbours_of_an_included_message_come_with_it),
      RANGE_TEST(included_messages_of_a_long_thread_have_their_neighbours),
      RANGE_TEST(bad_includes_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

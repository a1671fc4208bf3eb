/* date.h: dates as JavaScript writes them. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "support.h"

#define DAY_MS INT64_C(86400000)

/* What Date.parse and toISOString say. */
static const struct {
  const char *text;
  int64_t ms;
} known[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1970-01-01T00:00:00.001Z", 1},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2000-02-29T12:34:56.789Z", 951827696789},
    {"2025-11-24T16:00:00.000Z", 1764000000000},
    {"2026-01-31T00:00:00.000Z", 1769817600000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"+010000-01-01T00:00:00.000Z", 253402300800000},
    {"0001-01-01T00:00:00.000Z", -62135596800000},
    {"0000-01-01T00:00:00.000Z", -62167219200000},
    {"-000001-12-31T23:59:59.999Z", -62167219200001},
    {"+275760-09-13T00:00:00.000Z", MK_DATE_MS_MAX},
    {"-271821-04-20T00:00:00.000Z", -MK_DATE_MS_MAX},
};

static void known_dates_format_and_parse(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    int64_t ms = 0;
    mk_date_text text = mk_date_format(known[i].ms);
    assert_string_equal(text.data, known[i].text);
    assert_int_equal(text.size, strlen(known[i].text));
    assert_true(mk_date_parse(mk_str_of(known[i].text), &ms));
    assert_int_equal(ms, known[i].ms);
  }
}

static void other_iso_forms_parse(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } forms[] = {
      {"2026", 1767225600000},
      {"2026-02", 1769904000000},
      {"2026-01-31", 1769817600000},
      {"2026-01-31T12:30", 1769862600000},
      {"2026-01-31T12:30Z", 1769862600000},
      {"2026-01-31T12:30:15", 1769862615000},
      {"2026-01-31T12:30:15.5Z", 1769862615500},
      {"2026-01-31T12:30:15.25", 1769862615250},
      {"2026-01-31T12:30:15.123456789Z", 1769862615123},
      {"2026-01-31T12:30:15.9999Z", 1769862615999},
      {"2026-01-31T12:30:00+01:00", 1769859000000},
      {"2026-01-31T12:30:00-05:30", 1769882400000},
      {"2026-01-31T24:00:00Z", 1769904000000},
      {"+002026-01-31", 1769817600000},
      {"-000001-01-01", -62198755200000},
      {"+275760-09-13T01:00:00+01:00", MK_DATE_MS_MAX},
  };
  for (size_t i = 0; i < COUNT_OF(forms); i++) {
    int64_t ms = 0;
    if (!mk_date_parse(mk_str_of(forms[i].text), &ms) || ms != forms[i].ms) {
      fail_msg("%s became %lld", forms[i].text, (long long)ms);
    }
  }
}

/* The runtime of the native tests is an hour ahead of UTC. */
static void what_callers_give_is_read_as_javascript_does(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } forms[] = {
      {"2026", 1767225600000},
      {"2026-01-31", 1769817600000},
      {"+002026-01-31", 1769817600000},
      {"2026-01-31T12:30Z", 1769862600000},
      {"2026-01-31T12:30:00+01:00", 1769859000000},
      {"2026-01-31T12:30", 1769862600000 - KV_ZONE_MS},
      {"2026-01-31T12:30:15.25", 1769862615250 - KV_ZONE_MS},
      {"2026T12:30", 1767270600000 - KV_ZONE_MS},
      {KV_DATE_IN_WORDS, KV_CLOCK_START},
  };
  for (size_t i = 0; i < COUNT_OF(forms); i++) {
    int64_t ms = 0;
    if (!mk_date_read(mk_str_of(forms[i].text), &ms) || ms != forms[i].ms) {
      fail_msg("%s became %lld", forms[i].text, (long long)ms);
    }
  }
  static const char *const refused[] = {
      "",    "x",         "Mon",        "Mon, 24 Nov 2025 16:00:00", "Monday GMT",
      "GMT", "2026-02-3", "2026-02-30", "2026-02-30T10:00",          "2026-01-31 12:30"};
  for (size_t i = 0; i < COUNT_OF(refused); i++) {
    int64_t ms = 0;
    if (mk_date_read(mk_str_of(refused[i]), &ms)) {
      fail_msg("%s became %lld", refused[i], (long long)ms);
    }
  }
}

static void what_is_no_date_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      " ",
      "x",
      "1764000000000",
      "26-01-31",
      "2026-1-31",
      "2026-01-1",
      "2026-00-10",
      "2026-13-10",
      "2026-01-00",
      "2026-01-32",
      "2026-02-29",
      "1900-02-29",
      "2026-04-31",
      "2026-01-31 12:30",
      "2026-01-31T",
      "2026-01-31T12",
      "2026-01-31T12:",
      "2026-01-31T1:30",
      "2026-01-31T25:00",
      "2026-01-31T24:01",
      "2026-01-31T24:00:00.001",
      "2026-01-31T12:60",
      "2026-01-31T12:30:60",
      "2026-01-31T12:30:15.",
      "2026-01-31T12:30:15.Z",
      "2026-01-31T12:30Zx",
      "2026-01-31T12:30z",
      "2026-01-31T12:30+01",
      "2026-01-31T12:30+0100",
      "2026-01-31T12:30+24:00",
      "2026-01-31T12:30+01:60",
      "2026-01-31Z",
      "2026-01-31 ",
      " 2026-01-31",
      "-000000-01-01",
      "+02026-01-01",
      "+0002026-01-01",
      "2026-01-31T12:30:00.000ZZ",
      "Sat Jan 31 2026",
      "2026/01/31",
      "+275760-09-13T00:00:00.001Z",
      "-271821-04-19T23:59:59.999Z",
      "+999999-12-31",
  };
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    int64_t ms = 0;
    if (mk_date_parse(mk_str_of(texts[i]), &ms)) {
      fail_msg("%s became %lld", texts[i], (long long)ms);
    }
  }
  int64_t ms = 0;
  assert_false(mk_date_parse(MK_STR_NONE, &ms));
  assert_false(mk_date_parse(MK_STR("2026-01-31\0"), &ms));
}

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static void assert_date(int64_t ms, int year, int month, int day) {
  char expected[40];
  int64_t parsed = 0;
  bool is_plain = year >= 0 && year <= 9999;
  if (is_plain) {
    (void)snprintf(expected, sizeof expected, "%04d-%02d-%02dT00:00:00.000Z", year, month, day);
  } else {
    (void)snprintf(expected, sizeof expected, "%c%06d-%02d-%02dT00:00:00.000Z", year < 0 ? '-' : '+',
                   year < 0 ? -year : year, month, day);
  }
  mk_date_text text = mk_date_format(ms);
  if (strcmp(text.data, expected) != 0 || !mk_date_parse(mk_str_of(expected), &parsed) || parsed != ms) {
    fail_msg("%lld is %s and not %s, which is %lld", (long long)ms, expected, text.data, (long long)parsed);
  }
}

/* Days counted one by one, with nothing but the lengths of months. */
static void every_day_of_eight_centuries_is_the_one_after_the_day_before(void **state) {
  (void)state;
  static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t ms = -12244089600000; /* 1582-01-01, computed with a calendar's Julian day 2298884 */
  for (int year = 1582; year < 2402; year++) {
    for (int month = 1; month <= 12; month++) {
      int days = month_days[month - 1] + (month == 2 && is_leap(year));
      for (int day = 1; day <= days; day++, ms += DAY_MS) {
        assert_date(ms, year, month, day);
      }
    }
  }
}

static void every_year_of_the_range_begins_where_the_one_before_ends(void **state) {
  (void)state;
  int64_t ms = 0;
  for (int year = 1970; year <= 275760; year++) {
    assert_date(ms, year, 1, 1);
    assert_date(ms + (59 + is_leap(year)) * DAY_MS, year, 3, 1);
    ms += (365 + is_leap(year)) * DAY_MS;
  }
  ms = 0;
  for (int year = 1969; year > -271821; year--) {
    ms -= (365 + is_leap(year)) * DAY_MS;
    assert_date(ms, year, 1, 1);
    assert_date(ms + (59 + is_leap(year)) * DAY_MS, year, 3, 1);
  }
}

static void random_times_survive_formatting_and_parsing(void **state) {
  (void)state;
  uint64_t random = 1;
  for (int i = 0; i < 100000; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    int64_t ms = (int64_t)(random >> 10) % MK_DATE_MS_MAX;
    ms = i % 2 == 0 ? ms : -ms;
    int64_t parsed = 0;
    mk_date_text text = mk_date_format(ms);
    assert_true(mk_date_parse((mk_str){text.data, text.size}, &parsed));
    assert_int_equal(parsed, ms);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_dates_format_and_parse),
      cmocka_unit_test(other_iso_forms_parse),
      cmocka_unit_test(what_callers_give_is_read_as_javascript_does),
      cmocka_unit_test(what_is_no_date_is_refused),
      cmocka_unit_test(every_day_of_eight_centuries_is_the_one_after_the_day_before),
      cmocka_unit_test(every_year_of_the_range_begins_where_the_one_before_ends),
      cmocka_unit_test(random_times_survive_formatting_and_parsing),
  };
  return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}

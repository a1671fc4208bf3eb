#include "base/date.h"

#include <string.h>

#include "base/json.h"
#include "host/platform.h"

#define DAY_MS INT64_C(86400000)

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from
 * March, so that the leap day is a year's last, and in eras of 400 years, which all have the
 * same length. */
static int64_t days_of_date(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

/* The inverse of days_of_date. */
static void date_of_days(int64_t days, int64_t *year, int *month, int *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  *month = (int)(shifted_month + (shifted_month < 10 ? 3 : -9));
  *year = year_of_era + era * 400 + (*month <= 2);
}

static int days_in_month(int64_t year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Reads text from its start; a failed step leaves `failed` set and later ones do nothing. */
typedef struct reader {
  const char *at;
  const char *end;
  bool failed;
  bool is_local; /* a time without a zone was read */
} reader;

static bool reader_takes(reader *in, char byte) {
  if (in->failed || in->at == in->end || *in->at != byte) {
    return false;
  }
  in->at++;
  return true;
}

static void reader_expects(reader *in, char byte) {
  if (!reader_takes(in, byte)) {
    in->failed = true;
  }
}

static int64_t reader_digits(reader *in, int count) {
  int64_t number = 0;
  for (int i = 0; i < count; i++) {
    if (in->failed || in->at == in->end || *in->at < '0' || *in->at > '9') {
      in->failed = true;
      return 0;
    }
    number = number * 10 + (*in->at++ - '0');
  }
  return number;
}

static int64_t read_year(reader *in) {
  if (reader_takes(in, '+')) {
    return reader_digits(in, 6);
  }
  if (reader_takes(in, '-')) {
    int64_t year = reader_digits(in, 6);
    in->failed = in->failed || year == 0; /* ECMA-262: -000000 is no year */
    return -year;
  }
  return reader_digits(in, 4);
}

/* Milliseconds of ".123": digits past the third are cut. */
static int64_t read_fraction(reader *in) {
  int64_t ms = 0;
  int64_t place = 100;
  do {
    ms += reader_digits(in, 1) * place;
    place /= 10;
  } while (!in->failed && in->at < in->end && *in->at >= '0' && *in->at <= '9');
  return ms;
}

/* Milliseconds to subtract for the zone. */
static int64_t read_zone(reader *in) {
  bool is_east = reader_takes(in, '+');
  if (!is_east && !reader_takes(in, '-')) {
    in->is_local = !reader_takes(in, 'Z');
    return 0;
  }
  int64_t hours = reader_digits(in, 2);
  reader_expects(in, ':');
  int64_t minutes = reader_digits(in, 2);
  in->failed = in->failed || hours > 23 || minutes > 59;
  int64_t offset = (hours * 60 + minutes) * 60000;
  return is_east ? offset : -offset;
}

static int64_t read_time(reader *in) {
  int64_t hours = reader_digits(in, 2);
  reader_expects(in, ':');
  int64_t minutes = reader_digits(in, 2);
  int64_t seconds = 0;
  int64_t ms = 0;
  if (reader_takes(in, ':')) {
    seconds = reader_digits(in, 2);
    if (reader_takes(in, '.')) {
      ms = read_fraction(in);
    }
  }
  bool is_midnight_after = hours == 24 && minutes == 0 && seconds == 0 && ms == 0;
  in->failed = in->failed || (hours > 23 && !is_midnight_after) || minutes > 59 || seconds > 59;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms - read_zone(in);
}

static bool parse(mk_str text, int64_t *ms, bool *is_local) {
  if (text.size == 0) {
    return false;
  }
  reader in = {.at = text.data, .end = text.data + text.size};
  int64_t year = read_year(&in);
  int64_t month = 1;
  int64_t day = 1;
  if (reader_takes(&in, '-')) {
    month = reader_digits(&in, 2);
    if (reader_takes(&in, '-')) {
      day = reader_digits(&in, 2);
    }
  }
  if (in.failed || month < 1 || month > 12 || day < 1 || day > days_in_month(year, (int)month)) {
    return false;
  }
  int64_t time = reader_takes(&in, 'T') ? read_time(&in) : 0;
  int64_t result = days_of_date(year, (int)month, (int)day) * DAY_MS + time;
  if (in.failed || in.at != in.end || result < -MK_DATE_MS_MAX || result > MK_DATE_MS_MAX) {
    return false;
  }
  *ms = result;
  *is_local = in.is_local;
  return true;
}

bool mk_date_parse(mk_str text, int64_t *ms) {
  bool is_local = false;
  return parse(text, ms, &is_local);
}

bool mk_date_take(mk_str span, int64_t *ms) {
  return mk_json_is_string(span) && mk_date_parse((mk_str){span.data + 1, span.size - 2}, ms);
}

/* Whether a text looks like toUTCString's or toString's: a weekday, and GMT behind the time. */
static bool is_spelled_out(mk_str text) {
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char zone[] = " GMT";
  bool has_day = false;
  bool has_zone = false;
  for (size_t i = 0; text.size > 3 && i < sizeof days - 1; i += 3) {
    has_day = has_day || memcmp(text.data, days + i, 3) == 0;
  }
  for (size_t i = 0; has_day && i + sizeof zone - 1 <= text.size; i++) {
    has_zone = has_zone || memcmp(text.data + i, zone, sizeof zone - 1) == 0;
  }
  return has_zone;
}

bool mk_date_read(mk_str text, int64_t *ms) {
  bool is_local = false;
  bool is_iso = parse(text, ms, &is_local);
  if (is_iso ? !is_local : !is_spelled_out(text)) {
    return is_iso;
  }
  double read = mk_runtime_date(text.data, (uint32_t)text.size);
  if (!(read >= -(double)MK_DATE_MS_MAX && read <= (double)MK_DATE_MS_MAX)) {
    return false; /* NaN, too */
  }
  *ms = (int64_t)read;
  return true;
}

static void write_digits(mk_date_text *out, int64_t number, int count, char behind) {
  for (int i = count - 1; i >= 0; i--) {
    out->data[out->size + (size_t)i] = (char)('0' + number % 10);
    number /= 10;
  }
  out->size += (size_t)count;
  out->data[out->size++] = behind;
}

mk_date_text mk_date_format(int64_t ms) {
  int64_t days = (ms >= 0 ? ms : ms - (DAY_MS - 1)) / DAY_MS;
  int64_t time = ms - days * DAY_MS;
  int64_t year = 0;
  int month = 0;
  int day = 0;
  date_of_days(days, &year, &month, &day);
  mk_date_text out = {.size = 0};
  bool is_plain = year >= 0 && year <= 9999;
  if (!is_plain) {
    out.data[out.size++] = year < 0 ? '-' : '+';
  }
  write_digits(&out, year < 0 ? -year : year, is_plain ? 4 : 6, '-');
  write_digits(&out, month, 2, '-');
  write_digits(&out, day, 2, 'T');
  write_digits(&out, time / 3600000, 2, ':');
  write_digits(&out, time / 60000 % 60, 2, ':');
  write_digits(&out, time / 1000 % 60, 2, '.');
  write_digits(&out, time % 1000, 3, 'Z');
  out.data[out.size] = '\0';
  return out;
}

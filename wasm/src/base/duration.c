#include "base/duration.h"

#include <string.h>

#include "base/date.h"
#include "base/json.h"

typedef struct unit {
  const char *name;
  int64_t ms;
} unit;

static const unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};

static bool read_text(mk_str text, int64_t *ms) {
  size_t digits = 0;
  while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9') {
    digits++;
  }
  mk_str name = mk_str_skip(text, digits);
  int64_t count = 0;
  if (digits == 0 || !mk_json_integer((mk_str){text.data, digits}, &count)) {
    return false;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (mk_str_equal(name, mk_str_of(units[i].name)) && count <= MK_DATE_MS_MAX / units[i].ms) {
      *ms = count * units[i].ms;
      return true;
    }
  }
  return false;
}

bool mk_duration_read(mk_str span, int64_t *ms) {
  if (mk_json_is_string(span)) {
    return read_text((mk_str){span.data + 1, span.size - 2}, ms);
  }
  return mk_json_integer(span, ms) && *ms >= 0 && *ms <= MK_DATE_MS_MAX;
}

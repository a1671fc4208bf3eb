#include "kv/expiration.h"

#include "base/date.h"
#include "base/json.h"
#include "host/platform.h"
#include "kv/config.h"
#include "kv/key.h"

/* As far ahead as KV demands, and a little more for clocks that differ. */
#define AHEAD_MS (MK_EXPIRATION_MS_MIN + 10000)

static const char *const age_columns[MK_TABLE_COUNT] = {
    [MK_TABLE_THREADS] = "createdAt",      [MK_TABLE_MESSAGES] = "createdAt",
    [MK_TABLE_RESOURCES] = "createdAt",    [MK_TABLE_WORKFLOW_SNAPSHOT] = "updatedAt",
    [MK_TABLE_SCORERS] = "createdAt",      [MK_TABLE_BACKGROUND_TASKS] = "completedAt",
    [MK_TABLE_THREAD_STATE] = "updatedAt",
};

const char *mk_age_column(mk_table table) { return age_columns[table]; }

/* The falling time in a key, which stands before its last part. */
static bool time_in_key(mk_str key, int64_t *ms) {
  mk_str before = MK_STR_NONE;
  mk_str part = MK_STR_NONE;
  mk_str next;
  while (mk_key_split(&key, &next)) {
    before = part;
    part = next;
  }
  return mk_str_is_present(before) && mk_key_time_parse(before, ms);
}

static bool time_in_value(mk_str value, const char *column, int64_t *ms) {
  mk_str span = column == NULL ? MK_STR_NONE : mk_json_get(value, column);
  return mk_date_take(span, ms);
}

uint32_t mk_expiration_of(const mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value) {
  const mk_keyspace_def *def = mk_schema_keyspace(keyspace);
  int64_t kept_ms = ctx->config->kept_ms[def->describes];
  int64_t age_ms = 0;
  if (kept_ms == 0) {
    return 0;
  }
  int64_t now_ms = mk_clock_ms();
  if (!time_in_key(key, &age_ms) && !time_in_value(value, age_columns[def->describes], &age_ms)) {
    if (!def->is_metadata) {
      return 0; /* a record whose age is not known yet: a task that is not completed */
    }
    age_ms = now_ms;
  }
  int64_t at_ms = age_ms + kept_ms > now_ms + AHEAD_MS ? age_ms + kept_ms : now_ms + AHEAD_MS;
  int64_t at_s = (at_ms + 999) / 1000;
  return at_s < UINT32_MAX ? (uint32_t)at_s : 0; /* later than KV can be told is never */
}

#include "thread_state/thread_state.h"

#include "base/json.h"
#include "host/platform.h"
#include "record/rows.h"

static mk_status state_key(mk_context *ctx, mk_str args, mk_str *out) {
  mk_id thread;
  mk_id type;
  MK_TRY(mk_argument_id(ctx, args, "threadId", &thread));
  MK_TRY(mk_argument_string(ctx, args, "type", &type));
  mk_key key = mk_key_begin(ctx, MK_THREAD_STATE);
  mk_key_part(&key, thread.part);
  mk_key_part(&key, type.part);
  return mk_key_finish(ctx, &key, out);
}

/* The result is null where nothing is stored, else an object with the `value`, which may be null
 * itself. */
static mk_status get_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str key;
  mk_record record;
  bool exists = false;
  MK_TRY(state_key(ctx, args, &key));
  MK_TRY(mk_row_read(ctx, MK_THREAD_STATE, key, &record, &exists));
  if (exists && !mk_str_is_present(mk_record_get(&record, "value"))) {
    return mk_fail_corrupt(ctx, key, "has no value");
  }
  return mk_row_answer(ctx, exists ? &record : NULL, result);
}

static mk_status delete_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str key;
  *result = MK_STR("null");
  MK_TRY(state_key(ctx, args, &key));
  MK_TRY(mk_io_delete(ctx, MK_THREAD_STATE, key));
  return mk_io_flush(ctx);
}

/* Without a value, which JSON has for undefined, the state is deleted. */
static mk_status set_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str value = mk_json_get(args, "value");
  mk_record record = {0};
  mk_str key;
  mk_str now;
  if (!mk_str_is_present(value)) {
    return delete_state(ctx, args, result);
  }
  *result = MK_STR("null");
  MK_TRY(state_key(ctx, args, &key));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  MK_TRY(mk_record_set(ctx, &record, "value", value));
  MK_TRY(mk_record_set(ctx, &record, "updatedAt", now));
  MK_TRY(mk_row_put(ctx, MK_THREAD_STATE, key, &record, now_ms));
  return mk_io_flush(ctx);
}

const mk_operation mk_thread_state_operations[] = {
    {"getState", get_state, NULL},
    {"setState", set_state, NULL, "value*"},
    {"deleteState", delete_state, NULL},
    MK_OPERATIONS_END,
};

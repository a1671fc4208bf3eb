#include "mk/thread_state.h"

#include "mk/facet.h"
#include "mk/io.h"
#include "mk/json.h"
#include "mk/key.h"
#include "mk/platform.h"
#include "mk/record.h"

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

mk_status mk_get_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str key;
  mk_io *io = NULL;
  mk_record record;
  *result = MK_STR("null");
  MK_TRY(state_key(ctx, args, &key));
  MK_TRY(mk_io_get(ctx, MK_THREAD_STATE, key, &io));
  MK_TRY(mk_io_flush(ctx));
  if (!mk_str_is_present(io->result)) {
    return MK_OK;
  }
  MK_TRY(mk_record_parse(ctx, key, io->result, &record));
  if (!mk_str_is_present(mk_record_get(&record, "value"))) {
    return mk_fail_corrupt(ctx, key, "has no value");
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_answer(&buf, &record);
  return mk_take(ctx, &buf, result);
}

mk_status mk_set_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str value = mk_json_get(args, "value");
  mk_record record = {0};
  mk_str key;
  mk_str now;
  mk_str metadata;
  if (!mk_str_is_present(value)) {
    return mk_delete_state(ctx, args, result);
  }
  *result = MK_STR("null");
  MK_TRY(state_key(ctx, args, &key));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(mk_record_date_span(ctx, now_ms, &now));
  MK_TRY(mk_record_set(ctx, &record, "value", value));
  MK_TRY(mk_record_set(ctx, &record, "updatedAt", now));
  MK_TRY(mk_facets_format(ctx, mk_schema_table(MK_TABLE_THREAD_STATE), &record, &metadata));
  MK_TRY(mk_record_format(ctx, &record, now_ms, &value));
  MK_TRY(mk_io_put(ctx, MK_THREAD_STATE, key, value, metadata));
  return mk_io_flush(ctx);
}

mk_status mk_delete_state(mk_context *ctx, mk_str args, mk_str *result) {
  mk_str key;
  *result = MK_STR("null");
  MK_TRY(state_key(ctx, args, &key));
  MK_TRY(mk_io_delete(ctx, MK_THREAD_STATE, key));
  return mk_io_flush(ctx);
}

#include "message/locator.h"

#include "base/json.h"
#include "base/writer.h"
#include "record/record.h"

mk_status mk_locator_key(mk_context *ctx, mk_str id_part, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_MESSAGE_LOCATORS);
  mk_key_part(&key, id_part);
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_locator_parse(mk_context *ctx, mk_str key, mk_str value, mk_locator *out) {
  mk_record record;
  mk_place *place = &out->place;
  MK_TRY(mk_record_parse(ctx, key, value, &record));
  MK_TRY(mk_record_id(ctx, key, &record, "threadId", &place->thread));
  MK_TRY(mk_record_date(ctx, key, &record, "createdAt", &place->created_ms));
  MK_TRY(mk_key_named(ctx, MK_MESSAGES, key, mk_record_get(&record, "movedFrom"), &out->moved_from));
  place->is_moved = mk_str_is_present(out->moved_from);
  out->written_at_ms = record.written_at_ms;
  out->is_deleted = mk_json_is_true(mk_record_get(&record, "deleted"));
  bool is_whole = mk_json_integer(mk_record_get(&record, "savedAt"), &place->saved_ms) &&
                  mk_json_integer(mk_record_get(&record, "seq"), &place->seq);
  return is_whole ? MK_OK : mk_fail_corrupt(ctx, key, "has no whole numbers in savedAt and seq");
}

mk_status mk_locator_format(mk_context *ctx, const mk_locator *locator, int64_t now_ms, mk_str *out) {
  mk_str created_at;
  MK_TRY(mk_record_date_span(ctx, locator->place.created_ms, &created_at));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, MK_WRITTEN_AT, now_ms);
  mk_json_member(&buf, "threadId", locator->place.thread.json);
  mk_json_member(&buf, "createdAt", created_at);
  mk_json_member_int(&buf, "savedAt", locator->place.saved_ms);
  mk_json_member_int(&buf, "seq", locator->place.seq);
  if (mk_str_is_present(locator->moved_from)) {
    mk_json_member_text(&buf, "movedFrom", locator->moved_from);
  }
  if (locator->is_deleted) {
    mk_json_member_bool(&buf, "deleted", true);
  }
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

mk_status mk_locator_put(mk_context *ctx, const mk_locator *locator, int64_t now_ms) {
  mk_str key;
  mk_str value;
  MK_TRY(mk_locator_key(ctx, locator->place.id.part, &key));
  MK_TRY(mk_locator_format(ctx, locator, now_ms, &value));
  return locator->is_deleted
             ? mk_io_put_until(ctx, MK_MESSAGE_LOCATORS, key, value, MK_STR_NONE, mk_tombstone_expiration(now_ms))
             : mk_io_put(ctx, MK_MESSAGE_LOCATORS, key, value, MK_STR_NONE);
}

mk_status mk_locator_finish_move(mk_context *ctx, const mk_locator *locator) {
  return mk_str_is_present(locator->moved_from) ? mk_io_delete(ctx, MK_MESSAGES, locator->moved_from) : MK_OK;
}

mk_status mk_locator_leave(mk_context *ctx, const mk_locator *left, const mk_place *place) {
  mk_str key;
  MK_TRY(mk_message_key(ctx, &left->place, &key));
  MK_TRY(mk_io_delete(ctx, MK_MESSAGES, key));
  MK_TRY(place == NULL ? MK_OK : mk_message_key(ctx, place, &key));
  return mk_str_equal(left->moved_from, key) ? MK_OK : mk_locator_finish_move(ctx, left);
}

uint32_t mk_tombstone_expiration(int64_t now_ms) { return (uint32_t)(now_ms / 1000 + MK_TOMBSTONE_S); }

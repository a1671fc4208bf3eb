#include "message/store.h"

#include "base/json.h"

mk_status mk_message_put(mk_context *ctx, const mk_place *place, const mk_record *message, int64_t now_ms) {
  mk_str key;
  mk_str value;
  mk_str metadata;
  mk_id resource = {.part = MK_STR_NONE};
  mk_str span = mk_record_get(message, "resourceId");
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &resource));
  }
  MK_TRY(mk_message_key(ctx, place, &key));
  MK_TRY(mk_record_format(ctx, message, now_ms, &value));
  MK_TRY(mk_message_metadata_format(ctx, place, resource.part, &metadata));
  return mk_io_put(ctx, MK_MESSAGES, key, value, metadata);
}

mk_status mk_locator_put(mk_context *ctx, const mk_place *place, int64_t now_ms) {
  mk_str key;
  mk_str value;
  MK_TRY(mk_locator_key(ctx, place->id.part, &key));
  MK_TRY(mk_locator_format(ctx, place, now_ms, &value));
  return mk_io_put(ctx, MK_MESSAGE_LOCATORS, key, value, MK_STR_NONE);
}

mk_status mk_message_forget_move(mk_context *ctx, const mk_place *place) {
  return mk_str_is_present(place->moved_from) ? mk_io_delete(ctx, MK_MESSAGES, place->moved_from) : MK_OK;
}

mk_status mk_message_finish_moves(mk_context *ctx, const mk_move *moves, size_t count, int64_t now_ms) {
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_locator_put(ctx, &moves[i].place, now_ms));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_io_delete(ctx, MK_MESSAGES, moves[i].old_key));
  }
  return mk_io_flush(ctx);
}

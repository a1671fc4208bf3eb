#include "message/place.h"

#include "base/json.h"
#include "base/writer.h"

mk_status mk_message_key(mk_context *ctx, const mk_place *place, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_MESSAGES);
  mk_key_part(&key, place->thread.part);
  mk_key_time(&key, place->created_ms);
  mk_key_part(&key, place->id.part);
  return mk_key_finish(ctx, &key, out);
}

bool mk_message_key_parse(mk_str key, mk_str prefix, mk_place *place) {
  if (!mk_str_starts_with(key, prefix)) {
    return false;
  }
  mk_str rest = mk_str_skip(key, prefix.size);
  mk_str time;
  bool has_thread = mk_str_is_present(place->thread.part) || mk_key_split(&rest, &place->thread.part);
  return has_thread && mk_key_split(&rest, &time) && mk_key_time_parse(time, &place->created_ms) &&
         mk_key_split(&rest, &place->id.part) && !mk_str_is_present(rest);
}

bool mk_place_equal(const mk_place *a, const mk_place *b) {
  return a->created_ms == b->created_ms && mk_str_equal(a->thread.part, b->thread.part) &&
         mk_str_equal(a->id.part, b->id.part);
}

int mk_place_compare(const mk_place *a, const mk_place *b) {
  int order = MK_COMPARE(a->created_ms, b->created_ms);
  order = order != 0 ? order : MK_COMPARE(a->saved_ms, b->saved_ms);
  order = order != 0 ? order : MK_COMPARE(a->seq, b->seq);
  return order != 0 ? order : mk_str_compare(a->id.part, b->id.part);
}

int64_t mk_place_put_ms(const mk_place *place) {
  return place->written_ms > place->saved_ms ? place->written_ms : place->saved_ms;
}

mk_status mk_place_metadata_format(mk_context *ctx, const mk_place *place, mk_str resource_part, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, "savedAt", place->saved_ms);
  mk_json_member_int(&buf, "seq", place->seq);
  if (mk_str_is_present(resource_part)) {
    mk_json_member_text(&buf, "resourceId", resource_part);
  }
  if (place->written_ms > 0) {
    mk_json_member_int(&buf, "writtenAt", place->written_ms);
  }
  if (place->is_moved) {
    mk_json_member_bool(&buf, "moved", true);
  }
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

/* Scanned and not parsed into a tree: a listing does this for every key. */
bool mk_place_metadata_parse(mk_context *ctx, mk_str metadata, mk_place *place, mk_str *resource_part) {
  if (!mk_json_is_object(metadata)) {
    return false;
  }
  bool has_saved_at = false;
  bool has_seq = false;
  *resource_part = MK_STR_NONE;
  mk_cursor cursor = mk_json_walk(metadata);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    if (mk_json_name_is(member.name, "savedAt")) {
      has_saved_at = mk_json_integer(member.value, &place->saved_ms);
    } else if (mk_json_name_is(member.name, "seq")) {
      has_seq = mk_json_integer(member.value, &place->seq);
    } else if (mk_json_name_is(member.name, "writtenAt")) {
      (void)mk_json_integer(member.value, &place->written_ms);
    } else if (mk_json_name_is(member.name, "moved")) {
      place->is_moved = mk_json_is_true(member.value);
    } else if (mk_json_name_is(member.name, "resourceId")) {
      if (!mk_json_is_string(member.value) || mk_json_decode(ctx, member.value, resource_part) != MK_OK) {
        return false;
      }
    }
  }
  return has_saved_at && has_seq;
}

#include "message/message.h"

#include "base/json.h"
#include "base/tree.h"

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

mk_status mk_locator_key(mk_context *ctx, mk_str id_part, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_MESSAGE_LOCATORS);
  mk_key_part(&key, id_part);
  return mk_key_finish(ctx, &key, out);
}

mk_status mk_locator_format(mk_context *ctx, const mk_place *place, int64_t written_at_ms, mk_str *out) {
  mk_str created_at;
  MK_TRY(mk_record_date_span(ctx, place->created_ms, &created_at));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"" MK_WRITTEN_AT "\":");
  mk_buf_int(&buf, written_at_ms);
  mk_buf_literal(&buf, ",\"threadId\":");
  mk_buf_text(&buf, place->thread.json);
  mk_buf_literal(&buf, ",\"createdAt\":");
  mk_buf_text(&buf, created_at);
  mk_buf_literal(&buf, ",\"savedAt\":");
  mk_buf_int(&buf, place->saved_ms);
  mk_buf_literal(&buf, ",\"seq\":");
  mk_buf_int(&buf, place->seq);
  if (mk_str_is_present(place->moved_from)) {
    mk_buf_literal(&buf, ",\"movedFrom\":");
    mk_json_encode(&buf, place->moved_from);
  }
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, out);
}

mk_status mk_locator_parse(mk_context *ctx, mk_str key, mk_str value, mk_place *out) {
  mk_record locator;
  MK_TRY(mk_record_parse(ctx, key, value, &locator));
  MK_TRY(mk_record_id(ctx, key, &locator, "threadId", &out->thread));
  MK_TRY(mk_record_date(ctx, key, &locator, "createdAt", &out->created_ms));
  mk_str moved_from = mk_record_get(&locator, "movedFrom");
  out->moved_from = MK_STR_NONE;
  if (mk_json_is_string(moved_from)) {
    MK_TRY(mk_json_decode(ctx, moved_from, &out->moved_from));
  }
  bool is_whole = mk_json_integer(mk_record_get(&locator, "savedAt"), &out->saved_ms) &&
                  mk_json_integer(mk_record_get(&locator, "seq"), &out->seq);
  return is_whole ? MK_OK : mk_fail_corrupt(ctx, key, "has no whole numbers in savedAt and seq");
}

bool mk_place_equal(const mk_place *a, const mk_place *b) {
  return a->created_ms == b->created_ms && mk_str_equal(a->thread.part, b->thread.part) &&
         mk_str_equal(a->id.part, b->id.part);
}

static int compare(int64_t a, int64_t b) { return (a > b) - (a < b); }

int mk_place_compare(const mk_place *a, const mk_place *b) {
  int order = compare(a->created_ms, b->created_ms);
  order = order != 0 ? order : compare(a->saved_ms, b->saved_ms);
  order = order != 0 ? order : compare(a->seq, b->seq);
  return order != 0 ? order : mk_str_compare(a->id.part, b->id.part);
}

mk_status mk_message_metadata_format(mk_context *ctx, const mk_place *place, mk_str resource_part, mk_str *out) {
  cJSON *metadata = mk_tree_object(ctx);
  mk_tree_add_number(ctx, metadata, "savedAt", place->saved_ms);
  mk_tree_add_number(ctx, metadata, "seq", place->seq);
  if (mk_str_is_present(resource_part)) {
    mk_tree_add_text(ctx, metadata, "resourceId", resource_part);
  }
  return mk_tree_print(ctx, metadata, out);
}

/* Scanned and not parsed into a tree: a listing does this for every key. */
bool mk_message_metadata_parse(mk_context *ctx, mk_str metadata, mk_place *place, mk_str *resource_part) {
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
    } else if (mk_json_name_is(member.name, "resourceId")) {
      if (!mk_json_is_string(member.value) || mk_json_decode(ctx, member.value, resource_part) != MK_OK) {
        return false;
      }
    }
  }
  return has_saved_at && has_seq;
}

void mk_message_answer(mk_buf *buf, const mk_record *message) {
  mk_buf_char(buf, '{');
  bool has_type = false;
  for (size_t i = 0; i < message->count; i++) {
    const mk_member *member = &message->members[i];
    mk_buf_text(buf, member->name);
    mk_buf_char(buf, ':');
    bool is_text = mk_json_name_is(member->name, "content") && mk_json_is_string(member->value);
    if (is_text) {
      mk_buf_literal(buf, "{\"format\":2,\"content\":");
      mk_buf_text(buf, member->value);
      mk_buf_literal(buf, ",\"parts\":[{\"type\":\"text\",\"text\":");
      mk_buf_text(buf, member->value);
      mk_buf_literal(buf, "}]}");
    } else {
      mk_buf_text(buf, member->value);
    }
    mk_buf_char(buf, ',');
    has_type = has_type || mk_json_name_is(member->name, "type");
  }
  if (has_type) {
    buf->size--; /* the last comma */
  } else {
    mk_buf_literal(buf, "\"type\":\"text\"");
  }
  mk_buf_char(buf, '}');
}

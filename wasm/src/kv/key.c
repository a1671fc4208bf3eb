#include "kv/key.h"

#include <string.h>

#include "base/json.h"
#include "base/uuid.h"
#include "base/writer.h"
#include "kv/config.h"

static bool stands_for_itself(unsigned char byte) { return byte > 0x20 && byte < 0x7F && byte != '%' && byte != ':'; }

mk_status mk_id_make(mk_context *ctx, mk_str span, mk_id *out) {
  static const char hex[] = "0123456789ABCDEF";
  mk_str text;
  MK_TRY(mk_json_decode(ctx, span, &text));
  out->json = span;
  size_t escapes = 0;
  for (size_t i = 0; i < text.size; i++) {
    escapes += !stands_for_itself((unsigned char)text.data[i]);
  }
  if (escapes == 0) {
    out->part = text;
    return MK_OK;
  }
  char *part = NULL;
  MK_TRY(mk_push(ctx, text.size + 2 * escapes, 1, &part));
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    unsigned char byte = (unsigned char)text.data[i];
    if (stands_for_itself(byte)) {
      part[size++] = (char)byte;
    } else {
      part[size++] = '%';
      part[size++] = hex[byte >> 4];
      part[size++] = hex[byte & 15];
    }
  }
  out->part = (mk_str){part, size};
  return MK_OK;
}

mk_status mk_id_new(mk_context *ctx, mk_id *out) {
  mk_str span;
  MK_TRY(mk_uuid_make(ctx, &span));
  return mk_id_make(ctx, span, out);
}

mk_status mk_argument_string(mk_context *ctx, mk_str args, const char *name, mk_id *out) {
  mk_str span = mk_json_get(args, name);
  if (!mk_json_is_string(span)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be a string", name);
  }
  return mk_id_make(ctx, span, out);
}

mk_status mk_argument_id(mk_context *ctx, mk_str args, const char *name, mk_id *out) {
  mk_str span = mk_json_get(args, name);
  if (!mk_json_is_string(span) || span.size <= 2) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be a non-empty string", name);
  }
  return mk_id_make(ctx, span, out);
}

static mk_str given(mk_str args, const char *name) {
  mk_str value = mk_json_get(args, name);
  return mk_json_is_null(value) ? MK_STR_NONE : value;
}

mk_status mk_argument_text(mk_context *ctx, mk_str args, const char *name, mk_str *span) {
  *span = given(args, name);
  return !mk_str_is_present(*span) || mk_json_is_string(*span)
             ? MK_OK
             : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be a string", name);
}

mk_status mk_argument_object(mk_context *ctx, mk_str args, const char *name, mk_str *span) {
  *span = given(args, name);
  return !mk_str_is_present(*span) || mk_json_is_object(*span)
             ? MK_OK
             : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s must be an object", name);
}

void mk_argument_odd(mk_str args, mk_str name, mk_str *kind) {
  mk_member member;
  *kind = MK_STR_NONE;
  for (mk_cursor cursor = mk_json_walk(mk_json_get(args, "odd")); mk_json_next(&cursor, &member);) {
    if (mk_str_equal(member.name, name)) {
      *kind = member.value;
    }
  }
}

mk_status mk_argument_undefined(mk_context *ctx, mk_str args, mk_str *names) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_member member;
  bool has_any = false;
  *names = MK_STR_NONE;
  for (mk_cursor cursor = mk_json_walk(mk_json_get(args, "odd")); mk_json_next(&cursor, &member);) {
    if (!mk_str_equal(member.value, MK_STR("\"undefined\""))) {
      continue;
    }
    if (!has_any) {
      mk_json_begin(&buf, '[');
    }
    has_any = true;
    mk_json_value(&buf, member.name);
  }
  if (!has_any) {
    return MK_OK;
  }
  mk_json_end(&buf, ']');
  return mk_take(ctx, &buf, names);
}

static int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

mk_status mk_id_parse(mk_context *ctx, mk_str part, mk_id *out) {
  char *text = NULL;
  MK_TRY(mk_push(ctx, part.size + 1, 1, &text));
  size_t size = 0;
  for (size_t i = 0; i < part.size; i++) {
    text[size++] = part.data[i];
    if (part.data[i] == '%') {
      int high = i + 2 < part.size ? hex_value(part.data[i + 1]) : -1;
      int low = high >= 0 ? hex_value(part.data[i + 2]) : -1;
      if (low < 0) {
        return mk_fail_corrupt(ctx, part, "is not an escaped id");
      }
      text[size - 1] = (char)(high * 16 + low);
      i += 2;
    }
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_encode(&buf, (mk_str){text, size});
  MK_TRY(mk_take(ctx, &buf, &out->json));
  out->part = part;
  return MK_OK;
}

static void key_append(mk_key *key, mk_str text) {
  size_t room = key->size < sizeof key->data ? sizeof key->data - key->size : 0;
  size_t kept = text.size < room ? text.size : room;
  if (kept > 0) {
    memcpy(key->data + key->size, text.data, kept);
  }
  key->size += text.size;
}

mk_key mk_key_begin(const mk_context *ctx, mk_keyspace keyspace) {
  mk_key key;
  key.size = 0;
  key.has_part = false;
  key_append(&key, ctx->config->key_prefix);
  key_append(&key, mk_str_of(mk_schema_keyspace(keyspace)->beginning));
  return key;
}

void mk_key_part(mk_key *key, mk_str part) {
  if (key->has_part) {
    key_append(key, MK_STR(":"));
  }
  key_append(key, part);
  key->has_part = true;
}

void mk_key_time_format(int64_t ms, char *digits) {
  int64_t falling = MK_DATE_MS_MAX - ms;
  for (int i = MK_KEY_TIME_SIZE - 1; i >= 0; i--) {
    digits[i] = (char)('0' + falling % 10);
    falling /= 10;
  }
}

void mk_key_time(mk_key *key, int64_t ms) {
  char digits[MK_KEY_TIME_SIZE];
  mk_key_time_format(ms, digits);
  mk_key_part(key, (mk_str){digits, sizeof digits});
}

mk_status mk_key_finish(mk_context *ctx, const mk_key *key, mk_str *out) {
  if (key->size > MK_KV_KEY_BYTES_MAX) {
    return mk_fail(ctx, MK_E_KEY_TOO_LONG, "KEY_TOO_LONG",
                   "A KV key holds at most %d bytes, and this one would take %d: \"%.*s…\". Use shorter ids; a "
                   "character outside printable ASCII takes three bytes for each byte of its UTF-8.",
                   MK_KV_KEY_BYTES_MAX, (int)key->size, 120, key->data);
  }
  char *bytes = NULL;
  MK_TRY(mk_push(ctx, key->size, 1, &bytes));
  memcpy(bytes, key->data, key->size);
  *out = (mk_str){bytes, key->size};
  return MK_OK;
}

mk_status mk_key_finish_prefix(mk_context *ctx, mk_key *key, mk_str *out) {
  if (key->has_part) {
    key_append(key, MK_STR(":"));
  }
  return mk_key_finish(ctx, key, out);
}

/* Whether two keys are alike from the last ':' on. */
static bool end_alike(mk_str a, mk_str b) {
  size_t size = 0;
  while (size < a.size && size < b.size && a.data[a.size - size - 1] == b.data[b.size - size - 1]) {
    size++;
    if (a.data[a.size - size] == ':') {
      return true;
    }
  }
  return false;
}

mk_status mk_key_named(mk_context *ctx, mk_keyspace keyspace, mk_str by, mk_str span, mk_str *out) {
  mk_key begin = mk_key_begin(ctx, keyspace);
  mk_str key = MK_STR("");
  MK_TRY(mk_json_is_string(span) ? mk_json_decode(ctx, span, &key) : MK_OK);
  bool is_own = mk_str_starts_with(key, (mk_str){begin.data, begin.size}) && end_alike(key, by);
  *out = is_own ? key : MK_STR_NONE;
  return MK_OK;
}

bool mk_key_split(mk_str *rest, mk_str *part) {
  if (!mk_str_is_present(*rest)) {
    return false;
  }
  const char *colon = rest->size == 0 ? NULL : memchr(rest->data, ':', rest->size);
  if (colon == NULL) {
    *part = *rest;
    *rest = MK_STR_NONE;
    return true;
  }
  *part = (mk_str){rest->data, (size_t)(colon - rest->data)};
  *rest = mk_str_skip(*rest, part->size + 1);
  return true;
}

bool mk_key_time_parse(mk_str part, int64_t *ms) {
  if (part.size != MK_KEY_TIME_SIZE) {
    return false;
  }
  int64_t falling = 0;
  for (size_t i = 0; i < part.size; i++) {
    if (part.data[i] < '0' || part.data[i] > '9') {
      return false;
    }
    falling = falling * 10 + (part.data[i] - '0');
  }
  if (falling > 2 * MK_DATE_MS_MAX) {
    return false;
  }
  *ms = MK_DATE_MS_MAX - falling;
  return true;
}

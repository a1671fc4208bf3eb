#include "base/json.h"

#include <string.h>

static bool is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r'; }

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static const char *skip_space(const char *at, const char *end) {
  while (at < end && is_space(*at)) {
    at++;
  }
  return at;
}

static int hex_digit(char byte) {
  if (is_digit(byte)) {
    return byte - '0';
  }
  if (byte >= 'a' && byte <= 'f') {
    return byte - 'a' + 10;
  }
  if (byte >= 'A' && byte <= 'F') {
    return byte - 'A' + 10;
  }
  return -1;
}

/* The code unit of the four hex digits at `at`, or -1. */
static int32_t hex_unit(const char *at, const char *end) {
  if (end - at < 4) {
    return -1;
  }
  int32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) {
      return -1;
    }
    unit = unit * 16 + digit;
  }
  return unit;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Bit 7 of each byte of `bytes` that is below `bound`, which is at most 128: subtracting borrows from that bit, which the
 * byte itself must not have. A borrow may reach bytes above one that was found, so only the lowest bit counts. */
static uint64_t bytes_below(uint64_t bytes, uint8_t bound) {
  return (bytes - EACH_BYTE(bound)) & ~bytes & EACH_BYTE(0x80);
}

/* Behind the bytes at `at` that stand for themselves in a string, eight at a time; fewer at the end are left: most of
 * what is stored is text. (wasm is little-endian, and so is what the native tests run on.) */
static const char *skip_plain(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    uint64_t found =
        bytes_below(bytes, 0x20) | bytes_below(bytes ^ EACH_BYTE('"'), 1) | bytes_below(bytes ^ EACH_BYTE('\\'), 1);
    if (found != 0) {
      return at + __builtin_ctzll(found) / 8;
    }
  }
  return at;
}

/* From a string's opening quote to behind its closing one; NULL if it is no string. */
static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end; at++) {
    at = skip_plain(at, end);
    if (at == end) {
      return NULL;
    }
    if (*at == '"') {
      return at + 1;
    }
    if ((unsigned char)*at < 0x20) {
      return NULL;
    }
    if (*at != '\\') {
      continue;
    }
    at++;
    if (at == end) {
      return NULL;
    }
    if (*at == 'u') {
      if (hex_unit(at + 1, end) < 0) {
        return NULL;
      }
      at += 4;
    } else if (memchr("\"\\/bfnrt", *at, 8) == NULL) {
      return NULL;
    }
  }
  return NULL;
}

static const char *skip_digits(const char *at, const char *end) {
  const char *start = at;
  while (at < end && is_digit(*at)) {
    at++;
  }
  return at == start ? NULL : at;
}

static const char *skip_number(const char *at, const char *end) {
  if (*at == '-') {
    at++;
  }
  if (at < end && *at == '0') {
    at++;
  } else {
    at = skip_digits(at, end);
  }
  if (at != NULL && at < end && *at == '.') {
    at = skip_digits(at + 1, end);
  }
  if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) {
      at++;
    }
    at = skip_digits(at, end);
  }
  return at;
}

static const char *skip_literal(const char *at, const char *end) {
  const char *literal = *at == 't' ? "true" : *at == 'f' ? "false" : "null";
  for (; *literal != '\0'; literal++, at++) {
    if (at == end || *at != *literal) {
      return NULL;
    }
  }
  return at;
}

static const char *skip_scalar(const char *at, const char *end) {
  if (*at == '"') {
    return skip_string(at, end);
  }
  if (*at == '-' || is_digit(*at)) {
    return skip_number(at, end);
  }
  return *at == MK_JSON_REFERENCE ? skip_digits(at + 1, end) : skip_literal(at, end);
}

/* Whether each open bracket is an object's, one bit a level: deep nesting must not use up the
 * wasm stack, so the scanner does not recurse. */
typedef struct nesting {
  uint8_t is_object[MK_JSON_DEPTH_MAX / 8];
  size_t depth;
} nesting;

static bool nesting_open(nesting *nest, bool is_object) {
  if (nest->depth == MK_JSON_DEPTH_MAX) {
    return false;
  }
  uint8_t bit = (uint8_t)(1u << (nest->depth % 8));
  uint8_t *byte = &nest->is_object[nest->depth / 8];
  unsigned outer = nest->depth % 8 == 0 ? 0 : *byte; /* a new byte holds nothing yet */
  *byte = (uint8_t)(is_object ? outer | bit : outer & ~(unsigned)bit);
  nest->depth++;
  return true;
}

static bool nesting_in_object(const nesting *nest) {
  size_t level = nest->depth - 1;
  return (nest->is_object[level / 8] >> (level % 8) & 1) != 0;
}

/* From a member's name to its value, and *name_end behind the name; NULL if there is no name and colon. */
static const char *skip_name(const char *at, const char *end, const char **name_end) {
  at = skip_space(at, end);
  if (at == end || *at != '"') {
    return NULL;
  }
  at = skip_string(at, end);
  *name_end = at;
  if (at == NULL) {
    return NULL;
  }
  at = skip_space(at, end);
  return at < end && *at == ':' ? skip_space(at + 1, end) : NULL;
}

/* From the first byte of a value to behind its last; NULL if it is no JSON value. */
static const char *skip_value(const char *at, const char *end) {
  nesting nest;
  const char *name_end = NULL;
  nest.depth = 0;
  for (;;) {
    /* here a value begins */
    if (at == NULL || at == end) {
      return NULL;
    }
    if (*at == '{' || *at == '[') {
      bool is_object = *at == '{';
      if (!nesting_open(&nest, is_object)) {
        return NULL;
      }
      at = skip_space(at + 1, end);
      bool is_empty = at < end && *at == (is_object ? '}' : ']');
      if (!is_empty) {
        at = is_object ? skip_name(at, end, &name_end) : at;
        continue;
      }
    } else {
      at = skip_scalar(at, end);
    }
    /* here a value, or an empty object's or array's inside, has ended */
    for (;;) {
      if (at == NULL || nest.depth == 0) {
        return at;
      }
      at = skip_space(at, end);
      if (at == end) {
        return NULL;
      }
      bool in_object = nesting_in_object(&nest);
      if (*at == ',') {
        at = in_object ? skip_name(at + 1, end, &name_end) : skip_space(at + 1, end);
        break;
      }
      if (*at != (in_object ? '}' : ']')) {
        return NULL;
      }
      at++;
      nest.depth--;
    }
  }
}

mk_cursor mk_json_walk(mk_str value) {
  if (value.size < 2 || (*value.data != '{' && *value.data != '[')) {
    return (mk_cursor){.failed = true};
  }
  return (mk_cursor){.at = value.data + 1, .end = value.data + value.size, .is_object = *value.data == '{'};
}

bool mk_json_next(mk_cursor *cursor, mk_member *out) {
  if (cursor->failed || cursor->at == NULL) {
    return false;
  }
  const char *at = skip_space(cursor->at, cursor->end);
  bool at_end = at < cursor->end && *at == (cursor->is_object ? '}' : ']');
  if (at_end) {
    cursor->at = NULL;
    cursor->failed = at + 1 != cursor->end;
    return false;
  }
  if (cursor->started) {
    if (at == cursor->end || *at != ',') {
      cursor->failed = true;
      return false;
    }
    at = skip_space(at + 1, cursor->end);
  }
  cursor->started = true;
  out->name = MK_STR_NONE;
  const char *value = at;
  if (cursor->is_object) {
    const char *name_end = NULL;
    value = skip_name(at, cursor->end, &name_end);
    if (value == NULL) {
      cursor->failed = true;
      return false;
    }
    out->name = (mk_str){at, (size_t)(name_end - at)};
  }
  const char *value_end = skip_value(value, cursor->end);
  if (value_end == NULL) {
    cursor->failed = true;
    return false;
  }
  out->value = (mk_str){value, (size_t)(value_end - value)};
  cursor->at = value_end;
  return true;
}

bool mk_json_span(mk_str text, mk_str *span) {
  if (text.size == 0) {
    return false;
  }
  const char *end = text.data + text.size;
  const char *start = skip_space(text.data, end);
  const char *value_end = skip_value(start, end);
  if (value_end == NULL || skip_space(value_end, end) != end) {
    return false;
  }
  *span = (mk_str){start, (size_t)(value_end - start)};
  return true;
}

size_t mk_json_count(mk_str value) {
  size_t count = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(value); mk_json_next(&cursor, &member);) {
    count++;
  }
  return count;
}

bool mk_json_name_is(mk_str name_span, const char *name) {
  size_t size = strlen(name);
  return name_span.size == size + 2 && memcmp(name_span.data + 1, name, size) == 0;
}

mk_str mk_json_get(mk_str object, const char *name) {
  if (!mk_json_is_object(object)) {
    return MK_STR_NONE;
  }
  mk_cursor cursor = mk_json_walk(object);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    if (mk_json_name_is(member.name, name)) {
      return member.value;
    }
  }
  return MK_STR_NONE;
}

static bool begins_with(mk_str value, char byte) { return value.size > 0 && *value.data == byte; }

bool mk_json_is_string(mk_str value) { return begins_with(value, '"'); }
bool mk_json_is_object(mk_str value) { return begins_with(value, '{'); }
bool mk_json_is_array(mk_str value) { return begins_with(value, '['); }
bool mk_json_is_null(mk_str value) { return begins_with(value, 'n'); }
bool mk_json_is_reference(mk_str value) { return begins_with(value, MK_JSON_REFERENCE); }
bool mk_json_is_true(mk_str value) { return begins_with(value, 't'); }
bool mk_json_is_false(mk_str value) { return begins_with(value, 'f'); }

/* JSON.stringify prints whole numbers below 1e21 in plain digits, so nothing else needs to be
 * understood here. */
bool mk_json_integer(mk_str value, int64_t *out) {
  bool is_negative = begins_with(value, '-');
  size_t digits = value.size - is_negative;
  if (value.size == 0 || digits == 0 || digits > 16) {
    return false;
  }
  int64_t number = 0;
  for (size_t i = is_negative; i < value.size; i++) {
    if (!is_digit(value.data[i])) {
      return false;
    }
    number = number * 10 + (value.data[i] - '0');
  }
  if (number > MK_JSON_INTEGER_MAX) {
    return false;
  }
  *out = is_negative ? -number : number;
  return true;
}

/* Append a code point, or a lone surrogate, in UTF-8's scheme. */
static void put_code_point(mk_buf *buf, uint32_t code) {
  char bytes[4];
  size_t size = 0;
  if (code < 0x80) {
    bytes[size++] = (char)code;
  } else if (code < 0x800) {
    bytes[size++] = (char)(0xC0 | code >> 6);
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    bytes[size++] = (char)(0xE0 | code >> 12);
    bytes[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  } else {
    bytes[size++] = (char)(0xF0 | code >> 18);
    bytes[size++] = (char)(0x80 | (code >> 12 & 0x3F));
    bytes[size++] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[size++] = (char)(0x80 | (code & 0x3F));
  }
  mk_buf_text(buf, (mk_str){bytes, size});
}

/* Append what the escape behind the backslash at `at` means; returns where it ends. */
static const char *decode_escape(mk_buf *buf, const char *at, const char *end) {
  char kind = at[1];
  if (kind != 'u') {
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    const char *found = memchr(from, kind, sizeof from - 1);
    mk_buf_char(buf, (char)(found == NULL ? kind : into[found - from]));
    return at + 2;
  }
  uint32_t unit = (uint32_t)hex_unit(at + 2, end);
  at += 6;
  bool is_high = unit >= 0xD800 && unit < 0xDC00;
  if (is_high && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    uint32_t low = (uint32_t)hex_unit(at + 2, end);
    if (low >= 0xDC00 && low < 0xE000) {
      put_code_point(buf, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return at + 6;
    }
  }
  put_code_point(buf, unit);
  return at;
}

mk_status mk_json_decode(mk_context *ctx, mk_str span, mk_str *out) {
  if (!mk_json_is_string(span) || skip_string(span.data, span.data + span.size) != span.data + span.size) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "A string was expected.");
  }
  mk_str inside = {span.data + 1, span.size - 2};
  if (memchr(inside.data, '\\', inside.size) == NULL) {
    *out = inside;
    return MK_OK;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  const char *at = inside.data;
  const char *stop = inside.data + inside.size;
  while (at < stop) {
    const char *escape = memchr(at, '\\', (size_t)(stop - at));
    const char *plain_end = escape == NULL ? stop : escape;
    mk_buf_text(&buf, (mk_str){at, (size_t)(plain_end - at)});
    at = escape == NULL ? stop : decode_escape(&buf, escape, stop);
  }
  return mk_take(ctx, &buf, out);
}

void mk_json_encode(mk_buf *buf, mk_str text) {
  static const char hex[] = "0123456789abcdef";
  mk_buf_char(buf, '"');
  for (size_t i = 0; i < text.size; i++) {
    unsigned char byte = (unsigned char)text.data[i];
    /* ED A0..BF xx is a surrogate: not UTF-8, so it must not leave as bytes. */
    bool is_surrogate = byte == 0xED && i + 2 < text.size && (unsigned char)text.data[i + 1] >= 0xA0;
    if (byte == '"' || byte == '\\') {
      mk_buf_char(buf, '\\');
      mk_buf_char(buf, (char)byte);
    } else if (byte < 0x20) {
      mk_buf_literal(buf, "\\u00");
      mk_buf_char(buf, hex[byte >> 4]);
      mk_buf_char(buf, hex[byte & 15]);
    } else if (is_surrogate) {
      unsigned second = (unsigned char)text.data[i + 1];
      unsigned third = (unsigned char)text.data[i + 2];
      mk_buf_literal(buf, "\\ud");
      mk_buf_char(buf, hex[second >> 2 & 15]);
      mk_buf_char(buf, hex[(second << 2 & 12) | (third >> 4 & 3)]);
      mk_buf_char(buf, hex[third & 15]);
      i += 2;
    } else {
      mk_buf_char(buf, (char)byte);
    }
  }
  mk_buf_char(buf, '"');
}

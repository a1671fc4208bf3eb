#include "json_reference.h"

#include <string.h>

#include "base/json.h"

typedef struct reader {
  const unsigned char *at;
  const unsigned char *end;
} reader;

static bool next_is(const reader *in, char byte) { return in->at < in->end && *in->at == (unsigned char)byte; }

static bool take(reader *in, char byte) {
  bool is_next = next_is(in, byte);
  in->at += is_next;
  return is_next;
}

static bool next_in(const reader *in, const char *set) {
  return in->at < in->end && *in->at != '\0' && strchr(set, *in->at) != NULL;
}

static bool take_in(reader *in, const char *set) {
  bool is_next = next_in(in, set);
  in->at += is_next;
  return is_next;
}

static void take_space(reader *in) {
  while (take_in(in, " \t\n\r")) {
  }
}

static bool take_word(reader *in, const char *word) {
  for (; *word != '\0'; word++) {
    if (!take(in, *word)) {
      return false;
    }
  }
  return true;
}

static bool take_digits(reader *in) {
  bool has_digit = false;
  while (take_in(in, "0123456789")) {
    has_digit = true;
  }
  return has_digit;
}

static bool take_number(reader *in) {
  (void)take(in, '-');
  if (!take(in, '0') && !take_digits(in)) {
    return false;
  }
  if (take(in, '.') && !take_digits(in)) {
    return false;
  }
  if (take_in(in, "eE")) {
    (void)take_in(in, "+-");
    return take_digits(in);
  }
  return true;
}

static bool take_escape(reader *in) {
  if (!take(in, 'u')) {
    return take_in(in, "\"\\/bfnrt");
  }
  for (int i = 0; i < 4; i++) {
    if (!take_in(in, "0123456789abcdefABCDEF")) {
      return false;
    }
  }
  return true;
}

static bool take_string(reader *in) {
  if (!take(in, '"')) {
    return false;
  }
  while (in->at < in->end && !next_is(in, '"')) {
    if (*in->at < ' ') {
      return false;
    }
    if (take(in, '\\')) {
      if (!take_escape(in)) {
        return false;
      }
    } else {
      in->at++;
    }
  }
  return take(in, '"');
}

static bool take_value(reader *in, int depth);

static bool take_items(reader *in, int depth, bool with_names, char close) {
  take_space(in);
  if (take(in, close)) {
    return true;
  }
  do {
    take_space(in);
    if (with_names) {
      if (!take_string(in)) {
        return false;
      }
      take_space(in);
      if (!take(in, ':')) {
        return false;
      }
      take_space(in);
    }
    if (!take_value(in, depth)) {
      return false;
    }
    take_space(in);
  } while (take(in, ','));
  return take(in, close);
}

static bool take_value(reader *in, int depth) {
  if (next_is(in, '{') || next_is(in, '[')) {
    bool is_object = *in->at++ == '{';
    return depth > 0 && take_items(in, depth - 1, is_object, is_object ? '}' : ']');
  }
  if (next_is(in, '"')) {
    return take_string(in);
  }
  if (next_in(in, "tfn")) {
    return take_word(in, next_is(in, 't') ? "true" : next_is(in, 'f') ? "false" : "null");
  }
  return take(in, MK_JSON_REFERENCE) ? take_digits(in) : take_number(in);
}

bool json_is_valid(mk_str text, int depth_max) {
  if (text.size == 0) {
    return false;
  }
  reader in = {(const unsigned char *)text.data, (const unsigned char *)text.data + text.size};
  take_space(&in);
  if (!take_value(&in, depth_max)) {
    return false;
  }
  take_space(&in);
  return in.at == in.end;
}

bool utf8_is_valid(mk_str text) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  for (size_t i = 0; i < text.size;) {
    unsigned char lead = (unsigned char)text.data[i++];
    int more = lead < 0x80 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    uint32_t code = lead;
    if (lead >= 0x80) {
      code = lead & (0x3Fu >> more);
    }
    if ((lead >= 0x80 && lead < 0xC0) || lead >= 0xF8) {
      return false;
    }
    for (int j = 0; j < more; j++, i++) {
      if (i == text.size || ((unsigned char)text.data[i] & 0xC0) != 0x80) {
        return false;
      }
      code = code << 6 | ((unsigned char)text.data[i] & 0x3F);
    }
    if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      return false;
    }
  }
  return true;
}

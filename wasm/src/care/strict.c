#include "care/strict.h"

#include <string.h>

#include "base/json.h"

/* The text that is left. */
typedef struct rest {
  const char *at;
  const char *end;
} rest;

static char peek(const rest *text) { return (char)(text->at < text->end ? *text->at : '\0'); }

static bool take(rest *text, char byte) {
  bool is_there = text->at < text->end && *text->at == byte;
  text->at += is_there;
  return is_there;
}

static void skip_space(rest *text) {
  while (text->at < text->end && memchr(" \t\n\r", *text->at, 4) != NULL) {
    text->at++;
  }
}

static bool take_digits(rest *text) {
  const char *start = text->at;
  while (peek(text) >= '0' && peek(text) <= '9') {
    text->at++;
  }
  return text->at > start;
}

static bool take_number(rest *text) {
  (void)take(text, '-');
  if (!take(text, '0') && !take_digits(text)) {
    return false;
  }
  if (take(text, '.') && !take_digits(text)) {
    return false;
  }
  if (take(text, 'e') || take(text, 'E')) {
    (void)(take(text, '+') || take(text, '-'));
    return take_digits(text);
  }
  return true;
}

static bool take_escape(rest *text) {
  if (!take(text, 'u')) {
    bool is_known = text->at < text->end && memchr("\"\\/bfnrt", *text->at, 8) != NULL;
    text->at += is_known;
    return is_known;
  }
  for (int i = 0; i < 4; i++, text->at++) {
    char digit = peek(text);
    bool is_hex = (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
    if (!is_hex) {
      return false;
    }
  }
  return true;
}

static bool take_string(rest *text) {
  if (!take(text, '"')) {
    return false;
  }
  while (text->at < text->end && *text->at != '"') {
    if ((unsigned char)*text->at < 0x20) {
      return false;
    }
    if (*text->at++ == '\\' && !take_escape(text)) {
      return false;
    }
  }
  return take(text, '"');
}

static bool take_word(rest *text, const char *word) {
  size_t size = strlen(word);
  bool is_there = (size_t)(text->end - text->at) >= size && memcmp(text->at, word, size) == 0;
  text->at += is_there ? size : 0;
  return is_there;
}

static bool take_scalar(rest *text) {
  switch (peek(text)) {
    case '"':
      return take_string(text);
    case 't':
      return take_word(text, "true");
    case 'f':
      return take_word(text, "false");
    case 'n':
      return take_word(text, "null");
    default:
      return take_number(text);
  }
}

/* The name that begins an object's member, and its colon. */
static bool take_name(rest *text) {
  skip_space(text);
  if (!take_string(text)) {
    return false;
  }
  skip_space(text);
  return take(text, ':');
}

/* What is open: not by recursion, which the wasm stack is too small for, but as bits. */
typedef struct nesting {
  unsigned char is_object[MK_JSON_DEPTH_MAX / 8];
  size_t depth;
} nesting;

static bool in_object(const nesting *open) {
  size_t at = open->depth - 1;
  return (open->is_object[at / 8] >> (at % 8) & 1) != 0;
}

static bool begin(nesting *open, bool is_object) {
  if (open->depth == MK_JSON_DEPTH_MAX) {
    return false;
  }
  unsigned bit = 1U << (open->depth % 8);
  unsigned char *bits = &open->is_object[open->depth / 8];
  *bits = (unsigned char)((*bits & ~bit) | (is_object ? bit : 0));
  open->depth++;
  return true;
}

/* Take the closing brackets behind a value. true: it was the last one, or a comma and what comes
 * before the next value were taken; *is_done tells which. */
static bool take_end(rest *text, nesting *open, bool *is_done) {
  for (;;) {
    skip_space(text);
    *is_done = open->depth == 0;
    if (*is_done) {
      return text->at == text->end;
    }
    bool is_object = in_object(open);
    if (!take(text, is_object ? '}' : ']')) {
      return take(text, ',') && (!is_object || take_name(text));
    }
    open->depth--;
  }
}

/* Take a scalar, or the opening bracket of an object or array. *is_begun: a value follows. */
static bool take_begin(rest *text, nesting *open, bool *is_begun) {
  char opening = peek(text);
  *is_begun = false;
  if (opening != '{' && opening != '[') {
    return take_scalar(text);
  }
  text->at++;
  if (!begin(open, opening == '{')) {
    return false;
  }
  skip_space(text);
  *is_begun = peek(text) != (opening == '{' ? '}' : ']');
  return !*is_begun || opening == '[' || take_name(text);
}

bool mk_json_is_strict(mk_str json) {
  rest text = {json.data, json.data + json.size};
  nesting open = {.depth = 0};
  bool is_begun = false;
  bool is_done = false;
  while (!is_done) {
    skip_space(&text);
    if (!take_begin(&text, &open, &is_begun)) {
      return false;
    }
    if (!is_begun && !take_end(&text, &open, &is_done)) {
      return false;
    }
  }
  return true;
}

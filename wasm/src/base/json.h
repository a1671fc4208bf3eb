/* json.h: finding one's way in JSON text without building a tree.
 *
 * A *span* is the text of one JSON value within a larger text, from its first byte to its last.
 * The user's payload travels as spans, never parsed and re-printed: cJSON would cut a string at
 * U+0000, refuse a lone surrogate and change the digits of a number. The scanner checks the
 * nesting and the strings' ends; it takes numbers and literals on trust, since all JSON it reads
 * was printed by JSON.stringify or by this engine.
 *
 * A *reference* stands for the text of a value that the host keeps: the byte 0xFF and the digits of a
 * ticket (host/kv.h). No UTF-8 has that byte, and all that comes from elsewhere is UTF-8. It is neither
 * string nor object, and what is written with it the host puts together. */
#ifndef MK_JSON_H
#define MK_JSON_H

#include "base/context.h"

/* Nesting that the scanner follows. JavaScript's own JSON.parse goes about this deep before its
 * stack is at an end. */
#define MK_JSON_DEPTH_MAX 8192

/* What a reference begins with. */
#define MK_JSON_REFERENCE '\xFF'

typedef struct mk_member {
  mk_str name;  /* span with its quotes */
  mk_str value; /* span */
} mk_member;

/* Walks the members of an object or the elements of an array. */
typedef struct mk_cursor {
  const char *at;
  const char *end;
  bool is_object;
  bool started;
  bool failed; /* the text is not JSON, and the walk ended early; or more follows the value's end */
} mk_cursor;

/* A walk over `value`. `failed` at once unless it begins like an object or array. */
mk_cursor mk_json_walk(mk_str value);
/* The next member (of an array: its name absent). false at the end or when `failed`. */
bool mk_json_next(mk_cursor *cursor, mk_member *out);

/* Whether `text` is one JSON value, nested at most MK_JSON_DEPTH_MAX, with white space around it
 * allowed. *span gets the value without that white space. */
bool mk_json_span(mk_str text, mk_str *span);

/* How many elements or members there are; 0 of what is neither array nor object. */
size_t mk_json_count(mk_str value);

/* The value of member `name` (no escapes in it) of an object, or absent. */
mk_str mk_json_get(mk_str object, const char *name);
/* Whether a name span, as written by JSON.stringify, is `name`. */
bool mk_json_name_is(mk_str name_span, const char *name);

bool mk_json_is_string(mk_str value);
bool mk_json_is_object(mk_str value);
bool mk_json_is_array(mk_str value);
bool mk_json_is_null(mk_str value);
bool mk_json_is_reference(mk_str value);
bool mk_json_is_true(mk_str value);
bool mk_json_is_false(mk_str value);

/* Number.MAX_SAFE_INTEGER (ECMA-262). */
#define MK_JSON_INTEGER_MAX INT64_C(9007199254740991)

/* The whole number of a span, if it is one that JavaScript holds exactly. */
bool mk_json_integer(mk_str value, int64_t *out);

/* Decode a string span to UTF-8, in the arena; a lone surrogate becomes its three bytes as if it
 * were a character (WTF-8), U+0000 a NUL. MK_E_INVALID_ARGUMENT if it is not a string. */
mk_status mk_json_decode(mk_context *ctx, mk_str span, mk_str *out);
/* Write text as a JSON string with quotes. Text is UTF-8 or WTF-8; lone surrogates are escaped. */
void mk_json_encode(mk_buf *buf, mk_str text);

#endif

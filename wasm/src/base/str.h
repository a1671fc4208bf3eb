/* str.h: borrowed text, and text under construction.
 *
 * mk_str is a pointer and a length. It owns nothing and need not end in NUL; what it points at
 * is the call's arena, a constant, or the caller's memory. A null pointer means "absent", which
 * is not the same as the empty text. */
#ifndef MK_STR_H
#define MK_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct mk_str {
  const char *data; /* NULL: absent */
  size_t size;      /* bytes */
} mk_str;

/* The text of a string literal. */
#define MK_STR(literal) ((mk_str){(literal), sizeof(literal) - 1})
/* Absent. */
#define MK_STR_NONE ((mk_str){NULL, 0})
/* The two arguments of "%.*s". */
#define MK_STR_ARG(text) (int)(text).size, (text).data

/* The text up to the NUL of `text`. */
mk_str mk_str_of(const char *text);
bool mk_str_is_present(mk_str text);
bool mk_str_equal(mk_str a, mk_str b);
/* Compare as KV orders keys, by bytes: negative, 0 or positive. */
int mk_str_compare(mk_str a, mk_str b);
bool mk_str_starts_with(mk_str text, mk_str prefix);
/* `text` without its first `count` bytes; count must not exceed its size. */
mk_str mk_str_skip(mk_str text, size_t count);

/* Text that grows in an arena. A failed allocation is remembered, further writes are ignored,
 * and mk_buf_take tells: so writers need no check after every piece. */
typedef struct mk_buf {
  mk_arena *arena;
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} mk_buf;

mk_buf mk_buf_make(mk_arena *arena);
/* The same with room for `size` bytes: what grows large in steps is moved with each. */
mk_buf mk_buf_make_for(mk_arena *arena, size_t size);
void mk_buf_text(mk_buf *buf, mk_str text);
void mk_buf_literal(mk_buf *buf, const char *text);
void mk_buf_char(mk_buf *buf, char byte);
void mk_buf_int(mk_buf *buf, int64_t number);
/* The text so far, in the arena and followed by a NUL that is not counted. Absent when an
 * allocation failed. The buffer must not be written to afterwards. */
mk_str mk_buf_take(mk_buf *buf);

#endif

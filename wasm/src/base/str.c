#include "base/str.h"

#include <string.h>

mk_str mk_str_of(const char *text) { return (mk_str){text, strlen(text)}; }

bool mk_str_is_present(mk_str text) { return text.data != NULL; }

bool mk_str_equal(mk_str a, mk_str b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int mk_str_compare(mk_str a, mk_str b) {
  size_t common = a.size < b.size ? a.size : b.size;
  int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
  if (order != 0) {
    return order;
  }
  return (a.size > b.size) - (a.size < b.size);
}

bool mk_str_starts_with(mk_str text, mk_str prefix) {
  return text.size >= prefix.size && (prefix.size == 0 || memcmp(text.data, prefix.data, prefix.size) == 0);
}

mk_str mk_str_skip(mk_str text, size_t count) { return (mk_str){text.data + count, text.size - count}; }

mk_buf mk_buf_make(mk_arena *arena) { return (mk_buf){.arena = arena}; }

/* Make room for `extra` bytes and the NUL of mk_buf_take. */
static bool buf_reserve(mk_buf *buf, size_t extra) {
  size_t needed = buf->size + extra + 1;
  if (buf->failed || needed < extra) {
    buf->failed = true;
    return false;
  }
  if (needed <= buf->capacity) {
    return true;
  }
  size_t capacity = buf->capacity + buf->capacity / 2 + 64;
  capacity = capacity < needed ? needed : capacity;
  char *data = mk_arena_grow(buf->arena, buf->data, buf->capacity, capacity);
  if (data == NULL) {
    buf->failed = true;
    return false;
  }
  buf->data = data;
  buf->capacity = capacity;
  return true;
}

mk_buf mk_buf_make_for(mk_arena *arena, size_t size) {
  mk_buf buf = mk_buf_make(arena);
  (void)buf_reserve(&buf, size); /* a failure is remembered */
  return buf;
}

void mk_buf_text(mk_buf *buf, mk_str text) {
  if (text.size > 0 && buf_reserve(buf, text.size)) {
    memcpy(buf->data + buf->size, text.data, text.size);
    buf->size += text.size;
  }
}

void mk_buf_literal(mk_buf *buf, const char *text) { mk_buf_text(buf, mk_str_of(text)); }

void mk_buf_char(mk_buf *buf, char byte) {
  if (buf_reserve(buf, 1)) {
    buf->data[buf->size++] = byte;
  }
}

void mk_buf_int(mk_buf *buf, int64_t number) {
  char digits[20]; /* of 2^64 - 1 */
  size_t at = sizeof digits;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) {
    mk_buf_char(buf, '-');
  }
  mk_buf_text(buf, (mk_str){digits + at, sizeof digits - at});
}

mk_str mk_buf_take(mk_buf *buf) {
  if (!buf_reserve(buf, 0)) {
    return MK_STR_NONE;
  }
  buf->data[buf->size] = '\0';
  return (mk_str){buf->data, buf->size};
}

#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where the text grows. */
typedef struct output {
  char *at;
  char *end; /* the last byte, kept for the NUL */
} output;

static void put_bytes(output *out, const char *bytes, size_t size) {
  size_t room = (size_t)(out->end - out->at);
  size_t kept = size < room ? size : room;
  if (kept > 0) {
    memcpy(out->at, bytes, kept);
  }
  out->at += kept;
}

/* A text of the caller's. A NUL would end the whole text, and a lone surrogate is not UTF-8: they
 * become "?" and U+FFFD, which take as many bytes. */
static void put_text(output *out, const char *bytes, size_t size) {
  char *at = out->at;
  put_bytes(out, bytes, size);
  for (; at < out->at; at++) {
    bool is_surrogate = out->at - at >= 3 && (unsigned char)at[0] == 0xED && (unsigned char)at[1] >= 0xA0;
    if (is_surrogate) {
      memcpy(at, "\xEF\xBF\xBD", 3);
    } else if (*at == '\0') {
      *at = '?';
    }
  }
}

static void put_number(output *out, int64_t number) {
  char digits[20]; /* of 2^64 - 1 */
  size_t at = sizeof digits;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) {
    put_bytes(out, "-", 1);
  }
  put_bytes(out, digits + at, sizeof digits - at);
}

void mk_format_list(char *out, size_t size, const char *format, va_list arguments) {
  output text = {out, out + size - 1};
  for (;;) {
    size_t plain = strcspn(format, "%");
    put_bytes(&text, format, plain);
    format += plain;
    if (*format == '\0') {
      break;
    }
    const char *string = "%";
    switch (format[1]) {
      case '.': { /* "%.*s" */
        int count = va_arg(arguments, int);
        const char *bytes = va_arg(arguments, const char *);
        put_text(&text, bytes, (size_t)count);
        format += 4;
        continue;
      }
      case 'l': /* "%lld" */
        put_number(&text, va_arg(arguments, long long));
        format += 4;
        continue;
      case 'd':
        put_number(&text, va_arg(arguments, int));
        format += 2;
        continue;
      case 's':
        string = va_arg(arguments, const char *);
        break;
      default: /* "%%" */
        break;
    }
    put_bytes(&text, string, strlen(string));
    format += 2;
  }
  *text.at = '\0';
}

void mk_format(char *out, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  mk_format_list(out, size, format, arguments);
  va_end(arguments);
}

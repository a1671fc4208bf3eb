#include "base/print.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"

static void print_text(mk_buf *buf, char kind, mk_str text) {
  if (kind == 'q') {
    mk_json_encode(buf, text);
  } else if (kind == 'v') {
    mk_buf_text(buf, text);
  } else if (mk_json_is_string(text)) {
    mk_buf_text(buf, (mk_str){text.data + 1, text.size - 2});
  }
}

static void print_list(mk_buf *buf, const char *template, va_list arguments) {
  for (;;) {
    size_t plain = strcspn(template, "%");
    mk_buf_text(buf, (mk_str){template, plain});
    template += plain;
    if (*template == '\0') {
      return;
    }
    char kind = template[1];
    template += 2;
    if (kind == 'd') {
      mk_buf_int(buf, va_arg(arguments, int64_t));
    } else if (kind == 's') {
      mk_buf_literal(buf, va_arg(arguments, const char *));
    } else {
      print_text(buf, kind, *va_arg(arguments, const mk_str *));
    }
  }
}

void mk_buf_print(mk_buf *buf, const char *template, ...) {
  va_list arguments;
  va_start(arguments, template);
  print_list(buf, template, arguments);
  va_end(arguments);
}

mk_status mk_print(mk_context *ctx, mk_str *out, const char *template, ...) {
  va_list arguments;
  mk_buf buf = mk_buf_make(ctx->arena);
  va_start(arguments, template);
  print_list(&buf, template, arguments);
  va_end(arguments);
  return mk_take(ctx, &buf, out);
}

#include "base/context.h"

#include <stdarg.h>
#include <string.h>

#include "base/format.h"

mk_context mk_context_make(mk_arena *arena, const mk_config *config) {
  return (mk_context){.arena = arena, .config = config};
}

const char *mk_status_name(mk_status status) {
  switch (status) {
    case MK_OK:
      return "OK";
    case MK_E_INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case MK_E_NOT_FOUND:
      return "NOT_FOUND";
    case MK_E_KEY_TOO_LONG:
      return "KEY_TOO_LONG";
    case MK_E_VALUE_TOO_LARGE:
      return "VALUE_TOO_LARGE";
    case MK_E_CORRUPT_RECORD:
      return "CORRUPT_RECORD";
    case MK_E_KV_FAILED:
      return "KV_FAILED";
    case MK_E_KV_RATE_LIMITED:
      return "KV_RATE_LIMITED";
    case MK_E_MISSING_BINDING:
      return "MISSING_BINDING";
    case MK_E_SCHEMA_TOO_NEW:
      return "SCHEMA_TOO_NEW";
    case MK_E_PLACEMENT_CHANGED:
      return "PLACEMENT_CHANGED";
    case MK_E_OUT_OF_MEMORY:
      break;
  }
  return "OUT_OF_MEMORY";
}

/* Cut the text at its end so that it does not stop within a UTF-8 character. */
static void cut_to_character(char *text) {
  size_t size = strlen(text);
  size_t at = size;
  while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80) {
    at--;
  }
  if (at == 0) {
    return;
  }
  unsigned char lead = (unsigned char)text[at - 1];
  size_t expected = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size - (at - 1) < expected) {
    text[at - 1] = '\0';
  }
}

mk_status mk_fail(mk_context *ctx, mk_status status, const char *reason, const char *format, ...) {
  mk_error *error = &ctx->error;
  if (error->status != MK_OK) {
    return error->status;
  }
  error->status = status;
  error->reason = reason;
  va_list arguments;
  va_start(arguments, format);
  mk_format_list(error->text, sizeof error->text, format, arguments);
  va_end(arguments);
  cut_to_character(error->text);
  return status;
}

mk_status mk_fail_memory(mk_context *ctx) {
  return mk_fail(ctx, MK_E_OUT_OF_MEMORY, NULL,
                 "The operation needs more than %d MiB of memory. Ask for less at once: a smaller perPage, or "
                 "fewer messages in one call.",
                 (int)(ctx->arena->limit_bytes >> 20));
}

mk_status mk_fail_corrupt(mk_context *ctx, mk_str key, const char *what) {
  if (ctx->error.status == MK_OK) {
    ctx->error.key = key;
  }
  return mk_fail(ctx, MK_E_CORRUPT_RECORD, NULL,
                 "The value stored under \"%.*s\" %s. Something else than this store wrote it: look at it with "
                 "`wrangler kv key get`, then repair or delete it.",
                 MK_STR_ARG(key), what);
}

mk_status mk_push(mk_context *ctx, size_t count, size_t size, void *out) {
  void *elements = mk_arena_push_zeroed(ctx->arena, count, size);
  if (elements == NULL) {
    return mk_fail_memory(ctx);
  }
  memcpy(out, &elements, sizeof elements);
  return MK_OK;
}

mk_status mk_grow(mk_context *ctx, void *items, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) {
    return MK_OK;
  }
  void *old;
  memcpy(&old, items, sizeof old);
  size_t larger = *capacity == 0 ? 16 : *capacity * 2;
  void *elements =
      larger > SIZE_MAX / 2 / size ? NULL : mk_arena_grow(ctx->arena, old, *capacity * size, larger * size);
  if (elements == NULL) {
    return mk_fail_memory(ctx);
  }
  memcpy(items, &elements, sizeof elements);
  *capacity = larger;
  return MK_OK;
}

mk_status mk_take(mk_context *ctx, mk_buf *buf, mk_str *out) {
  mk_str text = mk_buf_take(buf);
  if (!mk_str_is_present(text)) {
    return mk_fail_memory(ctx);
  }
  *out = text;
  return MK_OK;
}

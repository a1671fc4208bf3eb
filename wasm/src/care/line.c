#include "care/line.h"

#include <string.h>

#include "base/json.h"
#include "care/checksum.h"
#include "care/strict.h"

#define SUM ",\"sum\":\""
/* Bytes of a line's end: the sum and what closes it. */
#define SUM_SIZE (sizeof SUM - 1 + MK_CHECKSUM_DIGITS + 2)

mk_status mk_export_state_read(mk_context *ctx, mk_str span, mk_export_state *out) {
  *out = (mk_export_state){.sum = MK_CHECKSUM_START};
  mk_str sum = mk_json_get(span, "sum");
  if (!mk_json_is_object(span)) {
    return MK_OK;
  }
  out->is_ended = mk_json_is_true(mk_json_get(span, "ended"));
  bool is_whole = mk_json_integer(mk_json_get(span, "lines"), &out->lines) && mk_json_is_string(sum) &&
                  mk_checksum_parse((mk_str){sum.data + 1, sum.size - 2}, &out->sum);
  return is_whole ? MK_OK : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "state: this is none of an export");
}

static void write_sum(mk_buf *buf, uint64_t sum) {
  char digits[MK_CHECKSUM_DIGITS];
  mk_checksum_format(sum, digits);
  mk_buf_text(buf, (mk_str){digits, sizeof digits});
}

void mk_export_state_write(mk_buf *buf, const mk_export_state *state) {
  mk_buf_literal(buf, "{\"lines\":");
  mk_buf_int(buf, state->lines);
  mk_buf_literal(buf, state->is_ended ? ",\"ended\":true" SUM : SUM);
  write_sum(buf, state->sum);
  mk_buf_literal(buf, "\"}");
}

/* Close a line that was begun in `buf`. */
static mk_status close_line(mk_context *ctx, mk_export_state *state, mk_buf *buf, mk_str *out) {
  state->sum = mk_checksum_add(state->sum, (mk_str){buf->data, buf->failed ? 0 : buf->size});
  state->lines++;
  mk_buf_literal(buf, SUM);
  write_sum(buf, state->sum);
  mk_buf_literal(buf, "\"}");
  return mk_take(ctx, buf, out);
}

mk_status mk_line_begin(mk_context *ctx, mk_export_state *state, mk_str resource, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"format\":\"" MK_EXPORT_FORMAT "\",\"version\":");
  mk_buf_int(&buf, MK_EXPORT_VERSION);
  mk_buf_literal(&buf, ",\"schema\":");
  mk_buf_int(&buf, MK_SCHEMA_VERSION);
  if (mk_str_is_present(resource)) {
    mk_buf_literal(&buf, ",\"resourceId\":");
    mk_buf_text(&buf, resource);
  }
  return close_line(ctx, state, &buf, out);
}

/* Whether a value can stand in a line as it is. */
static bool is_one_line(const mk_subject *subject) {
  return subject->is_readable && mk_json_is_object(subject->value) &&
         memchr(subject->value.data, '\n', subject->value.size) == NULL &&
         memchr(subject->value.data, '\r', subject->value.size) == NULL;
}

mk_status mk_line_of(mk_context *ctx, mk_export_state *state, const mk_subject *subject, mk_str *out) {
  mk_buf buf = mk_buf_make_for(ctx->arena, subject->value.size + subject->key.size + subject->metadata.size + 128);
  mk_buf_literal(&buf, "{\"key\":");
  mk_json_encode(&buf, mk_str_skip(subject->key, ctx->config->key_prefix.size));
  if (is_one_line(subject)) {
    mk_buf_literal(&buf, ",\"value\":");
    mk_buf_text(&buf, subject->value);
  } else {
    mk_buf_literal(&buf, ",\"text\":");
    mk_json_encode(&buf, subject->value);
  }
  if (mk_str_is_present(subject->metadata) && !mk_json_is_null(subject->metadata)) {
    mk_buf_literal(&buf, ",\"metadata\":");
    mk_buf_text(&buf, subject->metadata);
  }
  if (subject->expiration_s > 0) {
    mk_buf_literal(&buf, ",\"expiration\":");
    mk_buf_int(&buf, subject->expiration_s);
  }
  return close_line(ctx, state, &buf, out);
}

mk_status mk_line_end(mk_context *ctx, mk_export_state *state, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"end\":true,\"lines\":");
  mk_buf_int(&buf, state->lines + 1);
  state->is_ended = true;
  return close_line(ctx, state, &buf, out);
}

/* Reading */

static mk_status fail_line(mk_context *ctx, const mk_export_state *state, const char *what) {
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "ALTERED", "Line %lld of the export %s", (long long)state->lines + 1,
                 what);
}

/* Check the sum in the line's end, and count the line. */
static mk_status check_sum(mk_context *ctx, mk_export_state *state, mk_str line) {
  static const char altered[] = "is not as it was written, or one before it is missing. Nothing of it was imported.";
  uint64_t written = 0;
  if (line.size < SUM_SIZE) {
    return fail_line(ctx, state, altered);
  }
  mk_str body = {line.data, line.size - SUM_SIZE};
  mk_str end = mk_str_skip(line, body.size);
  mk_str digits = {end.data + sizeof SUM - 1, MK_CHECKSUM_DIGITS};
  bool is_sum = mk_str_starts_with(end, MK_STR(SUM)) && mk_checksum_parse(digits, &written) &&
                mk_str_equal(mk_str_skip(end, SUM_SIZE - 2), MK_STR("\"}"));
  uint64_t sum = mk_checksum_add(state->sum, body);
  if (!is_sum || sum != written || !mk_json_is_strict(line)) {
    return fail_line(ctx, state, altered);
  }
  state->sum = sum;
  return MK_OK;
}

static mk_status check_header(mk_context *ctx, const mk_export_state *state, mk_str line) {
  int64_t version = 0;
  int64_t schema = 0;
  if (!mk_json_name_is(mk_json_get(line, "format"), MK_EXPORT_FORMAT) ||
      !mk_json_integer(mk_json_get(line, "version"), &version) ||
      !mk_json_integer(mk_json_get(line, "schema"), &schema)) {
    return fail_line(ctx, state, "is not an export's first: these are not an export's lines.");
  }
  if (version > MK_EXPORT_VERSION || schema > MK_SCHEMA_VERSION) {
    return mk_fail(
        ctx, MK_E_SCHEMA_TOO_NEW, NULL,
        "The export is of version %lld, of data of version %lld, and this package knows versions up to %d and "
        "%d. Update mastra-kv-wasm.",
        (long long)version, (long long)schema, MK_EXPORT_VERSION, MK_SCHEMA_VERSION);
  }
  return MK_OK;
}

static mk_status read_key(mk_context *ctx, const mk_export_state *state, mk_str line, mk_line *out) {
  mk_str key = mk_json_get(line, "key");
  mk_str value = mk_json_get(line, "value");
  mk_str text = mk_json_get(line, "text");
  mk_str rest = MK_STR_NONE;
  int64_t expiration_s = 0;
  if (!mk_json_is_string(key) || (!mk_json_is_object(value) && !mk_json_is_string(text))) {
    return fail_line(ctx, state, "has no key and value.");
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  MK_TRY(mk_json_decode(ctx, key, &rest));
  mk_buf_text(&buf, ctx->config->key_prefix);
  mk_buf_text(&buf, rest);
  MK_TRY(mk_take(ctx, &buf, &out->key));
  out->value = value;
  if (!mk_str_is_present(value)) {
    MK_TRY(mk_json_decode(ctx, text, &out->value));
  }
  if (out->key.size > MK_KV_KEY_BYTES_MAX) {
    return mk_fail(
        ctx, MK_E_KEY_TOO_LONG, "KEY_TOO_LONG",
        "Line %lld of the export: with this store's keyPrefix its key would take %d bytes, and a KV key holds at "
        "most %d.",
        (long long)state->lines + 1, (int)out->key.size, MK_KV_KEY_BYTES_MAX);
  }
  out->metadata = mk_json_get(line, "metadata");
  (void)mk_json_integer(mk_json_get(line, "expiration"), &expiration_s);
  out->expiration_s = (uint32_t)expiration_s;
  return MK_OK;
}

mk_status mk_line_read(mk_context *ctx, mk_export_state *state, mk_str line, mk_line *out) {
  int64_t lines = 0;
  *out = (mk_line){0};
  if (state->is_ended) {
    return fail_line(ctx, state, "comes behind the last one.");
  }
  MK_TRY(check_sum(ctx, state, line));
  if (state->lines == 0) {
    MK_TRY(check_header(ctx, state, line));
  } else if (mk_json_integer(mk_json_get(line, "lines"), &lines)) {
    if (lines != state->lines + 1) {
      return fail_line(ctx, state, "counts other lines than there were.");
    }
    state->is_ended = true;
  } else {
    MK_TRY(read_key(ctx, state, line, out));
  }
  state->lines++;
  return MK_OK;
}

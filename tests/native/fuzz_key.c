/* Any two strings and a time as a message's key: parts are what KV names may hold, no two ids
 * share one, and keys parse to what they were made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "kv/config.h"
#include "message/message.h"

#define REQUIRE(holds) ((holds) ? (void)0 : fail(#holds, __LINE__))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, int line) {
  (void)fprintf(stderr, "fuzz_key.c:%d: %s does not hold\n", line, what);
  abort();
}

/* Two bytes are a code unit, so that any input is a string of JavaScript's. */
static mk_str string_of(mk_context *ctx, const uint8_t *data, size_t size) {
  static const char hex[] = "0123456789abcdef";
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_char(&buf, '"');
  for (size_t i = 0; i < size; i++) {
    if (i % 2 == 0) {
      mk_buf_literal(&buf, "\\u");
    }
    mk_buf_char(&buf, hex[data[i] >> 4]);
    mk_buf_char(&buf, hex[data[i] & 15]);
  }
  if (size % 2 == 1) {
    mk_buf_literal(&buf, "00");
  }
  mk_buf_char(&buf, '"');
  return mk_buf_take(&buf);
}

static mk_str decoded(mk_context *ctx, mk_str span) {
  mk_str text;
  REQUIRE(mk_json_decode(ctx, span, &text) == MK_OK);
  return text;
}

static mk_id check_id(mk_context *ctx, mk_str span) {
  mk_id id;
  mk_id again;
  REQUIRE(mk_id_make(ctx, span, &id) == MK_OK);
  for (size_t i = 0; i < id.part.size; i++) {
    REQUIRE(id.part.data[i] > ' ' && id.part.data[i] < 0x7F && id.part.data[i] != ':');
  }
  REQUIRE(mk_id_parse(ctx, id.part, &again) == MK_OK);
  REQUIRE(mk_str_equal(again.part, id.part));
  REQUIRE(mk_str_equal(decoded(ctx, again.json), decoded(ctx, span)));
  return id;
}

static void check_key(mk_context *ctx, const mk_place *place) {
  mk_str key;
  size_t size = strlen("messages:") + place->thread.part.size + 1 + MK_KEY_TIME_SIZE + 1 + place->id.part.size;
  mk_status status = mk_message_key(ctx, place, &key);
  REQUIRE(status == (size > MK_KV_KEY_BYTES_MAX ? MK_E_KEY_TOO_LONG : MK_OK));
  if (status == MK_OK) {
    mk_place parsed = {0};
    REQUIRE(key.size == size);
    REQUIRE(mk_message_key_parse(key, MK_STR("messages:"), &parsed));
    REQUIRE(mk_place_equal(&parsed, place));
  }
}

/* A later time gives the smaller key. */
static void check_order(mk_context *ctx, int64_t a_ms, int64_t b_ms) {
  mk_key a = mk_key_begin(ctx, MK_MESSAGES);
  mk_key b = mk_key_begin(ctx, MK_MESSAGES);
  mk_key_time(&a, a_ms);
  mk_key_time(&b, b_ms);
  int order = mk_str_compare((mk_str){a.data, a.size}, (mk_str){b.data, b.size});
  REQUIRE((order > 0) - (order < 0) == (a_ms < b_ms) - (a_ms > b_ms));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mk_arena arena;
  static const mk_config config = {.key_prefix = {"", 0}};
  uint64_t times[2] = {0};
  if (size < sizeof times) {
    return 0;
  }
  if (arena.limit_bytes == 0) {
    arena = mk_arena_make((size_t)16 << 20);
  }
  mk_arena_reset(&arena, (mk_arena_mark){0});
  mk_context ctx = mk_context_make(&arena, &config);
  memcpy(times, data, sizeof times);
  data += sizeof times;
  size -= sizeof times;
  int64_t a_ms = (int64_t)(times[0] % (2 * (uint64_t)MK_DATE_MS_MAX + 1)) - MK_DATE_MS_MAX;
  int64_t b_ms = (int64_t)(times[1] % (2 * (uint64_t)MK_DATE_MS_MAX + 1)) - MK_DATE_MS_MAX;
  size_t half = size / 4 * 2;
  mk_id a = check_id(&ctx, string_of(&ctx, data, half));
  mk_id b = check_id(&ctx, string_of(&ctx, data + half, size - half));
  REQUIRE(mk_str_equal(a.part, b.part) == mk_str_equal(decoded(&ctx, a.json), decoded(&ctx, b.json)));
  check_key(&ctx, &(mk_place){.thread = a, .id = b, .created_ms = a_ms});
  check_order(&ctx, a_ms, b_ms);

  /* Keys that something else wrote. */
  mk_id foreign;
  mk_place place = {0};
  ctx.error.status = MK_OK;
  (void)mk_id_parse(&ctx, (mk_str){(const char *)data, size}, &foreign);
  (void)mk_message_key_parse((mk_str){(const char *)data, size}, MK_STR(""), &place);
  return 0;
}

#include "base/uuid.h"

#include <string.h>

#include "host/platform.h"

#define UUID_BYTES 16
#define UUID_SIZE 36 /* of its text */

static mk_status format(mk_context *ctx, uint8_t *bytes, int version, mk_str *span) {
  static const char hex[] = "0123456789abcdef";
  char *text = NULL;
  MK_TRY(mk_push(ctx, UUID_SIZE + 2, 1, &text));
  bytes[6] = (uint8_t)((bytes[6] & 0x0F) | version << 4);
  bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80); /* the variant */
  size_t size = 0;
  text[size++] = '"';
  for (int i = 0; i < UUID_BYTES; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text[size++] = '-';
    }
    text[size++] = hex[bytes[i] >> 4];
    text[size++] = hex[bytes[i] & 15];
  }
  text[size++] = '"';
  *span = (mk_str){text, size};
  return MK_OK;
}

mk_status mk_uuid_make(mk_context *ctx, mk_str *span) {
  uint8_t bytes[UUID_BYTES];
  mk_random(bytes, sizeof bytes);
  return format(ctx, bytes, 4, span);
}

/* FNV-1a (draft-eastlake-fnv), twice from different beginnings: 122 bits, of texts that nobody chose to collide. */
mk_status mk_uuid_of_text(mk_context *ctx, mk_str text, mk_str *span) {
  uint8_t bytes[UUID_BYTES];
  uint64_t hash[2] = {UINT64_C(0xcbf29ce484222325), UINT64_C(0x9ae16a3b2f90404f)};
  for (size_t i = 0; i < text.size; i++) {
    hash[0] = (hash[0] ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001b3);
    hash[1] = (hash[1] ^ (uint8_t)text.data[i]) * UINT64_C(0x9e3779b97f4a7c15);
  }
  memcpy(bytes, hash, sizeof bytes);
  return format(ctx, bytes, 8, span);
}

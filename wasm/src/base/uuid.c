#include "base/uuid.h"

#include "host/platform.h"

#define UUID_BYTES 16
#define UUID_SIZE 36 /* of its text */

mk_status mk_uuid_make(mk_context *ctx, mk_str *span) {
  static const char hex[] = "0123456789abcdef";
  uint8_t bytes[UUID_BYTES];
  char *text = NULL;
  MK_TRY(mk_push(ctx, UUID_SIZE + 2, 1, &text));
  mk_random(bytes, sizeof bytes);
  bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40); /* the version */
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

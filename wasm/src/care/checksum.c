#include "care/checksum.h"

#include <string.h>

#define FNV_PRIME UINT64_C(0x100000001B3)

static const char hex[] = "0123456789abcdef";

uint64_t mk_checksum_add(uint64_t sum, mk_str text) {
  for (size_t i = 0; i < text.size; i++) {
    sum = (sum ^ (unsigned char)text.data[i]) * FNV_PRIME;
  }
  return sum;
}

void mk_checksum_format(uint64_t sum, char digits[MK_CHECKSUM_DIGITS]) {
  for (int i = MK_CHECKSUM_DIGITS - 1; i >= 0; i--) {
    digits[i] = hex[sum & 15];
    sum >>= 4;
  }
}

bool mk_checksum_parse(mk_str digits, uint64_t *sum) {
  if (digits.size != MK_CHECKSUM_DIGITS) {
    return false;
  }
  *sum = 0;
  for (size_t i = 0; i < digits.size; i++) {
    const char *digit = memchr(hex, digits.data[i], MK_CHECKSUM_DIGITS);
    if (digit == NULL) {
      return false;
    }
    *sum = *sum << 4 | (uint64_t)(digit - hex);
  }
  return true;
}

/* checksum.h: FNV-1a of 64 bits (draft-eastlake-fnv): against accidents, not against forgers. A change
 * of a single byte always changes it, for every step is a bijection of the state. */
#ifndef MK_CHECKSUM_H
#define MK_CHECKSUM_H

#include "base/str.h"

#define MK_CHECKSUM_START UINT64_C(0xCBF29CE484222325)
#define MK_CHECKSUM_DIGITS 16

/* The checksum of what was summed up before and then `text`. */
uint64_t mk_checksum_add(uint64_t sum, mk_str text);
/* As hexadecimal digits, without a NUL; and back. false: not such digits. */
void mk_checksum_format(uint64_t sum, char digits[MK_CHECKSUM_DIGITS]);
bool mk_checksum_parse(mk_str digits, uint64_t *sum);

#endif

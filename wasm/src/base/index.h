/* index.h: a hash table in the arena, from texts to numbers.
 *
 * For finding one of thousands: the place of an id in an array, a member among 20,000. It borrows
 * the texts, which must outlive it, and keeps the first number of each. */
#ifndef MK_INDEX_H
#define MK_INDEX_H

#include "base/context.h"

/* What a text has that is not in the index. */
#define MK_INDEX_NONE SIZE_MAX

typedef struct mk_index_slot {
  mk_str text; /* absent: empty */
  size_t number;
} mk_index_slot;

/* Begins as {0}. */
typedef struct mk_index {
  mk_index_slot *slots;
  size_t capacity; /* a power of two, or 0 */
  size_t count;
} mk_index;

/* Add a text with its number, unless it is there. *out, which may be NULL, is the number it has
 * from now on: `number` if it is new. MK_E_OUT_OF_MEMORY. */
mk_status mk_index_add(mk_context *ctx, mk_index *index, mk_str text, size_t number, size_t *out);

/* The number of a text, or MK_INDEX_NONE. */
size_t mk_index_find(const mk_index *index, mk_str text);

#endif

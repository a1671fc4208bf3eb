/* sort.h: sorting in place, in little code.
 *
 * In wasm this is the engine's qsort (libc_wasm.c): libc's, a smoothsort, takes 2 KB of the module and brings a
 * memcpy of 1.3 KB along. Shell's sort has little to do where elements are nearly in order already, as listed keys are. */
#ifndef MK_SORT_H
#define MK_SORT_H

#include <stddef.h>

/* What qsort does: sort `count` elements of `size` bytes ascending by `compare`. Not stable. */
void mk_sort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif

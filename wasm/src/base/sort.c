#include "base/sort.h"

static void swap(char *a, char *b, size_t size) {
  for (; size > 0; size--, a++, b++) {
    char byte = *a;
    *a = *b;
    *b = byte;
  }
}

/* Each gap is 5/11 of the one before (G. H. Gonnet, Handbook of Algorithms and Data Structures, 1984); the last is 1. */
static size_t next_gap(size_t gap) { return gap > 1 && gap <= 4 ? 1 : gap / 11 * 5 + gap % 11 * 5 / 11; }

void mk_sort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *)) {
  char *first = elements;
  for (size_t gap = next_gap(count); gap > 0; gap = next_gap(gap)) {
    size_t stride = gap * size;
    for (char *next = first + stride; next < first + count * size; next += size) {
      for (char *at = next; at >= first + stride && compare(at - stride, at) > 0; at -= stride) {
        swap(at - stride, at, size);
      }
    }
  }
}

/* libc_wasm.c: what the engine and cJSON use of libc, where wasi-libc's is several times as large.
 *
 * Its functions are unrolled or read words, for texts longer than those here; memory.copy and memory.fill are
 * instructions. The attribute keeps the compiler from taking a loop for the function that it is in. */
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"

#define PLAIN __attribute__((no_builtin))

void qsort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *)) {
  mk_sort(elements, count, size, compare);
}

PLAIN void *memchr(const void *text, int byte, size_t size) {
  for (const unsigned char *at = text; size > 0; at++, size--) {
    if (*at == (unsigned char)byte) {
      return (void *)at;
    }
  }
  return NULL;
}

PLAIN size_t strlen(const char *text) {
  const char *end = text;
  while (*end != '\0') {
    end++;
  }
  return (size_t)(end - text);
}

PLAIN size_t strcspn(const char *text, const char *ends) {
  size_t size = 0;
  while (text[size] != '\0' && memchr(ends, text[size], strlen(ends)) == NULL) {
    size++;
  }
  return size;
}

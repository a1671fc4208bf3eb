/* memory_wasm.c: linear memory behind the program's data. Nothing else makes it grow: the engine has no malloc. */
#include "host/memory.h"

#include <stdint.h>

#define ALIGNMENT 16
#define PAGE_BYTES ((size_t)64 << 10)

/* The linker's name for the first byte behind stack and data. */
extern char __heap_base; /* NOLINT(readability-identifier-naming) */

char *mk_memory_begin(size_t limit_bytes, size_t *size_bytes) {
  (void)limit_bytes;
  uintptr_t begin = ((uintptr_t)&__heap_base + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  *size_bytes = __builtin_wasm_memory_size(0) * PAGE_BYTES - begin;
  return (char *)begin; /* NOLINT(performance-no-int-to-ptr): aligned up */
}

bool mk_memory_extend(size_t *size_bytes, size_t more_bytes) {
  size_t pages = (more_bytes + PAGE_BYTES - 1) / PAGE_BYTES;
  if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) {
    return false;
  }
  *size_bytes += pages * PAGE_BYTES;
  return true;
}

void mk_memory_end(char *memory, size_t limit_bytes) {
  (void)memory;
  (void)limit_bytes;
}

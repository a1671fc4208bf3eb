/* memory.c: natively, an arena's memory is address space that the system fills with pages as they are touched. */
#define _DEFAULT_SOURCE /* NOLINT(readability-identifier-naming): for MAP_ANONYMOUS */
#include "host/memory.h"

#include <sys/mman.h>

#define PAGE_BYTES ((size_t)64 << 10) /* of wasm, so that tests see memory grow as there */

char *mk_memory_begin(size_t limit_bytes, size_t *size_bytes) {
  /* A page more than the limit, so that the last one can be whole. */
  void *memory =
      mmap(NULL, limit_bytes + PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  *size_bytes = 0;
  return memory == MAP_FAILED ? NULL : memory;
}

bool mk_memory_extend(size_t *size_bytes, size_t more_bytes) {
  *size_bytes += (more_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  return true;
}

void mk_memory_end(char *memory, size_t limit_bytes) { (void)munmap(memory, limit_bytes + PAGE_BYTES); }

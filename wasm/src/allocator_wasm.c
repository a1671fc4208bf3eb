/* allocator_wasm.c: libc's allocator, which is not there.
 *
 * cJSON's default hooks name malloc, free and realloc; tree.c sets others before any use. All
 * memory is the arena's, and defining them here keeps libc's allocator out of the module. */
#include <stdlib.h>

void *malloc(size_t size) {
  (void)size;
  return NULL;
}

void free(void *bytes) { (void)bytes; }

void *realloc(void *bytes, size_t size) {
  (void)bytes;
  (void)size;
  return NULL;
}

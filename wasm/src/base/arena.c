#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MK_ARENA_POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MK_ARENA_POISON 1
#endif

#ifdef MK_ARENA_POISON
#include <sanitizer/asan_interface.h>
#define POISON(at, size) ASAN_POISON_MEMORY_REGION((at), (size))
#define UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION((at), (size))
#define REDZONE_BYTES 16 /* stay poisoned between two allocations */
#else
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#define REDZONE_BYTES 0
#endif

#define ALIGNMENT 16
#define BLOCK_BYTES_MIN ((size_t)256 << 10)
#define WASM_PAGE_BYTES ((size_t)64 << 10)

/* A block is this header and, aligned behind it, the bytes that are given out. */
struct mk_arena_block {
  mk_arena_block *next;
  size_t capacity;   /* of the bytes behind the header */
  size_t used_bytes; /* of them; 0 in the blocks behind the current one */
};

static size_t aligned(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

#define HEADER_BYTES (((sizeof(mk_arena_block)) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static char *block_bytes(mk_arena_block *block) { return (char *)block + HEADER_BYTES; }

/* Memory for a block of *size bytes; *size grows to what was really got. */
#if defined(__wasm__)
static void *system_get(size_t *size) {
  size_t pages = (*size + WASM_PAGE_BYTES - 1) / WASM_PAGE_BYTES;
  size_t before = __builtin_wasm_memory_grow(0, pages);
  if (before == SIZE_MAX) {
    return NULL;
  }
  *size = pages * WASM_PAGE_BYTES;
  return (void *)(before * WASM_PAGE_BYTES); /* NOLINT(performance-no-int-to-ptr): a page number is an address */
}
#else
static void *system_get(size_t *size) { return malloc(*size); }
#endif

mk_arena mk_arena_make(size_t limit_bytes) { return (mk_arena){.limit_bytes = limit_bytes}; }

/* Make a block of at least `size` bytes the current one: the next unused one that is large enough,
 * else a new one in front of them. */
static bool arena_extend(mk_arena *arena, size_t size) {
  mk_arena_block **link = arena->current == NULL ? &arena->first : &arena->current->next;
  mk_arena_block *next = *link;
  for (mk_arena_block **at = link; *at != NULL; at = &(*at)->next) {
    mk_arena_block *block = *at;
    if (block->capacity >= size) {
      *at = block->next; /* it moves to the front of the unused ones */
      block->next = *link;
      *link = block;
      block->used_bytes = 0;
      arena->current = block;
      return true;
    }
  }
  /* As large again as all before, so that a large operation has few blocks. */
  size_t room = arena->limit_bytes - arena->reserved_bytes;
  size_t bytes = arena->reserved_bytes > BLOCK_BYTES_MIN ? arena->reserved_bytes : BLOCK_BYTES_MIN;
  if (bytes < size + HEADER_BYTES) {
    bytes = size + HEADER_BYTES;
  }
  if (bytes > room) {
    bytes = size + HEADER_BYTES; /* the last bit of the limit */
  }
  mk_arena_block *block = bytes > room ? NULL : system_get(&bytes);
  if (block == NULL) {
    return false;
  }
  block->next = next;
  block->capacity = bytes - HEADER_BYTES;
  block->used_bytes = 0;
  POISON(block_bytes(block), block->capacity);
  if (arena->current == NULL) {
    arena->first = block;
  } else {
    arena->current->next = block;
  }
  arena->current = block;
  arena->reserved_bytes += bytes;
  return true;
}

void *mk_arena_push(mk_arena *arena, size_t size) {
  if (arena->fail_nth > 0 && --arena->fail_nth == 0) {
    return NULL;
  }
  if (size > arena->limit_bytes) {
    return NULL; /* so that the sums below cannot overflow */
  }
  size_t needed = aligned(size) + REDZONE_BYTES;
  mk_arena_block *block = arena->current;
  if (block == NULL || block->capacity - block->used_bytes < needed) {
    if (!arena_extend(arena, needed)) {
      return NULL;
    }
    block = arena->current;
  }
  char *bytes = block_bytes(block) + block->used_bytes;
  block->used_bytes += needed;
  UNPOISON(bytes, size);
  return bytes;
}

void *mk_arena_push_zeroed(mk_arena *arena, size_t count, size_t element_size) {
  if (element_size != 0 && count > SIZE_MAX / element_size) {
    return NULL;
  }
  void *elements = mk_arena_push(arena, count * element_size);
  if (elements != NULL) {
    memset(elements, 0, count * element_size);
  }
  return elements;
}

void *mk_arena_grow(mk_arena *arena, void *old, size_t old_size, size_t size) {
  mk_arena_block *block = arena->current;
  if (old != NULL && block != NULL && size <= arena->limit_bytes) {
    size_t old_needed = aligned(old_size) + REDZONE_BYTES;
    size_t needed = aligned(size) + REDZONE_BYTES;
    bool is_last = (char *)old + old_needed == block_bytes(block) + block->used_bytes;
    if (is_last && needed - old_needed <= block->capacity - block->used_bytes) {
      if (arena->fail_nth > 0 && --arena->fail_nth == 0) {
        return NULL;
      }
      block->used_bytes += needed - old_needed;
      UNPOISON(old, size);
      return old;
    }
  }
  void *bytes = mk_arena_push(arena, size);
  if (bytes != NULL && old != NULL && old_size > 0) {
    memcpy(bytes, old, old_size);
  }
  return bytes;
}

mk_arena_mark mk_arena_end(const mk_arena *arena) {
  mk_arena_block *block = arena->current;
  return (mk_arena_mark){block, block == NULL ? 0 : block->used_bytes};
}

void mk_arena_reset(mk_arena *arena, mk_arena_mark mark) {
  arena->current = mark.block;
  if (mark.block != NULL) {
    mark.block->used_bytes = mark.used_bytes;
    POISON(block_bytes(mark.block) + mark.used_bytes, mark.block->capacity - mark.used_bytes);
  }
  mk_arena_block *block = mark.block == NULL ? arena->first : mark.block->next;
  for (; block != NULL; block = block->next) {
    block->used_bytes = 0;
    POISON(block_bytes(block), block->capacity);
  }
}

void mk_arena_free(mk_arena *arena) {
#if !defined(__wasm__)
  for (mk_arena_block *block = arena->first; block != NULL;) {
    mk_arena_block *next = block->next;
    UNPOISON(block_bytes(block), block->capacity);
    free(block);
    block = next;
  }
  arena->first = NULL;
  arena->current = NULL;
  arena->reserved_bytes = 0;
#else
  mk_arena_reset(arena, (mk_arena_mark){NULL, 0});
#endif
}

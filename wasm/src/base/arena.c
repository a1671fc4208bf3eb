#include "base/arena.h"

#include <string.h>

#include "host/memory.h"

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

/* What an allocation takes of the arena. `size` is within the limit, so that no sum overflows. */
static size_t room_for(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + REDZONE_BYTES; }

mk_arena mk_arena_make(size_t limit_bytes) { return (mk_arena){.limit_bytes = limit_bytes}; }

/* Reserve at least `more` bytes, and an eighth of what there is where the limit allows: few steps
 * for what grows by little at a time, and little that stays unused. */
static bool arena_extend(mk_arena *arena, size_t more) {
  size_t reserved = arena->reserved_bytes;
  size_t step = reserved / 8;
  if (step < more || reserved + step > arena->limit_bytes) {
    step = more;
  }
  if (!mk_memory_extend(&reserved, step)) {
    return false;
  }
  POISON(arena->bytes + arena->reserved_bytes, reserved - arena->reserved_bytes);
  arena->reserved_bytes = reserved;
  return true;
}

/* Have `needed` bytes behind those that are used. */
static bool arena_provide(mk_arena *arena, size_t needed) {
  if (arena->bytes == NULL) {
    arena->bytes = mk_memory_begin(arena->limit_bytes, &arena->reserved_bytes);
    if (arena->bytes == NULL) {
      return false;
    }
    POISON(arena->bytes, arena->reserved_bytes);
  }
  if (needed > arena->limit_bytes - arena->used_bytes) {
    return false;
  }
  size_t unused = arena->reserved_bytes - arena->used_bytes;
  return needed <= unused || arena_extend(arena, needed - unused);
}

/* Whether a test wants this allocation to fail. */
static bool fails_now(mk_arena *arena) { return arena->fail_nth > 0 && --arena->fail_nth == 0; }

void *mk_arena_push(mk_arena *arena, size_t size) {
  if (fails_now(arena) || size > arena->limit_bytes || !arena_provide(arena, room_for(size))) {
    return NULL;
  }
  char *bytes = arena->bytes + arena->used_bytes;
  arena->used_bytes += room_for(size);
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
  bool is_last = old != NULL && (char *)old + room_for(old_size) == arena->bytes + arena->used_bytes;
  if (!is_last) {
    void *bytes = mk_arena_push(arena, size);
    if (bytes != NULL && old != NULL && old_size > 0) {
      memcpy(bytes, old, old_size);
    }
    return bytes;
  }
  size_t more = size > arena->limit_bytes ? SIZE_MAX : room_for(size) - room_for(old_size);
  if (fails_now(arena) || !arena_provide(arena, more)) {
    return NULL;
  }
  arena->used_bytes += more;
  UNPOISON(old, size);
  return old;
}

bool mk_arena_has_room(const mk_arena *arena, size_t size) {
  return size <= arena->limit_bytes && room_for(size) <= arena->limit_bytes - arena->used_bytes;
}

mk_arena_mark mk_arena_end(const mk_arena *arena) { return (mk_arena_mark){arena->used_bytes}; }

void mk_arena_reset(mk_arena *arena, mk_arena_mark mark) {
  if (arena->bytes != NULL) {
    POISON(arena->bytes + mark.used_bytes, arena->used_bytes - mark.used_bytes);
  }
  arena->used_bytes = mark.used_bytes;
}

void *mk_arena_at(const mk_arena *arena, mk_arena_mark mark) { return arena->bytes + mark.used_bytes; }

void mk_arena_reset_keeping(mk_arena *arena, mk_arena_mark mark, const void *last, size_t size) {
  char *at = mk_arena_at(arena, mark);
  UNPOISON(at, size);
  memmove(at, last, size);
  size_t used_bytes = mark.used_bytes + room_for(size);
  POISON(at + size, arena->used_bytes - mark.used_bytes - size);
  arena->used_bytes = used_bytes;
}

void mk_arena_free(mk_arena *arena) {
  mk_arena_reset(arena, (mk_arena_mark){0});
  if (arena->bytes != NULL) {
    UNPOISON(arena->bytes, arena->reserved_bytes);
    mk_memory_end(arena->bytes, arena->limit_bytes);
  }
  *arena = (mk_arena){.limit_bytes = arena->limit_bytes, .fail_nth = arena->fail_nth};
}

/* arena.h: the memory of one operation.
 *
 * Everything an operation allocates is pushed onto one arena and goes when the arena is reset to
 * a mark; nothing is freed one by one. An arena is one stretch of memory that grows at its end
 * (host/memory.h), so that nothing is lost between blocks and what was pushed last grows in
 * place. In wasm there is one arena, for linear memory is its own; under AddressSanitizer the
 * bytes around every allocation are poisoned, so that the sanitizer sees an overrun. */
#ifndef MK_ARENA_H
#define MK_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most an operation may use. A Worker's isolate has 128 MB for JavaScript and wasm together
 * (Workers documentation, "Limits"), and an answer stands there once more as JavaScript objects. */
#define MK_ARENA_BYTES_MAX ((size_t)96 << 20)

typedef struct mk_arena {
  char *bytes;           /* NULL before the first push */
  size_t used_bytes;     /* of them, from their beginning */
  size_t reserved_bytes; /* how many there are: grows in pages, never shrinks */
  size_t limit_bytes;    /* used_bytes stays at or below this */
  uint32_t fail_nth;     /* tests: the n-th push from now fails; 0 never */
} mk_arena;

typedef struct mk_arena_mark {
  size_t used_bytes;
} mk_arena_mark;

/* An empty arena that holds no memory yet. */
mk_arena mk_arena_make(size_t limit_bytes);
/* `size` bytes aligned for any type, contents undefined; NULL when the limit is reached. */
void *mk_arena_push(mk_arena *arena, size_t size);
/* `count` zeroed elements; NULL when the limit is reached or the product overflows. */
void *mk_arena_push_zeroed(mk_arena *arena, size_t count, size_t element_size);
/* Grow the allocation at `old` to `size` bytes, at least as many as before: in place when it was the last one pushed, else
 * by a copy of its `old_size` bytes. NULL when the limit is reached; `old` stays valid then. */
void *mk_arena_grow(mk_arena *arena, void *old, size_t old_size, size_t size);
/* Whether `size` bytes more are within the limit. */
bool mk_arena_has_room(const mk_arena *arena, size_t size);
/* The present end, to reset to later. */
mk_arena_mark mk_arena_end(const mk_arena *arena);
/* Forget all that was pushed since `mark`. Pointers into it must not be used any more. */
void mk_arena_reset(mk_arena *arena, mk_arena_mark mark);
/* Where what was pushed first after `mark` is. */
void *mk_arena_at(const mk_arena *arena, mk_arena_mark mark);
/* Forget all that was pushed since `mark` but the `size` bytes of the last of it, which move to where the mark is. */
void mk_arena_reset_keeping(mk_arena *arena, mk_arena_mark mark, const void *last, size_t size);
/* Forget all, and give the memory back (natively; linear memory never shrinks). */
void mk_arena_free(mk_arena *arena);

#endif

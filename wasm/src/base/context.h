/* context.h: what every function of one operation shares. */
#ifndef MK_CONTEXT_H
#define MK_CONTEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* What higher layers keep here: the store's configuration (kv/config.h) and its KV calls (kv/io.h). */
typedef struct mk_config mk_config;
typedef struct mk_io mk_io;

typedef struct mk_context {
  mk_arena *arena;         /* the operation's memory */
  const mk_config *config; /* key prefix and placement; outlives the operation */
  mk_error error;          /* the first failure */
  mk_io *queue_first;      /* KV calls that the next mk_io_flush starts (io.h) */
  mk_io *queue_last;
  int queue_stage; /* of the calls that are queued next */
  bool can_refer;  /* the host puts records into an answer that names them by their tickets (kv/io.h) */
} mk_context;

/* A context at the start of an operation. */
mk_context mk_context_make(mk_arena *arena, const mk_config *config);

/* Record a failure and return its status; an earlier failure is kept instead.
 *   reason  static text that Mastra's error id ends in ("INVALID_PAGE"), or NULL
 *   format  printf's, of what happened and what to do */
__attribute__((format(printf, 4, 5))) mk_status mk_fail(mk_context *ctx, mk_status status, const char *reason,
                                                        const char *format, ...);
/* The failure of an allocation. */
mk_status mk_fail_memory(mk_context *ctx);
/* A stored value that is not what the store writes.
 *   key   where it is stored, kept in the error
 *   what  what is wrong with it: "is not a JSON object" */
mk_status mk_fail_corrupt(mk_context *ctx, mk_str key, const char *what);

/* `count` zeroed elements of `size` bytes in *out, or MK_E_OUT_OF_MEMORY. */
mk_status mk_push(mk_context *ctx, size_t count, size_t size, void *out);
/* Room for one more element in an array that grows.
 *   items     a pointer to the array's pointer, both of which may change
 *   count     elements in use
 *   capacity  elements there is room for
 * MK_E_OUT_OF_MEMORY: nothing changed. */
mk_status mk_grow(mk_context *ctx, void *items, size_t count, size_t *capacity, size_t size);
/* What `buf` holds in *out, or MK_E_OUT_OF_MEMORY. */
mk_status mk_take(mk_context *ctx, mk_buf *buf, mk_str *out);

/* -1, 0 or 1 for numbers that are less, equal or greater. */
#define MK_COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Begin the definition of a qsort function that compares two elements, *x and *y; the second form
 * is for arrays of pointers. */
#define MK_COMPARATOR(name, type) MK_COMPARATOR_OF(name, const type *, (const type *)a, (const type *)b)
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a type does not stand in parentheses */
#define MK_POINTER_COMPARATOR(name, type) MK_COMPARATOR_OF(name, const type *, *(type *const *)a, *(type *const *)b)
#define MK_COMPARATOR_OF(name, type, first, second) \
  static int name##_of(type x, type y); \
  static int name(const void *a, const void *b) { return name##_of(first, second); } \
  static int name##_of(type x, type y)

#endif

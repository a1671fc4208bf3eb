/* context.h: what every function of one operation shares. */
#ifndef MK_CONTEXT_H
#define MK_CONTEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "kv/config.h"

typedef struct mk_io mk_io;

typedef struct mk_context {
  mk_arena *arena;         /* the operation's memory */
  const mk_config *config; /* key prefix and placement; outlives the operation */
  mk_error error;          /* the first failure */
  mk_io *queue_first;      /* KV calls that the next mk_io_flush starts (io.h) */
  mk_io *queue_last;
  int queue_stage; /* of the calls that are queued next */
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
/* What `buf` holds in *out, or MK_E_OUT_OF_MEMORY. */
mk_status mk_take(mk_context *ctx, mk_buf *buf, mk_str *out);

#endif

/* operation.h: the operations of all domains by name, and their answers. */
#ifndef MK_ENGINE_OPERATION_H
#define MK_ENGINE_OPERATION_H

#include "base/operation.h"

/* What came of an operation. Both texts lie in the arena, or are constants. */
typedef struct mk_answer {
  mk_str text;  /* the result; or of a failure {"code":"…","message":"…","reason":"…","details":{"key":"…"}} */
  mk_str dates; /* the paths of the result's dates, a JSON array; absent: it is a failure */
} mk_answer;

/* What a module can do besides the store's own operations: looking after the data in
 * store.asyncify.wasm (care/operations.c), nothing in store.wasm (no_care.c). */
extern const mk_operation mk_care_operations[];

/* Run operation `name`; that there is none of that name is a failure, too.
 *   args   JSON text, as JSON.stringify printed it
 * SUSPENDS. */
mk_answer mk_operation_run(mk_context *ctx, mk_str name, mk_str args);

/* Write, by name, what the operations have for `path` (base/operation.h): {"updateTask":"update",…}. */
void mk_operations_write_paths(mk_buf *buf);

/* The answer of a result or, where ctx holds one, of a failure. A result takes no memory, for there
 * may be none left; a failure takes what was pushed since `start`, which is forgotten.
 *   dates   MK_DATES, or NULL */
mk_answer mk_answer_make(mk_context *ctx, mk_arena_mark start, mk_str result, const char *dates);

/* Removes all keys of a domain under the store's prefix; without `domain`, of all of them. */
mk_status mk_clear(mk_context *ctx, mk_str args, mk_str *result);

#endif

/* operation.h: the operations of all domains by name, and their answers. */
#ifndef MK_ENGINE_OPERATION_H
#define MK_ENGINE_OPERATION_H

#include "base/operation.h"

/* Run operation `name`.
 *   args    JSON text, as JSON.stringify printed it
 *   answer  {"result":…,"dates":["threads.*.createdAt",…]}, in the arena; or, when the operation
 *           fails or there is none of that name,
 *           {"error":{"code":"…","message":"…","reason":"…","details":{"key":"…"}}}
 * SUSPENDS. */
void mk_operation_run(mk_context *ctx, mk_str name, mk_str args, mk_str *answer);

/* The answer for a result or, where ctx holds one, an error. `dates`: paths, or NULL. */
void mk_answer(mk_context *ctx, mk_str result, const char *const *dates, mk_str *answer);

/* Removes all keys of a domain under the store's prefix; without `domain`, of all of them. */
mk_status mk_clear(mk_context *ctx, mk_str args, mk_str *result);

#endif

/* operation.h: what an operation is, and how a domain names its own.
 *
 * A domain ends its operations file with the list of them, which engine/operation.c joins:
 *
 *   const mk_operation mk_score_operations[] = {
 *       {"saveScore", save_score, MK_DATES("score.createdAt", "score.updatedAt")},
 *       …
 *       MK_OPERATIONS_END,
 *   };
 */
#ifndef MK_OPERATION_H
#define MK_OPERATION_H

#include "base/context.h"

/* Takes the span of a JSON object with its arguments and gives the text of its result. A result
 * names no types, so an operation also says where in it the dates are. */
typedef struct mk_operation {
  const char *name; /* the method's, in JavaScript. NULL ends a list */
  mk_status (*run)(mk_context *ctx, mk_str args, mk_str *result);
  const char *const *dates; /* paths, the last one NULL; or NULL: none */
} mk_operation;

/* Paths of dates: member names, with "*" for every element of an array. */
#define MK_DATES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define MK_OPERATIONS_END \
  { 0 }

#endif

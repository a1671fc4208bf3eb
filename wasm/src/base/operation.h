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

/* Takes the span of a JSON object with its arguments and gives the text of its result, which is all
 * made before the last write is started: nothing may fail for memory once something was written.
 * A result names no types, so an operation also says where in it the dates are. */
typedef struct mk_operation {
  const char *name; /* the method's, in JavaScript. NULL ends a list */
  mk_status (*run)(mk_context *ctx, mk_str args, mk_str *result);
  const char *dates; /* MK_DATES; NULL: none */
  const char *path;  /* of what the shim treats apart in the arguments. "filter.metadata": an object, of whose
                        members it says which JSON cannot hold (mk_argument_odd). With a star: payloads,
                        which may come as references (json.h). "messages.*.content": any value of an element of
                        an array. "snapshot*status": an argument that is an object; what its member status is
                        comes as an argument of that name, if it has one and is referred to. NULL: nothing */
} mk_operation;

/* The paths of dates, as the text of a JSON array: string literals of member names, with "*" for
 * every element of an array. */
#define MK_DATES(...) "[" #__VA_ARGS__ "]"

/* The same, and at the end the view of a record that the answer, or an element of it, names by its ticket (message.h): an
 * object, of whose members only the first must be there:
 *   own       the member that is the store's own, a whole number: it is not shown
 *   drops     other members that are
 *   defaults  members that a record gets if it lacks them
 *   texts     for members that are strings, what they become: a template, in which null is the string
 *   member    the one that is shown instead of the record; without it, null */
#define MK_DATES_AND_VIEW(dates, view) "[" dates "," view "]"
#define MK_VIEW(view) "[" view "]"

#define MK_OPERATIONS_END \
  { 0 }

#endif

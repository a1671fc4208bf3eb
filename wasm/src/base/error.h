/* error.h: how a failure travels.
 *
 * A function that can fail returns mk_status. The first failure of an operation is described in
 * the context's mk_error; outer layers pass the status on untouched. Absence is an answer, not
 * a failure. What the caller sees of it is what engine/operation.h makes an answer of. */
#ifndef MK_ERROR_H
#define MK_ERROR_H

#include "base/str.h"

typedef enum mk_status {
  MK_OK = 0,
  MK_E_INVALID_ARGUMENT,
  MK_E_NOT_FOUND,
  MK_E_KEY_TOO_LONG,
  MK_E_VALUE_TOO_LARGE,
  MK_E_CORRUPT_RECORD,
  MK_E_KV_FAILED,
  MK_E_KV_RATE_LIMITED,
  MK_E_MISSING_BINDING,
  MK_E_SCHEMA_TOO_NEW,
  MK_E_PLACEMENT_CHANGED,
  MK_E_OUT_OF_MEMORY,
} mk_status;

/* The bytes of an error's text; longer ones are cut at a character's end. */
#define MK_ERROR_TEXT_MAX 1024

typedef struct mk_error {
  mk_status status;             /* MK_OK until something fails, then the first failure */
  const char *reason;           /* static, "INVALID_PAGE": what Mastra's error ids end in; or NULL */
  mk_str key;                   /* the KV key in hand, in the arena; or absent */
  int64_t failed_writes;        /* of a round of writes: how many did not happen */
  char text[MK_ERROR_TEXT_MAX]; /* what happened, to what, and what to do; ends in NUL */
} mk_error;

/* Return from the calling function when `call` fails. */
#define MK_TRY(call) \
  do { \
    mk_status status_ = (call); \
    if (status_ != MK_OK) { \
      return status_; \
    } \
  } while (0)

/* "INVALID_ARGUMENT" for MK_E_INVALID_ARGUMENT, and so on: the error's `code`. */
const char *mk_status_name(mk_status status);

#endif

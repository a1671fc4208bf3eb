/* quarantine.h: setting aside what cannot be read, so that nothing is lost.
 *
 *   quarantine:{key}    the value, bytes kept; KV metadata as it was, and "resourceId", its owner
 *
 * {key} is the key less the store's prefix; one that would be too long is cut and ends in a checksum.
 * The owner is kept because the record that would tell may be gone when the person is erased. */
#ifndef MK_QUARANTINE_H
#define MK_QUARANTINE_H

#include "care/problem.h"

/* The most KV calls that setting one key aside takes: a put and a delete; besides, there is one bulk
 * get for all together. */
#define MK_SET_ASIDE_CALLS 2

/* Queue putting the values of problems that are to be set aside under `quarantine:`; their *moved_to
 * gets the key. To be deleted where they were after the puts have succeeded. SUSPENDS. */
mk_status mk_quarantine_queue(mk_context *ctx, mk_problem *const *problems, size_t count);

#endif

/* owner.h: whose a key is.
 *
 * A person (Mastra calls one a resource) owns what names them as `resourceId`, in the key, its KV metadata
 * or its value; what belongs to a thread of theirs, whoever wrote it; and what belongs to a run of theirs. */
#ifndef MK_OWNER_H
#define MK_OWNER_H

#include "care/walk.h"

/* The most KV calls that finding the owners of a page takes: the threads and the runs they belong to. */
#define MK_OWNER_CALLS_MAX 4

/* Drop the subjects, which are read, that are not owned by a resource. What was set aside is judged by
 * what is left of it. SUSPENDS. */
mk_status mk_owner_filter(mk_context *ctx, mk_walk *walk, const mk_id *resource);

#endif

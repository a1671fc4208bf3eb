/* remove.h: deleting records with all that is derived from them. */
#ifndef MK_REMOVE_H
#define MK_REMOVE_H

#include "care/walk.h"

/* The most deletes that one key takes: its own, and an entry in each of four indexes, or its families. */
#define MK_REMOVE_CALLS_MAX 5

/* Queue deleting keys of namespace `ns`, whose values are read; first what points to them and, where wanted,
 * their families: once a record is gone, nobody would know of them. A locator goes only if it is its
 * message's. The gets that this takes are made here. SUSPENDS. */
mk_status mk_remove_queue(mk_context *ctx, uint32_t ns, mk_subject *const *subjects, size_t count, bool with_families);

#endif

/* lookup.h: finding messages by their ids, wherever they are. */
#ifndef MK_LOOKUP_H
#define MK_LOOKUP_H

#include "message/message.h"
#include "message/touched.h"

/* One message looked for. */
typedef struct mk_found {
  mk_locator locator; /* the place's id is set from the start, the rest when there is a locator */
  bool is_located;    /* there is a locator, and it is no tombstone */
  mk_message message; /* when it was queued */
  mk_io *io;          /* the locator's */
} mk_found;

/* The ids of a JSON array, each once, in order of first appearance.
 *   name  how the argument is called in errors
 * MK_E_INVALID_ARGUMENT unless it is an array of non-empty strings. */
mk_status mk_lookup_ids(mk_context *ctx, mk_str array, const char *name, mk_found **out, size_t *count);

/* Queue reading the locators; mk_lookup_locate takes them after the flush. */
mk_status mk_lookup_queue(mk_context *ctx, mk_found *found, size_t count);
mk_status mk_lookup_locate(mk_context *ctx, mk_found *found, size_t count);

/* Let go of those that were deleted with their threads; a deletion may have missed their locators. */
void mk_lookup_bury(mk_found *found, size_t count, const mk_threads *threads);

/* Queue reading the messages that are located; mk_lookup_take takes them after the flush. */
mk_status mk_lookup_queue_messages(mk_context *ctx, mk_found *found, size_t count, bool with_families);
mk_status mk_lookup_take(mk_context *ctx, mk_found *found, size_t count);

#endif

/* lookup.h: finding messages by their ids, wherever they are. */
#ifndef MK_LOOKUP_H
#define MK_LOOKUP_H

#include "kv/io.h"
#include "message/message.h"

/* One message looked for. */
typedef struct mk_found {
  mk_place place; /* the id is set from the start, the rest when is_located */
  bool is_located;
  mk_str key;       /* of the message, when is_located */
  mk_record record; /* of the message, when it was read and is there */
  bool is_read;
  mk_io *io;
} mk_found;

/* The ids of a JSON array, each once, in order of first appearance.
 *   name  how the argument is called in errors
 * MK_E_INVALID_ARGUMENT unless it is an array of non-empty strings. */
mk_status mk_lookup_ids(mk_context *ctx, mk_str array, const char *name, mk_found **out, size_t *count);

/* Queue reading the locators; mk_lookup_locate takes them after the flush. */
mk_status mk_lookup_queue(mk_context *ctx, mk_found *found, size_t count);
mk_status mk_lookup_locate(mk_context *ctx, mk_found *found, size_t count);

/* Queue reading the messages that are located; mk_lookup_take takes them after the flush. */
mk_status mk_lookup_queue_records(mk_context *ctx, mk_found *found, size_t count);
mk_status mk_lookup_take(mk_context *ctx, mk_found *found, size_t count);

#endif

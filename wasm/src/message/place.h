/* place.h: where a message is stored, and what orders it there.
 *
 *   messages:{threadId}:{desc(createdAt)}:{messageId}    the message
 *       KV metadata {"savedAt":…,"seq":0,"resourceId":"…","writtenAt":…,"moved":true}
 *
 *   savedAt, seq  the call that first saved it, and its position in it
 *   resourceId    whose it is, escaped like the parts of keys, if it is somebody's
 *   writtenAt     when it was saved again or moved here, if it was
 *   moved         it came from another place: what its locator says of it has to be looked at
 *
 * The key follows from the message alone, so saving it again is a plain overwrite, even by a
 * writer whose reads are stale. Messages are ordered by createdAt, then by savedAt and seq, then
 * by id: agents store tool calls and results within a millisecond, and models reject them swapped. */
#ifndef MK_MESSAGE_PLACE_H
#define MK_MESSAGE_PLACE_H

#include "kv/key.h"

typedef struct mk_place {
  mk_id thread;
  mk_id id;
  int64_t created_ms;
  int64_t saved_ms;   /* the call that first saved it */
  int64_t seq;        /* its position in that call */
  int64_t written_ms; /* when it was saved again, or moved here; 0: it was not */
  bool is_moved;      /* it came from another place */
} mk_place;

/* The key of the message. MK_E_KEY_TOO_LONG. */
mk_status mk_message_key(mk_context *ctx, const mk_place *place, mk_str *out);
/* The parts of a key behind `prefix`, that of one thread's messages, or of all when
 * place->thread.part is absent. false if it is not a message's key. */
bool mk_message_key_parse(mk_str key, mk_str prefix, mk_place *place);

/* Whether two places have the same key. */
bool mk_place_equal(const mk_place *a, const mk_place *b);
/* The order of messages: negative when `a` comes first. */
int mk_place_compare(const mk_place *a, const mk_place *b);
/* The last time that the message was put there, ms. */
int64_t mk_place_put_ms(const mk_place *place);

/* The KV metadata of a message; `resource_part` may be absent. */
mk_status mk_place_metadata_format(mk_context *ctx, const mk_place *place, mk_str resource_part, mk_str *out);
/* What the metadata of a listed message says. false if it was not written by this store; then
 * the message itself must be asked. */
bool mk_place_metadata_parse(mk_context *ctx, mk_str metadata, mk_place *place, mk_str *resource_part);

#endif

/* message_store.h: writing messages, and moving them. */
#ifndef MK_MESSAGE_STORE_H
#define MK_MESSAGE_STORE_H

#include "kv/io.h"
#include "message/message.h"

/* Queue writing a message at its place, and pointing to it. MK_E_KEY_TOO_LONG,
 * MK_E_VALUE_TOO_LARGE. */
mk_status mk_message_put(mk_context *ctx, const mk_place *place, const mk_record *message, int64_t now_ms);
mk_status mk_locator_put(mk_context *ctx, const mk_place *place, int64_t now_ms);

/* Queue deleting what a failure may have left where the message moved from. */
mk_status mk_message_forget_move(mk_context *ctx, const mk_place *place);

/* A message that was put at a new place and is at its old one, too. */
typedef struct mk_move {
  mk_place place; /* the new one */
  mk_str old_key;
} mk_move;

/* Point to the new places, then delete the old ones, in that order: KV has no transaction over
 * two keys, and any other order could lose the message if a step fails. The locator says where
 * the message came from, so that the same call, made again, still deletes it there. SUSPENDS. */
mk_status mk_message_finish_moves(mk_context *ctx, const mk_move *moves, size_t count, int64_t now_ms);

#endif

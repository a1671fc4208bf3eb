/* locator.h: the way from a message's id to its place.
 *
 *   metadata:messages:{messageId}
 *       {"_writtenAt":…,"threadId":…,"createdAt":…,"savedAt":…,"seq":0,"movedFrom":"…","deleted":true}
 *
 *   movedFrom  the key that the message left: a failure may have left it there, and the next call that
 *              touches the message deletes it once more
 *   deleted    a tombstone: the message was deleted, there and wherever else a stale reader may put it.
 *              KV drops it by itself after MK_TOMBSTONE_S */
#ifndef MK_LOCATOR_H
#define MK_LOCATOR_H

#include "kv/io.h"
#include "message/place.h"

/* How long a tombstone stays, in seconds. Stale reads are a minute old "or more" (Workers KV
 * documentation, "How KV works"); an hour covers every writer that acted on one. */
#define MK_TOMBSTONE_S 3600

typedef struct mk_locator {
  mk_place place;    /* of its ids, `id` is the caller's to set */
  mk_str moved_from; /* the key before this one; absent: none */
  int64_t written_at_ms;
  bool is_deleted;
} mk_locator;

/* MK_E_KEY_TOO_LONG. */
mk_status mk_locator_key(mk_context *ctx, mk_str id_part, mk_str *out);

/* Read a stored locator; `out->place.id` is left as it is. MK_E_CORRUPT_RECORD. */
mk_status mk_locator_parse(mk_context *ctx, mk_str key, mk_str value, mk_locator *out);

/* The value of a locator as of `now_ms`. */
mk_status mk_locator_format(mk_context *ctx, const mk_locator *locator, int64_t now_ms, mk_str *out);
/* Queue writing a locator as of `now_ms`; a tombstone, where it says that the message is deleted. */
mk_status mk_locator_put(mk_context *ctx, const mk_locator *locator, int64_t now_ms);

/* Queue deleting what a failure may have left where the message moved from. */
mk_status mk_locator_finish_move(mk_context *ctx, const mk_locator *locator);
/* Queue deleting a message where it is no more, and what an earlier move may have left of it, unless it is back there.
 *   place  where it moved to; NULL: nowhere */
mk_status mk_locator_leave(mk_context *ctx, const mk_locator *left, const mk_place *place);

/* The time at which KV drops what is to outlive `now_ms` by MK_TOMBSTONE_S: seconds since 1970. */
uint32_t mk_tombstone_expiration(int64_t now_ms);

#endif

/* message.h: where messages are stored, and what they look like there and in answers.
 *
 *   messages:{threadId}:{desc(createdAt)}:{messageId}    the message as saved
 *                                  KV metadata {"savedAt":…,"seq":0,"resourceId":"…"}
 *   metadata:messages:{messageId}  the locator: {"_writtenAt":…,"threadId":…,"createdAt":…,"savedAt":…,"seq":0}
 *                                  and, once it moved, "movedFrom": the key it had before
 *
 * The key follows from the message alone, so saving it again is a plain overwrite, even by a
 * writer whose reads are stale. Messages are ordered by createdAt, then by the call that first
 * saved them and their position in it, then by id: agents store tool calls and results within a
 * millisecond, and models reject them swapped. */
#ifndef MK_MESSAGE_H
#define MK_MESSAGE_H

#include "kv/key.h"
#include "record/record.h"

/* Where a message is and what orders it there. */
typedef struct mk_place {
  mk_id thread;
  mk_id id;
  int64_t created_ms;
  int64_t saved_ms;  /* the call that first saved it */
  int64_t seq;       /* its position in that call */
  int64_t moved_ms;  /* when it was saved again or came from another place, in a hint; or 0 */
  mk_str moved_from; /* the key before this one, which a failure may have left; absent: none */
} mk_place;

/* The key of the message. MK_E_KEY_TOO_LONG. */
mk_status mk_message_key(mk_context *ctx, const mk_place *place, mk_str *out);
/* The parts of a key behind `prefix`, that of one thread's messages, or of all when
 * place->thread.part is absent. false if it is not a message's key. */
bool mk_message_key_parse(mk_str key, mk_str prefix, mk_place *place);
/* The key of a message's locator. */
mk_status mk_locator_key(mk_context *ctx, mk_str id_part, mk_str *out);

mk_status mk_locator_format(mk_context *ctx, const mk_place *place, int64_t written_at_ms, mk_str *out);
/* `out->id` is left as it is. MK_E_CORRUPT_RECORD. */
mk_status mk_locator_parse(mk_context *ctx, mk_str key, mk_str value, mk_place *out);

/* Whether two places have the same key. */
bool mk_place_equal(const mk_place *a, const mk_place *b);

/* The order of messages: negative when `a` comes first. */
int mk_place_compare(const mk_place *a, const mk_place *b);

/* The KV metadata of a message; `resource_part` may be absent. */
mk_status mk_message_metadata_format(mk_context *ctx, const mk_place *place, mk_str resource_part, mk_str *out);
/* What the metadata of a listed message says. false if it was not written by this store; then
 * the message itself must be asked. */
bool mk_message_metadata_parse(mk_context *ctx, mk_str metadata, mk_place *place, mk_str *resource_part);

/* Write a message as Mastra expects it: content that was saved as text in its newer form, and a
 * type. */
void mk_message_answer(mk_buf *buf, const mk_record *message);

#endif

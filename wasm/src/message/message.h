/* message.h: a message as its record and families give it.
 *
 *   messages:{threadId}:{desc(createdAt)}:{messageId}     the message as last saved
 *   metadata:message_families:{messageId}:content         what updates gave since of content's members,
 *   metadata:message_families:{messageId}:metadata        of those of content.metadata,
 *   metadata:message_families:{messageId}:fields          and of the other columns
 *       {"_writtenAt":…,"content":{…}}    KV metadata {"threadId":"…","resourceId":"…"}, whose they are
 *
 * updateMessages writes families and nothing else, so that a stale writer puts back neither a text
 * that another edited nor a message that another deleted. They hold the members that updates gave,
 * and are laid over the record where they are newer: saving a message anew puts an end to them. A
 * family `content` with "_replaced" is all of the content, metadata included.
 *
 * Readers look for them in threads that have the mark `updated` (marks.h). */
#ifndef MK_MESSAGE_H
#define MK_MESSAGE_H

#include "message/locator.h"
#include "record/family.h"

typedef struct mk_message {
  mk_str key;
  bool exists;
  mk_record record;  /* with the families laid over; until it is loaded only its head, if that was read */
  bool is_laid;      /* families were laid over it */
  bool has_families; /* they were read */
  mk_families families;
  mk_io *io;
  mk_io *locator_io; /* of a message that moved; else NULL */
} mk_message;

/* Queue reading a message: its record; its families, if it may have any; and its locator, if it moved.
 * `out->key` is set. */
mk_status mk_message_queue(mk_context *ctx, const mk_place *place, bool with_families, mk_message *out);
/* Queue reading the families of a message whose record is queued, or read. */
mk_status mk_message_queue_families(mk_context *ctx, const mk_place *place, mk_message *message);
/* After the flush: put together what was read. A message that moved, and that its locator says is
 * deleted or, after the lag, elsewhere, does not exist. MK_E_CORRUPT_RECORD. */
mk_status mk_message_take(mk_context *ctx, const mk_place *place, mk_message *message);

/* Let the record be the value's head at least: its time, and what stands in front. MK_E_CORRUPT_RECORD. */
mk_status mk_message_head(mk_context *ctx, mk_message *message);
/* Let the record be whole. MK_E_CORRUPT_RECORD. */
mk_status mk_message_load(mk_context *ctx, mk_message *message);

/* What an update gives, by family, before it is written. Begins as {0}. */
typedef struct mk_change {
  mk_record families[MK_MESSAGE_FAMILY_COUNT];
  bool is_changed[MK_MESSAGE_FAMILY_COUNT];
  bool is_replaced; /* the whole content: what the family metadata held is over */
} mk_change;

/* Lay an update over a message: given columns replace, content merges as Mastra says it does: members
 * replace members, and the members of both metadata are merged. `change` gathers, over several
 * updates of one message, what its families come to be. threadId and createdAt are not the families'
 * and are passed over. */
mk_status mk_message_change(mk_context *ctx, mk_message *message, const mk_record *update, mk_change *change);

/* Whether a message has families that count, or comes to have some. */
bool mk_message_is_apart(const mk_message *message, const mk_change *change);
/* Whether they give it another resource than its record has. */
bool mk_message_is_rescoped(const mk_message *message, const mk_change *change);

/* Queue writing the families that changed, as of `now_ms`, or just after what they were. */
mk_status mk_message_put_change(mk_context *ctx, const mk_place *place, const mk_message *message,
                                const mk_change *change, int64_t now_ms);

/* Queue writing a message's record at its place as of `written_at_ms`. MK_E_KEY_TOO_LONG,
 * MK_E_VALUE_TOO_LARGE. */
mk_status mk_message_put(mk_context *ctx, const mk_place *place, const mk_record *record, int64_t written_at_ms);

/* Queue deleting all that may be there of a message's families. */
mk_status mk_message_delete_families(mk_context *ctx, mk_str id_part);

/* The resource's part of a message; absent where it has none. */
mk_status mk_message_resource(mk_context *ctx, const mk_record *record, mk_str *part);
/* The same of one that was read, and may have to be loaded to tell. */
mk_status mk_message_read_resource(mk_context *ctx, mk_message *message, mk_str *part);

/* Write a message as Mastra expects it: content that was saved as text in its newer form, and a
 * type. */
void mk_message_answer(mk_buf *buf, const mk_record *record);

/* Write a message that was read. Where it is answered as it is stored, the host makes it: the answer
 * holds the ticket of its value, and the operation's view (operation.h) says what mk_message_answer does. */
mk_status mk_message_refer(mk_context *ctx, mk_buf *buf, mk_message *message);

#endif

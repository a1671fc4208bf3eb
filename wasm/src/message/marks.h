/* marks.h: facts about a thread that its messages' readers must know, each under a key of its own
 * that nothing else is written to: no writer, however stale, takes one back.
 *
 *   metadata:thread_marks:{threadId}:deleted     the thread was deleted: what was saved until then is gone
 *   metadata:thread_marks:{threadId}:updated     some of its messages have families (message.h)
 *   metadata:thread_marks:{threadId}:rescoped    some of these give a message another resource than its
 *                                                KV metadata says
 *       {"_writtenAt":…}    KV metadata {"at":…}, the same time
 *
 * A listing reads them along with the thread's activity. The first is a tombstone: lists lag, so that
 * deleting a thread may miss what was saved a moment before; it stays hidden, and the same deletion
 * made again finds it. */
#ifndef MK_MARKS_H
#define MK_MARKS_H

#include "kv/io.h"
#include "kv/listing.h"
#include "message/place.h"

typedef enum mk_mark { MK_MARK_DELETED, MK_MARK_UPDATED, MK_MARK_RESCOPED, MK_MARK_COUNT } mk_mark;

/* The time of each mark, ms; INT64_MIN: the thread does not have it. */
typedef struct mk_marks {
  int64_t at_ms[MK_MARK_COUNT];
} mk_marks;

/* No marks. */
mk_marks mk_marks_none(void);
bool mk_marks_has(const mk_marks *marks, mk_mark mark);
/* Whether a message of the thread may have families: some of its messages have, or this one moved, and
 * somebody may have updated it who saw it in another thread yet, and marked that. */
bool mk_marks_tell_of_families(const mk_marks *marks, const mk_place *place);

/* A set of marks. */
#define MK_MARKS(mark) (1u << (mark))
#define MK_MARKS_ALL (MK_MARKS(MK_MARK_COUNT) - 1)

/* Queue reading some of a thread's marks (`wanted`, a set); mk_marks_take reads them after the flush.
 * `io` has room for MK_MARK_COUNT; what is not wanted is NULL there. */
mk_status mk_marks_queue(mk_context *ctx, mk_str thread_part, unsigned wanted, mk_io **io);
/* MK_E_CORRUPT_RECORD. */
mk_status mk_marks_take(mk_context *ctx, mk_io *const *io, mk_marks *out);

/* Queue writing a mark as of `now_ms`, which KV drops at `expiration_s`; 0: never. */
mk_status mk_mark_put(mk_context *ctx, mk_str thread_part, mk_mark mark, int64_t now_ms, uint32_t expiration_s);
mk_status mk_mark_delete(mk_context *ctx, mk_str thread_part, mk_mark mark);

/* The prefix of all threads' marks, to list them. */
mk_status mk_marks_prefix(mk_context *ctx, mk_str *out);
/* The marks of a thread among those listed, which are in the order of their keys. */
mk_status mk_marks_find(mk_context *ctx, const mk_listing *listing, mk_str thread_part, mk_marks *out);

#endif

/* activity.h: the family `activity` of a thread: when it was last touched, and the hint.
 *
 *   metadata:threads:{threadId}:activity
 *   {"_writtenAt":…,"updatedAt":"…","_patchedAt":…,"_recent":[{"id":…,"createdAt":…,"savedAt":…,"seq":…},…]}
 *   (an entry of a message that was saved again, or moved there, also has "writtenAt")
 *
 * The hint is the places of the messages that were saved in the last minutes, as far as the
 * writer knew. KV's lists lag behind its gets, so a listing that wants recent messages takes the
 * union of list and hint. It is never needed for correctness: one lost to a concurrent writer
 * only means waiting for the list. A thread's activity may be stored while the thread is not:
 * saveMessages does not ask. */
#ifndef MK_ACTIVITY_H
#define MK_ACTIVITY_H

#include "message/place.h"
#include "record/record.h"

/* How long a message stays in the hint. KV's lists are said to lag 60 s "or more". */
#define MK_RECENT_MS INT64_C(300000)
/* The most messages in a hint: as many as one bulk read. */
#define MK_RECENT_MAX 100

typedef struct mk_activity {
  bool exists;
  int64_t written_at_ms;
  int64_t updated_ms;
  int64_t patched_ms; /* when updateThread last ran, 0 never: from then on metadata is at least {} */
  mk_io *unread;      /* where the hint is still to be read from; NULL: it was read */
  mk_str hint;        /* its text, as far as that is known */
  mk_place *recent;
  size_t recent_count;
} mk_activity;

/* Queue reading a thread's activity; *out is for mk_activity_read after the flush. */
mk_status mk_activity_queue(mk_context *ctx, mk_str thread_part, mk_io **out);
/* After the flush: read it with its hint; an absent value is an activity that does not exist.
 * MK_E_CORRUPT_RECORD. */
mk_status mk_activity_read(mk_context *ctx, const mk_id *thread, mk_io *io, mk_activity *out);

/* The same but for the hint, which most readers of a thread have no use for: it is the far larger part. `record` is
 * what mk_record_take made of `io`, and becomes the whole where a head does not do. */
mk_status mk_activity_take(mk_context *ctx, mk_io *io, mk_record *record, mk_activity *out);
/* Read the hint, unless that was done. Only here is it an error if it is damaged: MK_E_CORRUPT_RECORD. */
mk_status mk_activity_read_hint(mk_context *ctx, const mk_id *thread, mk_activity *activity);

/* Let the thread's time be `now_ms`, or just after what it was where clocks disagree. */
void mk_activity_touch(mk_activity *activity, int64_t now_ms);
/* Add places to the hint, which is read for it, and drop what has become old. */
mk_status mk_activity_remember(mk_context *ctx, const mk_id *thread, mk_activity *activity, const mk_place *places,
                               size_t count, int64_t now_ms);
/* Take a message out of the hint, which was read. */
void mk_activity_forget(mk_activity *activity, mk_str id_part);

/* Queue writing it, with its hint, which is read for it. */
mk_status mk_activity_put(mk_context *ctx, const mk_id *thread, mk_activity *activity, int64_t now_ms);

#endif

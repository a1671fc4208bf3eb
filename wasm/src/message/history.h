/* history.h: the messages of threads, found by listing keys and read when wanted.
 *
 * An entry is a message that a list or a hint (activity.h) names. Lists may lag a minute behind:
 * they miss what was just saved, which the hint makes up for, and show what was deleted, which
 * reading finds out. KV metadata answers the filters, so that values are read for a page only. */
#ifndef MK_HISTORY_H
#define MK_HISTORY_H

#include "message/activity.h"
#include "message/walk.h"
#include "record/keep.h"

/* Part of a thread. */
typedef struct mk_segment {
  mk_walk walk;
  mk_io *activity_io;
  mk_io *marks_io[MK_MARK_COUNT];
  mk_marks marks; /* of the thread; of all threads: none */
} mk_segment;

typedef struct mk_history {
  mk_segment *segments;
  size_t segment_count;
  size_t segment_capacity;
  mk_str resource_part; /* only messages of this resource; absent: of any */
  mk_str filter;        /* on content.metadata (filter.h); absent: none */
  bool is_ascending;
  bool shows_deleted;       /* also what a thread's mark `deleted` hides: to delete it */
  mk_keeper keeper;         /* of what matches for sure, so many of the first stay entries; 0: all stay */
  bool has_begun;           /* the first round, with the hints, is done */
  bool has_listed;          /* entries were listed, not only named by hints */
  mk_listing marks_listing; /* of a history of all threads: their marks */
  mk_entries entries;       /* of all segments, in order, each once */
} mk_history;

/* Add what a thread holds of a range of times; `thread` NULL: all threads, without hints. Nothing is
 * read yet. */
mk_status mk_history_add(mk_context *ctx, mk_history *history, const mk_id *thread, mk_range range);

/* Forget what was collected, to collect it anew and keep `keep` of it. */
void mk_history_restart(mk_history *history, int64_t keep);

/* List until the first `need` entries of each segment are known, in the history's order, or all
 * (INT64_MAX), as it must be where some are only counted. The first time this also reads the
 * threads' hints and marks, in the same round. Keys that are only counted, or passed on the way to
 * where a range begins, leave nothing in memory, however many they are. SUSPENDS. */
mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need);

/* Whether all there is of its ranges is known. */
bool mk_history_is_whole(const mk_history *history);
bool mk_segment_is_whole(mk_segment *segment);

/* Read those of the entries that are not read yet, in one round; *has_read: there were any.
 * SUSPENDS. */
mk_status mk_history_read(mk_context *ctx, const mk_history *history, mk_entry *const *entries, size_t count,
                          bool *has_read);

/* Read the entries that are not certain and drop those that turn out to be gone, so that all that
 * are left count. SUSPENDS. */
mk_status mk_history_read_uncertain(mk_context *ctx, mk_history *history);

#endif

/* history.h: the messages of threads, found by listing keys and read when wanted.
 *
 * An entry is a message that a list or a hint (activity.h) names. Lists may lag a minute behind:
 * they miss what was just saved, which the hint makes up for, and show what was deleted, which
 * reading finds out. KV metadata answers the filters, so that values are read for a page only. */
#ifndef MK_HISTORY_H
#define MK_HISTORY_H

#include "base/index.h"
#include "kv/listing.h"
#include "message/activity.h"
#include "message/marks.h"
#include "message/message.h"
#include "record/filter.h"
#include "record/page.h"

typedef struct mk_entry {
  mk_item item;   /* comes first: entries are items of a page */
  mk_place place; /* of its ids, only the parts are known */
  mk_str key;
  mk_str resource_part;  /* absent: none; only known when is_known */
  bool is_known;         /* its KV metadata was read, and is ours */
  bool is_hinted;        /* it comes from a hint */
  bool is_certain;       /* matches for sure, so that it can be counted without reading it */
  const mk_marks *marks; /* of its thread */
  mk_message *message;   /* when it was read */
} mk_entry;

typedef struct mk_entries {
  mk_entry **items;
  size_t count;
  size_t capacity;
} mk_entries;

mk_status mk_entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry);

/* Part of a thread, listed by one prefix. */
typedef struct mk_segment {
  mk_id thread; /* part absent: all threads */
  mk_range range;
  mk_str prefix; /* of the thread's messages; the listing's own may be longer */
  mk_listing listing;
  bool wants_hint;
  mk_io *activity_io;
  mk_io *marks_io[MK_MARK_COUNT];
  mk_marks *marks;   /* of the thread; of all threads: of that which the listing has come to */
  mk_str marks_of;   /* the part of the latter */
  mk_entries listed; /* that may match, in the list's order: newest first */
  size_t taken;      /* of the listing's keys, how many became entries */
  int64_t last_ms;   /* of the last message that was listed; MK_DATE_MS_MAX before */
  int64_t certain;   /* of the listed, how many are certain, counted up to what is kept */
  int64_t kept_ms;   /* of the last of them: what is older is only counted */
  char *cursor_room; /* for the listing's cursor while nothing but counting is left */
} mk_segment;

typedef struct mk_history {
  mk_segment *segments;
  size_t segment_count;
  size_t segment_capacity;
  mk_str resource_part; /* only messages of this resource; absent: of any */
  mk_str filter;        /* on content.metadata (filter.h); absent: none */
  bool is_ascending;
  bool shows_deleted;       /* also what a thread's mark `deleted` hides: to delete it */
  int64_t keep;             /* so many of the newest of each thread become entries, and what has to be read
                               to be counted; the others are only counted. 0: all become entries */
  int64_t counted;          /* of these others, how many match */
  mk_index hinted;          /* where some are only counted, the keys that hints name: they become entries,
                               to be counted once */
  bool has_begun;           /* the first round, with the hints, is done */
  mk_listing marks_listing; /* of a history of all threads: their marks */
  mk_entries entries;       /* of all segments, in order, each once */
} mk_history;

/* Add what a thread holds of a range of times; `thread` NULL: all threads, without hints. A range
 * with both ends narrows the listed prefix: to the digits that all its times share, or, where
 * only the first other digit differs by one, to two such prefixes. Nothing is read yet. */
mk_status mk_history_add(mk_context *ctx, mk_history *history, const mk_id *thread, mk_range range);

/* Forget what was collected, to collect it anew with all of it as entries. */
void mk_history_restart(mk_history *history);

/* List until the `need` newest entries of each segment are known, or all (INT64_MAX). The first
 * time this also reads the threads' hints and marks, in the same round. Pages of keys that are only
 * counted leave nothing in memory, however many they are. SUSPENDS. */
mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need);

/* Read those of the entries that are not read yet, in one round; *has_read: there were any.
 * SUSPENDS. */
mk_status mk_history_read(mk_context *ctx, const mk_history *history, mk_entry *const *entries, size_t count,
                          bool *has_read);

/* Read the entries that are not certain and drop those that turn out to be gone, so that all that
 * are left count. SUSPENDS. */
mk_status mk_history_read_uncertain(mk_context *ctx, mk_history *history);

/* Keep one entry a key. List and hint place a message differently when it was deleted and saved
 * again and one of them does not know: the later place holds. Leaves them in no order. */
void mk_entries_drop_repeated(mk_entries *entries);

/* Sort by the order of messages, oldest first. */
void mk_entries_sort(mk_entry **entries, size_t count);

#endif

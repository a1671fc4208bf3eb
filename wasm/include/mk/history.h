/* history.h: the messages of one or more threads, found by listing keys and read when wanted.
 *
 * An entry is a message that a list or a hint (activity.h) names. Lists may lag a minute behind:
 * they miss what was just saved, which the hint makes up for, and show what was deleted, which
 * reading finds out. KV metadata answers the filters, so that values are read for a page only. */
#ifndef MK_HISTORY_H
#define MK_HISTORY_H

#include "mk/activity.h"
#include "mk/listing.h"
#include "mk/message.h"

typedef struct mk_entry {
  mk_place place;
  mk_str key;
  mk_str resource_part; /* absent: none; only known when is_certain */
  bool is_certain;      /* listed, with metadata: it can be counted without reading it */
  bool is_read;
  bool is_gone; /* not there, or not matching the filter after all */
  mk_io *io;
  mk_record record; /* when is_read and not is_gone */
} mk_entry;

typedef struct mk_entries {
  mk_entry **items;
  size_t count;
  size_t capacity;
} mk_entries;

/* One thread's keys. */
typedef struct mk_thread_history {
  mk_id thread;
  mk_listing listing;
  mk_io *activity_io;
  mk_entries listed; /* that match, newest first */
  size_t taken;      /* of the listing's keys, how many became entries */
} mk_thread_history;

typedef struct mk_history {
  mk_thread_history *threads;
  size_t thread_count;
  mk_str resource_part; /* only messages of this resource; absent: of any */
  bool is_ascending;
  bool has_begun;     /* the first round, with the hints, is done */
  mk_entries entries; /* of all threads, in order, each once */
} mk_history;

/* A history of the given threads. Nothing is read yet. */
mk_status mk_history_make(mk_context *ctx, const mk_id *threads, size_t thread_count, mk_history *out);

/* List until the `need` newest entries of each thread are known, or all (INT64_MAX). The first
 * time this also reads the threads' hints, in the same round. SUSPENDS. */
mk_status mk_history_collect(mk_context *ctx, mk_history *history, int64_t need);

/* Queue reading an entry that is not read yet. */
mk_status mk_entry_queue(mk_context *ctx, mk_entry *entry);
/* After the flush: take what mk_entry_queue queued. */
mk_status mk_entry_take(mk_context *ctx, const mk_history *history, mk_entry *entry);

#endif

/* touched.h: the threads that a call touches: each once, with its activity and its marks, however
 * many of its messages the call is about. */
#ifndef MK_TOUCHED_H
#define MK_TOUCHED_H

#include "base/index.h"
#include "message/activity.h"
#include "message/marks.h"

typedef struct mk_touched {
  mk_id thread;
  mk_activity activity;
  mk_marks marks;
  bool is_changed; /* its activity is to be written */
  mk_io *activity_io;
  mk_io *marks_io[MK_MARK_COUNT];
} mk_touched;

/* Begins as {.wants_activity = …, .wanted_marks = …}. */
typedef struct mk_threads {
  bool wants_activity;   /* the activities are read */
  unsigned wanted_marks; /* a set (marks.h): those that are read */
  mk_touched *items;
  size_t count;
  size_t capacity;
  mk_index index; /* by the threads' parts */
} mk_threads;

/* Add a thread, unless it is there, and queue reading what is known of it. */
mk_status mk_threads_add(mk_context *ctx, mk_threads *threads, const mk_id *thread);
/* After the flush: take what was read. MK_E_CORRUPT_RECORD. */
mk_status mk_threads_take(mk_context *ctx, mk_threads *threads);
/* One that was added; NULL if it was not. */
mk_touched *mk_threads_find(const mk_threads *threads, mk_str thread_part);
/* Queue writing the activities of those that changed. */
mk_status mk_threads_put(mk_context *ctx, const mk_threads *threads, int64_t now_ms);

#endif

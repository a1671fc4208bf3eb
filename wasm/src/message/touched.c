#include "message/touched.h"

mk_status mk_threads_add(mk_context *ctx, mk_threads *threads, const mk_id *thread) {
  size_t at = 0;
  MK_TRY(mk_index_add(ctx, &threads->index, thread->part, threads->count, &at));
  if (at < threads->count) {
    return MK_OK;
  }
  MK_TRY(mk_grow(ctx, &threads->items, threads->count, &threads->capacity, sizeof *threads->items));
  mk_touched *touched = &threads->items[threads->count++];
  *touched = (mk_touched){.thread = *thread};
  MK_TRY(threads->wants_activity ? mk_activity_queue(ctx, thread->part, &touched->activity_io) : MK_OK);
  return mk_marks_queue(ctx, thread->part, threads->wanted_marks, touched->marks_io);
}

mk_status mk_threads_take(mk_context *ctx, mk_threads *threads) {
  for (size_t i = 0; i < threads->count; i++) {
    mk_touched *touched = &threads->items[i];
    mk_io *io = touched->activity_io;
    MK_TRY(io == NULL ? MK_OK : mk_activity_read(ctx, &touched->thread, io, &touched->activity));
    MK_TRY(mk_marks_take(ctx, touched->marks_io, &touched->marks));
  }
  return MK_OK;
}

mk_touched *mk_threads_find(const mk_threads *threads, mk_str thread_part) {
  size_t at = mk_index_find(&threads->index, thread_part);
  return at == MK_INDEX_NONE ? NULL : &threads->items[at];
}

mk_status mk_threads_put(mk_context *ctx, const mk_threads *threads, int64_t now_ms) {
  for (size_t i = 0; i < threads->count; i++) {
    mk_touched *touched = &threads->items[i];
    if (touched->is_changed) {
      MK_TRY(mk_activity_put(ctx, &touched->thread, &touched->activity, now_ms));
    }
  }
  return MK_OK;
}

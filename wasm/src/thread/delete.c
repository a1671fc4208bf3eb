#include "host/platform.h"
#include "message/history.h"
#include "message/marks.h"
#include "thread/thread.h"

/* Messages deleted side by side. */
#define STEP 500

/* A thread to delete, and what is left of it. */
typedef struct deletion {
  mk_thread thread;
  mk_marks marks;
  mk_history history; /* its messages */
  bool is_settled;    /* it only finishes an earlier deletion */
} deletion;

/* A message to delete: what its id leads to, and its families. */
typedef struct doomed {
  mk_locator locator;
  bool is_located;
  mk_io *io;
  mk_families *families; /* NULL: it has none */
} doomed;

/* Read the locators of some messages, and their families where the thread has any. SUSPENDS. */
static mk_status read_step(mk_context *ctx, const deletion *of, mk_entry *const *entries, size_t count, doomed *out) {
  for (size_t i = 0; i < count; i++) {
    mk_str id_part = entries[i]->place.id.part;
    mk_str key;
    out[i].locator.place.id = entries[i]->place.id;
    MK_TRY(mk_locator_key(ctx, id_part, &key));
    MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &out[i].io));
    if (mk_marks_tell_of_families(&of->marks, &entries[i]->place)) {
      MK_TRY(mk_push(ctx, 1, sizeof *out[i].families, &out[i].families));
      MK_TRY(mk_families_queue(ctx, MK_MESSAGE_FAMILIES, id_part, out[i].families));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    out[i].is_located = mk_str_is_present(out[i].io->result);
    MK_TRY(out[i].is_located ? mk_locator_parse(ctx, out[i].io->key, out[i].io->result, &out[i].locator) : MK_OK);
  }
  return MK_OK;
}

/* Delete some of the thread's messages. Their locators go first: what fails stays listed, so that
 * the same call made again finds it. A locator that points elsewhere belongs to a message that
 * was moved away, of which a lagging list still shows the old key. */
static mk_status delete_step(mk_context *ctx, const deletion *of, mk_entry *const *entries, size_t count) {
  doomed *messages = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *messages, &messages));
  MK_TRY(read_step(ctx, of, entries, count, messages));
  for (size_t i = 0; i < count; i++) {
    const doomed *message = &messages[i];
    if (!message->is_located || !mk_place_equal(&message->locator.place, &entries[i]->place)) {
      continue;
    }
    /* A tombstone stays: it may be a new message's locator when the delete arrives. */
    MK_TRY(message->locator.is_deleted ? MK_OK : mk_io_delete(ctx, MK_MESSAGE_LOCATORS, message->io->key));
    MK_TRY(message->families != NULL ? mk_families_delete(ctx, MK_MESSAGE_FAMILIES, message->families) : MK_OK);
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_io_delete(ctx, MK_MESSAGES, entries[i]->item.name));
  }
  return mk_io_flush(ctx);
}

/* Whether the thread was deleted so long ago that all its messages are listed by now, and nothing is known of it
 * since: then the call finishes that deletion, and is no other one. */
static bool is_settled(const deletion *of) {
  int64_t deleted_ms = of->marks.at_ms[MK_MARK_DELETED];
  return mk_marks_has(&of->marks, MK_MARK_DELETED) && mk_clock_ms() - deleted_ms > MK_TOMBSTONE_S * INT64_C(1000) &&
         of->thread.record.written_at_ms <= deleted_ms && of->thread.activity.written_at_ms <= deleted_ms;
}

/* Whether there is anything to do: something is known of the thread, or a tombstone to finish. */
static bool is_known(const deletion *of) {
  bool has_family = false;
  for (int i = 0; i < of->thread.families.count; i++) {
    has_family = has_family || mk_str_is_present(of->thread.families.io[i]->result);
  }
  return of->thread.exists || has_family || of->history.entries.count > 0 || of->is_settled;
}

/* Queue the tombstone. Lists lag, and so this call may miss messages that were saved a moment ago: it
 * hides them for good. Once it is so old that all of them are listed, the call that it was made again
 * for has deleted them, and KV may drop it: it keeps its time, for who drops it may not see what was saved since. */
static mk_status put_tombstone(mk_context *ctx, const deletion *of) {
  int64_t now_ms = mk_clock_ms();
  return of->is_settled ? mk_mark_put(ctx, of->thread.id.part, MK_MARK_DELETED, of->marks.at_ms[MK_MARK_DELETED],
                                      mk_tombstone_expiration(now_ms))
                        : mk_mark_put(ctx, of->thread.id.part, MK_MARK_DELETED, now_ms, 0);
}

/* Queue deleting the thread's place in the index, and the one that it left, before its record, which tells of them. */
static mk_status delete_index(mk_context *ctx, const mk_thread *thread) {
  mk_str key;
  MK_TRY(mk_thread_index_key(ctx, thread, &key));
  MK_TRY(mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, key));
  MK_TRY(mk_thread_moved_from(ctx, thread, &key));
  MK_TRY(mk_str_is_present(key) ? mk_io_delete(ctx, MK_THREADS_BY_RESOURCE, key) : MK_OK);
  mk_io_then(ctx);
  return MK_OK;
}

/* Make the thread invisible: its tombstone and its place in the index, then its record, also where KV does
 * not show that yet: lists would go on showing it. */
static mk_status hide_thread(mk_context *ctx, const deletion *of) {
  mk_str key;
  MK_TRY(put_tombstone(ctx, of));
  if (of->is_settled && !of->thread.exists) {
    return MK_OK;
  }
  MK_TRY(of->thread.exists ? delete_index(ctx, &of->thread) : MK_OK);
  MK_TRY(mk_thread_key(ctx, of->thread.id.part, &key));
  return mk_io_delete(ctx, MK_THREADS, key);
}

/* Read the thread, its marks and the list of its messages: all that the call is about. */
static mk_status read_all(mk_context *ctx, deletion *of) {
  of->history.shows_deleted = true;
  MK_TRY(mk_thread_queue(ctx, &of->thread));
  MK_TRY(mk_history_add(ctx, &of->history, &of->thread.id, MK_RANGE_ALL));
  MK_TRY(mk_history_collect(ctx, &of->history, INT64_MAX));
  of->marks = of->history.segments[0].marks;
  MK_TRY(mk_thread_take(ctx, &of->thread));
  of->is_settled = is_settled(of);
  return MK_OK;
}

/* Delete a thread with its messages, also where only messages are left of it. First it becomes
 * invisible; then go its messages, a step at a time, and last its families, which hold the hint.
 * Whatever fails, the same call made again goes on. */
mk_status mk_delete_thread(mk_context *ctx, mk_str args, mk_str *result) {
  deletion of = {0};
  *result = MK_STR("null");
  MK_TRY(mk_argument_id(ctx, args, "threadId", &of.thread.id));
  MK_TRY(read_all(ctx, &of));
  if (!is_known(&of)) {
    return MK_OK;
  }
  MK_TRY(hide_thread(ctx, &of));
  MK_TRY(mk_io_flush(ctx));
  mk_arena_mark mark = mk_arena_end(ctx->arena);
  for (size_t at = 0; at < of.history.entries.count; at += STEP) {
    size_t left = of.history.entries.count - at;
    MK_TRY(delete_step(ctx, &of, of.history.entries.items + at, left < STEP ? left : STEP));
    mk_arena_reset(ctx->arena, mark);
  }
  MK_TRY(mk_families_delete(ctx, MK_THREAD_FAMILIES, &of.thread.families));
  for (int i = MK_MARK_DELETED + 1; i < MK_MARK_COUNT; i++) {
    MK_TRY(mk_marks_has(&of.marks, (mk_mark)i) ? mk_mark_delete(ctx, of.thread.id.part, (mk_mark)i) : MK_OK);
  }
  return mk_io_flush(ctx);
}

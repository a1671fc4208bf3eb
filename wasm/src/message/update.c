#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "record/accept.h"

/* A message that is changed, perhaps by several updates of one call. */
typedef struct changed {
  mk_found found; /* where and what it was */
  mk_place place; /* where it comes to be */
  mk_change change;
} changed;

/* One update, in the caller's order. */
typedef struct update {
  mk_record record;
  mk_id id;
  mk_id target;   /* the thread that it moves its message to; part absent: none */
  size_t message; /* which one it changes */
} update;

typedef struct batch {
  update *updates;
  size_t count;
  changed *messages; /* each once */
  size_t message_count;
  mk_threads threads;
  mk_buf answer;
} batch;

static mk_status accept_update(mk_context *ctx, mk_str value, int64_t index, update *out) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_MESSAGES);
  MK_TRY(mk_record_accept_partial(ctx, table, (mk_argument){table->noun, index}, value, &out->record));
  MK_TRY(mk_argument_id(ctx, value, "id", &out->id));
  mk_str target = mk_record_get(&out->record, "threadId");
  out->target.part = MK_STR_NONE;
  return mk_str_is_present(target) ? mk_id_make(ctx, target, &out->target) : MK_OK;
}

/* Check the updates, and gather the messages that they are about. */
static mk_status accept_updates(mk_context *ctx, mk_str array, batch *out) {
  mk_member member;
  mk_index ids = {0};
  if (!mk_json_is_array(array)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "messages must be an array of messages");
  }
  size_t size = mk_json_count(array);
  MK_TRY(mk_push(ctx, size, sizeof *out->updates, &out->updates));
  MK_TRY(mk_push(ctx, size, sizeof *out->messages, &out->messages));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); out->count++) {
    update *next = &out->updates[out->count];
    MK_TRY(accept_update(ctx, member.value, (int64_t)out->count, next));
    MK_TRY(mk_index_add(ctx, &ids, next->id.part, out->message_count, &next->message));
    if (next->message == out->message_count) {
      out->messages[out->message_count++].found.locator.place.id = next->id;
    }
  }
  return MK_OK;
}

/* A record must be of the thread that its key says: the update would move it otherwise. */
static mk_status check_thread(mk_context *ctx, const mk_found *found) {
  mk_id thread;
  MK_TRY(mk_record_id(ctx, found->message.key, &found->message.record, "threadId", &thread));
  return mk_str_equal(thread.part, found->locator.place.thread.part)
             ? MK_OK
             : mk_fail_corrupt(ctx, found->message.key, "belongs to another thread than its key says");
}

/* Round 1: where the messages are. Round 2: the messages with their families, and what is known of
 * all threads: those that they are in, and those that they move to. */
static mk_status read_all(mk_context *ctx, batch *all) {
  for (size_t i = 0; i < all->message_count; i++) {
    MK_TRY(mk_lookup_queue(ctx, &all->messages[i].found, 1));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < all->message_count; i++) {
    mk_found *found = &all->messages[i].found;
    MK_TRY(mk_lookup_locate(ctx, found, 1));
    MK_TRY(mk_lookup_queue_messages(ctx, found, 1, true));
    MK_TRY(found->is_located ? mk_threads_add(ctx, &all->threads, &found->locator.place.thread) : MK_OK);
  }
  for (size_t i = 0; i < all->count; i++) {
    const mk_id *target = &all->updates[i].target;
    MK_TRY(mk_str_is_present(target->part) ? mk_threads_add(ctx, &all->threads, target) : MK_OK);
  }
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_threads_take(ctx, &all->threads));
  for (size_t i = 0; i < all->message_count; i++) {
    mk_found *found = &all->messages[i].found;
    mk_lookup_bury(found, 1, &all->threads);
    MK_TRY(mk_lookup_take(ctx, found, 1));
    MK_TRY(found->message.exists ? mk_message_load(ctx, &found->message) : MK_OK);
    MK_TRY(found->message.exists ? check_thread(ctx, found) : MK_OK);
    all->messages[i].place = found->locator.place;
  }
  return MK_OK;
}

/* Change the time of the threads of an update: of a move, the new thread's is the later one. */
static void touch_threads(const batch *all, const mk_id *old_thread, const mk_id *new_thread, int64_t now_ms) {
  mk_touched *from = mk_threads_find(&all->threads, old_thread->part);
  mk_touched *into = mk_threads_find(&all->threads, new_thread->part);
  mk_activity_touch(&from->activity, now_ms);
  from->is_changed = true;
  into->is_changed = true;
  if (from != into) {
    int64_t later_ms = from->activity.updated_ms + 1;
    mk_activity_touch(&into->activity, later_ms > now_ms ? later_ms : now_ms);
  }
}

/* Lay one update over its message: what places it, and all the rest. */
static mk_status apply(mk_context *ctx, const batch *all, const update *of, changed *message, int64_t now_ms) {
  mk_record *record = &message->found.message.record;
  mk_id old_thread = message->place.thread;
  mk_str created_at = mk_record_get(&of->record, "createdAt");
  if (mk_str_is_present(of->target.part)) {
    message->place.thread = of->target;
    MK_TRY(mk_record_set(ctx, record, "threadId", of->target.json));
  }
  if (mk_str_is_present(created_at)) {
    MK_TRY(mk_record_set(ctx, record, "createdAt", created_at));
    MK_TRY(mk_record_date(ctx, MK_STR("messages"), record, "createdAt", &message->place.created_ms));
  }
  MK_TRY(mk_message_change(ctx, &message->found.message, &of->record, &message->change));
  touch_threads(all, &old_thread, &message->place.thread, now_ms);
  return MK_OK;
}

static mk_status apply_all(mk_context *ctx, batch *all, int64_t now_ms) {
  mk_json_begin(&all->answer, '[');
  for (size_t i = 0; i < all->count; i++) {
    changed *message = &all->messages[all->updates[i].message];
    if (message->found.message.exists) {
      MK_TRY(apply(ctx, all, &all->updates[i], message, now_ms));
      mk_message_answer(&all->answer, &message->found.message.record);
    }
  }
  mk_json_end(&all->answer, ']');
  return MK_OK;
}

static bool is_moving(const changed *message) {
  return message->found.message.exists && !mk_place_equal(&message->found.locator.place, &message->place);
}

/* Queue the message's record at its new place, as it was read but for what places it. It keeps the
 * time at which it was written, so that its families stay the newer ones. */
static mk_status put_moved(mk_context *ctx, const batch *all, changed *message, int64_t now_ms) {
  const mk_message *read = &message->found.message;
  mk_touched *from = mk_threads_find(&all->threads, message->found.locator.place.thread.part);
  mk_touched *into = mk_threads_find(&all->threads, message->place.thread.part);
  mk_record base;
  message->place.written_ms = now_ms;
  message->place.is_moved = true;
  MK_TRY(mk_record_parse(ctx, read->key, read->io->result, &base));
  MK_TRY(mk_record_set(ctx, &base, "threadId", mk_record_get(&read->record, "threadId")));
  MK_TRY(mk_record_set(ctx, &base, "createdAt", mk_record_get(&read->record, "createdAt")));
  mk_activity_forget(&from->activity, message->place.id.part);
  MK_TRY(mk_activity_remember(ctx, &into->thread, &into->activity, &message->place, 1, now_ms));
  return mk_message_put(ctx, &message->place, &base, base.written_at_ms);
}

/* Queue the marks that readers of the message's thread need, where they are not there yet. */
static mk_status put_marks(mk_context *ctx, const batch *all, const changed *message, int64_t now_ms) {
  mk_touched *thread = mk_threads_find(&all->threads, message->place.thread.part);
  const bool wanted[MK_MARK_COUNT] = {
      [MK_MARK_UPDATED] = mk_message_is_apart(&message->found.message, &message->change),
      [MK_MARK_RESCOPED] = mk_message_is_rescoped(&message->found.message, &message->change),
  };
  for (int mark = 0; mark < MK_MARK_COUNT; mark++) {
    if (wanted[mark] && !mk_marks_has(&thread->marks, (mk_mark)mark)) {
      thread->marks.at_ms[mark] = now_ms;
      MK_TRY(mk_mark_put(ctx, thread->thread.part, (mk_mark)mark, now_ms, 0));
    }
  }
  return MK_OK;
}

/* The last round: the families. Marks come in a round before it, once in a thread's life: an update that
 * stopped between the two would show by id and not in all listings; a mark without it says nothing. A
 * message that moves is put at its new place first, then its locator points there, then the old place
 * goes: KV has no transaction over two keys, and any other order could lose the message if a step fails. */
static mk_status queue_writes(mk_context *ctx, batch *all, int64_t now_ms) {
  for (size_t i = 0; i < all->message_count; i++) {
    const changed *message = &all->messages[i];
    MK_TRY(message->found.message.exists ? put_marks(ctx, all, message, now_ms) : MK_OK);
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < all->message_count; i++) {
    changed *message = &all->messages[i];
    if (!message->found.message.exists) {
      continue;
    }
    MK_TRY(is_moving(message) ? put_moved(ctx, all, message, now_ms)
                              : mk_locator_finish_move(ctx, &message->found.locator));
    MK_TRY(mk_message_put_change(ctx, &message->place, &message->found.message, &message->change, now_ms));
  }
  MK_TRY(mk_threads_put(ctx, &all->threads, now_ms));
  mk_io_then(ctx);
  for (size_t i = 0; i < all->message_count; i++) {
    const changed *message = &all->messages[i];
    mk_locator locator = {.place = message->place, .moved_from = message->found.message.key};
    MK_TRY(is_moving(message) ? mk_locator_put(ctx, &locator, now_ms) : MK_OK);
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < all->message_count; i++) {
    const changed *message = &all->messages[i];
    MK_TRY(is_moving(message) ? mk_locator_leave(ctx, &message->found.locator, &message->place) : MK_OK);
  }
  return MK_OK;
}

/* Change messages: given columns replace, content merges. What is unknown is passed over. */
mk_status mk_update_messages(mk_context *ctx, mk_str args, mk_str *result) {
  batch all = {
      .answer = mk_buf_make(ctx->arena),
      .threads = {.wants_activity = true, .wanted_marks = MK_MARKS_ALL},
  };
  MK_TRY(accept_updates(ctx, mk_json_get(args, "messages"), &all));
  MK_TRY(read_all(ctx, &all));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(apply_all(ctx, &all, now_ms));
  MK_TRY(mk_take(ctx, &all.answer, result));
  MK_TRY(queue_writes(ctx, &all, now_ms));
  return mk_io_flush(ctx);
}

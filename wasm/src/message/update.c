#include "base/json.h"
#include "host/platform.h"
#include "message/activity.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "message/store.h"

/* A message that is changed, perhaps by several updates of one call. */
typedef struct changed {
  mk_found found;   /* where it was */
  mk_place place;   /* where it comes to be */
  mk_id old_thread; /* it was in before the last update */
  mk_io *activity;
} changed;

/* A thread whose time changes. */
typedef struct touched {
  mk_id thread;
  mk_activity activity;
  bool is_changed;
} touched;

typedef struct batch {
  mk_record *updates; /* in the caller's order */
  mk_id *ids;
  size_t count;
  changed *messages; /* each once */
  size_t message_count;
  touched *threads;
  size_t thread_count;
  mk_buf answer;
} batch;

/* Check an update: any columns, of the right types. */
static mk_status accept_updates(mk_context *ctx, mk_str array, batch *out) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_MESSAGES);
  mk_member member;
  size_t count = 0;
  if (!mk_json_is_array(array)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "messages must be an array of messages");
  }
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    count++;
  }
  MK_TRY(mk_push(ctx, count, sizeof *out->updates, &out->updates));
  MK_TRY(mk_push(ctx, count, sizeof *out->ids, &out->ids));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); out->count++) {
    mk_argument argument = {table->noun, (int64_t)out->count};
    MK_TRY(mk_record_accept_partial(ctx, table, argument, member.value, &out->updates[out->count]));
    MK_TRY(mk_argument_id(ctx, member.value, "id", &out->ids[out->count]));
  }
  return MK_OK;
}

static changed *find_message(const batch *all, mk_str id_part) {
  for (size_t i = 0; i < all->message_count; i++) {
    if (mk_str_equal(all->messages[i].found.place.id.part, id_part)) {
      return &all->messages[i];
    }
  }
  return NULL;
}

static touched *find_thread(const batch *all, mk_str part) {
  for (size_t i = 0; i < all->thread_count; i++) {
    if (mk_str_equal(all->threads[i].thread.part, part)) {
      return &all->threads[i];
    }
  }
  return NULL;
}

static mk_status queue_activity(mk_context *ctx, const mk_id *thread, mk_io **out) {
  mk_str key;
  MK_TRY(mk_thread_family_key(ctx, thread->part, MK_THREAD_ACTIVITY, &key));
  return mk_io_get(ctx, MK_THREAD_FAMILIES, key, out);
}

/* Take a thread's activity, once. */
static mk_status take_activity(mk_context *ctx, batch *all, const mk_id *thread, const mk_io *io) {
  if (find_thread(all, thread->part) != NULL) {
    return MK_OK;
  }
  touched *touch = &all->threads[all->thread_count++];
  touch->thread = *thread;
  return mk_activity_parse(ctx, thread, io->key, io->result, &touch->activity);
}

/* The thread that an update moves its message to, if it names one. */
static mk_status target_thread(mk_context *ctx, const mk_record *update, mk_id *out) {
  mk_str span = mk_record_get(update, "threadId");
  *out = (mk_id){.part = MK_STR_NONE};
  return mk_str_is_present(span) ? mk_id_make(ctx, span, out) : MK_OK;
}

/* Round 1: where the messages are. Round 2: the messages, and the activities of all threads. */
static mk_status read_all(mk_context *ctx, batch *all) {
  MK_TRY(mk_push(ctx, all->count, sizeof *all->messages, &all->messages));
  for (size_t i = 0; i < all->count; i++) {
    if (find_message(all, all->ids[i].part) == NULL) {
      changed *message = &all->messages[all->message_count++];
      message->found.place.id = all->ids[i];
      MK_TRY(mk_lookup_queue(ctx, &message->found, 1));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  mk_id *targets = NULL;
  mk_io **target_io = NULL;
  MK_TRY(mk_push(ctx, all->count, sizeof *targets, &targets));
  MK_TRY(mk_push(ctx, all->count, sizeof(mk_io *), &target_io));
  MK_TRY(mk_push(ctx, all->message_count + all->count, sizeof *all->threads, &all->threads));
  for (size_t i = 0; i < all->message_count; i++) {
    changed *message = &all->messages[i];
    MK_TRY(mk_lookup_locate(ctx, &message->found, 1));
    MK_TRY(mk_lookup_queue_records(ctx, &message->found, 1));
    if (message->found.is_located) {
      message->place = message->found.place;
      MK_TRY(queue_activity(ctx, &message->place.thread, &message->activity));
    }
  }
  for (size_t i = 0; i < all->count; i++) {
    MK_TRY(target_thread(ctx, &all->updates[i], &targets[i]));
    if (mk_str_is_present(targets[i].part)) {
      MK_TRY(queue_activity(ctx, &targets[i], &target_io[i]));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < all->message_count; i++) {
    changed *message = &all->messages[i];
    MK_TRY(mk_lookup_take(ctx, &message->found, 1));
    if (message->found.is_read) {
      MK_TRY(take_activity(ctx, all, &message->place.thread, message->activity));
    }
  }
  for (size_t i = 0; i < all->count; i++) {
    if (mk_str_is_present(targets[i].part)) {
      MK_TRY(take_activity(ctx, all, &targets[i], target_io[i]));
    }
  }
  return MK_OK;
}

/* Given members replace, others stay; both metadata objects merge one level deep. */
static mk_status merge_content(mk_context *ctx, mk_str older, mk_str newer, mk_str *out) {
  *out = newer;
  if (!mk_json_is_object(older) || !mk_json_is_object(newer)) {
    return MK_OK;
  }
  mk_str older_metadata = mk_json_get(older, "metadata");
  mk_str newer_metadata = mk_json_get(newer, "metadata");
  mk_record merged;
  MK_TRY(mk_record_merge(ctx, older, newer, &merged));
  if (mk_json_is_object(older_metadata) && mk_json_is_object(newer_metadata)) {
    mk_record metadata;
    mk_buf text = mk_buf_make(ctx->arena);
    mk_str span;
    MK_TRY(mk_record_merge(ctx, older_metadata, newer_metadata, &metadata));
    mk_record_write(&text, &metadata);
    MK_TRY(mk_take(ctx, &text, &span));
    MK_TRY(mk_record_set(ctx, &merged, "metadata", span));
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_write(&buf, &merged);
  return mk_take(ctx, &buf, out);
}

/* Lay one update over its message. */
static mk_status apply(mk_context *ctx, const mk_record *update, changed *message) {
  mk_record *record = &message->found.record;
  message->old_thread = message->place.thread;
  for (size_t i = 0; i < update->count; i++) {
    const mk_member *member = &update->members[i];
    mk_str value = member->value;
    if (mk_json_name_is(member->name, "content")) {
      MK_TRY(merge_content(ctx, mk_record_get(record, "content"), value, &value));
    }
    MK_TRY(mk_record_put(ctx, record, (mk_member){member->name, value}));
  }
  MK_TRY(mk_record_id(ctx, message->found.key, record, "threadId", &message->place.thread));
  return mk_record_date(ctx, message->found.key, record, "createdAt", &message->place.created_ms);
}

/* Change the time of the threads of an update: of a move, the new thread's is the later one. */
static void touch_threads(batch *all, const changed *message, int64_t now_ms) {
  touched *from = find_thread(all, message->old_thread.part);
  touched *into = find_thread(all, message->place.thread.part);
  mk_activity_touch(&from->activity, now_ms);
  from->is_changed = true;
  into->is_changed = true;
  if (from != into) {
    int64_t later_ms = from->activity.updated_ms + 1;
    mk_activity_touch(&into->activity, later_ms > now_ms ? later_ms : now_ms);
  }
}

static mk_status apply_all(mk_context *ctx, batch *all, int64_t now_ms) {
  bool is_first = true;
  mk_buf_char(&all->answer, '[');
  for (size_t i = 0; i < all->count; i++) {
    changed *message = find_message(all, all->ids[i].part);
    if (!message->found.is_read) {
      continue;
    }
    MK_TRY(apply(ctx, &all->updates[i], message));
    if (find_thread(all, message->place.thread.part) == NULL) {
      return mk_fail_corrupt(ctx, message->found.key, "belongs to another thread than its key says");
    }
    touch_threads(all, message, now_ms);
    if (!is_first) {
      mk_buf_char(&all->answer, ',');
    }
    is_first = false;
    mk_message_answer(&all->answer, &message->found.record);
  }
  mk_buf_char(&all->answer, ']');
  return MK_OK;
}

static bool is_moved(const changed *message) { return !mk_place_equal(&message->found.place, &message->place); }

/* Round 3: the messages and their threads' activities. A message that moved is put at its new
 * place first, then its locator points there, then the old place goes (message_store.h). */
static mk_status write_all(mk_context *ctx, batch *all, int64_t now_ms) {
  mk_move *moves = NULL;
  size_t move_count = 0;
  MK_TRY(mk_push(ctx, all->message_count, sizeof *moves, &moves));
  for (size_t i = 0; i < all->message_count; i++) {
    changed *message = &all->messages[i];
    if (!message->found.is_read) {
      continue;
    }
    if (is_moved(message)) {
      message->place.moved_ms = now_ms;
      message->place.moved_from = message->found.key;
    } else {
      MK_TRY(mk_message_forget_move(ctx, &message->place));
    }
    MK_TRY(mk_message_put(ctx, &message->place, &message->found.record, now_ms));
    if (is_moved(message)) {
      touched *from = find_thread(all, message->found.place.thread.part);
      touched *into = find_thread(all, message->place.thread.part);
      mk_activity_forget(&from->activity, message->place.id.part);
      MK_TRY(mk_activity_remember(ctx, &into->activity, &message->place, 1, now_ms));
      moves[move_count++] = (mk_move){message->place, message->found.key};
    }
  }
  for (size_t i = 0; i < all->thread_count; i++) {
    if (all->threads[i].is_changed) {
      MK_TRY(mk_activity_put(ctx, &all->threads[i].thread, &all->threads[i].activity, now_ms));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  return mk_message_finish_moves(ctx, moves, move_count, now_ms);
}

/* Change messages: given columns replace, content merges. What is unknown is passed over. */
mk_status mk_update_messages(mk_context *ctx, mk_str args, mk_str *result) {
  batch all = {.answer = mk_buf_make(ctx->arena)};
  MK_TRY(accept_updates(ctx, mk_json_get(args, "messages"), &all));
  MK_TRY(read_all(ctx, &all));
  int64_t now_ms = mk_clock_ms();
  MK_TRY(apply_all(ctx, &all, now_ms));
  MK_TRY(write_all(ctx, &all, now_ms));
  return mk_take(ctx, &all.answer, result);
}

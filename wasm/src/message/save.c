#include <stdlib.h>

#include "base/json.h"
#include "host/platform.h"
#include "message/activity.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "message/store.h"
#include "thread/thread.h"

/* A message on its way in. */
typedef struct incoming {
  mk_record record;
  mk_place place;
  mk_found old;    /* where it was so far */
  bool is_dropped; /* a later one of the batch has its id */
} incoming;

/* A thread that the batch writes to. */
typedef struct touched {
  mk_id thread;
  mk_io *io;
  mk_activity activity;
} touched;

/* The argument is called by its place in the caller's array. */
static mk_status accept_message(mk_context *ctx, mk_str value, int64_t index, incoming *out) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_MESSAGES);
  mk_str where = MK_STR("messages");
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, index}, value, &out->record));
  MK_TRY(mk_record_id(ctx, where, &out->record, "id", &out->place.id));
  MK_TRY(mk_record_id(ctx, where, &out->record, "threadId", &out->place.thread));
  MK_TRY(mk_record_date(ctx, where, &out->record, "createdAt", &out->place.created_ms));
  out->old.place.id = out->place.id;
  return MK_OK;
}

static int compare_pointers_by_id(const void *a, const void *b) {
  const incoming *x = *(incoming *const *)a;
  const incoming *y = *(incoming *const *)b;
  int order = mk_str_compare(x->place.id.part, y->place.id.part);
  return order != 0 ? order : (x > y) - (x < y);
}

static void swap(incoming *a, incoming *b) {
  incoming other = *a;
  *a = *b;
  *b = other;
}

/* Of messages with the same id, the last one's text stays, at the first one's position. The
 * others go behind those that stay: they are not saved, but their threads are touched. */
static mk_status drop_repeated(mk_context *ctx, incoming *messages, size_t *count) {
  incoming **by_id = NULL;
  MK_TRY(mk_push(ctx, *count, sizeof *by_id, &by_id));
  for (size_t i = 0; i < *count; i++) {
    by_id[i] = &messages[i];
  }
  qsort(by_id, *count, sizeof *by_id, compare_pointers_by_id);
  incoming *first = NULL;
  for (size_t i = 0; i < *count; i++) {
    if (first == NULL || !mk_str_equal(first->place.id.part, by_id[i]->place.id.part)) {
      first = by_id[i];
    } else {
      swap(first, by_id[i]);
      by_id[i]->is_dropped = true;
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < *count; i++) {
    if (!messages[i].is_dropped) {
      swap(&messages[kept++], &messages[i]);
    }
  }
  *count = kept;
  return MK_OK;
}

/* Of the `given` messages, the first `count` are to be saved. */
static mk_status accept_all(mk_context *ctx, mk_str args, incoming **out, size_t *count, size_t *given) {
  mk_str array = mk_json_get(args, "messages");
  if (!mk_json_is_array(array)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "messages must be an array of messages");
  }
  size_t size = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    size++;
  }
  incoming *messages = NULL;
  MK_TRY(mk_push(ctx, size, sizeof *messages, &messages));
  int64_t index = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); index++) {
    MK_TRY(accept_message(ctx, member.value, index, &messages[index]));
  }
  *given = size;
  MK_TRY(drop_repeated(ctx, messages, &size));
  *out = messages;
  *count = size;
  return MK_OK;
}

static int compare_pointers_by_thread(const void *a, const void *b) {
  const incoming *x = *(incoming *const *)a;
  const incoming *y = *(incoming *const *)b;
  int order = mk_str_compare(x->place.thread.part, y->place.thread.part);
  return order != 0 ? order : (x > y) - (x < y);
}

/* The messages sorted by thread, and each thread once with its activity queued to be read. */
static mk_status queue_threads(mk_context *ctx, incoming *messages, size_t count, incoming ***by_thread,
                               touched **threads, size_t *thread_count) {
  MK_TRY(mk_push(ctx, count, sizeof **by_thread, by_thread));
  MK_TRY(mk_push(ctx, count, sizeof **threads, threads));
  for (size_t i = 0; i < count; i++) {
    (*by_thread)[i] = &messages[i];
  }
  qsort(*by_thread, count, sizeof **by_thread, compare_pointers_by_thread);
  *thread_count = 0;
  for (size_t i = 0; i < count; i++) {
    const mk_id *thread = &(*by_thread)[i]->place.thread;
    bool is_new = *thread_count == 0 || !mk_str_equal((*threads)[*thread_count - 1].thread.part, thread->part);
    if (is_new) {
      touched *touch = &(*threads)[(*thread_count)++];
      mk_str key;
      touch->thread = *thread;
      MK_TRY(mk_thread_family_key(ctx, thread->part, MK_THREAD_ACTIVITY, &key));
      MK_TRY(mk_io_get(ctx, MK_THREAD_FAMILIES, key, &touch->io));
    }
  }
  return MK_OK;
}

static bool is_moved(const incoming *message) {
  return message->old.is_located && !mk_place_equal(&message->old.place, &message->place);
}

/* The call that a new message is counted to: this one. But of a batch that is saved
 * again after a failure, later messages may be stored and earlier ones not; these join the call
 * that stored those, so that messages of one time keep the order of the batch. */
static int64_t saving_call(const incoming *messages, size_t count, size_t at, int64_t now_ms) {
  const mk_place *place = &messages[at].place;
  int64_t saved_ms = now_ms;
  for (size_t i = at + 1; i < count; i++) {
    const mk_place *later = &messages[i].old.place;
    /* The same batch has it at the same position. */
    bool is_repeated = messages[i].old.is_located && !is_moved(&messages[i]) && later->seq == (int64_t)i &&
                       later->saved_ms < saved_ms && later->created_ms == place->created_ms &&
                       mk_str_equal(later->thread.part, place->thread.part);
    saved_ms = is_repeated ? later->saved_ms : saved_ms;
  }
  return saved_ms;
}

/* A message keeps the position in which it was first saved. */
static void place_message(incoming *messages, size_t count, size_t at, int64_t now_ms, bool has_old) {
  mk_place *place = &messages[at].place;
  const mk_found *old = &messages[at].old;
  int64_t new_ms = has_old ? saving_call(messages, count, at, now_ms) : now_ms;
  place->saved_ms = old->is_located ? old->place.saved_ms : new_ms;
  place->seq = old->is_located ? old->place.seq : (int64_t)at;
  place->moved_from = is_moved(&messages[at]) ? old->key : old->place.moved_from;
  place->moved_ms = place->saved_ms == now_ms ? 0 : now_ms; /* what is saved again is recent all the same */
}

/* Touch each thread of the batch and note the messages in its hint. */
static mk_status put_activities(mk_context *ctx, incoming **by_thread, size_t count, touched *threads,
                                size_t thread_count, int64_t now_ms) {
  mk_place *places = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *places, &places));
  size_t at = 0;
  for (size_t i = 0; i < thread_count; i++) {
    touched *touch = &threads[i];
    size_t size = 0;
    for (; at < count && mk_str_equal(by_thread[at]->place.thread.part, touch->thread.part); at++) {
      if (!by_thread[at]->is_dropped) {
        places[size++] = by_thread[at]->place;
      }
    }
    MK_TRY(mk_activity_parse(ctx, &touch->thread, touch->io->key, touch->io->result, &touch->activity));
    MK_TRY(mk_activity_remember(ctx, &touch->activity, places, size, now_ms));
    mk_activity_touch(&touch->activity, now_ms);
    MK_TRY(mk_activity_put(ctx, &touch->thread, &touch->activity, now_ms));
  }
  return MK_OK;
}

/* After the locators were read: where the messages were, and where and in which order they go. */
static mk_status place_messages(mk_context *ctx, incoming *messages, size_t count, int64_t now_ms) {
  bool has_old = false;
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_lookup_locate(ctx, &messages[i].old, 1));
    has_old = has_old || messages[i].old.is_located;
  }
  for (size_t i = 0; i < count; i++) {
    place_message(messages, count, i, now_ms, has_old);
  }
  return MK_OK;
}

/* Queue the messages and their locators; of a message that moved, the locator comes later. */
static mk_status put_messages(mk_context *ctx, const incoming *messages, size_t count, int64_t now_ms, mk_move *moves,
                              size_t *move_count) {
  for (size_t i = 0; i < count; i++) {
    const incoming *message = &messages[i];
    MK_TRY(mk_message_put(ctx, &message->place, &message->record, now_ms));
    if (is_moved(message)) {
      moves[(*move_count)++] = (mk_move){message->place, message->old.key};
    } else {
      MK_TRY(mk_locator_put(ctx, &message->place, now_ms));
      MK_TRY(mk_message_forget_move(ctx, &message->place));
    }
  }
  return MK_OK;
}

static int compare_pointers_by_time(const void *a, const void *b) {
  const incoming *x = *(incoming *const *)a;
  const incoming *y = *(incoming *const *)b;
  bool is_later = x->place.created_ms > y->place.created_ms;
  bool is_earlier = x->place.created_ms < y->place.created_ms;
  return is_later || is_earlier ? is_later - is_earlier : (x > y) - (x < y);
}

/* {"messages":[…]}: what was saved, oldest first. */
static mk_status answer(mk_context *ctx, incoming *messages, size_t count, mk_str *result) {
  incoming **by_time = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *by_time, &by_time));
  for (size_t i = 0; i < count; i++) {
    by_time[i] = &messages[i];
  }
  qsort(by_time, count, sizeof *by_time, compare_pointers_by_time);
  size_t size = 16;
  for (size_t i = 0; i < count; i++) {
    size += mk_record_size(&messages[i].record);
  }
  mk_buf buf = mk_buf_make_for(ctx->arena, size);
  mk_buf_literal(&buf, "{\"messages\":[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) {
      mk_buf_char(&buf, ',');
    }
    mk_record_answer(&buf, &by_time[i]->record);
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, result);
}

/* Save messages, whatever threads they belong to. Whether the threads exist is not asked: KV may
 * not show them yet, and a message must not be lost for that. */
mk_status mk_save_messages(mk_context *ctx, mk_str args, mk_str *result) {
  incoming *messages = NULL;
  size_t count = 0;
  size_t given = 0;
  MK_TRY(accept_all(ctx, args, &messages, &count, &given));
  if (count == 0) {
    return answer(ctx, messages, 0, result);
  }
  incoming **by_thread = NULL;
  touched *threads = NULL;
  size_t thread_count = 0;
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_lookup_queue(ctx, &messages[i].old, 1));
  }
  MK_TRY(queue_threads(ctx, messages, given, &by_thread, &threads, &thread_count));
  MK_TRY(mk_io_flush(ctx));

  int64_t now_ms = mk_clock_ms();
  mk_move *moves = NULL;
  size_t move_count = 0;
  MK_TRY(mk_push(ctx, count, sizeof *moves, &moves));
  MK_TRY(place_messages(ctx, messages, count, now_ms));
  /* The answer is made before anything is written: where memory does not suffice, nothing is. */
  MK_TRY(answer(ctx, messages, count, result));
  mk_arena_mark mark = mk_arena_end(ctx->arena);
  MK_TRY(put_messages(ctx, messages, count, now_ms, moves, &move_count));
  MK_TRY(put_activities(ctx, by_thread, given, threads, thread_count, now_ms));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_message_finish_moves(ctx, moves, move_count, now_ms));
  mk_arena_reset(ctx->arena, mark); /* the values, which may be large */
  return MK_OK;
}

#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "record/accept.h"

/* A message on its way in. */
typedef struct incoming {
  mk_record record;
  mk_place place;
  mk_found old;    /* where it was so far */
  bool is_dropped; /* a later one of the batch has its id */
} incoming;

typedef struct batch {
  incoming *messages; /* in the caller's order; those that are dropped stand behind the others */
  size_t count;       /* to be saved */
  size_t given;
  incoming **by_place; /* all that were given, by thread, time and position */
  mk_threads threads;
} batch;

/* The argument is called by its place in the caller's array. */
static mk_status accept_message(mk_context *ctx, mk_str value, int64_t index, incoming *out) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_MESSAGES);
  mk_str where = MK_STR("messages");
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, index}, value, &out->record));
  MK_TRY(mk_record_id(ctx, where, &out->record, "id", &out->place.id));
  MK_TRY(mk_record_id(ctx, where, &out->record, "threadId", &out->place.thread));
  MK_TRY(mk_record_date(ctx, where, &out->record, "createdAt", &out->place.created_ms));
  out->old.locator.place.id = out->place.id;
  return MK_OK;
}

static void swap(incoming *a, incoming *b) {
  incoming other = *a;
  *a = *b;
  *b = other;
}

/* Of messages with the same id, the last one's text stays, at the first one's position. The
 * others go behind those that stay: they are not saved, but their threads are touched. */
static mk_status drop_repeated(mk_context *ctx, batch *all) {
  mk_index ids = {0};
  for (size_t i = 0; i < all->given; i++) {
    size_t first = 0;
    MK_TRY(mk_index_add(ctx, &ids, all->messages[i].place.id.part, i, &first));
    if (first < i) {
      swap(&all->messages[first], &all->messages[i]);
      all->messages[i].is_dropped = true;
    }
  }
  for (size_t i = 0; i < all->given; i++) {
    if (!all->messages[i].is_dropped) {
      swap(&all->messages[all->count++], &all->messages[i]);
    }
  }
  return MK_OK;
}

static mk_status accept_all(mk_context *ctx, mk_str args, batch *out) {
  mk_str array = mk_json_get(args, "messages");
  mk_member member;
  if (!mk_json_is_array(array)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "messages must be an array of messages");
  }
  MK_TRY(mk_push(ctx, mk_json_count(array), sizeof *out->messages, &out->messages));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); out->given++) {
    MK_TRY(accept_message(ctx, member.value, (int64_t)out->given, &out->messages[out->given]));
  }
  return drop_repeated(ctx, out);
}

MK_POINTER_COMPARATOR(compare_by_place, incoming) {
  int order = mk_str_compare(x->place.thread.part, y->place.thread.part);
  order = order != 0 ? order : MK_COMPARE(x->place.created_ms, y->place.created_ms);
  return order != 0 ? order : MK_COMPARE(x, y);
}

static bool is_moving(const incoming *message) {
  return message->old.is_located && !mk_place_equal(&message->old.locator.place, &message->place);
}

/* Read where the messages were, and what is known of their threads, those too that messages leave: when they were
 * last written to, and whether they were deleted. SUSPENDS. */
static mk_status read_all(mk_context *ctx, batch *all) {
  all->threads = (mk_threads){.wants_activity = true, .wanted_marks = MK_MARKS(MK_MARK_DELETED)};
  MK_TRY(mk_push(ctx, all->given, sizeof *all->by_place, &all->by_place));
  for (size_t i = 0; i < all->given; i++) {
    incoming *message = &all->messages[i];
    all->by_place[i] = message;
    MK_TRY(message->is_dropped ? MK_OK : mk_lookup_queue(ctx, &message->old, 1));
    MK_TRY(mk_threads_add(ctx, &all->threads, &message->place.thread));
  }
  qsort(all->by_place, all->given, sizeof(incoming *), compare_by_place);
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < all->count; i++) {
    const incoming *message = &all->messages[i];
    MK_TRY(mk_lookup_locate(ctx, &all->messages[i].old, 1));
    MK_TRY(is_moving(message) ? mk_threads_add(ctx, &all->threads, &message->old.locator.place.thread) : MK_OK);
  }
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_threads_take(ctx, &all->threads));
  for (size_t i = 0; i < all->count; i++) {
    mk_lookup_bury(&all->messages[i].old, 1, &all->threads);
  }
  return MK_OK;
}

static int64_t max_ms(int64_t a, int64_t b) { return a > b ? a : b; }

/* Now, or where clocks disagree just after what is known of the threads and messages: what is saved after a deletion
 * must not count as deleted with it, and what is saved again after an update must not be older than that. */
static int64_t save_time(const batch *all) {
  int64_t known_ms = 0;
  for (size_t i = 0; i < all->threads.count; i++) {
    const mk_touched *thread = &all->threads.items[i];
    known_ms = max_ms(known_ms, thread->marks.at_ms[MK_MARK_DELETED]);
    known_ms = max_ms(known_ms, thread->activity.written_at_ms); /* 0: there is none */
  }
  for (size_t i = 0; i < all->count; i++) {
    known_ms = max_ms(known_ms, all->messages[i].old.locator.written_at_ms);
  }
  return max_ms(mk_clock_ms(), known_ms + 1);
}

/* Whether an earlier call saved a message at the same position of the same batch. */
static bool is_repeated(const batch *all, const incoming *message) {
  return message->old.is_located && !is_moving(message) &&
         message->old.locator.place.seq == (int64_t)(message - all->messages);
}

/* A message keeps the call and the position in which it was first saved; `new_ms` is the call that it
 * counts to if it is new. */
static void place_message(const batch *all, incoming *message, int64_t new_ms, int64_t now_ms) {
  const mk_place *old = &message->old.locator.place;
  mk_place *place = &message->place;
  bool is_located = message->old.is_located;
  place->saved_ms = is_located ? old->saved_ms : new_ms;
  place->seq = is_located ? old->seq : (int64_t)(message - all->messages);
  /* Who has not seen its tombstone may delete it where it was: then it is gone, as its locator will say. */
  place->is_moved = (is_located || message->old.locator.is_deleted) && (old->is_moved || !mk_place_equal(old, place));
  place->written_ms = place->saved_ms == now_ms ? 0 : now_ms; /* what is saved again is recent all the same */
}

/* Say where and in which order the messages go. New ones count to this call. But of a batch that is
 * saved again after a failure, later messages may be stored and earlier ones not; these join the call
 * that stored those, so that messages of one time keep the order of the batch. So the messages of each
 * thread and time are gone through from the last to the first. */
static void place_messages(batch *all, int64_t now_ms) {
  int64_t joined_ms = now_ms;
  for (size_t i = all->given; i-- > 0;) {
    incoming *message = all->by_place[i];
    const incoming *later = i + 1 < all->given ? all->by_place[i + 1] : NULL;
    bool is_same_time = later != NULL && later->place.created_ms == message->place.created_ms &&
                        mk_str_equal(later->place.thread.part, message->place.thread.part);
    joined_ms = is_same_time ? joined_ms : now_ms;
    if (message->is_dropped) {
      continue;
    }
    place_message(all, message, joined_ms, now_ms);
    if (is_repeated(all, message) && message->old.locator.place.saved_ms < joined_ms) {
      joined_ms = message->old.locator.place.saved_ms;
    }
  }
}

/* Touch each thread of the batch and note the messages in its hint. */
static mk_status note_messages(mk_context *ctx, batch *all, int64_t now_ms) {
  mk_place *places = NULL;
  MK_TRY(mk_push(ctx, all->given, sizeof *places, &places));
  for (size_t at = 0; at < all->given;) {
    mk_touched *touched = mk_threads_find(&all->threads, all->by_place[at]->place.thread.part);
    size_t size = 0;
    for (; at < all->given && mk_str_equal(all->by_place[at]->place.thread.part, touched->thread.part); at++) {
      if (!all->by_place[at]->is_dropped) {
        places[size++] = all->by_place[at]->place;
      }
    }
    MK_TRY(mk_activity_remember(ctx, &touched->thread, &touched->activity, places, size, now_ms));
    mk_activity_touch(&touched->activity, now_ms);
    touched->is_changed = true;
  }
  return MK_OK;
}

/* What the locator of a message says: where it is, and where it came from, also if it was deleted there. */
static mk_status locate(mk_context *ctx, const incoming *message, mk_locator *out) {
  const mk_locator *old = &message->old.locator;
  *out = (mk_locator){.place = message->place};
  if (!message->place.is_moved) {
    return MK_OK;
  }
  out->moved_from = old->moved_from;
  return mk_place_equal(&old->place, &message->place) ? MK_OK : mk_message_key(ctx, &old->place, &out->moved_from);
}

/* Queue the messages with their locators. Of one that moves, the locator points to the new place when
 * that is written, and the old place goes last: KV has no transaction over two keys, and any other
 * order could lose the message if a step fails. */
static mk_status put_messages(mk_context *ctx, const batch *all, int64_t now_ms) {
  for (size_t i = 0; i < all->count; i++) {
    const incoming *message = &all->messages[i];
    mk_locator locator;
    MK_TRY(locate(ctx, message, &locator));
    MK_TRY(mk_message_put(ctx, &message->place, &message->record, now_ms));
    if (!is_moving(message)) {
      MK_TRY(mk_locator_put(ctx, &locator, now_ms));
      MK_TRY(mk_locator_finish_move(ctx, &locator));
    }
  }
  return mk_threads_put(ctx, &all->threads, now_ms);
}

static mk_status put_moves(mk_context *ctx, const batch *all, int64_t now_ms) {
  mk_io_then(ctx);
  for (size_t i = 0; i < all->count; i++) {
    const incoming *message = &all->messages[i];
    mk_locator locator;
    if (is_moving(message)) {
      MK_TRY(locate(ctx, message, &locator));
      MK_TRY(mk_locator_put(ctx, &locator, now_ms));
    }
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < all->count; i++) {
    const incoming *message = &all->messages[i];
    MK_TRY(is_moving(message) ? mk_locator_leave(ctx, &message->old.locator, &message->place) : MK_OK);
  }
  return MK_OK;
}

MK_POINTER_COMPARATOR(compare_by_time, incoming) {
  int order = MK_COMPARE(x->place.created_ms, y->place.created_ms);
  return order != 0 ? order : MK_COMPARE(x, y);
}

/* {"messages":[…]}: what was saved, oldest first. */
static mk_status answer(mk_context *ctx, const batch *all, mk_str *result) {
  incoming **by_time = NULL;
  MK_TRY(mk_push(ctx, all->count, sizeof *by_time, &by_time));
  for (size_t i = 0; i < all->count; i++) {
    by_time[i] = &all->messages[i];
  }
  qsort(by_time, all->count, sizeof(incoming *), compare_by_time);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_json_begin_list(&buf, "messages");
  for (size_t i = 0; i < all->count; i++) {
    mk_record_answer(&buf, &by_time[i]->record);
  }
  mk_json_end(&buf, ']');
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, result);
}

/* Save messages, whatever threads they belong to. Whether the threads exist is not asked: KV may
 * not show them yet, and a message must not be lost for that. */
mk_status mk_save_messages(mk_context *ctx, mk_str args, mk_str *result) {
  batch all = {0};
  MK_TRY(accept_all(ctx, args, &all));
  MK_TRY(answer(ctx, &all, result));
  if (all.count == 0) {
    return MK_OK;
  }
  MK_TRY(read_all(ctx, &all));
  int64_t now_ms = save_time(&all);
  place_messages(&all, now_ms);
  MK_TRY(note_messages(ctx, &all, now_ms));
  MK_TRY(put_messages(ctx, &all, now_ms));
  MK_TRY(put_moves(ctx, &all, now_ms));
  return mk_io_flush(ctx);
}

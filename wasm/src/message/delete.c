#include <stdlib.h>

#include "host/platform.h"
#include "message/activity.h"
#include "message/lookup.h"
#include "message/operations.h"
#include "message/store.h"
#include "thread/thread.h"

/* A thread that loses messages. */
typedef struct losing {
  mk_id thread;
  mk_io *io;
  mk_activity activity;
} losing;

static int compare_by_thread(const void *a, const void *b) {
  const mk_found *x = a;
  const mk_found *y = b;
  int order = (int)y->is_located - (int)x->is_located; /* the located ones first */
  return order != 0 ? order : mk_str_compare(x->place.thread.part, y->place.thread.part);
}

/* Queue reading the activity of each thread among the first `count` of `found`. */
static mk_status queue_threads(mk_context *ctx, const mk_found *found, size_t count, losing **threads,
                               size_t *thread_count) {
  MK_TRY(mk_push(ctx, count, sizeof **threads, threads));
  *thread_count = 0;
  for (size_t i = 0; i < count; i++) {
    const mk_id *thread = &found[i].place.thread;
    if (*thread_count > 0 && mk_str_equal((*threads)[*thread_count - 1].thread.part, thread->part)) {
      continue;
    }
    losing *lose = &(*threads)[(*thread_count)++];
    mk_str key;
    lose->thread = *thread;
    MK_TRY(mk_thread_family_key(ctx, thread->part, MK_THREAD_ACTIVITY, &key));
    MK_TRY(mk_io_get(ctx, MK_THREAD_FAMILIES, key, &lose->io));
  }
  return MK_OK;
}

static mk_status put_activities(mk_context *ctx, const mk_found *found, size_t count, losing *threads,
                                size_t thread_count) {
  int64_t now_ms = mk_clock_ms();
  size_t at = 0;
  for (size_t i = 0; i < thread_count; i++) {
    losing *lose = &threads[i];
    MK_TRY(mk_activity_parse(ctx, &lose->thread, lose->io->key, lose->io->result, &lose->activity));
    while (at < count && mk_str_equal(found[at].place.thread.part, lose->thread.part)) {
      mk_activity_forget(&lose->activity, found[at++].place.id.part);
    }
    mk_activity_touch(&lose->activity, now_ms);
    MK_TRY(mk_activity_put(ctx, &lose->thread, &lose->activity, now_ms));
  }
  return MK_OK;
}

/* Delete messages by id. The message goes first and its locator last, so that the same call,
 * made again after a failure, still finds what is left. Three rounds. */
mk_status mk_delete_messages(mk_context *ctx, mk_str args, mk_str *result) {
  mk_found *found = NULL;
  losing *threads = NULL;
  size_t count = 0;
  size_t located = 0;
  size_t thread_count = 0;
  *result = MK_STR("null");
  MK_TRY(mk_lookup_ids(ctx, mk_json_get(args, "messageIds"), "messageIds", &found, &count));
  MK_TRY(mk_lookup_queue(ctx, found, count));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_lookup_locate(ctx, found, count));
  qsort(found, count, sizeof *found, compare_by_thread);
  while (located < count && found[located].is_located) {
    MK_TRY(mk_message_forget_move(ctx, &found[located].place));
    MK_TRY(mk_io_delete(ctx, MK_MESSAGES, found[located++].key));
  }
  MK_TRY(queue_threads(ctx, found, located, &threads, &thread_count));
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < located; i++) {
    mk_str key;
    MK_TRY(mk_locator_key(ctx, found[i].place.id.part, &key));
    MK_TRY(mk_io_delete(ctx, MK_MESSAGE_LOCATORS, key));
  }
  MK_TRY(put_activities(ctx, found, located, threads, thread_count));
  return mk_io_flush(ctx);
}

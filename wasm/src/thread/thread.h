/* thread.h: a thread as its record and families give it, and its place in the index of its
 * resource's threads.
 *
 *   threads:{threadId}                     KV metadata {"resourceId":"…","createdAt":"…"}
 *   metadata:threads:{threadId}:{title,metadata,activity}
 *   metadata:threads_by_resource:{resourceId}:{desc(createdAt)}:{threadId}
 *
 * A record whose place in the index changed says "_movedFrom", the entry it had before: a failure
 * may have left it, and the same call, made again, still deletes it.
 *
 * The index is a pointer, never a fact: readers drop an entry whose thread is gone or says it
 * belongs elsewhere. */
#ifndef MK_THREAD_H
#define MK_THREAD_H

#include "base/operation.h"
#include "kv/io.h"
#include "message/activity.h"
#include "record/family.h"

typedef struct mk_thread {
  mk_id id;
  bool exists;
  mk_record record; /* the base with its families laid over */
  mk_id resource;
  int64_t created_ms;
  int64_t updated_ms;
  mk_activity activity; /* may exist where the thread does not */
  mk_families families; /* the same */
  mk_io *io;            /* of the record */
} mk_thread;

/* Queue reading a thread: one key for the record and one a family. `thread->id` is set. */
mk_status mk_thread_queue(mk_context *ctx, mk_thread *thread);
/* After the flush: put together what was read. MK_E_CORRUPT_RECORD. */
mk_status mk_thread_take(mk_context *ctx, mk_thread *thread);
/* Both, for one thread: one round. SUSPENDS. */
mk_status mk_thread_read(mk_context *ctx, mk_str id_span, mk_thread *out);

/* The keys of a thread's record and of its entry in the index. */
mk_status mk_thread_key(mk_context *ctx, mk_str thread_part, mk_str *out);
mk_status mk_thread_index_key(mk_context *ctx, const mk_thread *thread, mk_str *out);

/* The entry of the index that the thread had before; absent: none. */
mk_status mk_thread_moved_from(mk_context *ctx, const mk_thread *thread, mk_str *out);

/* The KV metadata of a thread's record, {"resourceId":"…","createdAt":"…"}, for listing all
 * threads in order. Parsing is false when it was not written by this store. */
mk_status mk_thread_metadata_format(mk_context *ctx, const mk_thread *thread, mk_str *out);
bool mk_thread_metadata_parse(mk_str metadata, int64_t *created_ms);

/* Queue writing a thread's record and its index entry. MK_E_KEY_TOO_LONG, MK_E_VALUE_TOO_LARGE. */
mk_status mk_thread_put(mk_context *ctx, const mk_thread *thread, int64_t now_ms);

/* A time to write the thread with: now, or just after its newest write where clocks disagree. */
int64_t mk_thread_write_time(const mk_thread *thread);

/* The operations (operation.h). */
mk_status mk_get_thread_by_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_save_thread(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_thread(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_thread(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_copy_thread(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_threads(mk_context *ctx, mk_str args, mk_str *result);
extern const mk_operation mk_thread_operations[];

#endif

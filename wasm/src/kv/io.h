/* io.h: KV calls in rounds.
 *
 * An operation queues the calls that can go side by side and flushes: one flush is one round of
 * waiting. Queuing checks KV's limits, and nothing is started before the flush, so an oversized
 * key or value among a hundred is refused with nothing written. */
#ifndef MK_IO_H
#define MK_IO_H

#include "base/context.h"
#include "kv/schema.h"

/* What is read of a value at first: enough for all columns but the user's payload. */
#define MK_IO_HEAD_BYTES 512

typedef enum mk_io_kind { MK_IO_GET, MK_IO_PUT, MK_IO_DELETE, MK_IO_LIST } mk_io_kind;

/* One KV call. After the flush `result` is a get's value (absent when there is no such key) or
 * a list's JSON text, in the arena. */
struct mk_io {
  mk_io_kind kind;
  uint32_t ns;
  mk_str key; /* the prefix, of a list */
  mk_str value;
  mk_str metadata;
  mk_str cursor;
  uint32_t limit;
  int32_t ticket;
  mk_str result;
  bool is_lazy;          /* a get of which nothing was read yet but whether there is a value */
  bool is_head;          /* `result` is a value's head, and more follows */
  uint32_t expiration_s; /* of a put: seconds since 1970 at which KV drops the key; 0: never */
  int stage;             /* calls of a later one start when those before have succeeded */
  mk_io *next;
};

/* Queue a call on the namespace where `family` keys are placed. The texts are borrowed until the
 * flush.
 * MK_E_KEY_TOO_LONG, MK_E_VALUE_TOO_LARGE, MK_E_OUT_OF_MEMORY: nothing was queued. */
mk_status mk_io_get(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_io **out);
/* A get that leaves the value with the host: after the flush, `result` is an empty text if there is one, of
 * which mk_io_head fetches the head and mk_io_load the whole, where that is needed. It is named by the ticket in an
 * answer, and so never copied into the engine's memory. */
mk_status mk_io_get_lazy(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_io **out);
/* A put expires as the store's options say of its record (expiration.h). */
mk_status mk_io_put(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value, mk_str metadata);
mk_status mk_io_delete(mk_context *ctx, mk_keyspace keyspace, mk_str key);
/* A put that KV itself undoes at `expiration_s`, seconds since 1970 and at least 60 s ahead (Workers KV
 * documentation, "Expiring keys"); 0: never. */
mk_status mk_io_put_until(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value, mk_str metadata,
                          uint32_t expiration_s);
/* What mk_io_put checks, for where something else has to be written before. */
mk_status mk_io_check(mk_context *ctx, mk_str key, mk_str value, mk_str metadata);
mk_status mk_io_list(mk_context *ctx, mk_keyspace keyspace, mk_str prefix, uint32_t limit, mk_str cursor, mk_io **out);

/* Let `result` be the value's head, of at most MK_IO_HEAD_BYTES, if nothing was read of it yet. MK_E_OUT_OF_MEMORY. */
mk_status mk_io_head(mk_context *ctx, mk_io *io);
/* Let `result` be the whole value, if it is less. MK_E_OUT_OF_MEMORY. */
mk_status mk_io_load(mk_context *ctx, mk_io *io);

/* Let the calls that are queued from now on wait for those before: they start in a round of their
 * own, and not at all if one before failed. So an operation can queue all its writes, in their
 * order, before it starts the first: nothing is left then that could fail for memory halfway. */
void mk_io_then(mk_context *ctx);

/* Start what is queued, wait for all of it and read the results. SUSPENDS.
 * MK_E_KV_FAILED or MK_E_KV_RATE_LIMITED if any call failed; the error names the first one's key
 * and, where writes failed, how many. */
mk_status mk_io_flush(mk_context *ctx);

#endif

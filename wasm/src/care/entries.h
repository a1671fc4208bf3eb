/* entries.h: all the keys that a record stands under.
 *
 * First its own, then those of what points to it: a thread's entry in the index of its resource, a
 * message's locator, a score's entries in its orders. Each with the value and the KV metadata that
 * the store's operations would have written, had they been called at a given time. */
#ifndef MK_ENTRIES_H
#define MK_ENTRIES_H

#include "kv/io.h"
#include "record/record.h"

/* A score has most: its own key and those of four orders. */
#define MK_ENTRIES_MAX 5

typedef struct mk_entry {
  mk_keyspace keyspace;
  mk_str key;
  mk_str value;
  mk_str metadata; /* absent: none */
} mk_entry;

typedef struct mk_entries {
  mk_entry items[MK_ENTRIES_MAX]; /* the record's own first */
  size_t count;
} mk_entries;

/* The entries of a record that mk_record_accept has passed, or that is stored, in the arena.
 *   record  written_at_ms is the time of the write
 *   seq     of a message: its place among those of its thread that have its createdAt. It counts as
 *           saved at that time, so that `seq` alone orders those
 * MK_E_INVALID_ARGUMENT: records of the table cannot be placed. MK_E_KEY_TOO_LONG,
 * MK_E_VALUE_TOO_LARGE. */
mk_status mk_entries_make(mk_context *ctx, mk_table table, const mk_record *record, int64_t seq, mk_entries *out);

#endif

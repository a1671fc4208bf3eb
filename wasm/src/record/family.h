/* family.h: the column families of a record.
 *
 *   threads:t1                        the record, complete as of the last full save
 *   metadata:threads:t1:title         {"_writtenAt":…,"title":"…"}: that part as updated since
 *
 * A family is a key of its own, so that an update writes only what it was given, however old what
 * its writer read is. Reading a record is one bulk read of it and its families; a family that was
 * written after the record wins. Which families a table has, and which columns are in them, the
 * catalogue says (kv/schema.h). */
#ifndef MK_FAMILY_H
#define MK_FAMILY_H

#include "kv/io.h"
#include "record/record.h"

typedef struct mk_families {
  int count;
  mk_io *io[MK_FAMILIES_MAX];
  mk_record records[MK_FAMILIES_MAX]; /* written_at_ms 0: there is none */
} mk_families;

/* The key of a family of the record that `part` stands for. MK_E_KEY_TOO_LONG. */
mk_status mk_family_key(mk_context *ctx, mk_keyspace keyspace, mk_str part, int family, mk_str *out);

/* Queue reading all families of a record; mk_families_take parses them after the flush. */
mk_status mk_families_queue(mk_context *ctx, mk_keyspace keyspace, mk_str part, mk_families *out);
/* MK_E_CORRUPT_RECORD. */
mk_status mk_families_take(mk_context *ctx, mk_families *families);

/* Whether a family was written after the record, and so has something to say. */
bool mk_family_is_newer(const mk_families *families, int family, const mk_record *record);
/* Lay all such families over the record, the older ones first. */
mk_status mk_families_lay(mk_context *ctx, const mk_families *families, mk_record *record);

/* A time at which a write is newer than the record and all its families: now, or just after them
 * where clocks disagree. Milliseconds. */
int64_t mk_families_write_time(const mk_families *families, const mk_record *record);

/* Queue writing a family. `metadata`: KV metadata, or absent. */
mk_status mk_family_put(mk_context *ctx, mk_keyspace keyspace, mk_str part, int family, const mk_record *record,
                        mk_str metadata, int64_t now_ms);
/* Queue deleting those families that were read and are there. */
mk_status mk_families_delete(mk_context *ctx, mk_keyspace keyspace, const mk_families *families);

#endif

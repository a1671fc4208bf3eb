/* expiration.h: how long records are kept, where a store's option `expiration` says so: then KV drops them
 * by itself.
 *
 * Every key of a record expires by the record's own age, however often it is written: by the falling time in
 * the key, which index entries have, too; else by the column that tells the age; and what has neither, such
 * as a family, by when it was written. So a record and what points to it go together. */
#ifndef MK_EXPIRATION_H
#define MK_EXPIRATION_H

#include "base/context.h"
#include "kv/schema.h"

/* The least that a record may be kept, ms: KV takes an expiration that is at least 60 s ahead (Workers KV
 * documentation, "Expiring keys"). */
#define MK_EXPIRATION_MS_MIN INT64_C(60000)

/* The column that tells the age of a table's records, as Mastra's retention has it; NULL: none does. */
const char *mk_age_column(mk_table table);

/* When KV is to drop a key that is written with a value: seconds since 1970; 0: never. What is past already
 * is kept for as long as KV demands. */
uint32_t mk_expiration_of(const mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_str value);

#endif

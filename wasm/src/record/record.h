/* record.h: records as they are stored.
 *
 * A record is the text of a JSON object whose first member is the time of the write:
 *
 *   {"_writtenAt":1764000000000,"id":"t1","resourceId":"u1","createdAt":"2026-…Z",…}
 *
 * The rest is what the user saved, member by member and to the letter, but for date columns,
 * which stand as toISOString writes them. (js-shim/kv/overlay.js compares `_writtenAt`, so it must
 * stay the first member.) Of members that begin with "_", the
 * catalogue says which are the store's own (kv/schema.h): they are never answered. */
#ifndef MK_RECORD_H
#define MK_RECORD_H

#include "base/context.h"
#include "base/json.h"
#include "kv/io.h"
#include "kv/key.h"
#include "kv/schema.h"

#define MK_WRITTEN_AT "_writtenAt"

/* A record taken apart: spans into its text. */
typedef struct mk_record {
  mk_member *members; /* without _writtenAt */
  size_t count;
  size_t capacity;
  int64_t written_at_ms;
} mk_record;

/* Take a stored value apart. MK_E_CORRUPT_RECORD with the key when it is not a record. */
mk_status mk_record_parse(mk_context *ctx, mk_str key, mk_str value, mk_record *out);

/* Take apart what a get read: of a head (kv/io.h) the members that are wholly in it. One that does not even tell the
 * time of its write, without which nothing can be said of the rest, is loaded. No value is a record without members.
 * MK_E_CORRUPT_RECORD. */
mk_status mk_record_take(mk_context *ctx, mk_io *io, mk_record *out);

/* Lay one record over another: its members replace those of the same name, or join them. */
mk_status mk_record_lay(mk_context *ctx, mk_record *record, const mk_record *over);
/* Add a member, whatever members there are. */
mk_status mk_record_add(mk_context *ctx, mk_record *record, mk_member member);

/* Take any object apart, with every member whatever its name. `value` must be an object span. */
mk_status mk_record_of_object(mk_context *ctx, mk_str value, mk_record *out);
/* The inverse: the object with all members and nothing else. */
void mk_record_write(mk_buf *buf, const mk_record *record);
/* The same as a text of its own. */
mk_status mk_record_object(mk_context *ctx, const mk_record *record, mk_str *out);

/* Merge two objects shallowly: members of `newer` replace those of `older`, which may be absent,
 * or join them. */
mk_status mk_record_merge(mk_context *ctx, mk_str older, mk_str newer, mk_record *out);
/* Replace or add a member; null removes it. */
mk_status mk_record_put(mk_context *ctx, mk_record *record, mk_member member);

/* The value of a column, or absent. */
mk_str mk_record_get(const mk_record *record, const char *name);
/* Set a column. */
mk_status mk_record_set(mk_context *ctx, mk_record *record, const char *name, mk_str value);
/* A date column of a stored record. MK_E_CORRUPT_RECORD when it is missing or no date. */
mk_status mk_record_date(mk_context *ctx, mk_str key, const mk_record *record, const char *name, int64_t *ms);
/* A string column of a stored record as an id. MK_E_CORRUPT_RECORD when missing or no string. */
mk_status mk_record_id(mk_context *ctx, mk_str key, const mk_record *record, const char *name, mk_id *out);

/* At least the bytes of the record's text. */
size_t mk_record_size(const mk_record *record);
/* The text to store, as of `written_at_ms`. */
mk_status mk_record_format(mk_context *ctx, const mk_record *record, int64_t written_at_ms, mk_str *out);
/* Write what the user gets to see: the members without the store's own. */
void mk_record_answer(mk_buf *buf, const mk_record *record);

/* A date as a JSON string span. */
mk_status mk_record_date_span(mk_context *ctx, int64_t ms, mk_str *out);

#endif

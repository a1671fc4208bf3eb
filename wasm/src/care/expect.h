/* expect.h: what must stand beside a record, as its value tells. */
#ifndef MK_EXPECT_H
#define MK_EXPECT_H

#include "care/walk.h"
#include "message/message.h"

/* The KV metadata that a record's key must have; *out is absent for records without.
 *   place  of a message: its savedAt and seq, which its value does not tell; else NULL */
mk_status mk_expect_metadata(mk_context *ctx, mk_keyspace keyspace, const mk_record *record, const mk_place *place,
                             mk_str *out);

/* Whether KV metadata says what it must: all that is expected, and of columns of the table nothing
 * besides. What it says of other things is passed over, for newer code may add to it. */
bool mk_expect_metadata_agrees(const mk_table_def *table, mk_str expected, mk_str actual);

/* The value of an index entry of a record. */
mk_status mk_expect_entry(mk_context *ctx, const mk_record *record, mk_str *out);

#endif

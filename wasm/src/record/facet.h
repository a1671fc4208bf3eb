/* facet.h: the columns of a record that stand in its key's KV metadata as well, so that lists
 * filter and sort by them without reading values.
 *
 *   {"createdAt":"2026-03-01T09:00:00.000Z","status":"running","agentId":"support","threadId":"t%C3%A4"}
 *
 * They are the columns that schema.c marks MK_FACET, in their order: dates as in the record,
 * strings escaped like the parts of keys (key.h). KV metadata holds 1,024 bytes. A column that
 * does not fit is left out and "partial":true put behind the others; whether the record has it,
 * and what it says, only the record can tell then. */
#ifndef MK_FACET_H
#define MK_FACET_H

#include "record/record.h"

/* The KV metadata of a record: at most MK_KV_METADATA_BYTES_MAX bytes. */
mk_status mk_facets_format(mk_context *ctx, const mk_table_def *table, const mk_record *record, mk_str *out);

/* What KV metadata says of a column: a string span, or absent where the record does not have it.
 * false: it says nothing, not being the store's, or being partial. */
bool mk_facet_get(mk_str metadata, const char *column, mk_str *out);

#endif

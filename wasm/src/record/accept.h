/* accept.h: what a caller wants saved, checked against the catalogue (kv/schema.h). */
#ifndef MK_ACCEPT_H
#define MK_ACCEPT_H

#include "record/record.h"

/* How an error text calls the argument in hand: "thread", or "message at index 3". */
typedef struct mk_argument {
  const char *noun;
  int64_t index; /* -1: it has none */
} mk_argument;

/* Check what the user wants saved against the table's columns and take it apart: columns in the
 * catalogue's order, dates in their normal form, and members that are no columns behind them.
 * MK_E_INVALID_ARGUMENT names the argument and the column. */
mk_status mk_record_accept(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                           mk_record *out);

/* The same for some columns only: what is missing is not demanded. A null clears an optional
 * column; an empty id counts as not given. */
mk_status mk_record_accept_partial(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                                   mk_record *out);

#endif

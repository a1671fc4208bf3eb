/* rows.h: a listing of records by what their KV metadata says of them (facet.h).
 *
 * All keys of a prefix are listed, 1,000 a call; the metadata filters and sorts them; values are
 * read for the page that is asked for, and where the metadata leaves something open. What is read
 * is checked again: a list may be a minute old, so that a record which is gone, or says otherwise
 * than its metadata did, is dropped and the page filled up.
 *
 *   mk_rows rows = {.keyspace = MK_BACKGROUND_TASKS, .order_by = "createdAt"};
 *   mk_rows_where(ctx, &rows, "status", MK_STR("\"running\""));
 *   mk_rows_list(ctx, &rows, MK_BACKGROUND_TASKS, &key);
 *   mk_rows_page(ctx, &rows, &paging, &page);
 *
 * The keys are the records' own, {prefix}{id}, or those of an index, {prefix}{desc(order_by)}:{id},
 * whose entries carry the metadata, too, and are pointers: one whose record is gone, or has
 * another time, is dropped. */
#ifndef MK_ROWS_H
#define MK_ROWS_H

#include "kv/io.h"
#include "kv/key.h"
#include "record/filter.h"
#include "record/page.h"
#include "record/record.h"

#define MK_CONDITIONS_MAX 10

/* Read one record. *exists is false, and no failure, where there is none. SUSPENDS. */
mk_status mk_row_read(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_record *out, bool *exists);
/* Queue writing one, with its facets in the KV metadata; at `now_ms`, or just after what it was
 * written at before. */
mk_status mk_row_put(mk_context *ctx, mk_keyspace keyspace, mk_str key, const mk_record *record, int64_t now_ms);
/* Answer a record; null without one. */
mk_status mk_row_answer(mk_context *ctx, const mk_record *record, mk_str *result);

/* What a column must say: one of some texts, or a date in a range. */
typedef struct mk_condition {
  const char *column;
  mk_str *parts; /* escaped; an absent one stands for a record without the column */
  size_t count;
  bool is_range;
  mk_range range;
  bool is_implied; /* by the prefix: only what is read needs to be checked */
} mk_condition;

/* A column of which something newer than a row's metadata tells. */
typedef struct mk_amendment {
  const char *column; /* NULL: there is none */
  mk_str value;       /* as mk_facet_get gives it */
  bool is_open;       /* only the record can tell */
} mk_amendment;

typedef struct mk_row {
  mk_item item; /* comes first: rows are items of a page; its name is the record's key */
  mk_str metadata;
  mk_amendment amendment;
  int64_t ms;   /* of order_by; 0 without */
  int64_t rank; /* sorts ascending, then the key does */
  mk_io *io;
  mk_record record; /* when it was read and is there */
  bool is_referred; /* an answer names it by io's ticket (kv/io.h), and the operation has a view */
  bool must_read;   /* its metadata does not tell all */
} mk_row;

/* The row that an item of such a listing begins. */
static inline mk_row *mk_row_of(mk_item *item) { return (mk_row *)item; }

typedef struct mk_rows mk_rows;
struct mk_rows {
  mk_keyspace keyspace; /* of the records */
  int id_parts;         /* of a key, behind the prefix, that stand for the id; 0: one */
  const char *order_by; /* a date column */
  bool is_ascending;
  bool are_pointers;
  mk_condition conditions[MK_CONDITIONS_MAX];
  size_t condition_count;
  mk_item **items; /* those that may match */
  size_t count;
  /* For records that are more than the value and the metadata of a key; else NULL. `amend` sees
   * every listed row before it is checked: it may give it an amendment, or declare it gone.
   * `read` reads those of the rows that are not read yet: it sets record, or is_gone. SUSPENDS. */
  mk_status (*amend)(mk_context *ctx, const mk_rows *rows, mk_row *row);
  mk_status (*read)(mk_context *ctx, const mk_rows *rows, mk_item *const *items, size_t count);
  const void *of; /* theirs */
};

/* Demand that a column is `wanted`, a string span; or one of an array of them; or, with null, that
 * there is none. Absent demands nothing. */
mk_status mk_rows_where(mk_context *ctx, mk_rows *rows, const char *column, mk_str wanted);
/* The same for the member of that name of `args`, where what is falsy in JavaScript demands
 * nothing. */
mk_status mk_rows_where_given(mk_context *ctx, mk_rows *rows, const char *column, mk_str args);
/* Demand that a date column is there and within a range. */
void mk_rows_within(mk_rows *rows, const char *column, mk_range range);

/* List all keys with the prefix that `key` makes, drop what does not match, and sort. SUSPENDS. */
mk_status mk_rows_list(mk_context *ctx, mk_rows *rows, mk_keyspace listed, mk_key *key);

/* Write a row's record, or its ticket. */
void mk_row_write(mk_buf *buf, const mk_row *row);
/* Begin the answer that holds a page: {"<name>":[…], with room for what paging.h adds. */
mk_buf mk_rows_write(mk_context *ctx, const char *name, const mk_page *page);

/* All that match, unread. */
mk_status mk_rows_all(mk_context *ctx, const mk_rows *rows, mk_page *out);
/* A page, read; what proves to be gone is left out of it and of the total. SUSPENDS. */
mk_status mk_rows_page(mk_context *ctx, mk_rows *rows, const mk_paging *paging, mk_page *out);
/* Read those of `items` that are not read yet. SUSPENDS. */
mk_status mk_rows_read(mk_context *ctx, const mk_rows *rows, mk_item *const *items, size_t count, bool *has_read);

#endif

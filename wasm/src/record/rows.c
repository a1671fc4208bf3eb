#include "record/rows.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/writer.h"
#include "kv/listing.h"
#include "record/facet.h"

mk_status mk_row_read(mk_context *ctx, mk_keyspace keyspace, mk_str key, mk_record *out, bool *exists) {
  mk_io *io = NULL;
  MK_TRY(mk_io_get(ctx, keyspace, key, &io));
  MK_TRY(mk_io_flush(ctx));
  *exists = mk_str_is_present(io->result);
  return mk_record_take(ctx, io, out);
}

mk_status mk_row_put(mk_context *ctx, mk_keyspace keyspace, mk_str key, const mk_record *record, int64_t now_ms) {
  mk_str metadata;
  mk_str value;
  now_ms = now_ms > record->written_at_ms ? now_ms : record->written_at_ms + 1;
  MK_TRY(mk_facets_format(ctx, mk_schema_table(mk_schema_keyspace(keyspace)->describes), record, &metadata));
  MK_TRY(mk_record_format(ctx, record, now_ms, &value));
  return mk_io_put(ctx, keyspace, key, value, metadata);
}

mk_status mk_row_answer(mk_context *ctx, const mk_record *record, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  if (record != NULL) {
    mk_record_answer(&buf, record);
  } else {
    mk_buf_literal(&buf, "null");
  }
  return mk_take(ctx, &buf, result);
}

static mk_condition *add_condition(mk_rows *rows, const char *column) {
  mk_condition *condition = &rows->conditions[rows->condition_count++];
  *condition = (mk_condition){.column = column};
  return condition;
}

static mk_status add_part(mk_context *ctx, mk_condition *condition, mk_str span) {
  mk_id id = {.part = MK_STR_NONE};
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &id));
  }
  if (mk_json_is_string(span) || mk_json_is_null(span)) {
    condition->parts[condition->count++] = id.part;
  }
  return MK_OK;
}

mk_status mk_rows_where(mk_context *ctx, mk_rows *rows, const char *column, mk_str wanted) {
  if (!mk_str_is_present(wanted)) {
    return MK_OK;
  }
  mk_condition *condition = add_condition(rows, column);
  mk_member member;
  MK_TRY(mk_push(ctx, 1 + mk_json_count(wanted), sizeof(mk_str), &condition->parts));
  if (!mk_json_is_array(wanted)) {
    return add_part(ctx, condition, wanted);
  }
  for (mk_cursor cursor = mk_json_walk(wanted); mk_json_next(&cursor, &member);) {
    MK_TRY(add_part(ctx, condition, member.value));
  }
  return MK_OK;
}

mk_status mk_rows_where_given(mk_context *ctx, mk_rows *rows, const char *column, mk_str args) {
  mk_str wanted = mk_json_get(args, column);
  bool is_falsy = mk_str_equal(wanted, MK_STR("\"\"")) || mk_str_equal(wanted, MK_STR("0")) ||
                  mk_json_is_null(wanted) || mk_json_is_false(wanted);
  return is_falsy ? MK_OK : mk_rows_where(ctx, rows, column, wanted);
}

void mk_rows_within(mk_rows *rows, const char *column, mk_range range) {
  mk_condition *condition = add_condition(rows, column);
  condition->is_range = true;
  condition->range = range;
}

/* A column of a row, by its record or else its metadata. false: only the record can tell. */
static bool get_column(const mk_row *row, const char *column, mk_str *out) {
  const mk_amendment *amendment = &row->amendment;
  if (row->item.is_read) {
    *out = mk_record_get(&row->record, column);
    return true;
  }
  if (amendment->column != NULL && mk_str_equal(mk_str_of(amendment->column), mk_str_of(column))) {
    *out = amendment->value;
    return !amendment->is_open;
  }
  return mk_facet_get(row->metadata, column, out);
}

static bool get_date(mk_str span, int64_t *ms) {
  *ms = 0;
  return mk_date_take(span, ms);
}

static mk_status holds(mk_context *ctx, const mk_row *row, const mk_condition *condition, mk_str span, bool *out) {
  int64_t ms = 0;
  mk_id value = {.part = MK_STR_NONE};
  if (condition->is_range) {
    *out = get_date(span, &ms) && mk_range_has(&condition->range, ms);
    return MK_OK;
  }
  if (mk_json_is_string(span)) {
    MK_TRY(row->item.is_read ? mk_id_make(ctx, span, &value) : mk_json_decode(ctx, span, &value.part));
  }
  *out = false;
  for (size_t i = 0; i < condition->count && !*out; i++) {
    mk_str part = condition->parts[i];
    *out = mk_str_equal(part, value.part) && mk_str_is_present(part) == mk_str_is_present(value.part);
  }
  return MK_OK;
}

/* See what is known of a row: whether it matches, its time, and whether that is all. */
static mk_status check(mk_context *ctx, const mk_rows *rows, mk_row *row) {
  mk_str span;
  int64_t ms = 0;
  row->must_read = false;
  for (size_t i = 0; i < rows->condition_count; i++) {
    const mk_condition *condition = &rows->conditions[i];
    bool is_match = true;
    if (condition->is_implied && !row->item.is_read) {
      continue;
    }
    if (get_column(row, condition->column, &span)) {
      MK_TRY(holds(ctx, row, condition, span, &is_match));
    } else {
      row->must_read = true;
    }
    if (!is_match) {
      row->item.is_gone = true;
      return MK_OK;
    }
  }
  bool is_known = get_column(row, rows->order_by, &span);
  (void)get_date(span, &ms);
  if (!rows->are_pointers) {
    row->ms = ms;
    row->must_read = row->must_read || !is_known;
  } else if (row->item.is_read) {
    row->item.is_gone = ms != row->ms;
  }
  return MK_OK;
}

mk_status mk_rows_read(mk_context *ctx, const mk_rows *rows, mk_item *const *items, size_t count, bool *has_read) {
  *has_read = false;
  for (size_t i = 0; i < count; i++) {
    if (!items[i]->is_read) {
      *has_read = true;
      MK_TRY(rows->read != NULL ? MK_OK : mk_io_get(ctx, rows->keyspace, items[i]->name, &mk_row_of(items[i])->io));
    }
  }
  MK_TRY(rows->read != NULL ? rows->read(ctx, rows, items, count) : mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    mk_row *row = mk_row_of(items[i]);
    if (row->item.is_read) {
      continue;
    }
    row->item.is_read = true;
    if (rows->read == NULL) {
      row->item.is_gone = !mk_str_is_present(row->io->result);
      MK_TRY(mk_record_take(ctx, row->io, &row->record));
    }
    MK_TRY(row->item.is_gone ? MK_OK : check(ctx, rows, row));
  }
  return MK_OK;
}

MK_POINTER_COMPARATOR(compare, mk_row) {
  int order = MK_COMPARE(x->rank, y->rank);
  return order != 0 ? order : mk_str_compare(x->item.name, y->item.name);
}

static void sort(const mk_rows *rows) {
  if (rows->count > 0) {
    qsort(rows->items, rows->count, sizeof *rows->items, compare);
  }
}

/* The record's key of a listed one, and of an index entry's its time; absent if it is not ours. */
static mk_status parse_key(mk_context *ctx, const mk_rows *rows, mk_str name, mk_str rest, mk_row *out) {
  mk_str part;
  bool is_ours = !rows->are_pointers || (mk_key_split(&rest, &part) && mk_key_time_parse(part, &out->ms));
  int parts = 0;
  while (is_ours && parts < 3 && mk_key_split(&rest, &part)) {
    parts++;
  }
  if (parts != (rows->id_parts == 0 ? 1 : rows->id_parts)) {
    return MK_OK;
  }
  out->item.name = name;
  if (!rows->are_pointers) {
    return MK_OK;
  }
  mk_key key = mk_key_begin(ctx, rows->keyspace);
  mk_key_part(&key, part);
  return mk_key_finish(ctx, &key, &out->item.name);
}

/* Read the rows that their metadata does not tell all of, and those that an index names twice, of
 * which one is left over from a time that its record no longer has. */
static mk_status read_open(mk_context *ctx, mk_rows *rows) {
  mk_item **open = NULL;
  size_t count = 0;
  bool has_read = false;
  MK_TRY(mk_push(ctx, rows->count, sizeof *open, &open));
  sort(rows);
  for (size_t i = 0; i < rows->count; i++) {
    mk_item *item = rows->items[i];
    bool is_repeated = (i > 0 && mk_str_equal(item->name, rows->items[i - 1]->name)) ||
                       (i + 1 < rows->count && mk_str_equal(item->name, rows->items[i + 1]->name));
    if (!item->is_gone && (mk_row_of(item)->must_read || is_repeated)) {
      open[count++] = item;
    }
  }
  return mk_rows_read(ctx, rows, open, count, &has_read);
}

/* Make rows of the keys that were listed, but of those that are gone; of an index these tell what is named twice. */
static mk_status take_listed(mk_context *ctx, mk_rows *rows, const mk_listing *listing) {
  for (size_t i = 0; i < listing->count; i++) {
    mk_row *row = NULL;
    mk_str name = listing->keys[i].name;
    MK_TRY(mk_push(ctx, 1, sizeof *row, &row));
    row->metadata = listing->keys[i].metadata;
    MK_TRY(parse_key(ctx, rows, name, mk_str_skip(name, listing->prefix.size), row));
    if (!mk_str_is_present(row->item.name)) {
      continue;
    }
    MK_TRY(rows->amend == NULL ? MK_OK : rows->amend(ctx, rows, row));
    MK_TRY(check(ctx, rows, row));
    if (!row->item.is_gone || rows->are_pointers) {
      rows->items[rows->count++] = &row->item;
    }
  }
  return MK_OK;
}

mk_status mk_rows_list(mk_context *ctx, mk_rows *rows, mk_keyspace listed, mk_key *key) {
  mk_str prefix;
  MK_TRY(mk_key_finish_prefix(ctx, key, &prefix));
  mk_listing listing = mk_listing_make(listed, prefix);
  MK_TRY(mk_listing_finish(ctx, &listing));
  MK_TRY(mk_push(ctx, listing.count, sizeof *rows->items, &rows->items));
  rows->are_pointers = listed != rows->keyspace;
  MK_TRY(take_listed(ctx, rows, &listing));
  MK_TRY(read_open(ctx, rows));
  for (size_t i = 0; i < rows->count; i++) {
    mk_row *row = mk_row_of(rows->items[i]);
    row->rank = rows->is_ascending ? row->ms : -row->ms;
  }
  sort(rows);
  return MK_OK;
}

static mk_status source_list(mk_context *ctx, void *of, mk_item *const **items, size_t *count) {
  (void)ctx;
  const mk_rows *rows = of;
  *items = rows->items;
  *count = rows->count;
  return MK_OK;
}

static mk_status source_read(mk_context *ctx, void *of, const mk_page *page, bool *has_read) {
  return mk_rows_read(ctx, of, page->items, page->count, has_read);
}

void mk_row_write(mk_buf *buf, const mk_row *row) {
  if (row->is_referred) {
    mk_json_int(buf, row->io->ticket);
  } else {
    mk_record_answer(buf, &row->record);
  }
}

mk_buf mk_rows_write(mk_context *ctx, const char *name, const mk_page *page) {
  size_t size = MK_PAGING_BYTES;
  for (size_t i = 0; i < page->count; i++) {
    size += mk_record_size(&mk_row_of(page->items[i])->record);
  }
  mk_buf buf = mk_buf_make_for(ctx->arena, size);
  mk_json_begin_list(&buf, name);
  for (size_t i = 0; i < page->count; i++) {
    mk_row_write(&buf, mk_row_of(page->items[i]));
  }
  mk_json_end(&buf, ']');
  return buf;
}

mk_status mk_rows_all(mk_context *ctx, const mk_rows *rows, mk_page *out) {
  return mk_page_pick(ctx, rows->items, rows->count, &(mk_paging){.is_all = true}, out);
}

mk_status mk_rows_page(mk_context *ctx, mk_rows *rows, const mk_paging *paging, mk_page *out) {
  static const mk_page_source source = {source_list, source_read};
  return mk_page_find(ctx, &source, rows, paging, out);
}

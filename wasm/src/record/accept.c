#include "record/accept.h"

#include <string.h>

#include "base/date.h"
#include "base/format.h"

static const char *type_wants(mk_type type) {
  switch (type) {
    case MK_TYPE_STRING:
      return "must be a string";
    case MK_TYPE_ID:
      return "must be a non-empty string";
    case MK_TYPE_DATE:
      return "must be a Date or an ISO 8601 date string";
    case MK_TYPE_OBJECT:
      return "must be an object";
    case MK_TYPE_NUMBER:
      return "must be a finite number";
    case MK_TYPE_BOOLEAN:
      return "must be true or false";
    case MK_TYPE_WORD:
      return "must be one of";
    case MK_TYPE_KIND:
      return "must be a name in snake case, such as agent_run, or one of";
    case MK_TYPE_ANY:
    case MK_TYPE_JSON:
    case MK_TYPE_STAMP:
      break;
  }
  return "must be given";
}

/* "Invalid message at index 3: role must be a non-empty string." */
static mk_status fail_argument(mk_context *ctx, mk_argument argument, const char *what, const char *wants,
                               const char *words) {
  char index[24] = "";
  if (argument.index >= 0) {
    mk_format(index, sizeof index, " at index %lld", (long long)argument.index);
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid %s%s: %s %s%s%s.", argument.noun, index, what, wants,
                 words == NULL ? "" : " ", words == NULL ? "" : words);
}

static mk_status fail_column(mk_context *ctx, mk_argument argument, const mk_column *column) {
  return fail_argument(ctx, argument, column->name, type_wants(column->type), column->words);
}

/* Whether a string span is one of these words, separated by spaces. */
static bool is_one_of(mk_str span, const char *words) {
  while (*words != '\0') {
    size_t size = strcspn(words, " ");
    if (span.size == size + 2 && memcmp(span.data + 1, words, size) == 0) {
      return true;
    }
    words += size + (words[size] == ' ');
  }
  return false;
}

/* Words of small letters with underscores between. */
static bool is_snake_case(mk_str span) {
  size_t underscores = 0;
  for (size_t i = 1; i + 1 < span.size; i++) {
    bool is_letter = span.data[i] >= 'a' && span.data[i] <= 'z';
    bool is_inner = span.data[i] == '_' && span.data[i - 1] >= 'a' && i + 2 < span.size;
    underscores += is_inner;
    if (!is_letter && !is_inner) {
      return false;
    }
  }
  return underscores > 0;
}

/* Check one column; a date is replaced by its normal form. */
static mk_status accept_column(mk_context *ctx, const mk_column *column, mk_argument argument, mk_str *value) {
  bool fits = false;
  int64_t ms = 0;
  switch (column->type) {
    case MK_TYPE_STRING:
      fits = mk_json_is_string(*value);
      break;
    case MK_TYPE_ID:
      fits = mk_json_is_string(*value) && value->size > 2;
      break;
    case MK_TYPE_DATE:
      fits = mk_json_is_string(*value) && mk_date_read((mk_str){value->data + 1, value->size - 2}, &ms);
      if (fits) {
        return mk_record_date_span(ctx, ms, value);
      }
      break;
    case MK_TYPE_OBJECT: /* which a reference in such a place stands for (base/operation.h) */
      fits = mk_json_is_object(*value) || mk_json_is_reference(*value);
      break;
    case MK_TYPE_ANY:
      fits = !mk_json_is_null(*value);
      break;
    case MK_TYPE_NUMBER:
      fits = *value->data == '-' || (*value->data >= '0' && *value->data <= '9');
      break;
    case MK_TYPE_BOOLEAN:
      fits = mk_json_is_true(*value) || mk_json_is_false(*value);
      break;
    case MK_TYPE_WORD:
      fits = mk_json_is_string(*value) && is_one_of(*value, column->words);
      break;
    case MK_TYPE_KIND:
      fits = mk_json_is_string(*value) && (is_one_of(*value, column->words) || is_snake_case(*value));
      break;
    case MK_TYPE_JSON:
    case MK_TYPE_STAMP:
      fits = true;
      break;
  }
  return fits ? MK_OK : fail_column(ctx, argument, column);
}

/* Whether a member is passed over: null where that means absent, unless it clears the column; in
 * a partial record an empty id; the resource "", which is none; what is the store's to say. */
static bool is_left_out(const mk_table_def *table, const mk_column *column, mk_str value, bool is_partial) {
  if (column == NULL) {
    return table->is_closed;
  }
  return (column->null_is_absent && !is_partial && mk_json_is_null(value)) ||
         (column->empty_is_absent && value.size == 2) ||
         (is_partial && column->type == MK_TYPE_ID && value.size == 2) || column->type == MK_TYPE_STAMP;
}

/* Put the columns in the catalogue's order, in which what the engine looks at stands in front of
 * what only the user does. What is no column follows. */
static mk_status order_columns(mk_context *ctx, const mk_table_def *table, mk_record *record) {
  mk_record ordered = {0};
  for (int i = 0; i < table->column_count; i++) {
    for (size_t j = 0; j < record->count; j++) {
      if (mk_json_name_is(record->members[j].name, table->columns[i].name)) {
        MK_TRY(mk_record_add(ctx, &ordered, record->members[j]));
      }
    }
  }
  for (size_t j = 0; ordered.count < record->count && j < record->count; j++) {
    mk_str name = record->members[j].name;
    if (mk_schema_column(table, (mk_str){name.data + 1, name.size - 2}) == NULL) {
      MK_TRY(mk_record_add(ctx, &ordered, record->members[j]));
    }
  }
  *record = ordered;
  return MK_OK;
}

static mk_status accept(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value, bool is_partial,
                        mk_record *out) {
  *out = (mk_record){0};
  if (!mk_json_is_object(value)) {
    return fail_argument(ctx, argument, "it", "must be an object", NULL);
  }
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    mk_str name = {member.name.data + 1, member.name.size - 2};
    const mk_column *column = mk_schema_column(table, name);
    if (mk_schema_is_own(name) || is_left_out(table, column, member.value, is_partial)) {
      continue;
    }
    bool clears = is_partial && column != NULL && !column->required && mk_json_is_null(member.value);
    if (column != NULL && !clears) {
      MK_TRY(accept_column(ctx, column, argument, &member.value));
    }
    MK_TRY(mk_record_add(ctx, out, member));
  }
  for (int i = 0; i < table->column_count && !is_partial; i++) {
    const mk_column *column = &table->columns[i];
    if (column->required && !mk_str_is_present(mk_record_get(out, column->name))) {
      return fail_column(ctx, argument, column);
    }
  }
  return order_columns(ctx, table, out);
}

mk_status mk_record_accept(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                           mk_record *out) {
  return accept(ctx, table, argument, value, false, out);
}

mk_status mk_record_accept_partial(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                                   mk_record *out) {
  return accept(ctx, table, argument, value, true, out);
}

#include "record/record.h"

#include <string.h>

#include "base/date.h"

/* The store's own members: kept in a record, never answered. */
static const char *const own_members[] = {MK_WRITTEN_AT, "_patchedAt", "_recent", "_movedFrom", "_status"};

static bool is_own(mk_str name_span) {
  for (size_t i = 0; i < sizeof own_members / sizeof *own_members; i++) {
    if (mk_json_name_is(name_span, own_members[i])) {
      return true;
    }
  }
  return false;
}

static mk_status record_append(mk_context *ctx, mk_record *record, mk_member member) {
  if (record->count == record->capacity) {
    size_t capacity = record->capacity == 0 ? 12 : record->capacity * 2;
    mk_member *members =
        mk_arena_grow(ctx->arena, record->members, record->capacity * sizeof *members, capacity * sizeof *members);
    if (members == NULL) {
      return mk_fail_memory(ctx);
    }
    record->members = members;
    record->capacity = capacity;
  }
  record->members[record->count++] = member;
  return MK_OK;
}

/* "message at index 3", in the error's own words. */
static mk_status fail_column(mk_context *ctx, mk_argument argument, const char *column, const char *wants) {
  if (argument.index < 0) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid %s: %s %s.", argument.noun, column, wants);
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid %s at index %d: %s %s.", argument.noun, (int)argument.index,
                 column, wants);
}

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
    case MK_TYPE_SOURCE:
      return "must be LIVE or TEST";
    case MK_TYPE_ENTITY:
      return "must be AGENT, WORKFLOW, TRAJECTORY, STEP, EXTERNAL or a type of span such as agent_run";
    case MK_TYPE_ANY:
    case MK_TYPE_JSON:
    case MK_TYPE_STAMP:
      break;
  }
  return "must be given";
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

/* Types of spans are words of small letters with underscores between. Which there are is for the
 * tracer to say: a later one's must not make a score unfit to be stored. */
static bool is_entity_type(mk_str span) {
  size_t underscores = 0;
  bool is_snake = true;
  for (size_t i = 1; i + 1 < span.size; i++) {
    bool is_letter = span.data[i] >= 'a' && span.data[i] <= 'z';
    bool is_inner = span.data[i] == '_' && span.data[i - 1] >= 'a' && i + 2 < span.size;
    underscores += is_inner;
    is_snake = is_snake && (is_letter || is_inner);
  }
  return mk_json_is_string(span) &&
         ((is_snake && underscores > 0) || is_one_of(span, "AGENT WORKFLOW TRAJECTORY STEP EXTERNAL generic mapping"));
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
    case MK_TYPE_OBJECT:
      fits = mk_json_is_object(*value);
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
    case MK_TYPE_SOURCE:
      fits = is_one_of(*value, "LIVE TEST");
      break;
    case MK_TYPE_ENTITY:
      fits = is_entity_type(*value);
      break;
    case MK_TYPE_JSON:
    case MK_TYPE_STAMP:
      fits = true;
      break;
  }
  return fits ? MK_OK : fail_column(ctx, argument, column->name, type_wants(column->type));
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

static mk_status accept(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value, bool is_partial,
                        mk_record *out) {
  *out = (mk_record){0};
  if (!mk_json_is_object(value)) {
    return fail_column(ctx, argument, "it", "must be an object");
  }
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    const mk_column *column = mk_schema_column(table, (mk_str){member.name.data + 1, member.name.size - 2});
    if (is_own(member.name) || is_left_out(table, column, member.value, is_partial)) {
      continue;
    }
    bool clears = is_partial && column != NULL && !column->required && mk_json_is_null(member.value);
    if (column != NULL && !clears) {
      MK_TRY(accept_column(ctx, column, argument, &member.value));
    }
    MK_TRY(record_append(ctx, out, member));
  }
  for (int i = 0; i < table->column_count && !is_partial; i++) {
    const mk_column *column = &table->columns[i];
    if (column->required && !mk_str_is_present(mk_record_get(out, column->name))) {
      return fail_column(ctx, argument, column->name, type_wants(column->type));
    }
  }
  return MK_OK;
}

mk_status mk_record_accept(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                           mk_record *out) {
  return accept(ctx, table, argument, value, false, out);
}

mk_status mk_record_accept_partial(mk_context *ctx, const mk_table_def *table, mk_argument argument, mk_str value,
                                   mk_record *out) {
  return accept(ctx, table, argument, value, true, out);
}

mk_status mk_record_parse(mk_context *ctx, mk_str key, mk_str value, mk_record *out) {
  *out = (mk_record){0};
  while (value.size > 0 && (unsigned char)value.data[value.size - 1] <= ' ') {
    value.size--; /* an editor's line end */
  }
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    if (!mk_json_name_is(member.name, MK_WRITTEN_AT)) {
      MK_TRY(record_append(ctx, out, member));
    } else if (!mk_json_integer(member.value, &out->written_at_ms)) {
      return mk_fail_corrupt(ctx, key, "has a " MK_WRITTEN_AT " that is no whole number");
    }
  }
  return cursor.is_object && !cursor.failed ? MK_OK : mk_fail_corrupt(ctx, key, "is not a JSON object");
}

mk_status mk_record_of_object(mk_context *ctx, mk_str value, mk_record *out) {
  *out = (mk_record){0};
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    MK_TRY(record_append(ctx, out, member));
  }
  return MK_OK;
}

static mk_member *record_find(const mk_record *record, mk_str name_span) {
  for (size_t i = 0; i < record->count; i++) {
    if (mk_str_equal(record->members[i].name, name_span)) {
      return &record->members[i];
    }
  }
  return NULL;
}

mk_status mk_record_put(mk_context *ctx, mk_record *record, mk_member member) {
  mk_member *old = record_find(record, member.name);
  if (old != NULL && mk_json_is_null(member.value)) {
    record->count--;
    memmove(old, old + 1, (size_t)(record->members + record->count - old) * sizeof *old);
  } else if (old != NULL) {
    old->value = member.value;
  } else if (!mk_json_is_null(member.value)) {
    return record_append(ctx, record, member);
  }
  return MK_OK;
}

/* Lay all members of one record over another. */
static mk_status lay_over(mk_context *ctx, mk_record *record, const mk_record *over) {
  for (size_t i = 0; i < over->count; i++) {
    mk_member *member = record_find(record, over->members[i].name);
    if (member != NULL) {
      member->value = over->members[i].value;
    } else {
      MK_TRY(record_append(ctx, record, over->members[i]));
    }
  }
  return MK_OK;
}

mk_status mk_record_merge(mk_context *ctx, mk_str older, mk_str newer, mk_record *out) {
  mk_record over;
  *out = (mk_record){0};
  if (mk_str_is_present(older)) {
    MK_TRY(mk_record_of_object(ctx, older, out));
  }
  MK_TRY(mk_record_of_object(ctx, newer, &over));
  return lay_over(ctx, out, &over);
}

mk_status mk_record_overlay(mk_context *ctx, mk_record *base, const mk_record *family) {
  return family->written_at_ms <= base->written_at_ms ? MK_OK : lay_over(ctx, base, family);
}

mk_str mk_record_get(const mk_record *record, const char *name) {
  for (size_t i = 0; i < record->count; i++) {
    if (mk_json_name_is(record->members[i].name, name)) {
      return record->members[i].value;
    }
  }
  return MK_STR_NONE;
}

mk_status mk_record_set(mk_context *ctx, mk_record *record, const char *name, mk_str value) {
  for (size_t i = 0; i < record->count; i++) {
    if (mk_json_name_is(record->members[i].name, name)) {
      record->members[i].value = value;
      return MK_OK;
    }
  }
  mk_buf span = mk_buf_make(ctx->arena);
  mk_json_encode(&span, mk_str_of(name));
  mk_member member = {.value = value};
  MK_TRY(mk_take(ctx, &span, &member.name));
  return record_append(ctx, record, member);
}

mk_status mk_record_date(mk_context *ctx, mk_str key, const mk_record *record, const char *name, int64_t *ms) {
  mk_str value = mk_record_get(record, name);
  if (!mk_json_is_string(value) || !mk_date_parse((mk_str){value.data + 1, value.size - 2}, ms)) {
    char what[64] = "has no valid date in ";
    strncat(what, name, sizeof what - strlen(what) - 1);
    return mk_fail_corrupt(ctx, key, what);
  }
  return MK_OK;
}

mk_status mk_record_id(mk_context *ctx, mk_str key, const mk_record *record, const char *name, mk_id *out) {
  mk_str value = mk_record_get(record, name);
  if (!mk_json_is_string(value)) {
    char what[64] = "has no string in ";
    strncat(what, name, sizeof what - strlen(what) - 1);
    return mk_fail_corrupt(ctx, key, what);
  }
  return mk_id_make(ctx, value, out);
}

static void write_members(mk_buf *buf, const mk_record *record, bool with_own, bool is_first) {
  for (size_t i = 0; i < record->count; i++) {
    if (!with_own && is_own(record->members[i].name)) {
      continue;
    }
    if (!is_first) {
      mk_buf_char(buf, ',');
    }
    is_first = false;
    mk_buf_text(buf, record->members[i].name);
    mk_buf_char(buf, ':');
    mk_buf_text(buf, record->members[i].value);
  }
  mk_buf_char(buf, '}');
}

void mk_record_write(mk_buf *buf, const mk_record *record) {
  mk_buf_char(buf, '{');
  write_members(buf, record, true, true);
}

size_t mk_record_size(const mk_record *record) {
  size_t size = sizeof "{\"" MK_WRITTEN_AT "\":-9007199254740991}";
  for (size_t i = 0; i < record->count; i++) {
    size += record->members[i].name.size + record->members[i].value.size + 2; /* ':' and ',' */
  }
  return size;
}

mk_status mk_record_format(mk_context *ctx, const mk_record *record, int64_t written_at_ms, mk_str *out) {
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_record_size(record));
  mk_buf_literal(&buf, "{\"" MK_WRITTEN_AT "\":");
  mk_buf_int(&buf, written_at_ms);
  write_members(&buf, record, true, false);
  return mk_take(ctx, &buf, out);
}

void mk_record_answer(mk_buf *buf, const mk_record *record) {
  mk_buf_char(buf, '{');
  write_members(buf, record, false, true);
}

mk_status mk_record_date_span(mk_context *ctx, int64_t ms, mk_str *out) {
  mk_date_text date = mk_date_format(ms);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_char(&buf, '"');
  mk_buf_text(&buf, (mk_str){date.data, date.size});
  mk_buf_char(&buf, '"');
  return mk_take(ctx, &buf, out);
}

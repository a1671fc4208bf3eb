#include "record/record.h"

#include "base/date.h"
#include "base/format.h"
#include "base/index.h"
#include "base/writer.h"

static bool is_own(mk_str name_span) { return mk_schema_is_own((mk_str){name_span.data + 1, name_span.size - 2}); }

mk_status mk_record_add(mk_context *ctx, mk_record *record, mk_member member) {
  MK_TRY(mk_grow(ctx, &record->members, record->count, &record->capacity, sizeof member));
  record->members[record->count++] = member;
  return MK_OK;
}

/* Take the members that are wholly in `value`; *is_whole: and that it is an object and no more. */
static mk_status parse_members(mk_context *ctx, mk_str key, mk_str value, mk_record *out, bool *is_whole) {
  const char *end = value.data + value.size;
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  *out = (mk_record){0};
  *is_whole = false;
  while (mk_json_next(&cursor, &member)) {
    if (member.value.data + member.value.size == end) {
      return MK_OK; /* a number, for one, may go on in what follows */
    }
    if (!mk_json_name_is(member.name, MK_WRITTEN_AT)) {
      MK_TRY(mk_record_add(ctx, out, member));
    } else if (!mk_json_integer(member.value, &out->written_at_ms)) {
      return mk_fail_corrupt(ctx, key, "has a " MK_WRITTEN_AT " that is no whole number");
    }
  }
  *is_whole = cursor.is_object && !cursor.failed;
  return MK_OK;
}

mk_status mk_record_parse(mk_context *ctx, mk_str key, mk_str value, mk_record *out) {
  bool is_whole = false;
  while (value.size > 0 && (unsigned char)value.data[value.size - 1] <= ' ') {
    value.size--; /* an editor's line end */
  }
  MK_TRY(parse_members(ctx, key, value, out, &is_whole));
  return is_whole ? MK_OK : mk_fail_corrupt(ctx, key, "is not a JSON object");
}

mk_status mk_record_take(mk_context *ctx, mk_io *io, mk_record *out) {
  *out = (mk_record){0};
  if (!mk_str_is_present(io->result)) {
    return MK_OK;
  }
  MK_TRY(mk_io_head(ctx, io));
  if (io->is_head) {
    bool is_whole = false;
    MK_TRY(parse_members(ctx, io->key, io->result, out, &is_whole));
    if (out->written_at_ms > 0) {
      return MK_OK;
    }
    MK_TRY(mk_io_load(ctx, io));
  }
  return mk_record_parse(ctx, io->key, io->result, out);
}

mk_status mk_record_of_object(mk_context *ctx, mk_str value, mk_record *out) {
  *out = (mk_record){0};
  mk_cursor cursor = mk_json_walk(value);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    MK_TRY(mk_record_add(ctx, out, member));
  }
  return MK_OK;
}

/* Of members with one name, which only others than JSON.stringify write, the last one counts, as
 * JSON.parse has it. */
static mk_member *record_find(const mk_record *record, mk_str name_span) {
  for (size_t i = record->count; i > 0; i--) {
    if (mk_str_equal(record->members[i - 1].name, name_span)) {
      return &record->members[i - 1];
    }
  }
  return NULL;
}

/* Remove all members of that name. */
static void record_remove(mk_record *record, mk_str name_span) {
  size_t count = 0;
  for (size_t i = 0; i < record->count; i++) {
    if (!mk_str_equal(record->members[i].name, name_span)) {
      record->members[count++] = record->members[i];
    }
  }
  record->count = count;
}

mk_status mk_record_put(mk_context *ctx, mk_record *record, mk_member member) {
  mk_member *old = record_find(record, member.name);
  if (mk_json_is_null(member.value)) {
    record_remove(record, member.name);
  } else if (old != NULL) {
    old->value = member.value;
  } else {
    return mk_record_add(ctx, record, member);
  }
  return MK_OK;
}

/* What has more members than this is laid over by an index of names. */
#define SEARCHED_MAX 16

mk_status mk_record_lay(mk_context *ctx, mk_record *record, const mk_record *over) {
  bool is_large = over->count > SEARCHED_MAX;
  mk_index names = {0};
  for (size_t i = record->count; is_large && i > 0; i--) {
    MK_TRY(mk_index_add(ctx, &names, record->members[i - 1].name, i - 1, NULL));
  }
  for (size_t i = 0; i < over->count; i++) {
    mk_member next = over->members[i];
    size_t at = record->count;
    if (is_large) {
      MK_TRY(mk_index_add(ctx, &names, next.name, record->count, &at));
    } else {
      const mk_member *member = record_find(record, next.name);
      at = member == NULL ? record->count : (size_t)(member - record->members);
    }
    if (at < record->count) {
      record->members[at].value = next.value;
    } else {
      MK_TRY(mk_record_add(ctx, record, next));
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
  return mk_record_lay(ctx, out, &over);
}

/* A column's member, or NULL. */
static mk_member *find_column(const mk_record *record, const char *name) {
  for (size_t i = record->count; i > 0; i--) {
    if (mk_json_name_is(record->members[i - 1].name, name)) {
      return &record->members[i - 1];
    }
  }
  return NULL;
}

mk_str mk_record_get(const mk_record *record, const char *name) {
  const mk_member *member = find_column(record, name);
  return member == NULL ? MK_STR_NONE : member->value;
}

mk_status mk_record_set(mk_context *ctx, mk_record *record, const char *name, mk_str value) {
  mk_member *old = find_column(record, name);
  if (old != NULL) {
    old->value = value;
    return MK_OK;
  }
  mk_buf span = mk_buf_make(ctx->arena);
  mk_json_encode(&span, mk_str_of(name));
  mk_member member = {.value = value};
  MK_TRY(mk_take(ctx, &span, &member.name));
  return mk_record_add(ctx, record, member);
}

mk_status mk_record_date(mk_context *ctx, mk_str key, const mk_record *record, const char *name, int64_t *ms) {
  mk_str value = mk_record_get(record, name);
  if (!mk_date_take(value, ms)) {
    char what[64];
    mk_format(what, sizeof what, "has no valid date in %s", name);
    return mk_fail_corrupt(ctx, key, what);
  }
  return MK_OK;
}

mk_status mk_record_id(mk_context *ctx, mk_str key, const mk_record *record, const char *name, mk_id *out) {
  mk_str value = mk_record_get(record, name);
  if (!mk_json_is_string(value)) {
    char what[64];
    mk_format(what, sizeof what, "has no string in %s", name);
    return mk_fail_corrupt(ctx, key, what);
  }
  return mk_id_make(ctx, value, out);
}

static void write_members(mk_buf *buf, const mk_record *record, bool with_own) {
  for (size_t i = 0; i < record->count; i++) {
    const mk_member *member = &record->members[i];
    if (with_own || !is_own(member->name)) {
      mk_json_name_span(buf, member->name);
      mk_buf_text(buf, member->value);
    }
  }
  mk_json_end(buf, '}');
}

void mk_record_write(mk_buf *buf, const mk_record *record) {
  mk_json_begin(buf, '{');
  write_members(buf, record, true);
}

mk_status mk_record_object(mk_context *ctx, const mk_record *record, mk_str *out) {
  mk_buf buf = mk_buf_make_for(ctx->arena, mk_record_size(record));
  mk_record_write(&buf, record);
  return mk_take(ctx, &buf, out);
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
  mk_json_begin(&buf, '{');
  mk_json_member_int(&buf, MK_WRITTEN_AT, written_at_ms);
  write_members(&buf, record, true);
  return mk_take(ctx, &buf, out);
}

void mk_record_answer(mk_buf *buf, const mk_record *record) {
  mk_json_begin(buf, '{');
  write_members(buf, record, false);
}

mk_status mk_record_date_span(mk_context *ctx, int64_t ms, mk_str *out) {
  mk_date_text date = mk_date_format(ms);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_char(&buf, '"');
  mk_buf_text(&buf, (mk_str){date.data, date.size});
  mk_buf_char(&buf, '"');
  return mk_take(ctx, &buf, out);
}

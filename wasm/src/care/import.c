#include "base/json.h"
#include "care/expect.h"
#include "care/forgive.h"
#include "care/line.h"
#include "care/operations.h"
#include "record/document.h"

/* The most writes that a line takes: its key, and an entry in each of four indexes. */
#define LINE_CALLS_MAX 5

/* A line's key as the store makes it: of a keyspace, and none that is derived. */
static mk_status check_key(mk_context *ctx, const mk_export_state *state, const mk_subject *subject) {
  mk_shape_kind kind = subject->shape->kind;
  if (!subject->is_strange && kind != MK_SHAPE_ENTRY && kind != MK_SHAPE_LOCATOR) {
    return MK_OK;
  }
  return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "ALTERED",
                 "Line %lld of the export has a key that is none of a record: \"%.*s\"", (long long)state->lines,
                 MK_STR_ARG(subject->key));
}

/* Queue the locator of a message. */
static mk_status put_locator(mk_context *ctx, const mk_subject *subject) {
  mk_place place = {.saved_ms = subject->record.written_at_ms};
  mk_str key = MK_STR_NONE;
  mk_str value = MK_STR_NONE;
  mk_str resource = MK_STR_NONE;
  MK_TRY(mk_record_id(ctx, subject->key, &subject->record, "threadId", &place.thread));
  MK_TRY(mk_record_id(ctx, subject->key, &subject->record, "id", &place.id));
  MK_TRY(mk_record_date(ctx, subject->key, &subject->record, "createdAt", &place.created_ms));
  (void)mk_place_metadata_parse(ctx, subject->metadata, &place, &resource);
  MK_TRY(mk_locator_key(ctx, place.id.part, &key));
  MK_TRY(mk_locator_format(ctx, &(mk_locator){.place = place}, subject->record.written_at_ms, &value));
  return mk_walk_put(ctx, ctx->config->ns[MK_MESSAGE_LOCATORS], key, value, MK_STR_NONE, subject->expiration_s);
}

/* Queue what is derived from a record. */
static mk_status put_derived(mk_context *ctx, const mk_subject *subject) {
  if (subject->keyspace == MK_MESSAGES) {
    return put_locator(ctx, subject);
  }
  for (int i = 0; i < MK_KEYSPACE_COUNT && subject->shape->kind == MK_SHAPE_RECORD; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    mk_str key = MK_STR_NONE;
    mk_str value = MK_STR_NONE;
    if (shape->kind != MK_SHAPE_ENTRY || shape->of != subject->keyspace) {
      continue;
    }
    MK_TRY(mk_shape_key_of(ctx, shape, &subject->record, &key));
    if (mk_str_is_present(key)) {
      MK_TRY(mk_expect_entry(ctx, &subject->record, &value));
      MK_TRY(mk_walk_put(ctx, ctx->config->ns[i], key, value, shape->has_facets ? subject->metadata : MK_STR_NONE,
                         subject->expiration_s));
    }
  }
  return MK_OK;
}

/* Queue what was set aside, in the namespace of what it was. */
static mk_status put_aside(mk_context *ctx, const mk_line *line) {
  mk_str rest = mk_str_skip(line->key, ctx->config->key_prefix.size + sizeof MK_QUARANTINE - 1);
  uint32_t ns = ctx->config->ns[MK_THREADS];
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    if (mk_str_starts_with(rest, mk_str_of(mk_schema_keyspace((mk_keyspace)i)->beginning))) {
      ns = ctx->config->ns[i];
    }
  }
  return mk_walk_put(ctx, ns, line->key, line->value, line->metadata, line->expiration_s);
}

static mk_status put_line(mk_context *ctx, const mk_export_state *state, const mk_line *line) {
  mk_str reason = MK_STR_NONE;
  if (mk_str_starts_with(mk_str_skip(line->key, ctx->config->key_prefix.size), MK_STR(MK_QUARANTINE))) {
    return put_aside(ctx, line);
  }
  mk_subject subject = mk_subject_make(ctx, line->key, line->metadata);
  MK_TRY(check_key(ctx, state, &subject));
  subject.value = line->value;
  subject.expiration_s = line->expiration_s;
  MK_TRY(
      mk_walk_put(ctx, ctx->config->ns[subject.keyspace], line->key, line->value, line->metadata, line->expiration_s));
  /* What is unreadable, and was exported all the same, has nothing that could be derived from it. */
  MK_TRY(mk_forgive(ctx, mk_record_parse(ctx, line->key, line->value, &subject.record), &reason));
  if (!mk_str_is_present(reason)) {
    MK_TRY(mk_forgive(ctx, put_derived(ctx, &subject), &reason));
  }
  return MK_OK;
}

mk_status mk_care_import(mk_context *ctx, mk_str args, mk_str *result) {
  mk_export_state state;
  mk_member member;
  int64_t calls = INT64_MAX;
  int64_t taken = 0;
  MK_TRY(mk_export_state_read(ctx, mk_json_get(args, "state"), &state));
  (void)mk_json_integer(mk_json_get(args, "calls"), &calls);
  if (!mk_json_is_object(mk_json_get(args, "state"))) { /* it begins: not over data that this code would misread */
    mk_document document;
    MK_TRY(mk_document_read(ctx, &document));
    calls -= calls < INT64_MAX;
  }
  mk_cursor lines = mk_json_walk(mk_json_get(args, "lines"));
  while (calls >= (taken + 1) * LINE_CALLS_MAX && mk_json_next(&lines, &member)) {
    mk_str text = MK_STR_NONE;
    mk_line line;
    MK_TRY(mk_json_decode(ctx, member.value, &text));
    MK_TRY(mk_line_read(ctx, &state, text, &line));
    if (mk_str_is_present(line.key)) {
      MK_TRY(put_line(ctx, &state, &line));
    }
    taken++;
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"cursor\":null,\"taken\":");
  mk_buf_int(&buf, taken);
  if (taken == 0) {
    mk_buf_literal(&buf, ",\"needs\":");
    mk_buf_int(&buf, LINE_CALLS_MAX + 1);
  }
  mk_buf_literal(&buf, ",\"state\":");
  mk_export_state_write(&buf, &state);
  mk_buf_char(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

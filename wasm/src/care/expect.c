#include "care/expect.h"

#include "base/json.h"
#include "record/facet.h"
#include "thread/thread.h"
#include "workflow/workflow.h"

static mk_status thread_metadata(mk_context *ctx, const mk_record *record, mk_str *out) {
  mk_thread thread = {0};
  MK_TRY(mk_record_id(ctx, MK_STR("thread"), record, "resourceId", &thread.resource));
  MK_TRY(mk_record_date(ctx, MK_STR("thread"), record, "createdAt", &thread.created_ms));
  return mk_thread_metadata_format(ctx, &thread, out);
}

static mk_status message_metadata(mk_context *ctx, const mk_record *record, const mk_place *place, mk_str *out) {
  mk_id resource = {.part = MK_STR_NONE};
  mk_str span = mk_record_get(record, "resourceId");
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &resource));
  }
  return mk_place_metadata_format(ctx, place, resource.part, out);
}

/* A copy of a record that also tells when it was written, as KV metadata does. */
static mk_status copy_with_time(mk_context *ctx, const mk_record *record, mk_record *out) {
  mk_str saved_at;
  *out = (mk_record){0};
  for (size_t i = 0; i < record->count; i++) {
    MK_TRY(mk_record_put(ctx, out, record->members[i]));
  }
  MK_TRY(mk_record_date_span(ctx, record->written_at_ms, &saved_at));
  return mk_record_set(ctx, out, "_savedAt", saved_at);
}

/* A run's tells also when its snapshot was written, and the snapshot's status (workflow.h). */
static mk_status run_metadata(mk_context *ctx, const mk_record *record, mk_str *out) {
  mk_record run;
  MK_TRY(copy_with_time(ctx, record, &run));
  MK_TRY(mk_run_set_status(ctx, &run));
  return mk_facets_format(ctx, mk_schema_table(MK_TABLE_WORKFLOW_SNAPSHOT), &run, out);
}

/* A generation's of observational memory tells also when it was saved (observation.h). */
static mk_status generation_metadata(mk_context *ctx, const mk_record *record, mk_str *out) {
  mk_record gen;
  MK_TRY(copy_with_time(ctx, record, &gen));
  return mk_facets_format(ctx, mk_schema_table(MK_TABLE_OBSERVATIONAL_MEMORY), &gen, out);
}

mk_status mk_expect_metadata(mk_context *ctx, mk_keyspace keyspace, const mk_record *record, const mk_place *place,
                             mk_str *out) {
  *out = MK_STR_NONE;
  switch (keyspace) {
    case MK_THREADS:
      return thread_metadata(ctx, record, out);
    case MK_MESSAGES:
      return message_metadata(ctx, record, place, out);
    case MK_WORKFLOW_RUNS:
      return run_metadata(ctx, record, out);
    case MK_OBSERVATIONS:
      return generation_metadata(ctx, record, out);
    default:
      break;
  }
  return mk_shape_of(keyspace)->has_facets
             ? mk_facets_format(ctx, mk_schema_table(mk_schema_keyspace(keyspace)->describes), record, out)
             : MK_OK;
}

/* The value of a member whose name is a span. */
static mk_str get_span(mk_str object, mk_str name) {
  mk_cursor cursor = mk_json_walk(object);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    if (mk_str_equal(member.name, name)) {
      return member.value;
    }
  }
  return MK_STR_NONE;
}

bool mk_expect_metadata_agrees(const mk_table_def *table, mk_str expected, mk_str actual) {
  mk_member member;
  if (!mk_str_is_present(expected)) {
    return true;
  }
  if (!mk_json_is_object(actual)) {
    return expected.size == 2; /* {} */
  }
  for (mk_cursor cursor = mk_json_walk(expected); mk_json_next(&cursor, &member);) {
    mk_str value = get_span(actual, member.name);
    if (!mk_str_is_present(value) || !mk_str_equal(value, member.value)) {
      return false;
    }
  }
  for (mk_cursor cursor = mk_json_walk(actual); mk_json_next(&cursor, &member);) {
    bool is_ours = mk_schema_column(table, (mk_str){member.name.data + 1, member.name.size - 2}) != NULL ||
                   mk_json_name_is(member.name, "partial");
    if (is_ours && !mk_str_is_present(get_span(expected, member.name))) {
      return false;
    }
  }
  return true;
}

mk_status mk_expect_entry(mk_context *ctx, const mk_record *record, mk_str *out) {
  static const mk_record entry = {0}; /* the key says it all; the value tells its age */
  return mk_record_format(ctx, &entry, record->written_at_ms, out);
}

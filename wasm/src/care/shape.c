#include "care/shape.h"

#include <string.h>

#include "base/json.h"

#define PARTS(...) .parts = {__VA_ARGS__}

static const mk_shape shapes[] = {
    {MK_THREADS, MK_SHAPE_RECORD, MK_THREADS, PARTS("id")},
    {MK_THREAD_FAMILIES, MK_SHAPE_FAMILY, MK_THREADS, PARTS("id", MK_SHAPE_FAMILY_NAME)},
    {MK_THREAD_MARKS, MK_SHAPE_PART, MK_THREADS, PARTS("id", MK_SHAPE_ANY)},
    {MK_THREADS_BY_RESOURCE, MK_SHAPE_ENTRY, MK_THREADS, PARTS("resourceId", "~createdAt", "id")},
    {MK_MESSAGES, MK_SHAPE_RECORD, MK_MESSAGES, PARTS("threadId", "~createdAt", "id")},
    {MK_MESSAGE_LOCATORS, MK_SHAPE_LOCATOR, MK_MESSAGES, PARTS("id")},
    {MK_MESSAGE_FAMILIES, MK_SHAPE_FAMILY, MK_MESSAGES, PARTS("id", MK_SHAPE_FAMILY_NAME)},
    {MK_RESOURCES, MK_SHAPE_RECORD, MK_RESOURCES, PARTS("id")},
    /* A resource is there as soon as one of its families is (resource.h). */
    {MK_RESOURCE_FAMILIES, MK_SHAPE_PART, MK_RESOURCES, PARTS("id", MK_SHAPE_FAMILY_NAME)},
    {MK_SCORERS, MK_SHAPE_RECORD, MK_SCORERS, PARTS("id"), .has_facets = true},
    {MK_SCORES_BY_SCORER, MK_SHAPE_ENTRY, MK_SCORERS, PARTS("scorerId", "~createdAt", "id"), .has_facets = true},
    {MK_SCORES_BY_RUN, MK_SHAPE_ENTRY, MK_SCORERS, PARTS("runId", "~createdAt", "id"), .has_facets = true},
    {MK_SCORES_BY_ENTITY, MK_SHAPE_ENTRY, MK_SCORERS, PARTS("entityType", "entityId", "~createdAt", "id"),
     .has_facets = true},
    {MK_SCORES_BY_SPAN, MK_SHAPE_ENTRY, MK_SCORERS, PARTS("traceId", "spanId", "~createdAt", "id"), .has_facets = true},
    {MK_BACKGROUND_TASKS, MK_SHAPE_RECORD, MK_BACKGROUND_TASKS, PARTS("id"), .has_facets = true},
    /* Which are of the key alone. */
    {MK_THREAD_STATE, MK_SHAPE_RECORD, MK_THREAD_STATE, PARTS("threadId", "type"), .has_facets = true},
    /* A run that is deleted leaves these behind (workflow.h). */
    {MK_WORKFLOW_MARKERS, MK_SHAPE_PART, MK_WORKFLOW_RUNS, PARTS("workflowName", "runId")},
    {MK_WORKFLOW_UPDATES, MK_SHAPE_PART, MK_WORKFLOW_RUNS, PARTS("workflowName", "runId", MK_SHAPE_TIME, MK_SHAPE_ANY)},
    {MK_WORKFLOW_RUNS, MK_SHAPE_RECORD, MK_WORKFLOW_RUNS, PARTS("workflowName", "runId"), .has_facets = true},
};

const mk_shape *mk_shape_of(mk_keyspace keyspace) {
  static const mk_shape unknown = {.kind = MK_SHAPE_PART};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    if (shapes[i].keyspace == keyspace) {
      return &shapes[i];
    }
  }
  return &unknown;
}

static bool is_hex(char digit) { return (digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F'); }

/* Whether a text can be an id's part (key.h). */
static bool is_part(mk_str part) {
  for (size_t i = 0; i < part.size; i++) {
    unsigned char byte = (unsigned char)part.data[i];
    if (byte <= 0x20 || byte >= 0x7F) {
      return false;
    }
    if (byte == '%') {
      if (i + 2 >= part.size || !is_hex(part.data[i + 1]) || !is_hex(part.data[i + 2])) {
        return false;
      }
      i += 2;
    }
  }
  return true;
}

static bool is_family(const mk_table_def *table, mk_str part) {
  for (int i = 0; i < table->family_count; i++) {
    if (mk_str_equal(part, mk_str_of(table->families[i]))) {
      return true;
    }
  }
  return false;
}

static bool fits(const mk_shape *shape, const char *name, mk_str part) {
  int64_t ms = 0;
  if (*name == *MK_SHAPE_TIME) {
    return mk_key_time_parse(part, &ms);
  }
  if (strcmp(name, MK_SHAPE_FAMILY_NAME) == 0) {
    return is_family(mk_schema_table(mk_schema_keyspace(shape->keyspace)->describes), part);
  }
  return is_part(part);
}

bool mk_shape_split(const mk_shape *shape, mk_str rest, mk_str parts[MK_SHAPE_PARTS_MAX]) {
  if (shape->parts[0] == NULL) {
    return true;
  }
  for (int i = 0; i < MK_SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++) {
    if (!mk_key_split(&rest, &parts[i]) || !fits(shape, shape->parts[i], parts[i])) {
      return false;
    }
  }
  return !mk_str_is_present(rest);
}

mk_str mk_shape_part(const mk_shape *shape, const mk_str parts[MK_SHAPE_PARTS_MAX], const char *column) {
  for (int i = 0; i < MK_SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++) {
    if (strcmp(shape->parts[i], column) == 0) {
      return parts[i];
    }
  }
  return MK_STR_NONE;
}

mk_status mk_shape_record_key(mk_context *ctx, const mk_shape *shape, const mk_str parts[MK_SHAPE_PARTS_MAX],
                              mk_str *out, bool *is_known) {
  const mk_shape *of = mk_shape_of(shape->of);
  mk_key key = mk_key_begin(ctx, shape->of);
  *is_known = false;
  for (int i = 0; i < MK_SHAPE_PARTS_MAX && of->parts[i] != NULL; i++) {
    mk_str part = shape == of ? parts[i] : mk_shape_part(shape, parts, of->parts[i]);
    if (!mk_str_is_present(part)) {
      return MK_OK;
    }
    mk_key_part(&key, part);
  }
  *is_known = key.has_part && key.size <= MK_KV_KEY_BYTES_MAX;
  return *is_known ? mk_key_finish(ctx, &key, out) : MK_OK;
}

/* Append the part that a column gives; *has_part is false where it gives none. */
static mk_status append_column(mk_context *ctx, mk_key *key, const mk_record *record, const char *name,
                               bool *has_part) {
  bool is_time = *name == *MK_SHAPE_TIME;
  mk_str span = mk_record_get(record, name + is_time);
  int64_t ms = 0;
  mk_id id;
  *has_part = mk_json_is_string(span);
  if (*has_part && is_time) {
    *has_part = mk_date_parse((mk_str){span.data + 1, span.size - 2}, &ms);
    if (*has_part) {
      mk_key_time(key, ms);
    }
  } else if (*has_part) {
    MK_TRY(mk_id_make(ctx, span, &id));
    mk_key_part(key, id.part);
  }
  return MK_OK;
}

mk_status mk_shape_key_of(mk_context *ctx, const mk_shape *shape, const mk_record *record, mk_str *out) {
  mk_key key = mk_key_begin(ctx, shape->keyspace);
  *out = MK_STR_NONE;
  for (int i = 0; i < MK_SHAPE_PARTS_MAX && shape->parts[i] != NULL; i++) {
    bool has_part = false;
    MK_TRY(append_column(ctx, &key, record, shape->parts[i], &has_part));
    if (!has_part) {
      return MK_OK;
    }
  }
  return key.has_part && key.size <= MK_KV_KEY_BYTES_MAX ? mk_key_finish(ctx, &key, out) : MK_OK;
}

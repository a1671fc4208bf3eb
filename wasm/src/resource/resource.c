#include "resource/resource.h"

#include "base/json.h"
#include "host/platform.h"
#include "kv/io.h"
#include "kv/key.h"
#include "record/record.h"

/* A resource as its record and families give it. */
typedef struct resource {
  mk_id id;
  bool exists;
  mk_record record;
  int64_t newest_write_ms;
} resource;

static mk_status resource_key(mk_context *ctx, const mk_id *id, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_RESOURCES);
  mk_key_part(&key, id->part);
  return mk_key_finish(ctx, &key, out);
}

static mk_status family_key(mk_context *ctx, const mk_id *id, int family, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_RESOURCE_FAMILIES);
  mk_key_part(&key, id->part);
  mk_key_part(&key, mk_str_of(mk_schema_table(MK_TABLE_RESOURCES)->families[family]));
  return mk_key_finish(ctx, &key, out);
}

/* Lay the families over the record, the older first, so that updatedAt is the newest one's. */
static mk_status put_together(mk_context *ctx, mk_io *const *io, resource *out) {
  mk_record families[MK_RESOURCE_FAMILY_COUNT] = {0};
  const mk_io *base = io[MK_RESOURCE_FAMILY_COUNT];
  if (mk_str_is_present(base->result)) {
    MK_TRY(mk_record_parse(ctx, base->key, base->result, &out->record));
    out->exists = true;
  }
  for (int i = 0; i < MK_RESOURCE_FAMILY_COUNT; i++) {
    if (mk_str_is_present(io[i]->result)) {
      MK_TRY(mk_record_parse(ctx, io[i]->key, io[i]->result, &families[i]));
    }
  }
  out->newest_write_ms = out->record.written_at_ms;
  int older = families[0].written_at_ms > families[1].written_at_ms;
  for (int i = 0; i < MK_RESOURCE_FAMILY_COUNT; i++) {
    const mk_record *family = &families[i == 0 ? older : 1 - older];
    if (family->written_at_ms <= out->record.written_at_ms) {
      continue; /* not there, or older than the last full save */
    }
    if (!out->exists) {
      MK_TRY(mk_record_set(ctx, &out->record, "id", out->id.json));
      out->exists = true;
    }
    mk_str created_at = mk_record_get(&out->record, "createdAt");
    MK_TRY(mk_record_overlay(ctx, &out->record, family));
    if (mk_str_is_present(created_at)) {
      MK_TRY(mk_record_set(ctx, &out->record, "createdAt", created_at));
    }
    if (!mk_str_is_present(mk_record_get(&out->record, "metadata"))) {
      MK_TRY(mk_record_set(ctx, &out->record, "metadata", MK_STR("{}"))); /* once updated, it is at least {} */
    }
    out->newest_write_ms = family->written_at_ms;
  }
  return MK_OK;
}

static mk_status resource_read(mk_context *ctx, resource *out) {
  mk_io *io[MK_RESOURCE_FAMILY_COUNT + 1];
  mk_str key;
  for (int i = 0; i < MK_RESOURCE_FAMILY_COUNT; i++) {
    MK_TRY(family_key(ctx, &out->id, i, &key));
    MK_TRY(mk_io_get(ctx, MK_RESOURCE_FAMILIES, key, &io[i]));
  }
  MK_TRY(resource_key(ctx, &out->id, &key));
  MK_TRY(mk_io_get(ctx, MK_RESOURCES, key, &io[MK_RESOURCE_FAMILY_COUNT]));
  MK_TRY(mk_io_flush(ctx));
  return put_together(ctx, io, out);
}

static int64_t write_time(const resource *res) {
  int64_t now_ms = mk_clock_ms();
  return now_ms > res->newest_write_ms ? now_ms : res->newest_write_ms + 1;
}

static mk_status answer(mk_context *ctx, const resource *res, mk_str *result) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_answer(&buf, &res->record);
  return mk_take(ctx, &buf, result);
}

mk_status mk_get_resource_by_id(mk_context *ctx, mk_str args, mk_str *result) {
  resource res = {0};
  MK_TRY(mk_argument_id(ctx, args, "resourceId", &res.id));
  MK_TRY(resource_read(ctx, &res));
  if (!res.exists) {
    *result = MK_STR("null");
    return MK_OK;
  }
  return answer(ctx, &res, result);
}

/* Insert or replace a whole resource. What is there is read only for a time newer than it. */
mk_status mk_save_resource(mk_context *ctx, mk_str args, mk_str *result) {
  const mk_table_def *table = mk_schema_table(MK_TABLE_RESOURCES);
  resource res = {0};
  resource old = {0};
  mk_str key;
  mk_str value;
  MK_TRY(mk_record_accept(ctx, table, (mk_argument){table->noun, -1}, mk_json_get(args, "resource"), &res.record));
  MK_TRY(mk_record_id(ctx, MK_STR("resource"), &res.record, "id", &res.id));
  MK_TRY(resource_key(ctx, &res.id, &key));
  old.id = res.id;
  MK_TRY(resource_read(ctx, &old));
  MK_TRY(mk_record_format(ctx, &res.record, write_time(&old), &value));
  MK_TRY(mk_io_put(ctx, MK_RESOURCES, key, value, MK_STR_NONE));
  MK_TRY(answer(ctx, &res, result));
  return mk_io_flush(ctx);
}

/* Queue writing one family of the updated resource. */
static mk_status put_family(mk_context *ctx, const resource *res, int family, int64_t now_ms) {
  const char *column = family == MK_RESOURCE_WORKING_MEMORY ? "workingMemory" : "metadata";
  const char *const columns[] = {column, "createdAt", "updatedAt"};
  mk_record record = {0};
  mk_str key;
  mk_str value;
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    MK_TRY(mk_record_set(ctx, &record, columns[i], mk_record_get(&res->record, columns[i])));
  }
  MK_TRY(family_key(ctx, &res->id, family, &key));
  MK_TRY(mk_record_format(ctx, &record, now_ms, &value));
  return mk_io_put(ctx, MK_RESOURCE_FAMILIES, key, value, MK_STR_NONE);
}

/* `now_ms`, or just after `updated_ms` where that lies ahead; within JavaScript's dates. */
static int64_t just_after(int64_t now_ms, int64_t updated_ms) {
  if (now_ms > updated_ms) {
    return now_ms;
  }
  return updated_ms < MK_DATE_MS_MAX ? updated_ms + 1 : updated_ms;
}

/* Change a resource's working memory, its metadata (merged shallowly), or just its time. Only the
 * families of what was given are written. */
mk_status mk_update_resource(mk_context *ctx, mk_str args, mk_str *result) {
  resource res = {0};
  mk_str working_memory = mk_json_get(args, "workingMemory");
  mk_str metadata = mk_json_get(args, "metadata");
  bool has_memory = mk_str_is_present(working_memory) && !mk_json_is_null(working_memory);
  bool has_metadata = mk_str_is_present(metadata) && !mk_json_is_null(metadata);
  mk_str now;
  MK_TRY(mk_argument_id(ctx, args, "resourceId", &res.id));
  if (has_memory && !mk_json_is_string(working_memory)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "workingMemory must be a string");
  }
  if (has_metadata && !mk_json_is_object(metadata)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "metadata must be an object");
  }
  MK_TRY(resource_read(ctx, &res));
  int64_t now_ms = write_time(&res);
  int64_t updated_ms = 0;
  if (res.exists) {
    MK_TRY(mk_record_date(ctx, res.id.part, &res.record, "updatedAt", &updated_ms));
  }
  MK_TRY(mk_record_date_span(ctx, just_after(now_ms, updated_ms), &now));
  if (!res.exists) {
    MK_TRY(mk_record_set(ctx, &res.record, "id", res.id.json));
    MK_TRY(mk_record_set(ctx, &res.record, "createdAt", now));
  }
  mk_record merged;
  mk_buf text = mk_buf_make(ctx->arena);
  mk_str span;
  MK_TRY(mk_record_merge(ctx, mk_record_get(&res.record, "metadata"), has_metadata ? metadata : MK_STR("{}"), &merged));
  mk_record_write(&text, &merged);
  MK_TRY(mk_take(ctx, &text, &span));
  MK_TRY(mk_record_set(ctx, &res.record, "metadata", span));
  MK_TRY(mk_record_set(ctx, &res.record, "updatedAt", now));
  if (has_memory) {
    MK_TRY(mk_record_set(ctx, &res.record, "workingMemory", working_memory));
    MK_TRY(put_family(ctx, &res, MK_RESOURCE_WORKING_MEMORY, now_ms));
  }
  if (has_metadata || !has_memory) {
    MK_TRY(put_family(ctx, &res, MK_RESOURCE_METADATA, now_ms));
  }
  MK_TRY(answer(ctx, &res, result));
  return mk_io_flush(ctx);
}

#define DATES MK_DATES("createdAt", "updatedAt")

const mk_operation mk_resource_operations[] = {
    {"getResourceById", mk_get_resource_by_id, DATES},
    {"saveResource", mk_save_resource, DATES},
    {"updateResource", mk_update_resource, DATES},
    MK_OPERATIONS_END,
};

#include "resource/resource.h"

#include "base/json.h"
#include "kv/io.h"
#include "kv/key.h"
#include "record/accept.h"
#include "record/family.h"

/* A resource as its record and families give it. */
typedef struct resource {
  mk_id id;
  bool exists;
  mk_record record;
  mk_families families;
  mk_io *io; /* of the record */
} resource;

static mk_status resource_key(mk_context *ctx, const mk_id *id, mk_str *out) {
  mk_key key = mk_key_begin(ctx, MK_RESOURCES);
  mk_key_part(&key, id->part);
  return mk_key_finish(ctx, &key, out);
}

/* When the resource began: as its record says, or else the first of its families. */
static mk_str began_at(const resource *res) {
  mk_str created_at = mk_record_get(&res->record, "createdAt");
  int64_t first_ms = INT64_MAX;
  for (int i = 0; !res->exists && i < res->families.count; i++) {
    const mk_record *family = &res->families.records[i];
    if (family->written_at_ms > 0 && family->written_at_ms < first_ms) {
      first_ms = family->written_at_ms;
      created_at = mk_record_get(family, "createdAt");
    }
  }
  return created_at;
}

/* Lay the families over the record. Where there is none, they are the resource. */
static mk_status put_together(mk_context *ctx, resource *res) {
  bool is_updated = false;
  for (int i = 0; i < res->families.count; i++) {
    is_updated = is_updated || mk_family_is_newer(&res->families, i, &res->record);
  }
  if (!is_updated) {
    return MK_OK;
  }
  mk_str created_at = began_at(res);
  MK_TRY(res->exists ? MK_OK : mk_record_set(ctx, &res->record, "id", res->id.json));
  res->exists = true;
  MK_TRY(mk_families_lay(ctx, &res->families, &res->record));
  if (!mk_str_is_present(mk_record_get(&res->record, "metadata"))) {
    MK_TRY(mk_record_set(ctx, &res->record, "metadata", MK_STR("{}"))); /* once updated, it is at least {} */
  }
  return mk_str_is_present(created_at) ? mk_record_set(ctx, &res->record, "createdAt", created_at) : MK_OK;
}

static mk_status resource_read(mk_context *ctx, resource *out) {
  mk_str key;
  MK_TRY(mk_families_queue(ctx, MK_RESOURCE_FAMILIES, out->id.part, &out->families));
  MK_TRY(resource_key(ctx, &out->id, &key));
  MK_TRY(mk_io_get(ctx, MK_RESOURCES, key, &out->io));
  MK_TRY(mk_io_flush(ctx));
  MK_TRY(mk_families_take(ctx, &out->families));
  out->exists = mk_str_is_present(out->io->result);
  MK_TRY(mk_record_take(ctx, out->io, &out->record));
  return put_together(ctx, out);
}

static int64_t write_time(const resource *res) { return mk_families_write_time(&res->families, &res->record); }

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
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    MK_TRY(mk_record_set(ctx, &record, columns[i], mk_record_get(&res->record, columns[i])));
  }
  return mk_family_put(ctx, MK_RESOURCE_FAMILIES, res->id.part, family, &record, MK_STR_NONE, now_ms);
}

/* `now_ms`, or just after `updated_ms` where that lies ahead; within JavaScript's dates. */
static int64_t just_after(int64_t now_ms, int64_t updated_ms) {
  if (now_ms > updated_ms) {
    return now_ms;
  }
  return updated_ms < MK_DATE_MS_MAX ? updated_ms + 1 : updated_ms;
}

/* What is to change; absent: not given. */
typedef struct request {
  mk_str working_memory;
  mk_str metadata;
} request;

/* Set what is given, the time, and what a new resource has besides. */
static mk_status change(mk_context *ctx, const request *req, resource *res, int64_t now_ms) {
  mk_record merged;
  mk_str metadata = mk_str_is_present(req->metadata) ? req->metadata : MK_STR("{}");
  mk_str now;
  int64_t updated_ms = 0;
  if (res->exists) {
    MK_TRY(mk_record_date(ctx, res->io->key, &res->record, "updatedAt", &updated_ms));
  }
  MK_TRY(mk_record_date_span(ctx, just_after(now_ms, updated_ms), &now));
  if (!res->exists) {
    MK_TRY(mk_record_set(ctx, &res->record, "id", res->id.json));
    MK_TRY(mk_record_set(ctx, &res->record, "createdAt", now));
  }
  MK_TRY(mk_record_merge(ctx, mk_record_get(&res->record, "metadata"), metadata, &merged));
  MK_TRY(mk_record_object(ctx, &merged, &metadata));
  MK_TRY(mk_record_set(ctx, &res->record, "metadata", metadata));
  MK_TRY(mk_record_set(ctx, &res->record, "updatedAt", now));
  return mk_str_is_present(req->working_memory) ? mk_record_set(ctx, &res->record, "workingMemory", req->working_memory)
                                                : MK_OK;
}

/* Change a resource's working memory, its metadata (merged shallowly), or just its time. Only the
 * families of what was given are written. */
mk_status mk_update_resource(mk_context *ctx, mk_str args, mk_str *result) {
  request req;
  resource res = {0};
  MK_TRY(mk_argument_id(ctx, args, "resourceId", &res.id));
  MK_TRY(mk_argument_text(ctx, args, "workingMemory", &req.working_memory));
  MK_TRY(mk_argument_object(ctx, args, "metadata", &req.metadata));
  MK_TRY(resource_read(ctx, &res));
  int64_t now_ms = write_time(&res);
  bool has_memory = mk_str_is_present(req.working_memory);
  MK_TRY(change(ctx, &req, &res, now_ms));
  MK_TRY(has_memory ? put_family(ctx, &res, MK_RESOURCE_WORKING_MEMORY, now_ms) : MK_OK);
  if (mk_str_is_present(req.metadata) || !has_memory) {
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

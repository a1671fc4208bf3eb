#include <string.h>

#include "base/json.h"
#include "care/expect.h"
#include "care/forgive.h"
#include "care/operations.h"
#include "care/owner.h"
#include "care/report.h"

/* The most deletes that one key takes: its own, and an entry in each of four indexes. */
#define ERASE_CALLS_MAX 5
/* A list, the values, their owners and the locators of messages. */
#define ERASE_CALLS (10 + MK_OWNER_CALLS_MAX)

typedef struct erasure {
  mk_id resource;
  mk_io **locators; /* of the page's messages, by subject; NULL: none */
} erasure;

/* Read where messages are said to be: a locator is deleted with its message only if it is its own. */
static mk_status read_locators(mk_context *ctx, const mk_walk *walk, erasure *of) {
  MK_TRY(mk_push(ctx, walk->count, sizeof(mk_io *), &of->locators));
  for (size_t i = 0; i < walk->count; i++) {
    const mk_subject *subject = &walk->subjects[i];
    mk_str key = MK_STR_NONE;
    if (walk->kind == MK_WALK_KEYS && !subject->is_strange && subject->keyspace == MK_MESSAGES) {
      MK_TRY(mk_locator_key(ctx, mk_shape_part(subject->shape, subject->parts, "id"), &key));
      MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &of->locators[i]));
    }
  }
  return mk_io_flush(ctx);
}

static mk_status delete_locator(mk_context *ctx, const mk_subject *subject, const mk_io *locator) {
  mk_locator said = {.place.id.part = mk_shape_part(subject->shape, subject->parts, "id")};
  mk_str reason = MK_STR_NONE;
  mk_str key = MK_STR_NONE;
  if (locator == NULL || !mk_str_is_present(locator->result)) {
    return MK_OK;
  }
  MK_TRY(mk_forgive(ctx, mk_locator_parse(ctx, locator->key, locator->result, &said), &reason));
  if (!mk_str_is_present(reason)) {
    MK_TRY(mk_message_key(ctx, &said.place, &key));
  }
  bool is_elsewhere = mk_str_is_present(key) && !mk_str_equal(key, subject->key);
  return is_elsewhere ? MK_OK : mk_io_delete(ctx, MK_MESSAGE_LOCATORS, locator->key);
}

/* What points to a record goes first: once the record is gone, nobody would know it. */
static mk_status delete_derived(mk_context *ctx, const mk_subject *subject, const mk_io *locator) {
  MK_TRY(delete_locator(ctx, subject, locator));
  for (int i = 0; i < MK_KEYSPACE_COUNT && subject->is_readable && subject->shape->kind == MK_SHAPE_RECORD; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    mk_str key = MK_STR_NONE;
    if (shape->kind == MK_SHAPE_ENTRY && shape->of == subject->keyspace) {
      MK_TRY(mk_shape_key_of(ctx, shape, &subject->record, &key));
    }
    if (mk_str_is_present(key)) {
      MK_TRY(mk_io_delete(ctx, (mk_keyspace)i, key));
    }
  }
  return MK_OK;
}

static mk_status erase_page(mk_context *ctx, const mk_walk *walk, erasure *of) {
  MK_TRY(read_locators(ctx, walk, of));
  for (size_t i = 0; i < walk->count && walk->kind == MK_WALK_KEYS; i++) {
    if (!walk->subjects[i].is_strange) {
      MK_TRY(delete_derived(ctx, &walk->subjects[i], of->locators[i]));
    }
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < walk->count; i++) {
    MK_TRY(mk_walk_delete(ctx, walk->ns, walk->subjects[i].key));
  }
  return MK_OK;
}

static bool contains(mk_str text, mk_str part) {
  for (size_t at = 0; part.size > 0 && at + part.size <= text.size; at++) {
    if (memcmp(text.data + at, part.data, part.size) == 0) {
      return true;
    }
  }
  return false;
}

/* Whether a key, its KV metadata or its value hold the resource's id as a whole text. */
static mk_status mentions(mk_context *ctx, const mk_subject *subject, const mk_id *resource, bool *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str quoted = MK_STR_NONE;
  mk_str rest = mk_str_skip(subject->key, ctx->config->key_prefix.size);
  mk_str part;
  mk_json_encode(&buf, resource->part);
  MK_TRY(mk_take(ctx, &buf, &quoted));
  *out = contains(subject->value, resource->json) || contains(subject->metadata, quoted);
  while (!*out && mk_key_split(&rest, &part)) {
    *out = mk_str_equal(part, resource->part);
  }
  return MK_OK;
}

/* The keys that mention the resource and are nobody's or someone else's: those the filter will drop. */
static mk_status write_mentions(mk_context *ctx, const mk_subject *subjects, size_t count, const mk_walk *owned,
                                const mk_id *resource, mk_buf *buf) {
  size_t next = 0; /* the owned ones stand in the same order */
  bool is_first = true;
  for (size_t i = 0; i < count; i++) {
    bool does = false;
    if (next < owned->count && mk_str_equal(subjects[i].key, owned->subjects[next].key)) {
      next++;
      continue;
    }
    MK_TRY(mentions(ctx, &subjects[i], resource, &does));
    if (does) {
      mk_buf_literal(buf, is_first ? "" : ",");
      mk_json_encode(buf, subjects[i].key);
      is_first = false;
    }
  }
  return MK_OK;
}

/* Fewer keys a step where there are not calls enough to delete them all. */
static bool fit(mk_walk *walk) {
  int64_t keys = (walk->calls - ERASE_CALLS) / ERASE_CALLS_MAX;
  if (walk->calls == INT64_MAX) {
    return true;
  }
  walk->limit = walk->limit < keys ? walk->limit : keys;
  walk->strange_limit = walk->limit;
  return keys > 0;
}

mk_status mk_care_erase(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {.threads_last = true};
  mk_tally tally = {0};
  erasure of = {0};
  mk_subject *all = NULL;
  MK_TRY(mk_argument_id(ctx, args, "resourceId", &of.resource));
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (!fit(&walk)) {
    return mk_walk_refuse(ctx, &walk, ERASE_CALLS + ERASE_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(mk_report_read(ctx, &walk));
  size_t count = walk.count;
  MK_TRY(mk_push(ctx, count, sizeof *all, &all));
  for (size_t i = 0; i < count; i++) {
    all[i] = walk.subjects[i];
  }
  MK_TRY(mk_owner_filter(ctx, &walk, &of.resource));
  MK_TRY(erase_page(ctx, &walk, &of));
  mk_tally_add(&tally, walk.subjects, walk.count);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_buf_literal(&buf, ",\"erased\":");
  mk_buf_int(&buf, (int64_t)walk.count);
  mk_buf_literal(&buf, ",\"mentions\":[");
  MK_TRY(write_mentions(ctx, all, count, &walk, &of.resource, &buf));
  mk_buf_literal(&buf, "]}");
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

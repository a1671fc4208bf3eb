#include <string.h>

#include "base/json.h"
#include "care/operations.h"
#include "care/owner.h"
#include "care/remove.h"
#include "care/report.h"

/* A list, the values, their owners and the locators of messages. */
#define ERASE_CALLS (10 + MK_OWNER_CALLS_MAX)

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
  int64_t keys = (walk->calls - ERASE_CALLS) / MK_REMOVE_CALLS_MAX;
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
  mk_id resource;
  mk_subject **owned = NULL;
  mk_subject *all = NULL;
  MK_TRY(mk_argument_id(ctx, args, "resourceId", &resource));
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (!fit(&walk)) {
    return mk_walk_refuse(ctx, &walk, ERASE_CALLS + MK_REMOVE_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(mk_report_read(ctx, &walk));
  size_t count = walk.count;
  MK_TRY(mk_push(ctx, count, sizeof *all, &all));
  for (size_t i = 0; i < count; i++) {
    all[i] = walk.subjects[i];
  }
  MK_TRY(mk_owner_filter(ctx, &walk, &resource));
  MK_TRY(mk_push(ctx, walk.count, sizeof *owned, &owned));
  for (size_t i = 0; i < walk.count; i++) {
    owned[i] = &walk.subjects[i];
  }
  MK_TRY(mk_remove_queue(ctx, walk.ns, owned, walk.count, false));
  mk_tally_add(&tally, walk.subjects, walk.count);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_buf_literal(&buf, ",\"erased\":");
  mk_buf_int(&buf, (int64_t)walk.count);
  mk_buf_literal(&buf, ",\"mentions\":[");
  MK_TRY(write_mentions(ctx, all, count, &walk, &resource, &buf));
  mk_buf_literal(&buf, "]}");
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

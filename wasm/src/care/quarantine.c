#include "care/quarantine.h"

#include <string.h>

#include "base/json.h"
#include "care/checksum.h"
#include "thread/thread.h"

/* A key that is set aside, and what is known of its owner. */
typedef struct aside {
  mk_problem *problem;
  mk_str owner_part; /* absent: not known */
  mk_io *thread;     /* the get of its thread's record, which may tell */
} aside;

static mk_status quarantine_key(mk_context *ctx, mk_str key, mk_str *out) {
  mk_str rest = mk_str_skip(key, ctx->config->key_prefix.size);
  mk_buf buf = mk_buf_make(ctx->arena);
  size_t room = MK_KV_KEY_BYTES_MAX - ctx->config->key_prefix.size - (sizeof MK_QUARANTINE - 1);
  mk_buf_text(&buf, ctx->config->key_prefix);
  mk_buf_literal(&buf, MK_QUARANTINE);
  if (rest.size <= room) {
    mk_buf_text(&buf, rest);
  } else {
    char digits[MK_CHECKSUM_DIGITS];
    mk_checksum_format(mk_checksum_add(MK_CHECKSUM_START, rest), digits);
    mk_buf_text(&buf, (mk_str){rest.data, room - MK_CHECKSUM_DIGITS});
    mk_buf_text(&buf, (mk_str){digits, sizeof digits});
  }
  return mk_take(ctx, &buf, out);
}

/* The resource in an object that may be cut short. */
static mk_status salvage(mk_context *ctx, mk_str object, mk_str *out) {
  mk_id id;
  mk_str span = mk_json_get(object, "resourceId");
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &id));
    *out = id.part;
  }
  return MK_OK;
}

/* Find the owner in the key, the metadata or what is left of the value; or else queue asking the thread. */
static mk_status find_owner(mk_context *ctx, aside *item) {
  const mk_problem *problem = item->problem;
  mk_subject subject = mk_subject_make(ctx, problem->key, problem->metadata);
  mk_str thread = MK_STR_NONE;
  mk_str key = MK_STR_NONE;
  mk_str metadata = mk_json_get(problem->metadata, "resourceId");
  if (mk_json_is_string(metadata)) {
    return mk_json_decode(ctx, metadata, &item->owner_part);
  }
  if (!subject.is_strange) {
    item->owner_part = mk_shape_part(subject.shape, subject.parts, "resourceId");
    thread = mk_shape_part(subject.shape, subject.parts, "threadId");
  }
  if (!mk_str_is_present(item->owner_part)) {
    MK_TRY(salvage(ctx, problem->value, &item->owner_part));
  }
  if (mk_str_is_present(item->owner_part) || !mk_str_is_present(thread)) {
    return MK_OK;
  }
  MK_TRY(mk_thread_key(ctx, thread, &key));
  return mk_io_get(ctx, MK_THREADS, key, &item->thread);
}

/* The metadata with its owner. Where both do not fit, the owner alone: what else lists filter by is of
 * no use for what they do not show. */
static mk_status own_metadata(mk_context *ctx, const aside *item, mk_str *out) {
  mk_record members = {0};
  mk_buf owner = mk_buf_make(ctx->arena);
  mk_str span = MK_STR_NONE;
  *out = item->problem->metadata;
  if (!mk_str_is_present(item->owner_part)) {
    return MK_OK;
  }
  mk_json_encode(&owner, item->owner_part);
  MK_TRY(mk_take(ctx, &owner, &span));
  if (mk_json_is_object(*out)) {
    MK_TRY(mk_record_of_object(ctx, *out, &members));
  }
  for (int tries = 0; tries < 2; tries++) {
    mk_buf buf = mk_buf_make(ctx->arena);
    MK_TRY(mk_record_set(ctx, &members, "resourceId", span));
    mk_record_write(&buf, &members);
    MK_TRY(mk_take(ctx, &buf, out));
    if (out->size <= MK_KV_METADATA_BYTES_MAX) {
      return MK_OK;
    }
    members = (mk_record){0};
  }
  *out = item->problem->metadata;
  return MK_OK;
}

static mk_status put_aside(mk_context *ctx, aside *item) {
  mk_problem *problem = item->problem;
  mk_str metadata = MK_STR_NONE;
  if (item->thread != NULL && mk_str_is_present(item->thread->result)) {
    MK_TRY(salvage(ctx, item->thread->result, &item->owner_part));
  }
  MK_TRY(own_metadata(ctx, item, &metadata));
  MK_TRY(quarantine_key(ctx, problem->key, &problem->moved_to));
  return mk_walk_put(ctx, problem->ns, problem->moved_to, problem->value, metadata, problem->expiration_s);
}

mk_status mk_quarantine_queue(mk_context *ctx, mk_problem *const *problems, size_t count) {
  aside *items = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *items, &items));
  for (size_t i = 0; i < count; i++) {
    items[i].problem = problems[i];
    MK_TRY(find_owner(ctx, &items[i]));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(put_aside(ctx, &items[i]));
  }
  return MK_OK;
}

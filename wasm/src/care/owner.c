#include "care/owner.h"

#include <string.h>

#include "base/json.h"
#include "thread/thread.h"

typedef struct claim {
  mk_subject *subject;
  const mk_shape *shape; /* of what was set aside: as it was before */
  mk_str parts[MK_SHAPE_PARTS_MAX];
  mk_str observed_resource; /* of observational memory: whose it is, a person's or a thread's; or absent */
  mk_str observed_thread;
  bool is_owned;
  mk_io *thread; /* the get of the record of the thread that it belongs to; NULL: of none */
  mk_io *run;    /* the same of a run */
} claim;

/* The value of a member of an object that may be cut short, as a part. */
static mk_status member_part(mk_context *ctx, mk_str object, const char *name, mk_str *out) {
  mk_str span = mk_json_get(object, name);
  mk_id id;
  *out = MK_STR_NONE;
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &id));
    *out = id.part;
  }
  return MK_OK;
}

/* The same of KV metadata, which holds parts. */
static mk_status facet_part(mk_context *ctx, mk_str metadata, const char *name, mk_str *out) {
  mk_str span = mk_json_get(metadata, name);
  *out = MK_STR_NONE;
  return mk_json_is_string(span) ? mk_json_decode(ctx, span, out) : MK_OK;
}

/* The owner in a key of observational memory, {kind}:{owner}:… (observation.h). */
static void read_observed(const mk_context *ctx, const mk_subject *subject, claim *c) {
  bool is_observed =
      !subject->is_strange && (subject->keyspace == MK_OBSERVATIONS || subject->keyspace == MK_OBSERVATION_OWNERS);
  mk_str kind = MK_STR_NONE;
  mk_str owner = MK_STR_NONE;
  if (!is_observed) {
    return;
  }
  size_t beginning = strlen(mk_schema_keyspace(subject->keyspace)->beginning);
  mk_str rest = mk_str_skip(subject->key, ctx->config->key_prefix.size + beginning);
  if (mk_key_split(&rest, &kind) && mk_key_split(&rest, &owner)) {
    c->observed_resource = mk_str_equal(kind, MK_STR("resource")) ? owner : MK_STR_NONE;
    c->observed_thread = mk_str_equal(kind, MK_STR("thread")) ? owner : MK_STR_NONE;
  }
}

/* What was set aside is judged as what it was. */
static mk_status read_shape(mk_context *ctx, const mk_walk *walk, claim *c) {
  const mk_subject *subject = c->subject;
  mk_subject was = *subject;
  if (walk->kind == MK_WALK_QUARANTINE) {
    mk_buf buf = mk_buf_make(ctx->arena);
    mk_str key = MK_STR_NONE;
    mk_buf_text(&buf, ctx->config->key_prefix);
    mk_buf_text(&buf, mk_str_skip(subject->key, ctx->config->key_prefix.size + sizeof MK_QUARANTINE - 1));
    MK_TRY(mk_take(ctx, &buf, &key));
    was = mk_subject_make(ctx, key, subject->metadata);
  }
  read_observed(ctx, &was, c);
  c->shape = was.is_strange ? mk_shape_of(MK_KEYSPACE_COUNT) : was.shape;
  for (int i = 0; i < MK_SHAPE_PARTS_MAX; i++) {
    c->parts[i] = was.parts[i];
  }
  return MK_OK;
}

/* Whether the key, its metadata or its value name the resource. */
static mk_status names_resource(mk_context *ctx, claim *c, mk_str resource_part) {
  mk_str names[5] = {mk_shape_part(c->shape, c->parts, "resourceId"), MK_STR_NONE, MK_STR_NONE, MK_STR_NONE,
                     c->observed_resource};
  bool is_resource = c->shape->kind != MK_SHAPE_ENTRY && c->shape->parts[0] != NULL && c->shape->of == MK_RESOURCES;
  names[1] = is_resource ? mk_shape_part(c->shape, c->parts, "id") : MK_STR_NONE;
  MK_TRY(facet_part(ctx, c->subject->metadata, "resourceId", &names[2]));
  MK_TRY(member_part(ctx, c->subject->value, "resourceId", &names[3]));
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    c->is_owned = c->is_owned || (mk_str_is_present(names[i]) && mk_str_equal(names[i], resource_part));
  }
  return MK_OK;
}

/* The thread that a key belongs to; absent: none. */
static mk_status thread_of(mk_context *ctx, const claim *c, mk_str *out) {
  bool is_threads = c->shape->parts[0] != NULL && c->shape->of == MK_THREADS;
  *out = is_threads ? mk_shape_part(c->shape, c->parts, "id") : mk_shape_part(c->shape, c->parts, "threadId");
  *out = mk_str_is_present(*out) ? *out : c->observed_thread;
  if (!mk_str_is_present(*out)) {
    MK_TRY(facet_part(ctx, c->subject->metadata, "threadId", out));
  }
  return mk_str_is_present(*out) ? MK_OK : member_part(ctx, c->subject->value, "threadId", out);
}

/* Queue reading what a key belongs to. Keys of one thread or run stand side by side, so that what was
 * asked for just before is not asked for again. */
static mk_status queue_parents(mk_context *ctx, claim *c, const claim *before) {
  mk_str thread = MK_STR_NONE;
  mk_str key = MK_STR_NONE;
  bool is_known = false;
  MK_TRY(thread_of(ctx, c, &thread));
  if (mk_str_is_present(thread)) {
    MK_TRY(mk_thread_key(ctx, thread, &key));
    c->thread =
        before != NULL && before->thread != NULL && mk_str_equal(before->thread->key, key) ? before->thread : NULL;
    MK_TRY(c->thread == NULL ? mk_io_get(ctx, MK_THREADS, key, &c->thread) : MK_OK);
  }
  if (c->shape->kind == MK_SHAPE_PART && c->shape->parts[0] != NULL && c->shape->of == MK_WORKFLOW_RUNS) {
    MK_TRY(mk_shape_record_key(ctx, c->shape, c->parts, &key, &is_known));
  }
  if (is_known) {
    c->run = before != NULL && before->run != NULL && mk_str_equal(before->run->key, key) ? before->run : NULL;
    MK_TRY(c->run == NULL ? mk_io_get(ctx, MK_WORKFLOW_RUNS, key, &c->run) : MK_OK);
  }
  return MK_OK;
}

static mk_status judge_parent(mk_context *ctx, claim *c, const mk_io *parent, mk_str resource_part) {
  mk_str owner = MK_STR_NONE;
  if (parent != NULL && mk_str_is_present(parent->result)) {
    MK_TRY(member_part(ctx, parent->result, "resourceId", &owner));
  }
  c->is_owned = c->is_owned || (mk_str_is_present(owner) && mk_str_equal(owner, resource_part));
  return MK_OK;
}

mk_status mk_owner_filter(mk_context *ctx, mk_walk *walk, const mk_id *resource) {
  claim *claims = NULL;
  size_t kept = 0;
  MK_TRY(mk_push(ctx, walk->count, sizeof *claims, &claims));
  for (size_t i = 0; i < walk->count; i++) {
    claims[i].subject = &walk->subjects[i];
    MK_TRY(read_shape(ctx, walk, &claims[i]));
    MK_TRY(names_resource(ctx, &claims[i], resource->part));
    if (!claims[i].is_owned) {
      MK_TRY(queue_parents(ctx, &claims[i], i > 0 ? &claims[i - 1] : NULL));
    }
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < walk->count; i++) {
    MK_TRY(judge_parent(ctx, &claims[i], claims[i].thread, resource->part));
    MK_TRY(judge_parent(ctx, &claims[i], claims[i].run, resource->part));
    if (claims[i].is_owned && mk_str_is_present(claims[i].subject->value)) {
      walk->subjects[kept++] = *claims[i].subject;
    }
  }
  walk->count = kept;
  return MK_OK;
}

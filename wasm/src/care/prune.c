#include "base/duration.h"
#include "base/json.h"
#include "care/operations.h"
#include "care/remove.h"
#include "host/platform.h"
#include "kv/expiration.h"
#include "workflow/workflow.h"

/* Records read, and deleted, side by side. */
#define CHUNK 100

typedef struct pruning {
  mk_walk *walk;
  int64_t cutoff_ms; /* strictly older ones go */
  int64_t most;      /* how many at most */
  int64_t deleted;
  mk_str last_part; /* the id that a family counted for last */
} pruning;

/* Whether a key may be old enough, as the key or its KV metadata says; where they do not tell, it may. */
static bool may_be_old(const pruning *of, const mk_subject *subject) {
  const char *anchor = mk_age_column(of->walk->table);
  mk_str time = mk_shape_part(subject->shape, subject->parts, "~createdAt");
  int64_t ms = 0;
  bool is_record = !subject->is_strange && subject->shape->kind == MK_SHAPE_RECORD;
  bool is_resource = !subject->is_strange && subject->keyspace == MK_RESOURCE_FAMILIES;
  if (anchor == NULL || (!is_record && !is_resource)) {
    return false;
  }
  if (mk_str_is_present(time)) {
    return mk_key_time_parse(time, &ms) && ms < of->cutoff_ms;
  }
  mk_str span = mk_json_get(subject->metadata, anchor);
  return mk_date_take(span, &ms)
             ? ms < of->cutoff_ms
             : mk_str_is_present(mk_json_get(subject->metadata, "partial")) || !subject->shape->has_facets;
}

static bool is_old(const pruning *of, const mk_subject *subject) {
  int64_t ms = 0;
  return subject->is_readable && mk_date_take(mk_record_get(&subject->record, mk_age_column(of->walk->table)), &ms) &&
         ms < of->cutoff_ms;
}

/* A run goes with its updates and its marker, as the store deletes it. */
static mk_status delete_run(mk_context *ctx, const mk_subject *subject) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str args = MK_STR_NONE;
  mk_str result = MK_STR_NONE;
  mk_buf_literal(&buf, "{\"workflowName\":");
  mk_buf_text(&buf, mk_record_get(&subject->record, "workflowName"));
  mk_buf_literal(&buf, ",\"runId\":");
  mk_buf_text(&buf, mk_record_get(&subject->record, "runId"));
  mk_buf_char(&buf, '}');
  MK_TRY(mk_take(ctx, &buf, &args));
  return mk_delete_workflow_run_by_id(ctx, args, &result);
}

/* Count a row once: a resource that has families alone is as many keys. */
static void count_row(pruning *of, const mk_subject *subject) {
  bool is_counted = subject->keyspace == MK_RESOURCE_FAMILIES && mk_str_is_present(of->last_part) &&
                    mk_str_equal(of->last_part, subject->parts[0]);
  of->deleted += !is_counted;
  of->last_part = subject->parts[0];
}

/* Read some that may be old, and delete those that are. */
static mk_status prune_chunk(mk_context *ctx, pruning *of, mk_subject **subjects, size_t count) {
  size_t old = 0;
  MK_TRY(mk_subjects_read(ctx, subjects, count));
  for (size_t i = 0; i < count; i++) {
    if (is_old(of, subjects[i])) {
      subjects[old++] = subjects[i];
      count_row(of, subjects[i]);
    }
  }
  if (of->walk->table != MK_TABLE_WORKFLOW_SNAPSHOT) {
    MK_TRY(mk_remove_queue(ctx, of->walk->ns, subjects, old, true));
    return mk_io_flush(ctx);
  }
  for (size_t i = 0; i < old; i++) {
    MK_TRY(delete_run(ctx, subjects[i]));
  }
  return MK_OK;
}

/* *is_whole: the page holds nothing more that may be old. */
static mk_status prune_page(mk_context *ctx, pruning *of, bool *is_whole) {
  mk_subject **old = NULL;
  size_t count = 0;
  size_t at = 0;
  MK_TRY(mk_push(ctx, of->walk->count, sizeof(mk_subject *), &old));
  for (size_t i = 0; i < of->walk->count; i++) {
    if (may_be_old(of, &of->walk->subjects[i])) {
      old[count++] = &of->walk->subjects[i];
    }
  }
  while (at < count && of->deleted < of->most) {
    mk_arena_mark mark = mk_arena_end(ctx->arena);
    size_t left = count - at < CHUNK ? count - at : CHUNK;
    size_t wanted = (uint64_t)(of->most - of->deleted) < left ? (size_t)(of->most - of->deleted) : left;
    MK_TRY(prune_chunk(ctx, of, old + at, wanted));
    mk_arena_reset(ctx->arena, mark); /* the values that were read */
    at += wanted;
  }
  *is_whole = at == count;
  return MK_OK;
}

static mk_status read_cutoff(mk_context *ctx, mk_str args, int64_t *out) {
  int64_t age_ms = 0;
  mk_str max_age = mk_json_get(args, "maxAge");
  if (mk_json_integer(mk_json_get(args, "cutoff"), out)) {
    return MK_OK;
  }
  if (!mk_duration_read(max_age, &age_ms)) {
    return mk_fail(
        ctx, MK_E_INVALID_ARGUMENT, NULL,
        "maxAge must be a number of milliseconds, or a text such as \"90d\": a whole number and ms, s, m, h, d "
        "or w");
  }
  *out = mk_clock_ms() - age_ms;
  return MK_OK;
}

mk_status mk_care_prune(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {.skips_derived = true};
  pruning of = {.walk = &walk, .most = INT64_MAX};
  bool is_whole = true;
  MK_TRY(mk_walk_read(ctx, args, &walk));
  MK_TRY(read_cutoff(ctx, args, &of.cutoff_ms));
  (void)mk_json_integer(mk_json_get(args, "most"), &of.most);
  walk.limit = MK_KV_LIST_KEYS_MAX; /* few values are read */
  mk_walk before = walk;
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(prune_page(ctx, &of, &is_whole));
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"cursor\":");
  mk_walk_write(ctx, is_whole ? &walk : &before, &buf);
  mk_buf_literal(&buf, ",\"keys\":");
  mk_buf_int(&buf, (int64_t)(is_whole ? walk.count : 0));
  mk_buf_literal(&buf, ",\"deleted\":");
  mk_buf_int(&buf, of.deleted);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

#include "base/json.h"
#include "care/judge.h"
#include "care/operations.h"
#include "care/tally.h"

/* A list and its values; the overlay may add a few keys, and a bulk get that is too large together is
 * made in halves. */
#define STATS_CALLS_MAX 8

/* What a page is counted for. */
static const char *counted_for(const mk_walk *walk) {
  switch (walk->kind) {
    case MK_WALK_KEYS:
      return mk_schema_table(walk->table)->name;
    case MK_WALK_QUARANTINE:
      return "quarantine";
    case MK_WALK_STRANGE:
      break;
  }
  return NULL;
}

/* Begin the answer of a step with what it counted. */
static void write_step(mk_context *ctx, const mk_walk *walk, const mk_tally *tally, mk_buf *buf) {
  mk_buf_literal(buf, "{\"cursor\":");
  mk_walk_write(ctx, walk, buf);
  if (counted_for(walk) != NULL) {
    mk_buf_literal(buf, ",\"table\":");
    mk_json_encode(buf, mk_str_of(counted_for(walk)));
    mk_buf_literal(buf, ",\"tally\":");
    mk_tally_write(buf, tally);
  }
}

/* Read a page's values, wherever it is. */
static mk_status read_page(mk_context *ctx, const mk_walk *walk) {
  mk_subject **subjects = NULL;
  MK_TRY(mk_push(ctx, walk->count, sizeof *subjects, &subjects));
  for (size_t i = 0; i < walk->count; i++) {
    subjects[i] = &walk->subjects[i];
  }
  mk_config here = mk_walk_config_in(ctx, walk->ns);
  const mk_config *config = ctx->config;
  ctx->config = &here;
  mk_status status = mk_subjects_read(ctx, subjects, walk->count);
  ctx->config = config;
  return status;
}

mk_status mk_care_stats(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk;
  mk_tally tally = {0};
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (walk.calls < STATS_CALLS_MAX) {
    return mk_walk_refuse(ctx, &walk, STATS_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  if (walk.kind != MK_WALK_STRANGE) {
    MK_TRY(read_page(ctx, &walk));
    mk_tally_add(&tally, walk.subjects, walk.count);
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  write_step(ctx, &walk, &tally, &buf);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

mk_status mk_care_verify(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk;
  mk_tally tally = {0};
  mk_verdict verdict = {0};
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (walk.calls < MK_JUDGE_CALLS_MAX) {
    return mk_walk_refuse(ctx, &walk, MK_JUDGE_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(walk.kind == MK_WALK_QUARANTINE ? read_page(ctx, &walk) : mk_judge_page(ctx, &walk, &verdict));
  mk_tally_add(&tally, walk.subjects, walk.count);
  mk_buf buf = mk_buf_make(ctx->arena);
  write_step(ctx, &walk, &tally, &buf);
  mk_buf_literal(&buf, ",\"unsettled\":");
  mk_buf_int(&buf, verdict.unsettled);
  mk_buf_literal(&buf, ",\"problems\":[");
  for (const mk_problem *problem = verdict.first; problem != NULL; problem = problem->next) {
    mk_problem_write(&buf, problem);
    mk_buf_literal(&buf, problem->next != NULL ? "," : "");
  }
  mk_buf_literal(&buf, "]}");
  return mk_take(ctx, &buf, result);
}

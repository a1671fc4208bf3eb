#include "base/json.h"
#include "care/judge.h"
#include "care/operations.h"
#include "care/quarantine.h"
#include "care/report.h"

/* The most writes that mending one key takes: its metadata and an entry in each of four indexes. */
#define MEND_CALLS_MAX 5
/* Besides judging: the bulk get of threads that may know an owner. */
#define REPAIR_CALLS (MK_JUDGE_CALLS_MAX + 2)

typedef struct repairs {
  int64_t fixed;
  int64_t set_aside;
} repairs;

/* Put what is missing and what is set aside; only then delete. Interrupted, it has lost nothing, and
 * made again it does the rest. */
static mk_status mend(mk_context *ctx, const mk_verdict *verdict, repairs *out) {
  mk_problem **aside = NULL;
  MK_TRY(mk_push(ctx, (size_t)verdict->count, sizeof *aside, &aside));
  for (mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    if (problem->fix == MK_FIX_SET_ASIDE) {
      aside[out->set_aside++] = problem;
    } else {
      out->fixed++;
    }
  }
  MK_TRY(mk_quarantine_queue(ctx, aside, (size_t)out->set_aside));
  for (mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    if (problem->fix == MK_FIX_PUT) {
      MK_TRY(mk_walk_put(ctx, problem->ns, problem->key, problem->value, problem->metadata, problem->expiration_s));
    }
  }
  mk_io_then(ctx);
  for (mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    if (problem->fix != MK_FIX_PUT) {
      MK_TRY(mk_walk_delete(ctx, problem->ns, problem->key));
    }
  }
  return MK_OK;
}

/* Fewer keys a step where there are not calls enough to mend them all. */
static bool fit(mk_walk *walk) {
  int64_t keys = (walk->calls - REPAIR_CALLS) / MEND_CALLS_MAX;
  if (walk->calls == INT64_MAX) {
    return true;
  }
  walk->limit = walk->limit < keys ? walk->limit : keys;
  walk->strange_limit = walk->limit;
  return keys > 0;
}

mk_status mk_care_repair(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {0};
  mk_tally tally = {0};
  mk_verdict verdict = {0};
  repairs done = {0};
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (!fit(&walk)) {
    return mk_walk_refuse(ctx, &walk, REPAIR_CALLS + MEND_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(walk.kind == MK_WALK_QUARANTINE ? mk_report_read(ctx, &walk) : mk_judge_page(ctx, &walk, &verdict));
  mk_tally_add(&tally, walk.subjects, walk.count);
  if (!mk_json_is_true(mk_json_get(args, "dryRun"))) {
    MK_TRY(mend(ctx, &verdict, &done));
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_buf_literal(&buf, ",\"fixed\":");
  mk_buf_int(&buf, done.fixed);
  mk_buf_literal(&buf, ",\"setAside\":");
  mk_buf_int(&buf, done.set_aside);
  mk_report_end(&verdict, &buf);
  MK_TRY(mk_take(ctx, &buf, result));
  return mk_io_flush(ctx);
}

#include "care/operations.h"
#include "care/report.h"

/* A list and its values; the overlay may add a few keys, and a bulk get that is too large together is
 * made in halves. */
#define STATS_CALLS_MAX 8

mk_status mk_care_stats(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {0};
  mk_tally tally = {0};
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (walk.calls < STATS_CALLS_MAX) {
    return mk_walk_refuse(ctx, &walk, STATS_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  if (walk.kind != MK_WALK_STRANGE) {
    MK_TRY(mk_report_read(ctx, &walk));
    mk_tally_add(&tally, walk.subjects, walk.count);
  }
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

mk_status mk_care_verify(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {0};
  mk_tally tally = {0};
  mk_verdict verdict = {0};
  MK_TRY(mk_walk_read(ctx, args, &walk));
  if (walk.calls < MK_JUDGE_CALLS_MAX) {
    return mk_walk_refuse(ctx, &walk, MK_JUDGE_CALLS_MAX, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(walk.kind == MK_WALK_QUARANTINE ? mk_report_read(ctx, &walk) : mk_judge_page(ctx, &walk, &verdict));
  mk_tally_add(&tally, walk.subjects, walk.count);
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_report_end(&verdict, &buf);
  return mk_take(ctx, &buf, result);
}

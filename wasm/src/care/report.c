#include "care/report.h"

#include "base/json.h"

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

void mk_report_begin(mk_context *ctx, const mk_walk *walk, const mk_tally *tally, mk_buf *buf) {
  mk_buf_literal(buf, "{\"cursor\":");
  mk_walk_write(ctx, walk, buf);
  if (walk->due > 0) {
    mk_buf_literal(buf, ",\"due\":");
    mk_buf_int(buf, walk->due);
  }
  mk_report_count(walk, tally, buf);
}

void mk_report_count(const mk_walk *walk, const mk_tally *tally, mk_buf *buf) {
  if (counted_for(walk) != NULL) {
    mk_buf_literal(buf, ",\"table\":");
    mk_json_encode(buf, mk_str_of(counted_for(walk)));
    mk_buf_literal(buf, ",\"tally\":");
    mk_tally_write(buf, tally);
  }
}

/* Read a page's values, wherever it is. */
mk_status mk_report_read(mk_context *ctx, const mk_walk *walk) {
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

void mk_report_end(const mk_verdict *verdict, mk_buf *buf) {
  mk_buf_literal(buf, ",\"unsettled\":");
  mk_buf_int(buf, verdict->unsettled);
  mk_buf_literal(buf, ",\"problems\":[");
  for (const mk_problem *problem = verdict->first; problem != NULL; problem = problem->next) {
    mk_problem_write(buf, problem);
    mk_buf_literal(buf, problem->next != NULL ? "," : "");
  }
  mk_buf_literal(buf, "]}");
}

#include "base/json.h"
#include "care/line.h"
#include "care/operations.h"
#include "care/owner.h"
#include "care/report.h"

#define EXPORT_CALLS (8 + MK_OWNER_CALLS_MAX)

static void write_line(mk_buf *buf, mk_str line) {
  if (buf->size > 1) { /* behind the bracket */
    mk_buf_char(buf, ',');
  }
  mk_json_encode(buf, line);
}

/* The lines of a page: before the first the header, behind the last the end. */
static mk_status write_lines(mk_context *ctx, const mk_walk *walk, mk_str args, mk_export_state *state, mk_buf *buf) {
  mk_str line = MK_STR_NONE;
  if (state->lines == 0) {
    MK_TRY(mk_line_begin(ctx, state, mk_json_get(args, "resourceId"), &line));
    write_line(buf, line);
  }
  for (size_t i = 0; i < walk->count; i++) {
    if (mk_str_is_present(walk->subjects[i].value)) {
      MK_TRY(mk_line_of(ctx, state, &walk->subjects[i], &line));
      write_line(buf, line);
    }
  }
  if (mk_walk_is_done(ctx, walk)) {
    MK_TRY(mk_line_end(ctx, state, &line));
    write_line(buf, line);
  }
  return MK_OK;
}

mk_status mk_care_export(mk_context *ctx, mk_str args, mk_str *result) {
  mk_walk walk = {.skips_derived = true};
  mk_export_state state;
  mk_tally tally = {0};
  mk_id resource;
  bool is_of_one = mk_str_is_present(mk_json_get(args, "resourceId"));
  MK_TRY(mk_walk_read(ctx, args, &walk));
  MK_TRY(mk_export_state_read(ctx, mk_json_get(args, "state"), &state));
  if (walk.calls < EXPORT_CALLS) {
    return mk_walk_refuse(ctx, &walk, EXPORT_CALLS, result);
  }
  MK_TRY(mk_walk_page(ctx, &walk));
  MK_TRY(mk_report_read(ctx, &walk));
  if (is_of_one) {
    MK_TRY(mk_argument_id(ctx, args, "resourceId", &resource));
    MK_TRY(mk_owner_filter(ctx, &walk, &resource));
  }
  mk_tally_add(&tally, walk.subjects, walk.count);
  mk_buf lines = mk_buf_make(ctx->arena);
  mk_str text = MK_STR_NONE;
  mk_buf_char(&lines, '[');
  MK_TRY(write_lines(ctx, &walk, args, &state, &lines));
  mk_buf_char(&lines, ']');
  MK_TRY(mk_take(ctx, &lines, &text));
  mk_buf buf = mk_buf_make_for(ctx->arena, text.size + 512);
  mk_report_begin(ctx, &walk, &tally, &buf);
  mk_buf_literal(&buf, ",\"state\":");
  mk_export_state_write(&buf, &state);
  mk_buf_literal(&buf, ",\"lines\":");
  mk_buf_text(&buf, text);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, result);
}

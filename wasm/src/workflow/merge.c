#include "base/index.h"
#include "base/json.h"
#include "base/writer.h"
#include "workflow/step.h"
#include "workflow/workflow.h"

/* A snapshot that updates are laid over. Its context and request context are taken apart once, by
 * the first result, and are written once, with the rest: writing them for each result would take
 * memory by the square of their number. */
typedef struct laid {
  mk_record snapshot;
  bool is_apart; /* the members context and requestContext below count, not the snapshot's */
  mk_step *steps;
  size_t step_count;
  size_t step_capacity;
  mk_index names; /* of the steps */
  mk_record request;
} laid;

/* The place of the step of that name, which is added if there is none. A name that comes again is the same member's, as
 * JSON.parse has it. */
static mk_status find_step(mk_context *ctx, laid *on, mk_str name, size_t *at) {
  MK_TRY(mk_grow(ctx, &on->steps, on->step_count, &on->step_capacity, sizeof *on->steps));
  MK_TRY(mk_index_add(ctx, &on->names, name, on->step_count, at));
  if (*at == on->step_count) {
    on->steps[on->step_count++] = (mk_step){.name = name};
  }
  return MK_OK;
}

/* Take the contexts apart, if there is a context that results can be laid over. */
static mk_status take_apart(mk_context *ctx, laid *on) {
  mk_str context = mk_record_get(&on->snapshot, "context");
  mk_str request = mk_record_get(&on->snapshot, "requestContext");
  mk_member member;
  size_t at = 0;
  if (on->is_apart || !mk_json_is_object(context)) {
    return MK_OK;
  }
  on->is_apart = true;
  on->step_count = 0;
  on->names = (mk_index){0};
  on->request = (mk_record){0};
  for (mk_cursor cursor = mk_json_walk(context); mk_json_next(&cursor, &member);) {
    MK_TRY(find_step(ctx, on, member.name, &at));
    on->steps[at].value = member.value;
  }
  MK_TRY(mk_members_lay(ctx, &on->request, request));
  return mk_str_is_present(request) ? MK_OK : mk_record_set(ctx, &on->snapshot, "requestContext", MK_STR("{}"));
}

static mk_status lay_result(mk_context *ctx, laid *on, const mk_record *update) {
  size_t at = 0;
  MK_TRY(take_apart(ctx, on));
  if (!on->is_apart) {
    return MK_OK;
  }
  MK_TRY(mk_members_lay(ctx, &on->request, mk_record_get(update, "requestContext")));
  MK_TRY(find_step(ctx, on, mk_record_get(update, "stepId"), &at));
  return mk_step_lay(ctx, &on->steps[at], mk_record_get(update, "result"));
}

static size_t context_size(const laid *on) {
  size_t size = sizeof "{}";
  for (size_t i = 0; i < on->step_count; i++) {
    size += on->steps[i].name.size + mk_step_size(&on->steps[i]) + 2;
  }
  return size;
}

/* Steps whose result was undefined have no value, and no member. */
static void write_context(mk_buf *buf, const laid *on) {
  mk_json_begin(buf, '{');
  for (size_t i = 0; i < on->step_count; i++) {
    const mk_step *step = &on->steps[i];
    if (mk_step_has_value(step)) {
      mk_json_name_span(buf, step->name);
      mk_step_write(buf, step);
    }
  }
  mk_json_end(buf, '}');
}

/* Put the contexts together again, for an update of the state that replaces one of them. */
static mk_status put_together(mk_context *ctx, laid *on) {
  mk_str text;
  if (!on->is_apart) {
    return MK_OK;
  }
  on->is_apart = false;
  mk_buf context = mk_buf_make_for(ctx->arena, context_size(on));
  write_context(&context, on);
  MK_TRY(mk_take(ctx, &context, &text));
  MK_TRY(mk_record_set(ctx, &on->snapshot, "context", text));
  MK_TRY(mk_record_object(ctx, &on->request, &text));
  return mk_record_set(ctx, &on->snapshot, "requestContext", text);
}

static bool replaces_context(const mk_record *update) {
  mk_str state = mk_record_get(update, "state");
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(mk_record_get(update, "cleared")); mk_json_next(&cursor, &member);) {
    if (mk_json_name_is(member.value, "context") || mk_json_name_is(member.value, "requestContext")) {
      return true;
    }
  }
  return mk_str_is_present(mk_json_get(state, "context")) || mk_str_is_present(mk_json_get(state, "requestContext"));
}

static mk_status lay_state(mk_context *ctx, laid *on, const mk_record *update) {
  mk_cursor cleared = mk_json_walk(mk_record_get(update, "cleared"));
  mk_member member;
  MK_TRY(replaces_context(update) ? put_together(ctx, on) : MK_OK);
  MK_TRY(mk_members_lay(ctx, &on->snapshot, mk_record_get(update, "state")));
  while (mk_json_next(&cleared, &member)) {
    MK_TRY(mk_record_put(ctx, &on->snapshot, (mk_member){member.value, MK_STR("null")})); /* which removes it */
  }
  return MK_OK;
}

static mk_status write_snapshot(mk_context *ctx, const laid *on, mk_str *out) {
  size_t size = mk_record_size(&on->snapshot);
  size += on->is_apart ? context_size(on) + mk_record_size(&on->request) : 0;
  size -= on->is_apart ? mk_record_get(&on->snapshot, "context").size : 0; /* what it was */
  mk_buf buf = mk_buf_make_for(ctx->arena, size);
  mk_json_begin(&buf, '{');
  for (size_t i = 0; i < on->snapshot.count; i++) {
    const mk_member *member = &on->snapshot.members[i];
    mk_json_name_span(&buf, member->name);
    if (on->is_apart && mk_json_name_is(member->name, "context")) {
      write_context(&buf, on);
    } else if (on->is_apart && mk_json_name_is(member->name, "requestContext")) {
      mk_record_write(&buf, &on->request);
    } else {
      mk_buf_text(&buf, member->value);
    }
  }
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

/* The snapshot that Mastra's createEmptyWorkflowSnapshot makes. */
static mk_status empty_snapshot(mk_context *ctx, const mk_run *run, int64_t now_ms, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"context\":{},\"activePaths\":[],\"activeStepsPath\":{},\"suspendedPaths\":{},"
                       "\"resumeLabels\":{},\"serializedStepGraph\":[],\"value\":{},\"waitingPaths\":{},"
                       "\"status\":\"pending\"");
  mk_json_member_int(&buf, "timestamp", now_ms);
  mk_json_member(&buf, "runId", run->id.json);
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

mk_status mk_snapshot_lay(mk_context *ctx, const mk_run *run, mk_str snapshot, const mk_record *updates, size_t count,
                          mk_str *out) {
  laid on = {0};
  if (!mk_str_is_present(snapshot)) {
    MK_TRY(empty_snapshot(ctx, run, updates[0].written_at_ms, &snapshot));
  }
  MK_TRY(mk_members_lay(ctx, &on.snapshot, snapshot));
  for (size_t i = 0; i < count; i++) {
    bool is_state = mk_str_is_present(mk_record_get(&updates[i], "state"));
    MK_TRY(is_state ? lay_state(ctx, &on, &updates[i]) : lay_result(ctx, &on, &updates[i]));
  }
  return write_snapshot(ctx, &on, out);
}

#include "base/json.h"
#include "workflow/workflow.h"

/* A foreach step's element whose place is to be emptied. JSON.stringify writes it just so. */
#define PENDING "{\"__mastra_pending__\":true}"

static bool is_pending(mk_str value) { return mk_str_equal(value, MK_STR(PENDING)); }

static mk_str array_output(mk_str result) {
  mk_str output = mk_json_get(result, "output");
  return mk_json_is_array(output) ? output : MK_STR_NONE;
}

/* Whether a marker may empty this place: it holds nothing, a marker, or a suspended result. */
static bool may_be_emptied(mk_str value) {
  bool is_suspended =
      mk_str_equal(mk_json_get(value, "status"), MK_STR("\"suspended\"")) &&
      (mk_str_is_present(mk_json_get(value, "suspendPayload")) || mk_str_is_present(mk_json_get(value, "suspendedAt")));
  return mk_json_is_null(value) || is_pending(value) || is_suspended;
}

/* Lay all members of an object over a record; what is no object has none. */
static mk_status lay(mk_context *ctx, mk_record *under, mk_str object) {
  mk_record over;
  if (!mk_json_is_object(object)) {
    return MK_OK;
  }
  MK_TRY(mk_record_of_object(ctx, object, &over));
  over.written_at_ms = under->written_at_ms + 1; /* parts of a record have no times: the newer is what is laid over */
  return mk_record_overlay(ctx, under, &over);
}

static mk_status write_record(mk_context *ctx, const mk_record *record, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_record_write(&buf, record);
  return mk_take(ctx, &buf, out);
}

/* What a step holds while results are laid over it. The elements of an array output are kept
 * apart and are written once in the end: a foreach step is updated for each of its elements, and
 * writing it each time would take memory by the square of their number. */
typedef struct step {
  mk_str value; /* absent: nothing. Meaningless when is_apart */
  bool is_apart;
  mk_record record;
  mk_str *output;
  size_t count;
} step;

static size_t count_elements(mk_str array) {
  size_t count = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    count++;
  }
  return count;
}

/* Make room for `count` elements; new ones are absent. */
static mk_status grow_output(mk_context *ctx, step *at, size_t count) {
  if (count <= at->count) {
    return MK_OK;
  }
  mk_str *output = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *output, &output));
  for (size_t i = 0; i < at->count; i++) {
    output[i] = at->output[i];
  }
  at->output = output;
  at->count = count;
  return MK_OK;
}

static mk_status take_apart(mk_context *ctx, step *at) {
  mk_str array = array_output(at->value);
  mk_member member;
  size_t i = 0;
  at->is_apart = true;
  at->count = 0;
  MK_TRY(mk_record_of_object(ctx, at->value, &at->record));
  MK_TRY(grow_output(ctx, at, count_elements(array)));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    at->output[i++] = member.value;
  }
  return MK_OK;
}

/* Merge an array output by index: elements that hold something win. If any is a pending marker,
 * the markers are all that counts. */
static mk_status lay_output(mk_context *ctx, step *at, mk_str result) {
  mk_str array = array_output(result);
  mk_member member;
  bool has_pending = false;
  size_t i = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    has_pending = has_pending || is_pending(member.value);
  }
  MK_TRY(grow_output(ctx, at, count_elements(array)));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); i++) {
    mk_str *element = &at->output[i];
    bool is_new = !mk_str_is_present(*element);
    if (is_pending(member.value) ? is_new || may_be_emptied(*element) : is_new) {
      *element = MK_STR("null");
    }
    if (!has_pending && !mk_json_is_null(member.value)) {
      *element = member.value;
    }
  }
  return has_pending ? MK_OK : lay(ctx, &at->record, result);
}

static mk_status lay_result(mk_context *ctx, step *at, mk_str result) {
  bool merges = mk_str_is_present(array_output(result)) && (at->is_apart || mk_str_is_present(array_output(at->value)));
  if (!merges) {
    *at = (step){.value = result};
    return MK_OK;
  }
  if (!at->is_apart) {
    MK_TRY(take_apart(ctx, at));
  }
  return lay_output(ctx, at, result);
}

static mk_status put_together(mk_context *ctx, step *at) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_str output;
  for (size_t i = 0; i < at->count; i++) {
    mk_buf_char(&buf, i == 0 ? '[' : ',');
    mk_buf_text(&buf, at->output[i]);
  }
  mk_buf_literal(&buf, at->count == 0 ? "[]" : "]");
  MK_TRY(mk_take(ctx, &buf, &output));
  MK_TRY(mk_record_set(ctx, &at->record, "output", output));
  return write_record(ctx, &at->record, &at->value);
}

/* Lay all results of one step, which is the first one's, over the context, and clear them. */
static mk_status lay_step(mk_context *ctx, mk_record *context, mk_record *updates, size_t count) {
  mk_member member = {.name = mk_record_get(&updates[0], "stepId")};
  step at = {0};
  for (size_t i = 0; i < context->count; i++) {
    if (mk_str_equal(context->members[i].name, member.name)) {
      at.value = context->members[i].value;
    }
  }
  for (size_t i = 0; i < count; i++) {
    if (updates[i].count > 0 && mk_str_equal(mk_record_get(&updates[i], "stepId"), member.name)) {
      MK_TRY(lay_result(ctx, &at, mk_record_get(&updates[i], "result")));
      updates[i].count = 0;
    }
  }
  if (at.is_apart) {
    MK_TRY(put_together(ctx, &at));
  }
  member.value = at.value;
  if (!mk_str_is_present(member.value)) {
    member.value = MK_STR("null");
    return mk_record_put(ctx, context, member); /* which removes it */
  }
  mk_record one = {.members = &member, .count = 1, .written_at_ms = context->written_at_ms + 1};
  return mk_record_overlay(ctx, context, &one);
}

/* Lay results, with no update of the state between them, over a snapshot's context. The steps do
 * not touch each other, so they can go one after another. */
static mk_status lay_results(mk_context *ctx, mk_record *snapshot, mk_record *updates, size_t count) {
  mk_str text = mk_record_get(snapshot, "context");
  mk_record context;
  mk_record request = {0};
  if (count == 0 || !mk_json_is_object(text)) {
    return MK_OK;
  }
  MK_TRY(mk_record_of_object(ctx, text, &context));
  MK_TRY(lay(ctx, &request, mk_record_get(snapshot, "requestContext")));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(lay(ctx, &request, mk_record_get(&updates[i], "requestContext")));
  }
  for (size_t i = 0; i < count; i++) {
    if (updates[i].count > 0) {
      MK_TRY(lay_step(ctx, &context, &updates[i], count - i));
    }
  }
  MK_TRY(write_record(ctx, &context, &text));
  MK_TRY(mk_record_set(ctx, snapshot, "context", text));
  MK_TRY(write_record(ctx, &request, &text));
  return mk_record_set(ctx, snapshot, "requestContext", text);
}

static mk_status lay_state(mk_context *ctx, mk_record *snapshot, const mk_record *update) {
  mk_cursor cleared = mk_json_walk(mk_record_get(update, "cleared"));
  mk_member member;
  MK_TRY(lay(ctx, snapshot, mk_record_get(update, "state")));
  while (mk_json_next(&cleared, &member)) {
    MK_TRY(mk_record_put(ctx, snapshot, (mk_member){member.value, MK_STR("null")})); /* which removes it */
  }
  return MK_OK;
}

static bool is_state(const mk_record *update) { return mk_str_is_present(mk_record_get(update, "state")); }

/* The snapshot that Mastra's createEmptyWorkflowSnapshot makes. */
static mk_status empty_snapshot(mk_context *ctx, const mk_run *run, int64_t now_ms, mk_str *out) {
  mk_buf buf = mk_buf_make(ctx->arena);
  mk_buf_literal(&buf, "{\"context\":{},\"activePaths\":[],\"activeStepsPath\":{},\"timestamp\":");
  mk_buf_int(&buf, now_ms);
  mk_buf_literal(&buf, ",\"suspendedPaths\":{},\"resumeLabels\":{},\"serializedStepGraph\":[],\"value\":{},"
                       "\"waitingPaths\":{},\"status\":\"pending\",\"runId\":");
  mk_buf_text(&buf, run->id.json);
  mk_buf_char(&buf, '}');
  return mk_take(ctx, &buf, out);
}

mk_status mk_snapshot_lay(mk_context *ctx, const mk_run *run, mk_str snapshot, const mk_record *updates, size_t count,
                          mk_str *out) {
  mk_record *rest = NULL;
  mk_record record;
  if (!mk_str_is_present(snapshot)) {
    MK_TRY(empty_snapshot(ctx, run, updates[0].written_at_ms, &snapshot));
  }
  MK_TRY(mk_record_of_object(ctx, snapshot, &record));
  MK_TRY(mk_push(ctx, count, sizeof *rest, &rest));
  for (size_t i = 0; i < count; i++) {
    rest[i] = updates[i];
  }
  for (size_t i = 0; i < count;) {
    size_t end = i;
    while (end < count && !is_state(&updates[end])) {
      end++;
    }
    MK_TRY(lay_results(ctx, &record, rest + i, end - i));
    if (end < count) {
      MK_TRY(lay_state(ctx, &record, &updates[end]));
    }
    i = end + 1;
  }
  return write_record(ctx, &record, out);
}

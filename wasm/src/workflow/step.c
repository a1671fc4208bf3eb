#include "workflow/step.h"

#include "base/writer.h"

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

mk_status mk_members_lay(mk_context *ctx, mk_record *under, mk_str object) {
  mk_record over;
  if (!mk_json_is_object(object)) {
    return MK_OK;
  }
  MK_TRY(mk_record_of_object(ctx, object, &over));
  return mk_record_lay(ctx, under, &over);
}

/* Make room for `count` elements; new ones are absent. */
static mk_status grow_output(mk_context *ctx, mk_step *step, size_t count) {
  if (count <= step->count) {
    return MK_OK;
  }
  mk_str *output = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *output, &output));
  for (size_t i = 0; i < step->count; i++) {
    output[i] = step->output[i];
  }
  step->output = output;
  step->count = count;
  return MK_OK;
}

static mk_status take_apart(mk_context *ctx, mk_step *step) {
  mk_str array = array_output(step->value);
  mk_member member;
  size_t i = 0;
  step->is_apart = true;
  step->count = 0;
  MK_TRY(mk_record_of_object(ctx, step->value, &step->record));
  MK_TRY(grow_output(ctx, step, mk_json_count(array)));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    step->output[i++] = member.value;
  }
  return MK_OK;
}

/* Merge an array output by index: elements that hold something win. If any is a pending marker,
 * the markers are all that counts. */
static mk_status lay_output(mk_context *ctx, mk_step *step, mk_str result) {
  mk_str array = array_output(result);
  mk_member member;
  bool has_pending = false;
  size_t i = 0;
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member);) {
    has_pending = has_pending || is_pending(member.value);
  }
  MK_TRY(grow_output(ctx, step, mk_json_count(array)));
  for (mk_cursor cursor = mk_json_walk(array); mk_json_next(&cursor, &member); i++) {
    mk_str *element = &step->output[i];
    bool is_new = !mk_str_is_present(*element);
    if (is_pending(member.value) ? is_new || may_be_emptied(*element) : is_new) {
      *element = MK_STR("null");
    }
    if (!has_pending && !mk_json_is_null(member.value)) {
      *element = member.value;
    }
  }
  return has_pending ? MK_OK : mk_members_lay(ctx, &step->record, result);
}

mk_status mk_step_lay(mk_context *ctx, mk_step *step, mk_str result) {
  bool merges =
      mk_str_is_present(array_output(result)) && (step->is_apart || mk_str_is_present(array_output(step->value)));
  if (!merges) {
    *step = (mk_step){.name = step->name, .value = result};
    return MK_OK;
  }
  if (!step->is_apart) {
    MK_TRY(take_apart(ctx, step));
  }
  return lay_output(ctx, step, result);
}

bool mk_step_has_value(const mk_step *step) { return step->is_apart || mk_str_is_present(step->value); }

size_t mk_step_size(const mk_step *step) {
  if (!step->is_apart) {
    return step->value.size;
  }
  size_t size = mk_record_size(&step->record) - mk_record_get(&step->record, "output").size + sizeof "[]";
  for (size_t i = 0; i < step->count; i++) {
    size += step->output[i].size + 1;
  }
  return size;
}

static void write_output(mk_buf *buf, const mk_step *step) {
  mk_json_begin(buf, '[');
  for (size_t i = 0; i < step->count; i++) {
    mk_json_value(buf, step->output[i]);
  }
  mk_json_end(buf, ']');
}

void mk_step_write(mk_buf *buf, const mk_step *step) {
  if (!step->is_apart) {
    mk_buf_text(buf, step->value);
    return;
  }
  mk_json_begin(buf, '{');
  for (size_t i = 0; i < step->record.count; i++) {
    const mk_member *member = &step->record.members[i];
    mk_json_name_span(buf, member->name);
    if (mk_json_name_is(member->name, "output")) {
      write_output(buf, step);
    } else {
      mk_buf_text(buf, member->value);
    }
  }
  mk_json_end(buf, '}');
}

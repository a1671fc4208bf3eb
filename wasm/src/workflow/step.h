/* step.h: one step of a snapshot's context, while results are laid over it as Mastra's
 * mergeWorkflowStepResult does.
 *
 * The elements of an array output are kept apart and are written once in the end: a foreach step is
 * updated for each of its elements. */
#ifndef MK_STEP_H
#define MK_STEP_H

#include "record/record.h"

typedef struct mk_step {
  mk_str name;   /* span */
  mk_str value;  /* absent: nothing. Meaningless when is_apart */
  bool is_apart; /* then it is the record, with these elements as its output */
  mk_record record;
  mk_str *output;
  size_t count;
} mk_step;

/* Lay a result over a step; absent, it is undefined, and so is the step. */
mk_status mk_step_lay(mk_context *ctx, mk_step *step, mk_str result);

bool mk_step_has_value(const mk_step *step);
/* At least the bytes that mk_step_write writes. */
size_t mk_step_size(const mk_step *step);
void mk_step_write(mk_buf *buf, const mk_step *step);

/* Lay all members of an object over a record; what is no object has none. */
mk_status mk_members_lay(mk_context *ctx, mk_record *under, mk_str object);

#endif

/* judge_generation.h: judging observational memory (observation.h).
 *
 * A generation's own key is its record: it validates, stands under its owner and id, has its facets in
 * KV metadata, and its place points to it. All else that stands under it (families, chunks, swaps,
 * reflections) needs that record. What was written before its owner was cleared is gone. */
#ifndef MK_JUDGE_GENERATION_H
#define MK_JUDGE_GENERATION_H

#include "care/court.h"

/* Whether a subject is judged here. */
bool mk_generation_is_judged(const mk_subject *subject);
/* The first look: at the value itself, and for what it hangs together with. */
mk_status mk_generation_look(mk_context *ctx, const mk_court *of, mk_trial *t);
/* The second: at that. */
mk_status mk_generation_judge(mk_context *ctx, const mk_court *of, mk_trial *t);
/* The third, of a generation whose place names another key: whether there is one. */
mk_status mk_generation_judge_elsewhere(mk_context *ctx, const mk_court *of, mk_trial *t);

#endif

/* judge.h: finding what is wrong with a page of keys.
 *
 * Everything is judged by what gets answer; lists only tell which keys to look at. Writers may be at
 * work meanwhile, and KV's reads may be a minute old, in either direction. So
 *   - what is gone since it was listed is passed over;
 *   - where something does not fit together, all that it hangs on is read once more, and judged
 *     again; only what does not fit then is a problem;
 *   - and where the newest of what was read was written in the last MK_LAG_MS, KV alone may explain
 *     it: that is counted as unsettled, and is no problem. */
#ifndef MK_JUDGE_H
#define MK_JUDGE_H

#include "care/problem.h"

/* How long after a write KV may be behind; its lists "60 s or more" (Workers KV documentation, "How
 * KV works"), as the hint of recent messages allows for (activity.h). */
#define MK_LAG_MS INT64_C(300000)

/* The most KV calls that judging a page of MK_WALK_PAGE_MAX keys takes, its listing included. */
#define MK_JUDGE_CALLS_MAX 16

typedef struct mk_verdict {
  mk_problem *first;
  mk_problem *last;
  int64_t count;
  int64_t unsettled; /* findings that KV's lag may explain */
} mk_verdict;

/* Read the page's values and judge them. SUSPENDS. */
mk_status mk_judge_page(mk_context *ctx, const mk_walk *walk, mk_verdict *out);

#endif

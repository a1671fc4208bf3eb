/* duration.h: how long something is kept, as Mastra writes it: milliseconds, or "90d". */
#ifndef MK_DURATION_H
#define MK_DURATION_H

#include "base/str.h"

/* Read a whole number of milliseconds from 0 on, or a string span of a whole number and one of the units ms, s,
 * m, h, d and w. false: it is neither, or longer than JavaScript's dates are apart. */
bool mk_duration_read(mk_str span, int64_t *ms);

#endif

/* forgive.h: failures that say something about the data, and not about the task. */
#ifndef MK_FORGIVE_H
#define MK_FORGIVE_H

#include "base/context.h"

/* Take back a failure of data that is not what the store writes: *reason gets its text; absent where
 * there was none. Any other failure is returned. */
mk_status mk_forgive(mk_context *ctx, mk_status status, mk_str *reason);

#endif

/* include.h: single messages with their neighbours, as listMessages' `include` asks for them. */
#ifndef MK_INCLUDE_H
#define MK_INCLUDE_H

#include "message/history.h"

/* Find the entries of [{id, withPreviousMessages?, withNextMessages?},…] and add them to `out`,
 * each once.
 *   resource_part  only messages of this resource, also as neighbours; absent: of any
 * A target is found wherever it is; one that is unknown, or of another resource, is passed over.
 * A thread's newest thousand keys, or else the keys around the target's time, are listed; values
 * are read later, by the caller. MK_E_INVALID_ARGUMENT names the entry. SUSPENDS. */
mk_status mk_include_resolve(mk_context *ctx, mk_str include, mk_str resource_part, mk_entries *out);

#endif

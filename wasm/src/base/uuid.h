/* uuid.h: new ids. */
#ifndef MK_UUID_H
#define MK_UUID_H

#include "base/context.h"

/* A random UUID (RFC 9562, version 4) as a JSON string span, in the arena. */
mk_status mk_uuid_make(mk_context *ctx, mk_str *span);
/* The UUID (version 8) that follows from a text: the same one wherever it is asked for. For what
 * several writers have to name alike; not a secret, and not safe from who seeks two texts of one id. */
mk_status mk_uuid_of_text(mk_context *ctx, mk_str text, mk_str *span);

#endif

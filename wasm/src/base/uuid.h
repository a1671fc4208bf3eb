/* uuid.h: new ids. */
#ifndef MK_UUID_H
#define MK_UUID_H

#include "base/context.h"

/* A random UUID (RFC 9562, version 4) as a JSON string span, in the arena. */
mk_status mk_uuid_make(mk_context *ctx, mk_str *span);

#endif

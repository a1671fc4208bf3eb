/* uuid.h: new ids. */
#ifndef MK_UUID_H
#define MK_UUID_H

#include "kv/key.h"

/* A random UUID (RFC 9562, version 4) as an id, in the arena. */
mk_status mk_uuid_make(mk_context *ctx, mk_id *out);

#endif

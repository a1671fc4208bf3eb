/* open.h: from the options a store is constructed with to its mk_config. */
#ifndef MK_OPEN_H
#define MK_OPEN_H

#include "mk/context.h"

/* Check the options and place the tables.
 *   options  {"bindings":[{"name":"threads","valid":true},…]?,"keyPrefix":"…"?}; `valid` is
 *            whether the shim found a KVNamespace's methods there
 *   config   its texts are in the arena, which must outlive it
 *   result   {"namespaces":["threads",…]}: the names of the bindings, by namespace number
 * MK_E_MISSING_BINDING names the table or binding and says what to write in wrangler.toml;
 * MK_E_INVALID_ARGUMENT: keyPrefix. */
mk_status mk_open(mk_context *ctx, mk_str options, mk_config *config, mk_str *result);

#endif

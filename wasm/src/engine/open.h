/* open.h: from the options a store is constructed with to its mk_config. */
#ifndef MK_OPEN_H
#define MK_OPEN_H

#include "base/context.h"

/* Check the options and place the tables.
 *   options  one of the two ways in,
 *              {"bindings":[{"name":"threads","valid":true},…]}, null where there is no object;
 *              {"accountId":"…","apiToken":"xxxx","namespacePrefix":"…","namespaces":[…],…}
 *            and {"keyPrefix":"…"}. `valid` is whether the shim found a KVNamespace's methods, or
 *            an id, under that name; `unused`, that a name may be no table of this store. The API
 *            token's characters are masked, for it is no business of the engine's.
 *   config   its texts are in the arena, which must outlive it
 *   result   {"namespaces":["threads",…],"paths":{…}}: by namespace number the names of the bindings or
 *            of the ids, or without either the namespaces' titles; and what mk_operations_write_paths
 *            writes
 * MK_E_MISSING_BINDING names the table or binding and says what to write in wrangler.toml;
 * MK_E_INVALID_ARGUMENT names the option. */
mk_status mk_open(mk_context *ctx, mk_str options, mk_config *config, mk_str *result);

#endif

/* schema_init.h: the schema document, which tells later code and people what lies in the namespaces.
 *
 *   metadata:schema   {"_writtenAt":…,"version":1,
 *                      "tables":{"threads":{"columns":{"id":"id","title":"string?",…},
 *                                           "families":{"title":"title",…}},…},
 *                      "placement":{"threads:":"threads","metadata:threads:":"threads",…}}
 *
 *   columns    name and type (mk_type); "?" where the column may be missing
 *   families   the family of each column that is in one
 *   placement  for each keyspace, the table in whose namespace its keys are
 *
 * It lies with the threads, whatever else has a namespace of its own: no other choice of bindings
 * can hide it. */
#ifndef MK_SCHEMA_INIT_H
#define MK_SCHEMA_INIT_H

#include "base/context.h"

/* Operation `init`: compare the stored document with this code and these bindings. Where it is
 * missing, or of older code, it is written; otherwise this is one read.
 * MK_E_SCHEMA_TOO_NEW; MK_E_PLACEMENT_CHANGED if keys that are stored, or may be, would be looked for
 * in another namespace. A keyspace may move as long as the namespace it leaves is still there to
 * show that it holds none of its keys. */
mk_status mk_init(mk_context *ctx, mk_str args, mk_str *result);

/* Delete the document: there is no data any more that it could tell about. */
mk_status mk_schema_forget(mk_context *ctx);

#endif

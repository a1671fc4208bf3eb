/* resource.h: what an agent remembers of a user (Mastra calls one a resource) across threads.
 *
 *   resources:{resourceId}                             the resource as saved
 *   metadata:resources:{resourceId}:working_memory     {"_writtenAt",workingMemory,createdAt,updatedAt}
 *   metadata:resources:{resourceId}:metadata           {"_writtenAt",metadata,createdAt,updatedAt}
 *
 * An update writes its family alone, also where the resource is not there yet: it exists as soon
 * as one of the three does, so that a writer whose read missed it overwrites nothing. */
#ifndef MK_RESOURCE_H
#define MK_RESOURCE_H

#include "base/operation.h"

mk_status mk_get_resource_by_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_save_resource(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_resource(mk_context *ctx, mk_str args, mk_str *result);
extern const mk_operation mk_resource_operations[];

#endif

/* thread_state.h: values that belong to a thread: one for each pair of thread and type.
 *
 *   thread_state:{threadId}:{type}    {"_writtenAt":…,"value":<any JSON>,"updatedAt":"…"}
 *
 * The thread need not exist, and a type may be any string. */
#ifndef MK_THREAD_STATE_H
#define MK_THREAD_STATE_H

#include "base/context.h"

/* The result is null where nothing is stored, else an object with the `value`, which may be null
 * itself. */
mk_status mk_get_state(mk_context *ctx, mk_str args, mk_str *result);
/* Without a value, which JSON has for undefined, the state is deleted. */
mk_status mk_set_state(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_state(mk_context *ctx, mk_str args, mk_str *result);

#endif

/* thread_state.h: values that belong to a thread: one for each pair of thread and type.
 *
 *   thread_state:{threadId}:{type}    {"_writtenAt":…,"value":<any JSON>,"updatedAt":"…"}
 *
 * The thread need not exist, and a type may be any string. */
#ifndef MK_THREAD_STATE_H
#define MK_THREAD_STATE_H

#include "base/operation.h"

extern const mk_operation mk_thread_state_operations[];

#endif

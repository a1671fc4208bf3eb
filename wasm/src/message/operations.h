/* operations.h: the operations on messages (operation.h says what an operation is). */
#ifndef MK_MESSAGE_OPERATIONS_H
#define MK_MESSAGE_OPERATIONS_H

#include "base/operation.h"

mk_status mk_save_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages_by_resource_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages_by_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_messages(mk_context *ctx, mk_str args, mk_str *result);
extern const mk_operation mk_message_operations[];

#endif

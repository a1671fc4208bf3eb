/* message_ops.h: the operations on messages (operation.h says what an operation is). */
#ifndef MK_MESSAGE_OPS_H
#define MK_MESSAGE_OPS_H

#include "message/message.h"

mk_status mk_save_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages_by_resource_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_messages_by_id(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_messages(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_messages(mk_context *ctx, mk_str args, mk_str *result);

#endif

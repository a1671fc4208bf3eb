#include "message/operations.h"

#define DATES MK_DATES("messages.*.createdAt")

const mk_operation mk_message_operations[] = {
    {"saveMessages", mk_save_messages, DATES},
    {"listMessages", mk_list_messages, DATES},
    {"listMessagesById", mk_list_messages_by_id, DATES},
    {"listMessagesByResourceId", mk_list_messages_by_resource_id, DATES},
    {"updateMessages", mk_update_messages, MK_DATES("*.createdAt")},
    {"deleteMessages", mk_delete_messages, NULL},
    MK_OPERATIONS_END,
};

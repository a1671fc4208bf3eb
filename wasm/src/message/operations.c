#include "message/operations.h"

#include "record/record.h"

/* Content that was saved as text is answered in Mastra's newer form, and every message has a type. */
#define VIEW \
  "{\"own\":\"" MK_WRITTEN_AT \
  "\",\"defaults\":{\"type\":\"text\"},\"texts\":{\"content\":{\"format\":2,\"content\":null,\"parts\":" \
  "[{\"type\":\"text\",\"text\":null}]}}}"
#define DATES MK_DATES_AND_VIEW("\"messages.*.createdAt\"", VIEW)

const mk_operation mk_message_operations[] = {
    {"saveMessages", mk_save_messages, MK_DATES("messages.*.createdAt"), "messages.*.content"},
    {"listMessages", mk_list_messages, DATES, "filter.metadata"},
    {"listMessagesById", mk_list_messages_by_id, DATES},
    {"listMessagesByResourceId", mk_list_messages_by_resource_id, DATES, "filter.metadata"},
    {"updateMessages", mk_update_messages, MK_DATES("*.createdAt")},
    {"deleteMessages", mk_delete_messages, NULL},
    MK_OPERATIONS_END,
};

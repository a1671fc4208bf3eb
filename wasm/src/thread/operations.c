#include "thread/thread.h"

#define DATES_OF(at) MK_DATES(at "createdAt", at "updatedAt")

const mk_operation mk_thread_operations[] = {
    {"saveThread", mk_save_thread, DATES_OF("")},
    {"getThreadById", mk_get_thread_by_id, DATES_OF("")},
    {"updateThread", mk_update_thread, DATES_OF("")},
    {"deleteThread", mk_delete_thread, NULL},
    {"listThreads", mk_list_threads, DATES_OF("threads.*.")},
    {"copyThread", mk_copy_thread, MK_DATES("thread.createdAt", "thread.updatedAt", "thread.metadata.clone.clonedAt")},
    MK_OPERATIONS_END,
};

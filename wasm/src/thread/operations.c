#include "thread/thread.h"

const mk_operation mk_thread_operations[] = {
    {"saveThread", mk_save_thread, MK_DATES("createdAt", "updatedAt")},
    {"getThreadById", mk_get_thread_by_id, MK_DATES("createdAt", "updatedAt")},
    {"updateThread", mk_update_thread, MK_DATES("createdAt", "updatedAt")},
    {"deleteThread", mk_delete_thread, NULL},
    {"listThreads", mk_list_threads, MK_DATES("threads.*.createdAt", "threads.*.updatedAt"), "filter.metadata"},
    {"copyThread", mk_copy_thread, MK_DATES("thread.createdAt", "thread.updatedAt", "thread.metadata.clone.clonedAt")},
    MK_OPERATIONS_END,
};

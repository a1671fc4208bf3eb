/* task.h: background tasks.
 *
 *   background_tasks:{taskId}    the task as saved; KV metadata: its status, dates and ids (facet.h)
 *
 * A task is one key, whatever it can be listed by, and so is written by one put. Lists, counts and
 * deletions by filter look at the KV metadata of all tasks, 1,000 a call.
 *
 * KV has no compare-and-swap: with expectedStatus, a task is read, compared and written. Of two
 * updates that expect the same status both succeed where they overlap, or where they come from two
 * isolates within the minute that KV's reads may be old; the last one stays. */
#ifndef MK_TASK_H
#define MK_TASK_H

#include "base/context.h"

mk_status mk_create_task(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_update_task(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_get_task(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_list_tasks(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_task(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_delete_tasks(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_get_running_count(mk_context *ctx, mk_str args, mk_str *result);
mk_status mk_get_running_count_by_agent(mk_context *ctx, mk_str args, mk_str *result);

#endif

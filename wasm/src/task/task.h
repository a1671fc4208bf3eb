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

#include "base/operation.h"

extern const mk_operation mk_task_operations[];

#endif

import { addTally } from './report.js';
import { Task } from './task.js';

/** @import { CareStore, TaskOptions } from './task.js' */

/** How often all is looked at again for what writers brought back meanwhile. */
const CHECKS_MAX = 3;
/** The most keys that are told of. */
const MENTIONS_MAX = 1000;

/**
 * Delete all that belongs to one person: their threads with messages, state and scores, what they wrote elsewhere, their
 * runs, tasks and working memory, index entries, and what repair set aside of it. Then all keys are walked once more, to
 * tell whether anything is left; what writers brought back meanwhile is deleted as well.
 * @param {CareStore} store
 * @param {TaskOptions & { resourceId: string }} options
 * @returns {Promise<{
 *   done: boolean, cursor: string | null, calls: number, erased: Record<string, number>, verified: boolean,
 *   mentions: string[],
 * }>} `erased`: keys by table, index entries and locators that went with their records not counted. `verified`: all keys
 *   were read again, and none is theirs. `mentions`: keys that hold the id as a text and are not theirs, such as a
 *   message of someone else's that quotes it; they are left. All count since the erasure began
 */
export async function eraseResource(store, options) {
  const { resourceId, onProgress } = options;
  const task = new Task('erase', store, options, { check: 0, erased: {}, left: 0, mentions: [], seen: {} });
  const { totals } = task;
  for (;;) {
    const { done } = await task.run('careErase', { resourceId }, (step) => {
      addTally(totals.seen, step, onProgress);
      if (step.erased > 0) {
        const table = step.table ?? 'metadata';
        totals.erased[table] = (totals.erased[table] ?? 0) + step.erased;
        totals.left += step.erased;
      }
      if (totals.check > 0) totals.mentions = [...totals.mentions, ...step.mentions].slice(0, MENTIONS_MAX);
    });
    const { erased, mentions, left, check } = totals;
    const verified = done && check > 0 && left === 0;
    if (!done) return { done, cursor: task.cursor, calls: task.calls, erased, verified, mentions };
    if (verified || check === CHECKS_MAX) return { done, cursor: null, calls: task.calls, erased, verified, mentions };
    Object.assign(totals, { check: check + 1, left: 0, mentions: [], seen: {} });
  }
}

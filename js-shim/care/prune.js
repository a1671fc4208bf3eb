import { pruning } from '../store/pruning.js';
import { Task } from './task.js';

/** @import { CareStore, TaskOptions } from './task.js' */
/** @import { DeleteOld } from '../store/pruning.js' */

/**
 * What deletes the records of a table that are older than a time, a batch a call.
 * @param {CareStore} store
 * @param {string} table
 * @param {object} age `{ cutoff }`, in milliseconds since 1970, or `{ maxAge }`
 * @param {TaskOptions['onProgress']} [onProgress]
 * @returns {DeleteOld}
 */
function deleteOld(store, table, age, onProgress) {
  const task = new Task('prune', store, {}, { keys: 0 });
  let isDone = false;
  return async (most) => {
    let deleted = 0;
    while (!isDone && deleted < most) {
      const rest = Number.isSafeInteger(most) ? most - deleted : undefined;
      const step = /** @type {any} */ (await task.step('carePrune', { tables: [table], ...age, most: rest }));
      deleted += step.deleted;
      isDone = step.cursor === null;
      task.totals.keys += step.keys;
      onProgress?.({ table, done: task.totals.keys, bytes: 0 });
    }
    return deleted;
  };
}

pruning.open = (store, table, cutoff) => deleteOld(store, table, { cutoff });

/**
 * Delete records by age, as Mastra's retention has it: threads, messages, resources and scores by `createdAt`, workflow
 * runs and thread state by `updatedAt`, background tasks by `completedAt`; with their index entries, locators and families.
 * A thread goes without its messages, which have an age of their own.
 * @param {CareStore} store
 * @param {{
 *   maxAge: Partial<Record<'threads' | 'messages' | 'resources' | 'workflow_snapshot' | 'scorers' | 'background_tasks'
 *     | 'thread_state', number | string>>,
 *   maxRows?: number,
 *   onProgress?: TaskOptions['onProgress'],
 * }} options `maxAge`: by table, milliseconds or a text such as '90d', '12h', '2w'; `maxRows`: at most so many of each
 * @returns {Promise<{ table: string, deleted: number, done: boolean }[]>} `done`: none that is older is left
 */
export async function prune(store, { maxAge, maxRows = Infinity, onProgress }) {
  const results = [];
  for (const [table, age] of Object.entries(maxAge ?? {})) {
    const deleted = await deleteOld(store, table, { maxAge: age }, onProgress)(maxRows);
    results.push({ table, deleted, done: deleted < maxRows });
  }
  return results;
}

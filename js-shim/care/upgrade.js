import { addTally } from './report.js';
import { Task } from './task.js';

/** @import { CareStore, TaskOptions } from './task.js' */
/** @import { TableReport } from './report.js' */

/** What putting down where the upgrade is takes: a get and a put. */
const SAVING_CALLS = 2;
/** How often that is done meanwhile, in pages of 100 keys: KV takes one write of a key a second. */
const PAGES_BETWEEN = 100;

/**
 * Bring what older versions of this package stored up to date. What must be known at once, such as that older code is
 * refused from now on, init() does, and this begins with it; then come the steps that walk through the data. Reads and
 * writes are right before, meanwhile and afterwards. Where it stands is kept in the store's schema document as well: without
 * a cursor, an interrupted upgrade goes on near where it was.
 * @param {CareStore} store
 * @param {TaskOptions & { dryRun?: boolean }} [options] `dryRun`: only tell
 * @returns {Promise<{
 *   done: boolean, cursor: string | null, calls: number, version: { from: number, to: number }, steps: string[],
 *   tables: Record<string, TableReport>, written: number,
 * }>} `version`: of the schema, before and now; 0 where there was no schema document. `steps`: those that were due, by name;
 *   docs/upgrading.md describes each. `tables`: what was looked at, and `written`: the keys that were written, or
 *   would be, since the upgrade began or went on without a cursor
 */
export async function upgrade(store, options = {}) {
  const { onProgress, dryRun = false } = options;
  const totals = { version: { from: 0, to: 0 }, steps: [], tables: {}, written: 0 };
  const task = new Task('upgrade', store, options, totals, SAVING_CALLS);
  const save = async () => (dryRun ? undefined : task.note('careUpgrade', { save: true }));
  let pages = 0;
  let step;
  do {
    step = await task.step('careUpgrade', { dryRun });
    if (step) take(task.totals, step, onProgress);
    pages++;
    const isDue = !step || pages % PAGES_BETWEEN === 0;
    if (isDue && step?.cursor !== null) await save();
  } while (step && step.cursor !== null);
  const { version, steps, tables, written } = task.totals;
  const cursor = step ? null : task.cursor;
  return { done: step !== undefined, cursor, calls: task.calls, version, steps, tables, written };
}

/**
 * @param {Record<string, any>} totals
 * @param {any} step what the engine answered
 * @param {TaskOptions['onProgress']} onProgress
 */
function take(totals, { from, to, steps, written = 0, ...counted }, onProgress) {
  if (steps) Object.assign(totals, { version: { from, to }, steps });
  totals.written += written;
  addTally(totals.tables, counted, onProgress);
}

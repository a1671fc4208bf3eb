/**
 * Looking after the data of a store: counting it, judging it, mending it, handing it over.
 *
 * Each task takes a CloudflareStore or a KVStore, over bindings or REST. With `maxCalls` a call makes at most that many KV
 * calls and answers `{ done: false, cursor }` where more is to be done; handed back, the cursor goes on, also in another
 * process. The logic is the engine's, in a module of its own that this entry alone loads.
 */
import { addTally } from './care/report.js';
import { Task } from './care/task.js';

export { copy } from './care/copy.js';
export { migrateFromMastra } from './care/migrate.js';
export { prune } from './care/prune.js';
export { eraseResource } from './care/erase.js';
export { exportRecords, importRecords } from './care/transfer.js';
export { upgrade } from './care/upgrade.js';

/** @import { CareStore, TaskOptions } from './care/task.js' */
/** @import { TableReport } from './care/report.js' */
/** @typedef {import('./care/transfer.js').RecordExport} RecordExport */

/** What a GB of KV storage costs in a month, in US dollars, beyond the first (Workers KV documentation, "Pricing"). */
const USD_PER_GB_MONTH = 0.5;

/**
 * How much there is, and since when.
 * @param {CareStore} store
 * @param {TaskOptions & { tables?: string[] }} [options] `tables`: only these
 * @returns {Promise<{
 *   done: boolean, cursor: string | null, calls: number, tables: Record<string, TableReport>, bytes: number,
 *   usdPerMonth: number, due: number,
 * }>} what was counted since the walk began, also by the calls before. `usdPerMonth` is what the storage costs
 *   where the account's free GB is used up; `due`, how many steps of an upgrade are
 */
export async function stats(store, options = {}) {
  const { tables: wanted, onProgress } = options;
  const task = new Task('stats', store, options, { tables: {}, due: 0 });
  const { tables } = task.totals;
  const end = await task.run('careStats', { tables: wanted }, (step) => {
    task.totals.due ||= step.due ?? 0;
    addTally(tables, step, onProgress);
  });
  const bytes = Object.values(tables).reduce((sum, table) => sum + table.bytes, 0);
  const { due } = task.totals;
  return { ...end, calls: task.calls, tables, bytes, usdPerMonth: (bytes / 1e9) * USD_PER_GB_MONTH, due };
}

/**
 * What is wrong with a key.
 * @typedef {object} Problem
 * @property {'unreadable' | 'invalid' | 'wrong_key' | 'wrong_metadata' | 'missing_entry' | 'wrong_entry' | 'stray_entry'
 *   | 'orphan' | 'duplicate' | 'leftover' | 'strange_key'} kind docs/care.md describes each
 * @property {string} table
 * @property {string} key the KV key, with the store's prefix
 * @property {string} [reason] what exactly
 * @property {'write' | 'delete' | 'set_aside'} fix what repair does, or did
 * @property {string} [movedTo] where repair set it aside
 * @property {string} advice
 */

/**
 * Judge all keys under the store's prefix: whether every record is readable and sound, whether its index entries,
 * locators and KV metadata say what it says, whether anything points nowhere. Nothing is written.
 * @param {CareStore} store
 * @param {TaskOptions & { tables?: string[] }} [options] `tables`: only these
 * @returns {Promise<{
 *   done: boolean, cursor: string | null, calls: number, tables: Record<string, TableReport>, problems: Problem[],
 *   unsettled: number, due: number,
 * }>} `problems` are those that this call found; `tables` and `unsettled` count since the walk began. What is unsettled
 *   was written in the last five minutes: KV's lag may explain it, and a later call will tell. `due`: how many steps of an
 *   upgrade are
 */
export async function verify(store, options = {}) {
  const { tables: wanted, onProgress } = options;
  const task = new Task('verify', store, options, { tables: {}, unsettled: 0, due: 0 });
  /** @type {Problem[]} */
  const problems = [];
  const end = await task.run('careVerify', { tables: wanted }, (step) => {
    problems.push(...step.problems);
    task.totals.unsettled += step.unsettled;
    task.totals.due ||= step.due ?? 0;
    addTally(task.totals.tables, step, onProgress);
  });
  const { tables, unsettled, due } = task.totals;
  return { ...end, calls: task.calls, tables, problems, unsettled, due };
}

/**
 * Judge everything, as verify does, and mend it: what is derived is written from its record, what points nowhere is
 * deleted, and what cannot be read is set aside: moved to `quarantine:{key}`, bytes and KV metadata kept. No record is
 * lost. Interrupted, it goes on when it is called again. KV has no compare-and-swap: where KV metadata is wrong, the value
 * is written again as it was read.
 * @param {CareStore} store
 * @param {TaskOptions & { tables?: string[], dryRun?: boolean }} [options] `dryRun`: only tell
 * @returns {Promise<{
 *   done: boolean, cursor: string | null, calls: number, tables: Record<string, TableReport>, problems: Problem[],
 *   unsettled: number, fixed: number, setAside: number,
 * }>} `problems` are those that this call found; the numbers count since the walk began
 */
export async function repair(store, options = {}) {
  const { tables: wanted, onProgress, dryRun = false } = options;
  const task = new Task('repair', store, options, { tables: {}, unsettled: 0, fixed: 0, setAside: 0 });
  /** @type {Problem[]} */
  const problems = [];
  const end = await task.run('careRepair', { tables: wanted, dryRun }, (step) => {
    problems.push(...step.problems);
    task.totals.unsettled += step.unsettled;
    task.totals.fixed += step.fixed;
    task.totals.setAside += step.setAside;
    addTally(task.totals.tables, step, onProgress);
  });
  const { tables, unsettled, fixed, setAside } = task.totals;
  return { ...end, calls: task.calls, tables, problems, unsettled, fixed, setAside };
}

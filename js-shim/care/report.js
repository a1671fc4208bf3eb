/** @import { Progress } from './task.js' */

/**
 * What there is of one table.
 * @typedef {object} TableReport
 * @property {number} keys all keys that its records take: their own, their families', their index entries'
 * @property {number} records
 * @property {number} bytes of keys, values and KV metadata, which is what KV's storage is billed by
 * @property {string} [oldest] when the oldest record was created, as an ISO date; of those without createdAt, updated
 * @property {string} [newest]
 */

/**
 * Add what a step counted.
 * @param {Record<string, TableReport>} tables
 * @param {{ table?: string, tally?: TableReport }} step
 * @param {((progress: Progress) => void) | undefined} onProgress
 */
export function addTally(tables, { table, tally }, onProgress) {
  if (table === undefined || tally === undefined) return;
  const report = (tables[table] ??= { keys: 0, records: 0, bytes: 0 });
  report.keys += tally.keys;
  report.records += tally.records;
  report.bytes += tally.bytes;
  if (tally.oldest !== undefined && isEarlier(tally.oldest, report.oldest)) report.oldest = tally.oldest;
  if (tally.newest !== undefined && isEarlier(report.newest, tally.newest)) report.newest = tally.newest;
  onProgress?.({ table, done: report.keys, bytes: report.bytes });
}

/**
 * Whether one date is before another; one that is not there is no obstacle.
 * @param {string | undefined} a
 * @param {string | undefined} b
 */
function isEarlier(a, b) {
  return a === undefined || b === undefined || Date.parse(a) < Date.parse(b);
}

/* What it takes to begin, in a fresh process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { table } from './table.js';

/** @typedef {{ importMs: number, openMs: number, firstMs: number, secondMs: number }} ColdStart */

const PROCESSES = 21;
const PROGRAM = fileURLToPath(new URL('cold-process.js', import.meta.url));

/** @type {[keyof ColdStart, string][]} */
const STEPS = [
  ['importMs', 'import'],
  ['openMs', 'new KVStore()'],
  ['firstMs', 'the first getThreadById'],
  ['secondMs', 'the second'],
];

/**
 * @param {(numbers: number[]) => number} average
 * @param {ColdStart[]} starts
 * @returns {ColdStart}
 */
export function averageOf(average, starts) {
  const entries = STEPS.map(([name]) => [name, average(starts.map((one) => one[name]))]);
  return Object.fromEntries(entries);
}

/** @returns {Promise<ColdStart>} */
export async function measure() {
  const starts = [];
  for (let i = 0; i < PROCESSES; i++) {
    starts.push(JSON.parse((await promisify(execFile)(process.execPath, [PROGRAM])).stdout));
  }
  return averageOf((numbers) => Math.min(...numbers), starts);
}

/** @param {ColdStart} start */
export function format(
  start,
  what = `The fastest of ${PROCESSES} processes, which others held up least; to import, Node reads some twenty files.`,
) {
  const rows = STEPS.map(([name, title]) => [title, start[name].toFixed(1)]);
  return ['## Cold start', '', what, '', table(['', ' ms'], rows)].join('\n');
}

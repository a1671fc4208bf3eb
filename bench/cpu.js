/* What the engine and the shim compute in Node, every case in processes of its own: what V8 made of one does not help
 * the next, and the median of the processes is not one that was lucky. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CASES, medianOf, titleOf } from './cpu-case.js';
import { table } from './table.js';

/** @import { Case, Measured } from './cpu-case.js' */
/** @typedef {Measured & { title: string, ratio: number }} Row */

const PROCESSES = 3;
const PROGRAM = fileURLToPath(new URL('cpu-process.js', import.meta.url));

/** @param {Case} of @returns {Promise<Measured>} */
async function measureOnce(of) {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(of)]);
  return JSON.parse(stdout);
}

/**
 * @param {(of: Case) => Promise<Measured>} [measure] in a process of its own
 * @returns {Promise<Row[]>}
 */
export async function measure(measure = measureOnce) {
  const rows = [];
  for (const of of CASES) {
    /** @type {Measured[]} */
    const measured = [];
    for (let i = 0; i < PROCESSES; i++) measured.push(await measure(of));
    const median = (/** @type {'us' | 'jsonUs' | 'bytes' | 'runs'} */ name) =>
      medianOf(measured.map((one) => one[name]));
    const [us, jsonUs] = [median('us'), median('jsonUs')];
    const ratio = medianOf(measured.map((one) => one.us / one.jsonUs));
    rows.push({ title: titleOf(of), bytes: median('bytes'), runs: median('runs'), us, jsonUs, ratio });
  }
  return rows;
}

/** @param {number} value */
const us = (value) => value.toFixed(value < 100 ? 1 : 0);

/** @param {Row[]} rows */
export function format(rows) {
  return [
    '## CPU',
    '',
    `Medians of ${PROCESSES} processes, over a KV that answers at once. JSON: JSON.parse of the stored values and a Date for`,
    'each, or JSON.stringify of what is saved, in turns with the operation.',
    '',
    table(
      ['operation', ' kB', ' µs', ' JSON, µs', ' ratio'],
      rows.map((row) => [row.title, (row.bytes / 1000).toFixed(1), us(row.us), us(row.jsonUs), row.ratio.toFixed(2)]),
    ),
  ].join('\n');
}

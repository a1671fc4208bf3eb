/* `make bench`: what the store costs.
 *
 *     node bench/run.js [--only turn,operations,memory,cpu,size] [--json]
 *
 * All of it runs in this process over a KV in memory, offline. Calls, rounds and sizes are exact and the same on every
 * machine; times of CPUs are not, so each comes with its ratio to a fixed piece of work. Nothing is measured on
 * Cloudflare's network. */
import { parseArgs } from 'node:util';
import * as cpu from './cpu.js';
import * as memory from './memory.js';
import * as operations from './operations.js';
import * as size from './size.js';
import * as turn from './turn.js';

const SECTIONS = { turn, operations, memory, cpu, size };

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, json: { type: 'boolean', default: false } },
});
const names = values.only?.flatMap((list) => list.split(',')) ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`--only takes ${Object.keys(SECTIONS).join(', ')}, not ${unknown.join(', ')}.`);
  process.exit(2);
}

/** @type {Record<string, unknown>} */
const figures = {};
for (const name of names) {
  const section = /** @type {any} */ (SECTIONS)[name];
  figures[name] = await section.measure();
  if (!values.json) console.log(`${section.format(figures[name])}\n`);
}
if (values.json) console.log(JSON.stringify(figures, null, 2));

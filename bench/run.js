/* `make bench`: what the store costs.
 *
 *     node bench/run.js [--only turn,price,operations,listings,memory,size,cold,cpu,builds]
 *
 * All of it runs over a KV in memory, offline. Calls, rounds and sizes are exact and the same on every machine; times are
 * not, so each comes with its ratio to the JSON work that anybody would have to do. Nothing is measured on Cloudflare's
 * network. The figures are also kept in build/bench.json, for `node bench/chart.js`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as builds from './builds.js';
import * as cold from './cold.js';
import * as cpu from './cpu.js';
import * as listings from './listings.js';
import * as memory from './memory.js';
import * as operations from './operations.js';
import * as price from './price.js';
import * as size from './size.js';
import * as turn from './turn.js';

const SECTIONS = { turn, price, operations, listings, memory, size, cold, cpu, builds };

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const names = values.only?.flatMap((list) => list.split(',')) ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`--only takes ${Object.keys(SECTIONS).join(', ')}, not ${unknown.join(', ')}.`);
  process.exit(2);
}

const file = new URL('../build/bench.json', import.meta.url);
/** @type {Record<string, unknown>} what is not measured now stays what it was */
const figures = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
for (const name of names) {
  const section = /** @type {any} */ (SECTIONS)[name];
  figures[name] = await section.measure();
  console.log(`${section.format(figures[name])}\n`);
}
writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);

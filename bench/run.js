/* `make bench`: what the store costs.
 *
 *     node bench/run.js [--only turn,price,operations,listings,memory,size,cold,cpu,builds]
 *
 * All of it runs over a KV in memory, offline. Calls, rounds and sizes are exact and the same on every machine; times are
 * not, so each comes with its ratio to the JSON work that anybody would have to do. Nothing is measured on Cloudflare's
 * network. The figures are also kept in build/bench.json, for `node bench/chart.js`. */
import * as builds from './builds.js';
import * as cold from './cold.js';
import * as cpu from './cpu.js';
import { readFigures, sectionsToRun, writeFigures } from './figures.js';
import * as listings from './listings.js';
import * as memory from './memory.js';
import * as operations from './operations.js';
import * as price from './price.js';
import * as size from './size.js';
import * as turn from './turn.js';

const SECTIONS = { turn, price, operations, listings, memory, size, cold, cpu, builds };

const FILE = new URL('../build/bench.json', import.meta.url);
const figures = readFigures(FILE);
for (const name of sectionsToRun(Object.keys(SECTIONS))) {
  const section = /** @type {any} */ (SECTIONS)[name];
  figures[name] = await section.measure();
  console.log(`${section.format(figures[name])}\n`);
}
writeFigures(FILE, figures);

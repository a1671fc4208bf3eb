/* `make bench-workerd`: cold start, memory and the CPU section of `make bench`, in workerd.
 *
 *     node bench/workerd.js [--only cold,memory,fits,cpu]
 *
 * Each measurement has a workerd of its own, which Miniflare starts with a Worker of bench/workerd/. The figures are also
 * kept in build/bench-workerd.json. */
import { Miniflare } from 'miniflare';
import * as cold from './cold.js';
import * as cpu from './cpu.js';
import { readFigures, sectionsToRun, writeFigures } from './figures.js';
import * as fits from './fits.js';
import { table } from './table.js';
import { bundle, childrenMiB } from './workerd-bundle.js';

const COLD_STARTS = 30;
const AT_ONCE = [
  { atOnce: 1000, kilobytes: 0.7 },
  { atOnce: 1000, kilobytes: 0.7, maxConcurrency: 1000 },
  { atOnce: 1000, kilobytes: 2 },
  { atOnce: 1000, kilobytes: 2, maxConcurrency: 1000 },
];
const MIB = 2 ** 20;

const modules = await bundle('bench/workerd/worker.js');

/**
 * @param {string} measurement
 * @param {unknown} [given]
 * @returns {Promise<any>}
 */
async function measure(measurement, given) {
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    modulesRoot: '/',
    modules,
  });
  try {
    await miniflare.ready;
    const idleMiB = childrenMiB(process.pid);
    const body = JSON.stringify({ measurement, given });
    const response = await miniflare.dispatchFetch('http://bench/', { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
    const measured = /** @type {any} */ (await response.json());
    return { ...measured, processMiB: childrenMiB(process.pid) - idleMiB };
  } finally {
    await miniflare.dispose();
  }
}

async function coldStart() {
  /** @type {cold.ColdStart[]} */
  const starts = [];
  for (let i = 0; i < COLD_STARTS; i++) starts.push(await measure('cold'));
  return cold.averageOf(meanOfFasterHalf, starts);
}

/** @param {number[]} numbers */
function meanOfFasterHalf(numbers) {
  const faster = numbers.toSorted((a, b) => a - b).slice(0, Math.ceil(numbers.length / 2));
  return faster.reduce((sum, n) => sum + n, 0) / faster.length;
}

/** @param {cold.ColdStart} start */
function formatCold(start) {
  const how =
    `In workerd, whose clock shows whole milliseconds: means of the faster half of ${COLD_STARTS} processes, which others ` +
    'held up less. It compiles wasm before the first request.';
  return cold.format(start, how);
}

async function atOnce() {
  const rows = [];
  for (const given of AT_ONCE) rows.push({ ...given, ...(await measure('atOnce', given)) });
  return rows;
}

/** @param {Awaited<ReturnType<typeof atOnce>>} rows */
function formatAtOnce(rows) {
  return [
    '## Memory in workerd',
    '',
    'listMessages of the newest 40, 1,000 times at once. The process: how much larger it is afterwards, JavaScript included.',
    '',
    table(
      ['kB a message', ' maxConcurrency', ' instances', ' linear, MiB', ' process, MiB'],
      rows.map(({ kilobytes, maxConcurrency, instances, bytes, processMiB }) => [
        String(kilobytes),
        String(maxConcurrency ?? '256'),
        instances,
        (bytes / MIB).toFixed(0),
        processMiB.toFixed(0),
      ]),
    ),
  ].join('\n');
}

const SECTIONS = {
  cold: { measure: coldStart, format: formatCold },
  memory: { measure: atOnce, format: formatAtOnce },
  fits,
  cpu: { measure: () => cpu.measure((of) => measure('cpu', of)), format: cpu.format },
};

const FILE = new URL('../build/bench-workerd.json', import.meta.url);
const figures = readFigures(FILE);
for (const name of sectionsToRun(Object.keys(SECTIONS))) {
  const section = /** @type {any} */ (SECTIONS)[name];
  figures[name] = await section.measure();
  console.log(`${section.format(figures[name])}\n`);
  writeFigures(FILE, figures);
}

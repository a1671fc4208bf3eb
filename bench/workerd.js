/* `make bench-workerd`: the CPU section of `make bench`, memory and cold start, in workerd.
 *
 * Each measurement has a workerd of its own, which Miniflare starts with the Worker of bench/workerd/. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';
import * as cold from './cold.js';
import * as cpu from './cpu.js';
import { table } from './table.js';
import { bundle, childrenOf, fromTop } from './workerd-bundle.js';

const COLD_STARTS = 15;
const AT_ONCE = [
  { atOnce: 1000, kilobytes: 0.7 },
  { atOnce: 1000, kilobytes: 0.7, maxConcurrency: 1000 },
  { atOnce: 1000, kilobytes: 2 },
  { atOnce: 1000, kilobytes: 2, maxConcurrency: 1000 },
];
const MIB = 2 ** 20;
/** @param {number} pid @returns {number} the memory of its children, in MiB (Linux alone shows it) */
function childrenMiB(pid) {
  try {
    const sizes = childrenOf(pid).map(
      (child) => /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1],
    );
    return Math.max(...sizes.map((kib) => Number(kib) / 1024));
  } catch {
    return NaN;
  }
}

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

/** @type {cold.ColdStart[]} */
const starts = [];
for (let i = 0; i < COLD_STARTS; i++) starts.push(await measure('cold'));
const coldStart = cold.averageOf((numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length, starts);
const how = `In workerd: means of ${COLD_STARTS} processes, whose clock shows whole milliseconds. It compiles wasm before the first request.`;
console.log(`${cold.format(coldStart, how)}\n`);

const atOnce = [];
for (const given of AT_ONCE) atOnce.push({ ...given, ...(await measure('atOnce', given)) });
console.log(
  [
    '## Memory in workerd',
    '',
    'listMessages of the newest 40, 1,000 times at once. The process: how much larger it is afterwards, JavaScript included.',
    '',
    table(
      ['kB a message', ' maxConcurrency', ' instances', ' linear, MiB', ' process, MiB'],
      atOnce.map(({ kilobytes, maxConcurrency, instances, bytes, processMiB }) => [
        String(kilobytes),
        String(maxConcurrency ?? '256'),
        instances,
        (bytes / MIB).toFixed(0),
        processMiB.toFixed(0),
      ]),
    ),
    '',
  ].join('\n'),
);

const rows = await cpu.measure((of) => measure('cpu', of));
console.log(cpu.format(rows));
writeFileSync(
  fromTop('build/bench-workerd.json'),
  `${JSON.stringify({ cold: coldStart, atOnce, cpu: rows }, null, 2)}\n`,
);

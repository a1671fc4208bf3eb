/* What an isolate of 128 MB serves.
 *
 * workerd on a developer's machine enforces no limit. V8's own bound of its heap is for every isolate of the process, that
 * of Miniflare's KV among them: what is served so is served; what is not, either may be the cause. What an operation
 * needs to be there is put there by another process, without a bound. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { FITS } from './fit-cases.js';
import { table } from './table.js';
import { bundle, childrenMiB } from './workerd-bundle.js';

/** @import { Fit } from './fit-cases.js' */
/** @typedef {{ things: number, bytes: number, processMiB: number }} Fitted linear memory, and how the process has grown */

/** An isolate's 128 MB without some for linear memory and what else is not V8's heap; and half of it. */
export const HEAP_MIB = 104;
const SMALL_HEAP_MIB = 64;
const TIMES = 3;
const MIB = 2 ** 20;
const FLAGS = 'MINIFLARE_WORKERD_V8_FLAGS';

/** @typedef {Awaited<ReturnType<typeof bundle>>} Modules */
export const fitModules = () => bundle('bench/workerd/fits.js');

/**
 * One step of a case in a workerd of its own.
 * @param {Modules} modules
 * @param {{ title: string, step: 'prepare' | 'run', kvPersist: string, heapMiB?: number }} given
 * @returns {Promise<Fitted>} rejects when it is not served
 */
async function doStep(modules, { title, step, kvPersist, heapMiB }) {
  const flagsBefore = process.env[FLAGS] ?? '';
  process.env[FLAGS] = heapMiB ? `--max-heap-size=${heapMiB}` : flagsBefore;
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    modulesRoot: '/',
    modules,
    kvNamespaces: ['THREADS_KV', 'MESSAGES_KV'],
    kvPersist,
    handleRuntimeStdio() {}, // V8 says at length that its heap is full
    handleStructuredLogs() {},
  });
  try {
    await miniflare.ready;
    process.env[FLAGS] = flagsBefore;
    const idleMiB = childrenMiB(process.pid);
    const response = await miniflare.dispatchFetch('http://fits/', {
      method: 'POST',
      body: JSON.stringify({ title, step }),
    });
    if (!response.ok) throw new Error(await response.text());
    const fitted = /** @type {any} */ (await response.json());
    return { ...fitted, processMiB: childrenMiB(process.pid) - idleMiB };
  } finally {
    await miniflare.dispose();
  }
}

/**
 * A case, prepared once and run as often as asked.
 * @template T
 * @param {Modules} modules
 * @param {Fit} fit
 * @param {(run: (heapMiB?: number) => Promise<Fitted | undefined>) => Promise<T>} work with `run`, which resolves to
 *   undefined where the operation is not served with such a heap
 */
export async function withFit(modules, { title, prepare, things }, work) {
  const kvPersist = await mkdtemp(join(tmpdir(), 'mastra-kv-wasm-'));
  try {
    if (prepare) await doStep(modules, { title, step: 'prepare', kvPersist });
    return await work(async (heapMiB) => {
      const fitted = await doStep(modules, { title, step: 'run', kvPersist, heapMiB }).catch((cause) => {
        if (!heapMiB) throw cause;
        return undefined;
      });
      if (fitted && fitted.things !== things) throw new Error(`${title}: ${fitted.things} instead of ${things}`);
      return fitted;
    });
  } finally {
    await rm(kvPersist, { recursive: true, force: true });
  }
}

export async function measure() {
  const modules = await fitModules();
  const rows = [];
  for (const fit of FITS) {
    rows.push(
      await withFit(modules, fit, async (run) => {
        const { bytes = NaN, processMiB = NaN } = (await run()) ?? {};
        const served = [];
        for (const heapMiB of [HEAP_MIB, SMALL_HEAP_MIB]) {
          let times = 0;
          for (let i = 0; i < TIMES; i++) times += Number((await run(heapMiB)) !== undefined);
          served.push({ heapMiB, times });
        }
        return { title: fit.title, linearMiB: bytes / MIB, processMiB, served };
      }),
    );
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  return [
    '## What fits into 128 MB',
    '',
    `Through Miniflare's KV; how many of ${TIMES} times it is served with V8's heap bounded. The process: how much larger it is`,
    'afterwards, where there is no bound.',
    '',
    table(
      ['operation', ' linear, MiB', ` ${HEAP_MIB} MiB`, ` ${SMALL_HEAP_MIB} MiB`, ' process, MiB'],
      rows.map(({ title, linearMiB, served, processMiB }) => [
        title,
        linearMiB.toFixed(1),
        ...served.map(({ times }) => times),
        processMiB.toFixed(0),
      ]),
    ),
  ].join('\n');
}

/* What the engine adds to a Worker's bundle, and what it takes to begin. */
import { readFileSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { KVStore } from '../js-shim/kv-store.js';
import { FakeKV } from '../tests/support/fake-kv.js';
import { table } from './table.js';

const RUNS = 100;

/**
 * A custom section without meaning (WebAssembly Core Specification, 5.5.3). V8 remembers a module that it has compiled
 * by its bytes; this makes each run's bytes others.
 * @param {number} run
 */
const customSection = (run) => Uint8Array.of(0, 2, 0, run);

/**
 * The median time of some work, in microseconds.
 * @param {(run: number) => unknown} work
 */
function medianUsOf(work) {
  const runs = createHistogram();
  for (let i = 0; i < RUNS; i++) {
    const start = process.hrtime.bigint();
    work(i);
    runs.record(process.hrtime.bigint() - start);
  }
  return runs.percentile(50) / 1000;
}

export async function measure() {
  const module = readFileSync(new URL('../build/store.wasm', import.meta.url));
  const bindings = { threads: new FakeKV().location(), messages: new FakeKV().location() };
  // First, for compiling leaves much behind.
  const openUs = medianUsOf(() => new KVStore({ bindings }));
  return {
    bytes: module.length,
    gzippedBytes: gzipSync(module, { level: 9 }).length,
    brotliBytes: brotliCompressSync(module).length,
    compileUs: medianUsOf((run) => new WebAssembly.Module(Buffer.concat([module, customSection(run)]))),
    openUs,
  };
}

/** @param {Awaited<ReturnType<typeof measure>>} figures */
export function format({ bytes, gzippedBytes, brotliBytes, compileUs, openUs }) {
  return [
    '## Size and start',
    '',
    table(
      ['build/store.wasm', ' '],
      [
        ['bytes', bytes],
        ['bytes, gzip -9', gzippedBytes],
        ['bytes, brotli', brotliBytes],
        ['compiled, µs: once, when a Worker is loaded', Math.round(compileUs)],
        ['instantiated and configured, µs: new KVStore()', Math.round(openUs)],
      ],
    ),
  ].join('\n');
}

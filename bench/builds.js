/* The engine's two builds side by side: JSPI and Asyncify (docs/runtimes.md). Both wait here in this runtime. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { KVStore } from '../js-shim/kv-store.js';
import { FakeKV } from '../tests/support/fake-kv.js';
import { makeMessage, makeThread, threadId } from './samples.js';
import { table } from './table.js';

const BUILDS = ['store.wasm', 'store.asyncify.wasm'];
const RUNS = 200;
/** Turns of both, one after the other; the fastest counts. */
const TURNS = 3;
const MESSAGES = 100;

/** @type {Record<string, (store: KVStore, run: number) => Promise<unknown>>} */
const OPERATIONS = {
  getThreadById: (store) => store.getThreadById({ threadId: threadId(0) }),
  'listMessages, newest 10': (store) =>
    store.listMessages({
      threadId: threadId(0),
      perPage: 10,
      orderBy: { field: 'createdAt', direction: 'DESC' },
      includeTotal: false,
    }),
  'saveMessages of 2': (store, run) =>
    store.saveMessages({ messages: [makeMessage(threadId(1), 2 * run), makeMessage(threadId(1), 2 * run + 1)] }),
};

/** @param {string} build */
async function open(build) {
  const module = new WebAssembly.Module(bytesOf(build));
  const bindings = { threads: new FakeKV().location(), messages: new FakeKV().location() };
  const store = new KVStore({ bindings, overlay: false, module });
  await store.saveThread({ thread: makeThread(0) });
  await store.saveMessages({ messages: Array.from({ length: MESSAGES }, (_, i) => makeMessage(threadId(0), i)) });
  return store;
}

/** @param {string} build */
const bytesOf = (build) => readFileSync(new URL(`../build/${build}`, import.meta.url));

/** @param {(run: number) => Promise<unknown>} work @returns {Promise<number>} microseconds of CPU a run */
async function cpuUsOf(work) {
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) await work(run);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

export async function measure() {
  const rows = BUILDS.map((build) => {
    const bytes = bytesOf(build);
    const cpuUs = Object.fromEntries(Object.keys(OPERATIONS).map((name) => [name, Infinity]));
    return { build, bytes: bytes.length, gzippedBytes: gzipSync(bytes, { level: 9 }).length, cpuUs };
  });
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { build, cpuUs } of rows) {
      const store = await open(build);
      for (const [name, operation] of Object.entries(OPERATIONS)) {
        cpuUs[name] = Math.min(cpuUs[name], await cpuUsOf((run) => operation(store, run)));
      }
    }
  }
  return { rows };
}

/** @param {Awaited<ReturnType<typeof measure>>} figures */
export function format({ rows }) {
  const names = Object.keys(OPERATIONS);
  return [
    '## Two builds',
    '',
    table(
      ['build', ' bytes', ' gzip -9', ...names.map((name) => ` ${name}, µs`)],
      rows.map(({ build, bytes, gzippedBytes, cpuUs }) => [
        build,
        bytes,
        gzippedBytes,
        ...names.map((name) => Math.round(cpuUs[name])),
      ]),
    ),
  ].join('\n');
}

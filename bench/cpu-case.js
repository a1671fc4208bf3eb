/* One measurement of what the engine and the shim compute, in Node and in workerd.
 *
 * The KV under the store answers at once, so what remains is the shim's work (JSON of arguments and answers, text to
 * bytes and back, JSPI's switches) and the engine's. Each operation takes turns with the least that anybody would have to
 * do, JSON.parse of the stored values or JSON.stringify of what is saved, and what compares between machines is the
 * ratio of the medians. */
import { MemoryKV } from './memory-kv.js';
import { longContent, makeMessage, makeThread, threadId } from './samples.js';

/** @typedef {{ operation: 'listMessages' | 'saveMessages' | 'getThreadById' | 'persistWorkflowSnapshot' | 'loadWorkflowSnapshot', count: number, kilobytes: number, letters: 'ascii' | 'mixed' }} Case */
/** @typedef {{ us: number, jsonUs: number, bytes: number, runs: number }} Measured */

const KB = 1000;
const thread = threadId(0);
const newestFirst = { field: 'createdAt', direction: 'DESC' };

/** @type {Case[]} `count` is of messages; of getThreadById those that are in the thread's hint, of snapshots the steps */
export const CASES = [
  ...[0, 100].map(
    (count) => /** @type {Case} */ ({ operation: 'getThreadById', count, kilobytes: 0, letters: 'ascii' }),
  ),
  ...cases('listMessages', [10, 40, 100, 1000]),
  ...cases('saveMessages', [2, 100]),
  ...snapshotCases('persistWorkflowSnapshot'),
  ...snapshotCases('loadWorkflowSnapshot'),
];

/**
 * @param {Case['operation']} operation
 * @param {number[]} counts
 */
function cases(operation, counts) {
  const letters = /** @type {const} */ (['ascii', 'mixed']);
  return counts.flatMap((count) =>
    [2, 20].flatMap((kilobytes) =>
      letters.map((of) => /** @type {Case} */ ({ operation, count, kilobytes, letters: of })),
    ),
  );
}

/**
 * A run of ten steps.
 * @param {Case['operation']} operation
 */
function snapshotCases(operation) {
  return [2, 20].map((kilobytes) => /** @type {Case} */ ({ operation, count: 10, kilobytes, letters: 'ascii' }));
}

/** @param {Case} of */
export const titleOf = ({ operation, count, kilobytes, letters }) =>
  operation === 'getThreadById'
    ? `${operation}, ${count} hints`
    : `${operation}, ${count} × ${kilobytes} kB ${letters}`;

/**
 * @param {any} KVStore
 * @param {Case} of
 */
async function prepareSnapshot(KVStore, { operation, count, kilobytes, letters }) {
  const bindings = { threads: new MemoryKV(), messages: new MemoryKV() };
  const store = new KVStore({ bindings, overlay: false });
  const output = longContent(kilobytes * KB, letters);
  const steps = Array.from({ length: count }, (_, i) => [`step-${i}`, { status: 'success', output }]);
  const snapshot = { runId: 'run', status: 'running', value: {}, context: Object.fromEntries(steps), timestamp: 0 };
  const run = { workflowName: 'workflow', runId: 'run', resourceId: 'user-1' };
  await store.persistWorkflowSnapshot({ ...run, snapshot });
  bindings.threads.freeze();
  if (operation === 'persistWorkflowSnapshot') {
    return { run: () => store.persistWorkflowSnapshot({ ...run, snapshot }), json: () => JSON.stringify(snapshot) };
  }
  const values = bindings.threads.values('workflow_snapshot:');
  return { run: () => store.loadWorkflowSnapshot(run), json: () => values.map((value) => JSON.parse(value)) };
}

/**
 * @param {any} KVStore the class, so that this file imports none
 * @param {Case} of
 */
async function prepare(KVStore, of) {
  const { operation, count, kilobytes, letters } = of;
  if (operation.endsWith('Snapshot')) return prepareSnapshot(KVStore, of);
  const bindings = { threads: new MemoryKV(), messages: new MemoryKV() };
  const store = new KVStore({ bindings, overlay: false });
  const content = longContent(kilobytes * KB, letters);
  const messages = Array.from({ length: count }, (_, i) => makeMessage(thread, i, content));
  await store.saveThread({ thread: makeThread(0) });
  if (operation === 'saveMessages') {
    bindings.threads.freeze();
    bindings.messages.freeze();
    return { run: () => store.saveMessages({ messages }), json: () => JSON.stringify(messages) };
  }
  for (let at = 0; at < count; at += 100) await store.saveMessages({ messages: messages.slice(at, at + 100) });
  const values = operation === 'getThreadById' ? bindings.threads.values('') : bindings.messages.values('messages:');
  // A listing is not to find what was saved a moment ago in the thread's hint as well.
  if (operation === 'listMessages') bindings.threads.forget('metadata:threads:');
  bindings.threads.freeze();
  bindings.messages.freeze();
  const json = () =>
    values.map((value) => {
      const record = JSON.parse(value);
      record.createdAt = new Date(record.createdAt);
      return record;
    });
  if (operation === 'getThreadById') return { run: () => store.getThreadById({ threadId: thread }), json };
  const args = { threadId: thread, perPage: count, orderBy: newestFirst, includeTotal: false };
  return { run: () => store.listMessages(args), json };
}

/** @param {number[]} numbers */
export const medianOf = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * @param {any} KVStore
 * @param {Case} of
 * @param {{ clock: () => number, batchMs: number, totalMs: number }} times the clock, in ms; how long one reading is, for
 *   the clock's sake, and all of them
 * @returns {Promise<Measured>}
 */
export async function measureCase(KVStore, of, { clock, batchMs, totalMs }) {
  const { run, json } = await prepare(KVStore, of);
  const timed = async (/** @type {() => unknown} */ work, /** @type {number} */ runs) => {
    const start = clock();
    for (let i = 0; i < runs; i++) await work();
    return clock() - start;
  };
  // Until V8 has compiled what is hot.
  let batch = 1;
  for (let warmMs = 0; warmMs < totalMs / 4;) {
    const ms = await timed(run, batch);
    warmMs += ms + (await timed(json, batch));
    if (ms < batchMs) batch = Math.ceil(batch * Math.min(10, Math.max(1.2, batchMs / Math.max(ms, 0.1))));
  }
  const jsonBatch = 4 * batch;
  const operations = [];
  const baselines = [];
  const end = clock() + totalMs;
  while (operations.length < 3 || clock() < end) {
    operations.push((1000 * (await timed(run, batch))) / batch);
    baselines.push((1000 * (await timed(json, jsonBatch))) / jsonBatch);
  }
  const shown = JSON.stringify(json()).length;
  return { us: medianOf(operations), jsonUs: medianOf(baselines), bytes: shown, runs: operations.length * batch };
}

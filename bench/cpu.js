/* What the engine and the shim compute.
 *
 * The KV under them answers at once with what it answered before, so that neither its own work nor any waiting is
 * measured. What remains is the shim's (JSON of arguments and answers, text to bytes and back, JSPI's switches) and the
 * engine's. Node's V8 is workerd's too, but the machine is not: so every operation takes turns with a fixed piece of
 * work, JSON.stringify and JSON.parse of the data that it moves, and what compares is the ratio of the medians. */
import { createHistogram } from 'node:perf_hooks';
import { KVStore } from '../js-shim/kv-store.js';
import { fill, longContent, makeMessage, threadId } from './data.js';
import { table } from './table.js';

/** @import { KVNamespaceLike } from '../js-shim/kv/namespace.js' */
/** @import { Bindings } from './data.js' */

/** How long each operation is run, and how often at least and at the most. */
const RUN_MS = 1000;
const RUNS_MIN = 50;
const RUNS_MAX = 5000;
/** Not measured: until V8 has compiled what is hot. */
const WARM_UP_RUNS = 30;

const KB = 1024;
const thread = threadId(0);
const newestFirst = { field: 'createdAt', direction: 'DESC' };

/** @param {number} perPage */
const newest = (perPage) => ({ threadId: thread, perPage, orderBy: newestFirst, includeTotal: false });

/**
 * A namespace that answers a call as it did the first time, and in which writes change nothing.
 * @param {KVNamespaceLike} kv
 * @param {unknown[]} answers gets the lists' answers
 * @returns {KVNamespaceLike}
 */
function replaying(kv, answers) {
  /** @type {Map<string, any>} */
  const known = new Map();
  const replay = async (/** @type {string} */ call, /** @type {() => Promise<unknown>} */ ask) => {
    if (!known.has(call)) known.set(call, await ask());
    return known.get(call);
  };
  return {
    get: (/** @type {any} */ keys, /** @type {'text'} */ type) => replay(String(keys), () => kv.get(keys, type)),
    list: (options) =>
      replay(`${options.prefix} ${options.limit} ${options.cursor}`, async () => {
        const answer = await kv.list(options);
        answers.push(answer);
        return answer;
      }),
    put: async () => {},
    delete: async () => {},
  };
}

/**
 * @param {Bindings} bindings
 * @param {unknown[]} [listed]
 */
function openStore(bindings, listed = []) {
  return new KVStore({
    overlay: false,
    bindings: { threads: replaying(bindings.threads, listed), messages: replaying(bindings.messages, listed) },
  });
}

/**
 * Run an operation and its measure in turns.
 * @param {string} operation
 * @param {() => Promise<unknown>} run
 * @param {unknown} payload the data that it moves
 */
async function time(operation, run, payload) {
  const runs = createHistogram();
  const baselines = createHistogram();
  const deadline = performance.now() + RUN_MS;
  for (let i = -WARM_UP_RUNS; i < RUNS_MAX && (i < RUNS_MIN || performance.now() < deadline); i++) {
    const start = process.hrtime.bigint();
    await run();
    const middle = process.hrtime.bigint();
    JSON.parse(JSON.stringify(payload));
    const end = process.hrtime.bigint();
    if (i < 0) continue;
    runs.record(middle - start);
    baselines.record(end - middle);
  }
  const medianUs = runs.percentile(50) / 1000;
  const baselineUs = baselines.percentile(50) / 1000;
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  return { operation, runs: runs.count, bytes, medianUs, baselineUs, ratio: medianUs / baselineUs };
}

export async function measure() {
  const content = longContent(2 * KB);
  const long = await fill({ threads: 1, messages: 512 }, content);
  const many = await fill({ threads: 1, messages: 10_000 });
  const store = openStore(long);
  const pair = [makeMessage(thread, 512, content), makeMessage(thread, 513, content)];
  /** @type {unknown[]} */
  const listed = [];
  const counting = openStore(many, listed);
  const count = () => counting.listMessages({ threadId: thread, perPage: 10, orderBy: newestFirst });
  const { total } = await count();
  if (total !== 10_000) throw new Error(`listMessages counted ${total} messages`);

  /** @param {any} args */
  const list = async (args) => {
    const run = () => store.listMessages(args);
    return { run, payload: await run() };
  };
  const { run: list10, payload: messages10 } = await list(newest(10));
  const { run: list100, payload: messages100 } = await list(newest(100));
  const { run: listAll, payload: messagesAll } = await list({ threadId: thread, perPage: false });
  const getThread = () => store.getThreadById({ threadId: thread });
  return [
    await time('getThreadById', getThread, await getThread()),
    await time('saveMessages, 2 of 2 KB', () => store.saveMessages({ messages: pair }), { messages: pair }),
    await time('listMessages, newest 10 of 2 KB', list10, messages10),
    await time('listMessages, newest 100 of 2 KB', list100, messages100),
    await time('listMessages, all of 512 of 2 KB', listAll, messagesAll),
    await time('listMessages, newest 10 and total of 10,000 keys', count, listed),
  ];
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  const us = (/** @type {number} */ value) => value.toFixed(value < 100 ? 1 : 0);
  return [
    '## CPU',
    '',
    'Medians, over a KV that answers at once. JSON: stringify and parse of the same data, in turns with the operation.',
    '',
    table(
      ['operation', ' runs', ' KB', ' µs', ' JSON, µs', ' ratio'],
      rows.map(({ operation, runs, bytes, medianUs, baselineUs, ratio }) => [
        operation,
        runs,
        (bytes / KB).toFixed(1),
        us(medianUs),
        us(baselineUs),
        ratio.toFixed(2),
      ]),
    ),
  ].join('\n');
}

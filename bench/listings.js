/* Lists of threads of any length: KV calls, rounds of waiting and linear memory, by the number of messages. */
import { KVStore } from '../js-shim/kv-store.js';
import { CallCounter } from '../tests/support/counting-kv.js';
import { LongThreadKV } from '../tests/support/long-thread.js';
import { ManyThreadsKV } from '../tests/support/many-threads.js';
import { linearBytesOf } from './at-once.js';
import { table } from './table.js';

const SIZES = [1000, 10_000, 100_000, 500_000];
const THREADS = [1000, 10_000, 100_000, 600_000];
const MINUTE_MS = 60_000;
const descending = { orderBy: { field: 'createdAt', direction: 'DESC' } };

/** What is asked of a thread of `count` messages, with the date of the one in its middle. */
export const LISTS = /** @type {[string, (middle: Date) => object][]} */ ([
  ['newest 10', () => ({ ...descending, includeTotal: false })],
  ['oldest 10', () => ({ includeTotal: false })],
  ['newest 10 until the middle', (end) => ({ ...descending, includeTotal: false, filter: { dateRange: { end } } })],
  ['oldest 10 from the middle on', (start) => ({ includeTotal: false, filter: { dateRange: { start } } })],
  ['newest 10, with the total', () => descending],
  ['oldest 10, with the total', () => ({})],
]);

/**
 * What is asked of a resource's threads, whether all of them have to be read for it, and the most KiB it takes.
 * @type {{ name: string, args: object, judges: boolean, kib: number }[]}
 */
export const THREAD_LISTS = [
  { name: 'newest 10', args: {}, judges: false, kib: 384 },
  { name: 'oldest 10', args: { orderBy: { field: 'createdAt', direction: 'ASC' } }, judges: false, kib: 384 },
  { name: '10 from 2,000 on', args: { page: 200 }, judges: false, kib: 640 },
  { name: '10 updated last', args: { orderBy: { field: 'updatedAt', direction: 'DESC' } }, judges: true, kib: 4096 },
  { name: '10 by metadata', args: { filter: { metadata: { color: 'red' } } }, judges: true, kib: 4096 },
];

/**
 * @param {number} count
 * @param {{ filter?: object }} args
 */
export async function threadsCostOf(count, args) {
  const counter = new CallCounter();
  const traitOf = (/** @type {number} */ age) => ({
    updatedMs: ((age * 7919) % count) * MINUTE_MS,
    color: age % 100 === 0 ? 'red' : 'blue',
  });
  const threads = counter.wrap(/** @type {any} */ (new ManyThreadsKV(count, traitOf)));
  const { bytes } = await linearBytesOf(() =>
    new KVStore({ bindings: { threads, messages: threads }, overlay: false }).listThreads(
      /** @type {any} */ ({ perPage: 10, ...args, filter: { resourceId: 'u1', ...args.filter } }),
    ),
  );
  return { ...counter.cost, kib: bytes / 1024 };
}

/**
 * @param {number} count
 * @param {object} args
 * @param {(store: any, args: object) => Promise<unknown>} [list]
 */
export async function costOf(count, args, list = (store, given) => store.listMessages(given)) {
  const counter = new CallCounter();
  const messages = counter.wrap(/** @type {any} */ (new LongThreadKV({ count, everyMs: MINUTE_MS })));
  const threads = counter.wrap(/** @type {any} */ (new LongThreadKV({ count: 0, everyMs: MINUTE_MS })));
  const { bytes } = await linearBytesOf(() =>
    list(new KVStore({ bindings: { threads, messages }, overlay: false }), { threadId: 't1', perPage: 10, ...args }),
  );
  return { ...counter.cost, kib: bytes / 1024 };
}

/** @param {number} count */
export const middleOf = (count) => new LongThreadKV({ count, everyMs: MINUTE_MS }).dateOf(Math.floor(count / 2));

export async function measure() {
  const rows = [];
  for (const [name, argsOf] of LISTS) {
    for (const count of SIZES) rows.push({ name, count, ...(await costOf(count, argsOf(middleOf(count)))) });
  }
  const threads = [];
  for (const { name, args } of THREAD_LISTS) {
    for (const count of THREADS) threads.push({ name, count, ...(await threadsCostOf(count, args)) });
  }
  return { messages: rows, threads };
}

/**
 * @param {string} title
 * @param {number[]} sizes
 * @param {{ name: string, calls: number, rounds: number, kib: number }[]} rows
 */
function tableOf(title, sizes, rows) {
  return table(
    [title, ...sizes.map((count) => ` ${count.toLocaleString('en-US')}`)],
    [...new Set(rows.map(({ name }) => name))].map((name) => [
      name,
      ...rows.filter((row) => row.name === name).map(({ calls, rounds, kib }) => `${calls} / ${rounds} / ${kib}`),
    ]),
  );
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format({ messages, threads }) {
  return [
    '## Long threads',
    '',
    'A message a minute. Calls / rounds / KiB of linear memory.',
    '',
    tableOf('`listMessages`', SIZES, messages),
    '',
    tableOf('`listThreads`', THREADS, threads),
  ].join('\n');
}

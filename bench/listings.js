/* Lists of threads of any length: KV calls, rounds of waiting and linear memory, by the number of messages. */
import { KVStore } from '../js-shim/kv-store.js';
import { CallCounter } from '../tests/support/counting-kv.js';
import { LongThreadKV } from '../tests/support/long-thread.js';
import { linearBytesOf } from './at-once.js';
import { table } from './table.js';

const SIZES = [1000, 10_000, 100_000, 500_000];
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
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  const names = [...new Set(rows.map(({ name }) => name))];
  return [
    '## Long threads',
    '',
    'A message a minute. Calls / rounds / KiB of linear memory.',
    '',
    table(
      ['`listMessages`', ...SIZES.map((count) => ` ${count.toLocaleString('en-US')}`)],
      names.map((name) => [
        name,
        ...rows.filter((row) => row.name === name).map(({ calls, rounds, kib }) => `${calls} / ${rounds} / ${kib}`),
      ]),
    ),
  ].join('\n');
}

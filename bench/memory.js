/* Linear memory: what instances of the engine take, one and many at once.
 *
 * What counts is what an isolate is charged for: the size of each instance's memory, whether its pages were touched or
 * not. JavaScript's own memory (KV's answers, results) comes on top, and is the caller's data. */
import { KVStore } from '../js-shim/kv-store.js';
import { holdAtOnce, linearBytesOf } from './at-once.js';
import { fill } from './data.js';
import { longContent, makeMessage, threadId } from './samples.js';
import { table } from './table.js';

const KIB = 1024;
const AT_ONCE = 1000;
const newestFirst = { field: 'createdAt', direction: 'DESC' };
const thread = threadId(0);

/** @type {[string, (store: KVStore, content: object) => Promise<unknown>][]} */
const OPERATIONS = [
  ['getThreadById', (store) => store.getThreadById({ threadId: thread })],
  [
    'saveMessages of 2',
    (store, content) => store.saveMessages({ messages: [0, 1].map((i) => makeMessage(thread, 200 + i, content)) }),
  ],
  ['listMessages, newest 10', (store) => list(store, 10)],
  ['listMessages, newest 40', (store) => list(store, 40)],
];

/**
 * @param {KVStore} store
 * @param {number} perPage
 */
const list = (store, perPage) =>
  store.listMessages({ threadId: thread, perPage, orderBy: newestFirst, includeTotal: false });

export async function measure() {
  const sizes = [];
  for (const kilobytes of [0.7, 2, 20]) {
    const content = longContent(kilobytes * KIB);
    sizes.push({ kilobytes, content, bindings: await fill({ threads: 1, messages: 100 }, content) });
  }
  const rows = [];
  for (const { kilobytes, content, bindings } of sizes) {
    for (const [operation, run] of OPERATIONS) {
      const { bytes } = await linearBytesOf(() => run(new KVStore({ bindings, overlay: false }), content));
      rows.push({ operation, kilobytes, atOnce: 1, kib: bytes / KIB });
    }
    if (kilobytes > 2) continue;
    for (const maxConcurrency of [undefined, AT_ONCE]) {
      const { bytes } = await holdAtOnce(KVStore, { atOnce: AT_ONCE, kilobytes, maxConcurrency });
      const kib = bytes / KIB;
      const limit = maxConcurrency ? `, maxConcurrency ${maxConcurrency}` : '';
      rows.push({ operation: `listMessages, newest 40${limit}`, kilobytes, atOnce: AT_ONCE, kib });
    }
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  return [
    '## Linear memory',
    '',
    'Of all instances that the operation, or so many of them at once, made.',
    '',
    table(
      ['operation', ' KB a message', ' at once', ' KiB'],
      rows.map(({ operation, kilobytes, atOnce, kib }) => [operation, String(kilobytes), atOnce, kib]),
    ),
  ].join('\n');
}

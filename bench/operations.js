/* Every operation of the memory, whatever the store holds. */
import { costOf } from './cost.js';
import { bindingsOf, nameOf, SIZES } from './data.js';
import { makeMessage, makeResource, makeThread, threadId, USER } from './samples.js';
import { number, table } from './table.js';

/** @import { KVStore } from '../js-shim/kv-store.js' */
/** @import { Size } from './data.js' */

/** How long a KV call takes. */
const LATENCY_MS = 50;
const newestFirst = { field: 'createdAt', direction: 'DESC' };

/**
 * Writes change nothing (data.js), so that each operation finds the same.
 * @type {[string, (store: KVStore, given: Given) => Promise<unknown>][]}
 */
const OPERATIONS = [
  ['saveThread', (store, { size }) => store.saveThread({ thread: makeThread(size.threads) })],
  ['getThreadById', (store, { thread }) => store.getThreadById({ threadId: thread })],
  ['updateThread', (store, { thread }) => store.updateThread({ id: thread, title: 'Renamed' })],
  ['listThreads of a user, 20 a page', (store) => store.listThreads({ perPage: 20, filter: { resourceId: USER } })],
  ['listThreads of all, 20 a page', (store) => store.listThreads({ perPage: 20 })],
  ['copyThread', (store, { thread }) => store.copyThread({ sourceThreadId: thread })],
  ['deleteThread', (store, { thread }) => store.deleteThread({ threadId: thread })],
  ['saveMessages, 2 new', (store, { fresh }) => store.saveMessages({ messages: fresh(2) })],
  ['saveMessages, 100 new', (store, { fresh }) => store.saveMessages({ messages: fresh(100) })],
  [
    'updateMessages, 2',
    (store, { ids }) => store.updateMessages({ messages: ids(2).map((id) => ({ id, role: 'user' })) }),
  ],
  ['deleteMessages, 2', (store, { ids }) => store.deleteMessages(ids(2))],
  [
    'listMessages, newest 10, no total',
    (store, { thread }) =>
      store.listMessages({ threadId: thread, perPage: 10, orderBy: newestFirst, includeTotal: false }),
  ],
  [
    'listMessages, newest 10, with total',
    (store, { thread }) => store.listMessages({ threadId: thread, perPage: 10, orderBy: newestFirst }),
  ],
  ['listMessages, all', (store, { thread }) => store.listMessages({ threadId: thread, perPage: false })],
  [
    'listMessages, 1 with 2 before and 2 after',
    (store, { thread, ids }) =>
      store.listMessages({
        threadId: thread,
        perPage: 0,
        include: ids(1).map((id) => ({ id, withPreviousMessages: 2, withNextMessages: 2 })),
      }),
  ],
  [
    'listMessagesByResourceId, newest 10',
    (store) => store.listMessagesByResourceId({ resourceId: USER, perPage: 10, orderBy: newestFirst }),
  ],
  ['listMessagesById, 10', (store, { ids }) => store.listMessagesById({ messageIds: ids(10) })],
  ['getResourceById', (store) => store.getResourceById({ resourceId: USER })],
  ['saveResource', (store) => store.saveResource({ resource: makeResource() })],
  ['updateResource', (store) => store.updateResource({ resourceId: USER, workingMemory: '# Ada' })],
  ['dangerouslyClearAll', (store) => store.dangerouslyClearAll()],
];

/**
 * What an operation is given to work with.
 * @typedef {object} Given
 * @property {Size} size
 * @property {string} thread one in the middle
 * @property {(count: number) => string[]} ids of messages of that thread, from its middle
 * @property {(count: number) => any[]} fresh messages to save in it
 */

/**
 * @param {Size} size
 * @returns {Given}
 */
function given(size) {
  const thread = threadId(Math.floor(size.threads / 2));
  const messages = (/** @type {number} */ count, /** @type {number} */ from) =>
    Array.from({ length: count }, (_, i) => makeMessage(thread, from + i));
  return {
    size,
    thread,
    ids: (count) => messages(count, Math.floor((size.messages - count) / 2)).map(({ id }) => id),
    fresh: (count) => messages(count, size.messages),
  };
}

export async function measure() {
  const rows = [];
  for (const [operation, run] of OPERATIONS) {
    const costs = [];
    for (const size of SIZES) {
      const cost = await costOf(await bindingsOf(size), { overlay: false, latencyMs: LATENCY_MS }, (store) =>
        run(store, given(size)),
      );
      costs.push({ ...size, ...cost });
    }
    rows.push({ operation, costs });
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  return [
    '## Every operation',
    '',
    'KV calls / rounds of waiting, by what is stored (threads × messages in each), without the overlay.',
    `The time is computed: each call takes ${LATENCY_MS} ms, six at once.`,
    '',
    table(
      ['operation', ...SIZES.flatMap((size) => [` ${nameOf(size)}`, ' ms'])],
      rows.map(({ operation, costs }) => [
        operation,
        ...costs.flatMap(({ calls, rounds, elapsedMs }) => [`${number(calls)} / ${number(rounds)}`, elapsedMs]),
      ]),
    ),
  ].join('\n');
}

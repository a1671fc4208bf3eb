/* docs/memory.md says what every method of the memory domain costs. Here each row is measured at two sizes. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';

const DOC = await readFile(new URL('../../docs/memory.md', import.meta.url), 'utf8');
const up = (/** @type {number} */ count, /** @type {number} */ size) => Math.ceil(count / size);
const DAY_MS = 86_400_000;
const MESSAGE_EVERY_MS = DAY_MS / 5;

/** Threads of the resource u1, and of all; messages of the thread t0, and of all. */
const SIZES = [
  { U: 5, T: 8, M: 10, all: 12 },
  { U: 1200, T: 2500, M: 1500, all: 1502 },
];

/** @typedef {typeof SIZES[0]} Size */
/** @typedef {{ row: string, run: (store: any, size: Size) => Promise<unknown>, calls: (size: Size) => number, rounds: (size: Size) => number }} Row */

const thread = makeThread({ id: 't0', resourceId: 'u1' });
const ids = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `m${i}`);

const messageOf = (/** @type {string} */ id, /** @type {string} */ threadId, /** @type {number} */ ms) =>
  makeMessage(id, { threadId, resourceId: 'u1', createdAt: dateAt(ms) });

/** In an order in which each finds what it needs. @type {Row[]} */
const ROWS = [
  {
    row: '`getThreadById` | 1 | 1',
    run: (store) => store.getThreadById({ threadId: 't0' }),
    calls: () => 1,
    rounds: () => 1,
  },
  { row: '`saveThread` | 3 | 2', run: (store) => store.saveThread({ thread }), calls: () => 3, rounds: () => 2 },
  {
    row: '`updateThread`, title or metadata | 3 | 2',
    run: (store) => store.updateThread({ id: 't0', title: 'new' }),
    calls: () => 3,
    rounds: () => 2,
  },
  {
    row: '`listThreads` of a resource | ⌈U/1000⌉ + ⌈4p/100⌉ | ⌈U/1000⌉ + 1',
    run: (store) => store.listThreads({ filter: { resourceId: 'u1' }, perPage: 50 }),
    calls: ({ U }) => up(U, 1000) + up(4 * Math.min(U, 50), 100),
    rounds: ({ U }) => up(U, 1000) + 1,
  },
  {
    row: '`listThreads` of all | ⌈T/1000⌉ + ⌈4p/100⌉ | ⌈T/1000⌉ + 1',
    run: (store) => store.listThreads({ perPage: 50 }),
    calls: ({ T }) => up(T, 1000) + up(4 * Math.min(T, 50), 100),
    rounds: ({ T }) => up(T, 1000) + 1,
  },
  {
    row: '`listThreads` by `updatedAt`, or with a metadata filter | ⌈U/1000⌉ + ⌈4U/100⌉ | ⌈U/1000⌉ + 1',
    run: (store) => store.listThreads({ filter: { resourceId: 'u1', metadata: { color: 'red' } }, perPage: 5 }),
    calls: ({ U }) => up(U, 1000) + up(4 * U, 100),
    rounds: ({ U }) => up(U, 1000) + 1,
  },
  {
    row: '`saveMessages`, one thread | ⌈n/100⌉ + 2n + 2 | 2',
    run: (store) => store.saveMessages({ messages: ids(3).map((id, i) => messageOf(id, 't0', i * MESSAGE_EVERY_MS)) }),
    calls: () => 1 + 6 + 2,
    rounds: () => 2,
  },
  {
    row: '`listMessages`, the newest p without total | 3 | 2',
    run: (store) =>
      store.listMessages({
        threadId: 't0',
        perPage: 10,
        includeTotal: false,
        orderBy: { field: 'createdAt', direction: 'DESC' },
      }),
    calls: () => 3,
    rounds: () => 2,
  },
  {
    row: '`listMessages` with total, or oldest first of 4,000 | ⌈M/1000⌉ + ⌈p/100⌉ + 1 | ⌈M/1000⌉ + 1',
    run: (store) => store.listMessages({ threadId: 't0', perPage: 20 }),
    calls: ({ M }) => up(M, 1000) + 1 + 1,
    rounds: ({ M }) => up(M, 1000) + 1,
  },
  {
    row: '`listMessages`, only `include` of one message | 4 | 3',
    run: (store, { M }) =>
      store.listMessages({
        threadId: 't0',
        perPage: 0,
        include: [{ id: `m${M - 4}`, withPreviousMessages: 2, withNextMessages: 2 }],
      }),
    calls: () => 4,
    rounds: () => 3,
  },
  {
    row: '`listMessages` with a date range of one day | 3 | 2',
    run: (store) =>
      store.listMessages({
        threadId: 't0',
        filter: { dateRange: { start: dateAt(DAY_MS), end: dateAt(2 * DAY_MS) } },
      }),
    calls: () => 3,
    rounds: () => 2,
  },
  {
    row: '`listMessagesByResourceId` | ⌈all messages/1000⌉ + ⌈p/100⌉ + 1 | ⌈all messages/1000⌉ + 2',
    run: (store) => store.listMessagesByResourceId({ resourceId: 'u1', perPage: 20 }),
    calls: ({ all }) => up(all, 1000) + 1 + 1,
    rounds: ({ all }) => up(all, 1000) + 2,
  },
  {
    row: '`listMessagesById` | 2⌈n/100⌉ + 1 | 2',
    run: (store) => store.listMessagesById({ messageIds: ids(4) }),
    calls: () => 3,
    rounds: () => 2,
  },
  {
    row: '`updateMessages`, one thread | ⌈n/100⌉ + ⌈4n/100⌉ + n + 3 | 4',
    run: (store) => store.updateMessages({ messages: ids(4).map((id) => ({ id, content: { content: 'new' } })) }),
    calls: () => 2 + 4 + 3, // one of them marks the thread, in a round of its own, and is made once
    rounds: () => 4,
  },
  {
    row: '`deleteMessages` | ⌈n/100⌉ + 2n + 2 | 3',
    run: (store) => store.deleteMessages(['x1', 'x2']),
    calls: () => 1 + 4 + 2,
    rounds: () => 3,
  },
  {
    row: '`copyThread` | ⌈M/1000⌉ + ⌈4M/100⌉ + 2M + 5 | ⌈M/1000⌉ + 2⌈M/100⌉ + 2',
    run: (store) => store.copyThread({ sourceThreadId: 't0' }),
    calls: ({ M }) => up(M, 1000) + up(4 * M, 100) + 2 * M + 5,
    rounds: ({ M }) => up(M, 1000) + 2 * up(M, 100) + 2,
  },
  {
    row: '`saveResource` | 2 | 2',
    run: (store) => store.saveResource({ resource: { id: 'u1', createdAt: dateAt(0), updatedAt: dateAt(0) } }),
    calls: () => 2,
    rounds: () => 2,
  },
  {
    row: '`updateResource`, working memory or metadata | 2 | 2',
    run: (store) => store.updateResource({ resourceId: 'u1', workingMemory: 'new' }),
    calls: () => 2,
    rounds: () => 2,
  },
  {
    row: '`getResourceById` | 1 | 1',
    run: (store) => store.getResourceById({ resourceId: 'u1' }),
    calls: () => 1,
    rounds: () => 1,
  },
  {
    row: '`deleteThread` | ⌈M/1000⌉ + ⌈4M/100⌉ + 2M + 4 + what was updated | ⌈M/1000⌉ + 3 + 3⌈M/500⌉',
    run: (store) => store.deleteThread({ threadId: 't0' }),
    // Updated were the thread's title and activity, four messages' content, and with them the mark that says so.
    calls: ({ M }) => up(M, 1000) + up(4 * M, 100) + 2 * M + 4 + 2 + 4 + 1,
    rounds: ({ M }) => up(M, 1000) + 3 + 3 * up(M, 500),
  },
];

it('docs/memory.md has a row for each method that is measured, and no other', () => {
  const rows = [...DOC.matchAll(/^\| (`.*) \|$/gm)].map(([, row]) => row);
  assert.deepEqual(rows.toSorted(), ROWS.map(({ row }) => row).toSorted());
});

for (const size of SIZES) {
  describe(`the memory domain's costs, with ${size.M} messages in a thread, ${size.U} threads of a resource`, () => {
    const counter = new CallCounter();
    const kv = { threads: new FakeKV(), messages: new FakeKV() };
    const filler = new KVStore({
      bindings: { threads: kv.threads.location(), messages: kv.messages.location() },
      overlay: false,
    });
    const store = new KVStore({
      bindings: { threads: counter.wrap(kv.threads.location()), messages: counter.wrap(kv.messages.location()) },
      overlay: false,
    });

    before(async () => {
      for (let i = 0; i < size.T; i++) {
        const resourceId = i < size.U ? 'u1' : 'u2';
        await filler.saveThread({ thread: makeThread({ id: `t${i}`, resourceId, createdAt: dateAt(i) }) });
      }
      await filler.saveMessages({ messages: ids(size.M).map((id, i) => messageOf(id, 't0', i * MESSAGE_EVERY_MS)) });
      await filler.saveMessages({ messages: [messageOf('x1', 't1', 1), messageOf('x2', 't1', 2)] });
    });

    for (const { row, run, calls, rounds } of ROWS) {
      it(row, async () => {
        counter.reset();
        await run(store, size);
        assert.deepEqual(counter.cost, { calls: calls(size), rounds: rounds(size) }, `\n${counter}`);
      });
    }
  });
}

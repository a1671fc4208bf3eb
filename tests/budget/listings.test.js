/* What lists of a long thread cost at any size, in KV calls, rounds and linear memory: docs/performance.md has the figures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LISTS, costOf, middleOf } from '../../bench/listings.js';
import { LongThreadKV } from '../support/long-thread.js';
import { KVStore } from '../../js-shim/kv-store.js';

const up = (/** @type {number} */ count) => Math.ceil(count / 1000);

/** The most that each list costs in a thread of `count` messages. @type {Record<string, (count: number) => { calls: number, rounds: number, kib: number }>} */
const BOUNDS = {
  'newest 10': () => ({ calls: 3, rounds: 2, kib: 64 }),
  'oldest 10': (count) => (count <= 4000 ? { calls: 2 + up(count), rounds: 1 + up(count), kib: 1200 } : DESCENT),
  'newest 10 until the middle': () => ({ calls: 8, rounds: 7, kib: 512 }),
  'oldest 10 from the middle on': () => DESCENT,
  'newest 10, with the total': (count) => ({ calls: 2 + up(count), rounds: 1 + up(count), kib: 576 }),
  'oldest 10, with the total': (count) => ({ calls: 2 + up(count), rounds: 1 + up(count), kib: 576 }),
};
/** From the oldest on, or backwards from where a range begins. */
const DESCENT = { calls: 80, rounds: 13, kib: 2048 };

for (const count of [500, 3500, 12_345, 200_000]) {
  describe(`lists of a thread of ${count} messages`, () => {
    for (const [name, argsOf] of LISTS) {
      it(name, async () => {
        const cost = await costOf(count, argsOf(middleOf(count)));
        const bound = BOUNDS[name](count);
        const told = `${JSON.stringify(cost)}, at most ${JSON.stringify(bound)}`;
        assert.ok(cost.calls <= bound.calls && cost.rounds <= bound.rounds && cost.kib <= bound.kib, told);
      });
    }
  });
}

it('listMessagesByResourceId takes the memory of its page, however many messages there are', async () => {
  const list = (/** @type {any} */ store) => store.listMessagesByResourceId({ resourceId: 'u1', perPage: 10 });
  const cost = await costOf(200_000, {}, list);
  assert.ok(cost.kib <= 640, JSON.stringify(cost));
  assert.equal(cost.rounds, 202);
});

it('pages of a long thread are the messages that they should be', async () => {
  const count = 30_000;
  const messages = /** @type {any} */ (new LongThreadKV({ count, everyMs: 60_000 }));
  const threads = /** @type {any} */ (new LongThreadKV({ count: 0, everyMs: 60_000 }));
  const store = new KVStore({ bindings: { threads, messages }, overlay: false });
  for (const [name, first, step] of /** @type {[string, number, number][]} */ ([
    ['newest 10', count - 1, -1],
    ['oldest 10', 0, 1],
    ['newest 10 until the middle', count / 2 - 1, -1],
    ['oldest 10 from the middle on', count / 2 - 1, 1],
    ['newest 10, with the total', count - 1, -1],
    ['oldest 10, with the total', 0, 1],
  ])) {
    const [, argsOf] = /** @type {typeof LISTS[0]} */ (LISTS.find(([listed]) => listed === name));
    const page = await store.listMessages({ threadId: 't1', perPage: 10, ...argsOf(middleOf(count)) });
    const expected = Array.from({ length: 10 }, (_, i) => `m${first + i * step}`);
    assert.deepEqual(
      page.messages.map(({ id }) => id),
      expected,
      name,
    );
    if (name.endsWith('total')) assert.equal(page.total, count);
    assert.equal(page.hasMore, true);
  }
});

it('a page with the total is filled up when more than were kept prove to be gone', async () => {
  // Of 9,000 keys those behind the first few were only counted, and the last page's followed in their place.
  const count = 9000;
  const messages = /** @type {any} */ (new LongThreadKV({ count, everyMs: 60_000, gone: 100 }));
  const threads = /** @type {any} */ (new LongThreadKV({ count: 0, everyMs: 60_000 }));
  const store = new KVStore({ bindings: { threads, messages }, overlay: false });
  const page = await store.listMessages({
    threadId: 't1',
    perPage: 10,
    orderBy: { field: 'createdAt', direction: 'DESC' },
  });
  assert.deepEqual(
    page.messages.map(({ id }) => id),
    Array.from({ length: 10 }, (_, i) => `m${count - 101 - i}`),
  );
  assert.equal(page.total, count - 100);
});

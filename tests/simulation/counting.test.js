/* A page with a total of a long thread: messages that no page needs are counted and not kept. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idsOf, dateAt, makeMessage, makeMessages } from '../support/samples.js';
import { makeRandom } from '../support/random.js';
import { forSeeds, inWorld, STALE_MS } from '../support/world.js';

/** @import { Memory } from '../support/harness.js' */

const orderBy = { field: 'createdAt', direction: 'DESC' };
/** Pages of a list so short that a thread of some dozens is long. */
const SHORT = { pageKeysMax: 6 };

/**
 * Compare pages of a thread with what all of it is. Before lists have caught up, totals and the places of later pages may
 * count what was deleted a moment ago, for only the page is read.
 * @param {Memory} store
 * @param {object} [args]
 * @param {boolean} [isSettled]
 */
async function assertPages(store, args = {}, isSettled = true) {
  const { messages: all, total } = await store.listMessages({ threadId: 't1', orderBy, perPage: false, ...args });
  for (const perPage of [1, 3, 10]) {
    for (const page of isSettled ? [0, 1, 4, 30] : [0]) {
      const found = await store.listMessages({ threadId: 't1', orderBy, perPage, page, ...args });
      assert.deepEqual(idsOf(found.messages), idsOf(all).slice(page * perPage, (page + 1) * perPage));
      if (isSettled) assert.equal(found.total, total);
      else assert.ok(found.total >= total, `${found.total} < ${total}`);
      assert.equal(found.hasMore, (page + 1) * perPage < found.total);
    }
  }
  return total;
}

/**
 * Let lists catch up, and the thread's hint hold no more than one message that is older than all others: what it names is
 * always kept.
 * @param {import('../support/world.js').World} world
 * @param {Memory} store
 */
async function forgetHints(world, store) {
  world.advance(6 * STALE_MS);
  await store.saveMessages({ messages: [makeMessage('oldest', { createdAt: dateAt(-1000) })] });
  world.advance(2 * STALE_MS);
}

describe('pages from the newest, with a total', () => {
  it('are those of all messages, whatever was done to them', () =>
    forSeeds(20, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({ ...SHORT, hasEmptyPages: random.chance(0.3) }, async (world) => {
        const store = world.store({ listLagMs: STALE_MS }, { overlay: random.chance(0.5) });
        const count = 40 + random.integer(60);
        // Many of one time, and of two resources.
        const messages = makeMessages(count).map((message) => ({
          ...message,
          createdAt: dateAt(random.integer(count / 4) * 1000),
          resourceId: `u${random.integer(2)}`,
        }));
        const ids = idsOf(messages);
        const some = () => [0, 1, 2].map(() => ids[random.integer(count)]);
        await store.saveMessages({ messages: messages.slice(0, count - 10) });
        for (let i = 0; i < 3; i++) {
          world.advance(random.integer(90_000));
          if (random.chance(0.5)) await store.deleteMessages(some());
          if (random.chance(0.5)) await store.saveMessages({ messages: messages.slice(count - 10, count - 4 * i) });
          if (random.chance(0.3)) {
            await store.saveMessages({ messages: [makeMessage(some()[0], { createdAt: dateAt(random.integer(9)) })] });
          }
        }
        const dateRange = { start: dateAt(3000), ...(random.chance(0.5) && { end: dateAt(9000) }) };
        for (const isSettled of [false, true]) {
          await assertPages(store, {}, isSettled);
          await assertPages(store, { resourceId: 'u1' }, isSettled);
          await assertPages(store, { filter: { dateRange } }, isSettled);
          await forgetHints(world, store);
        }
      })();
    }));

  it(
    'are full where a lagging list shows more deleted messages than were kept',
    inWorld(SHORT, async (world) => {
      const store = world.store({ listLagMs: STALE_MS }, { overlay: false });
      const ids = idsOf(makeMessages(60));
      await store.saveMessages({ messages: makeMessages(60) });
      await forgetHints(world, store);
      await store.deleteMessages(ids.slice(35));
      const { messages, hasMore } = await store.listMessages({ threadId: 't1', orderBy, perPage: 3 });
      assert.deepEqual(idsOf(messages), ids.slice(32, 35).reverse());
      assert.equal(hasMore, true);
      world.advance(2 * STALE_MS);
      assert.equal(await assertPages(store), 36);
    }),
  );
});

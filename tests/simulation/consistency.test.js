/* Several stores over one KV whose reads and lists are behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomLatency } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';
import { STALE_MS, World, forSeeds, inWorld } from '../support/world.js';

/** @import { Memory } from '../support/harness.js' */

const NEWEST = { perPage: 10, includeTotal: false, orderBy: { field: 'createdAt', direction: 'DESC' } };

/** What an agent asks for. @param {Memory} store @param {string} [threadId] */
const newest = async (store, threadId = 't1') => idsOf((await store.listMessages({ threadId, ...NEWEST })).messages);
/** @param {Memory} store @param {string} [threadId] */
const all = async (store, threadId = 't1') => idsOf((await store.listMessages({ threadId, perPage: false })).messages);

/** The messages of an agent's turn: a question and its answer. @param {number} turn */
const turnOf = (turn) => [
  makeMessage(`${turn}q`, { createdAt: dateAt(turn * 1000) }),
  makeMessage(`${turn}a`, { role: 'assistant', createdAt: dateAt(turn * 1000 + 1) }),
];
const turnIds = (/** @type {number} */ turns) =>
  Array.from({ length: turns }, (_, turn) => [`${turn}q`, `${turn}a`]).flat();

describe('two stores that write to one thread at once', () => {
  it('lose no message', () =>
    forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      const world = new World({ latency: randomLatency(random) });
      try {
        const behind = { getCacheMs: STALE_MS, listLagMs: STALE_MS, random };
        const stores = [world.store(behind), world.store(behind, { overlay: random.chance(0.5) })];
        await stores[0].saveThread({ thread: makeThread() });
        const saved = [];
        const calls = [];
        for (let turn = 0; turn < 6; turn++) {
          const messages = turnOf(turn);
          saved.push(...messages);
          calls.push(random.pick(stores).saveMessages({ messages }));
          if (random.chance(0.3)) await Promise.all(calls);
          if (random.chance(0.3)) world.advance(random.integer(5000));
        }
        await Promise.all(calls);
        // What is not in the hint, since the stores overwrote each other's, waits for the lists.
        world.advance(STALE_MS);
        for (const store of [world.observer(), ...stores]) {
          assert.deepEqual((await store.listMessages({ threadId: 't1', perPage: false })).messages, saved);
          assert.equal((await store.listMessages({ threadId: 't1' })).total, saved.length);
        }
        assert.deepEqual((await world.observer().listMessagesById({ messageIds: idsOf(saved) })).messages, saved);
        assert.ok((await world.observer().getThreadById({ threadId: 't1' })).updatedAt > dateAt(0));
      } finally {
        world.close();
      }
    }));

  it('lose neither title nor metadata nor the time of the last message', () =>
    forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      const world = new World({ latency: randomLatency(random) });
      try {
        const behind = { getCacheMs: STALE_MS, listLagMs: STALE_MS, random };
        const [a, b] = [world.store(behind), world.store(behind)];
        await a.saveThread({ thread: makeThread() });
        for (const store of [a, b]) await store.getThreadById({ threadId: 't1' });
        await Promise.all([
          a.updateThread({ id: 't1', title: 'by a' }),
          b.updateThread({ id: 't1', metadata: { by: 'b' } }),
          a.saveMessages({ messages: [makeMessage('ma')] }),
          b.saveMessages({ messages: [makeMessage('mb')] }),
        ]);
        world.advance(STALE_MS);
        for (const store of [world.observer(), a, b]) {
          const thread = await store.getThreadById({ threadId: 't1' });
          assert.deepEqual([thread.title, thread.metadata], ['by a', { color: 'red', by: 'b' }]);
          assert.ok(thread.updatedAt > dateAt(0));
          assert.deepEqual((await all(store)).sort(), ['ma', 'mb']);
        }
      } finally {
        world.close();
      }
    }));
});

describe('a second store', () => {
  for (const overlay of [true, false]) {
    const name = overlay ? 'with its overlay' : 'without an overlay';

    it(
      `whose lists are a minute old finds the newest messages, ${name}`,
      inWorld({}, async (world) => {
        const writer = world.store();
        const reader = world.store({ listLagMs: STALE_MS }, { overlay });
        await writer.saveThread({ thread: makeThread() });
        for (let turn = 0; turn < 8; turn++) {
          await writer.saveMessages({ messages: turnOf(turn) });
          world.advance(2000);
          assert.deepEqual(
            await newest(reader),
            turnIds(turn + 1)
              .slice(-10)
              .reverse(),
          );
          assert.deepEqual(await all(reader), turnIds(turn + 1));
        }
        assert.equal((await reader.listMessages({ threadId: 't1' })).total, 16);
      }),
    );

    it(`whose lists show some writes and miss others finds them all, in order and once, ${name}`, () =>
      forSeeds(20, async (seed) => {
        const random = makeRandom(seed);
        await inWorld({}, async (world) => {
          const writer = world.store();
          const reader = world.store({ listLagMs: STALE_MS, random }, { overlay });
          for (let turn = 0; turn < 20; turn++) {
            await writer.saveMessages({ messages: turnOf(turn) });
            world.advance(1001 + random.integer(8000));
            assert.deepEqual(
              await newest(reader),
              turnIds(turn + 1)
                .slice(-10)
                .reverse(),
            );
          }
          assert.deepEqual(await all(reader), turnIds(20));
        })();
      }));

    it(
      `whose gets are a minute old for what it has read finds the newest messages, ${name}`,
      inWorld({}, async (world) => {
        const writer = world.store();
        const reader = world.store({ getCacheMs: STALE_MS }, { overlay });
        await writer.saveThread({ thread: makeThread() });
        assert.deepEqual(await newest(reader), [], 'it has read that there is nothing');
        for (let turn = 0; turn < 8; turn++) {
          await writer.saveMessages({ messages: turnOf(turn) });
          world.advance(2000);
          assert.deepEqual(
            await newest(reader),
            turnIds(turn + 1)
              .slice(-10)
              .reverse(),
          );
        }
      }),
    );

    it(
      `that is behind in all ways sees everything after a minute, ${name}`,
      inWorld({}, async (world) => {
        const writer = world.store();
        const reader = world.store({ getCacheMs: STALE_MS, listLagMs: STALE_MS }, { overlay });
        assert.deepEqual(await newest(reader), []);
        assert.equal(await reader.getThreadById({ threadId: 't1' }), null);
        await writer.saveThread({ thread: makeThread() });
        await writer.saveMessages({ messages: turnOf(0) });
        world.advance(STALE_MS);
        assert.deepEqual(await newest(reader), ['0a', '0q']);
        assert.equal((await reader.getThreadById({ threadId: 't1' })).id, 't1');
        assert.equal((await reader.listThreads({ filter: { resourceId: 'u1' } })).total, 1);
      }),
    );
  }

  it(
    'sees a message once that was deleted and saved again, while its lists show the former one',
    inWorld({}, async (world) => {
      const writer = world.store();
      const reader = world.store({ listLagMs: STALE_MS }, { overlay: false });
      const messages = ['c', 'a', 'b'].map((id) => makeMessage(id));
      await writer.saveMessages({ messages });
      world.advance(STALE_MS);
      assert.deepEqual(await all(reader), ['c', 'a', 'b']);
      await writer.deleteMessages(['a', 'b', 'c']);
      world.advance(2000);
      assert.deepEqual(await all(reader), []);
      await writer.saveMessages({ messages: messages.toReversed() });
      world.advance(2000);
      // The lists still order them as they were first saved: which order is shown meanwhile is not said.
      assert.deepEqual((await all(reader)).sort(), ['a', 'b', 'c']);
      assert.equal((await reader.listMessages({ threadId: 't1' })).total, 3);
      assert.deepEqual((await newest(reader)).sort(), ['a', 'b', 'c']);
      world.advance(STALE_MS);
      assert.deepEqual(await all(reader), ['b', 'a', 'c']);
    }),
  );

  it(
    'sees no message twice that was moved, while its lists show the former place',
    inWorld({}, async (world) => {
      const writer = world.store();
      const reader = world.store({ listLagMs: STALE_MS }, { overlay: false });
      await writer.saveMessages({ messages: makeMessages(3) });
      world.advance(STALE_MS);
      await writer.saveMessages({ messages: [makeMessage('m0', { createdAt: dateAt(9000) })] });
      await writer.saveMessages({ messages: [makeMessage('m1', { threadId: 't2', createdAt: dateAt(9000) })] });
      assert.deepEqual(await all(reader), ['m2', 'm0']);
      assert.deepEqual(await newest(reader), ['m0', 'm2']);
      assert.deepEqual(await all(reader, 't2'), ['m1']);
    }),
  );

  it(
    'shows no deleted thread and no deleted message, however old its lists are',
    inWorld({}, async (world) => {
      const writer = world.store();
      for (const id of ['t1', 't2']) await writer.saveThread({ thread: makeThread({ id }) });
      await writer.saveMessages({ messages: makeMessages(30) });
      world.advance(STALE_MS);
      const reader = world.store({ listLagMs: STALE_MS });
      await writer.deleteMessages(['m00', 'm29', 'm27']);
      assert.deepEqual(
        await newest(reader),
        ['28', '26', '25', '24', '23', '22', '21', '20', '19', '18'].map((n) => `m${n}`),
      );
      assert.equal((await all(reader)).length, 27);
      await writer.deleteThread({ threadId: 't1' });
      world.advance(2000);
      assert.deepEqual(await newest(reader), []);
      assert.deepEqual(idsOf((await reader.listThreads({ filter: { resourceId: 'u1' } })).threads), ['t2']);
      assert.deepEqual(idsOf((await reader.listThreads()).threads), ['t2']);
      assert.equal(await reader.getThreadById({ threadId: 't1' }), null);
    }),
  );
});

describe('turns that alternate between two stores', () => {
  it(
    'each see all messages within a minute, with lists that show nothing yet',
    inWorld({}, async (world) => {
      const behind = { listLagMs: STALE_MS };
      const stores = [world.store(behind), world.store(behind)];
      await stores[0].saveThread({ thread: makeThread() });
      for (let turn = 0; turn < 24; turn++) {
        const store = stores[turn % 2];
        world.advance(1500);
        assert.equal((await store.getThreadById({ threadId: 't1' })).id, 't1');
        assert.deepEqual(await newest(store), turnIds(turn).slice(-10).reverse(), `turn ${turn}`);
        await store.saveMessages({ messages: turnOf(turn) });
        assert.deepEqual(
          await newest(store),
          turnIds(turn + 1)
            .slice(-10)
            .reverse(),
          `after turn ${turn}`,
        );
      }
      assert.deepEqual(await all(stores[0]), turnIds(24));
    }),
  );

  it('are as one store would have them, whatever was done', () =>
    forSeeds(60, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({ latency: randomLatency(random), hasEmptyPages: random.chance(0.3) }, async (world) => {
        const places = [{ listLagMs: STALE_MS }, { listLagMs: STALE_MS, random }, {}];
        const overlay = random.chance(0.5);
        const stores = places.map((place) => world.store(place, { overlay }));
        // What one store wrote and another removes, the first goes on showing for a minute with its overlay, as KV's
        // own caches may: it cannot tell a deletion from a read that is behind.
        await simulate(world, stores, random, { removalMs: overlay ? STALE_MS : 0 });
      })();
    }));
});

describe('a store whose reads are behind', () => {
  for (const overlay of [true, false]) {
    it(
      `puts no old title back, ${overlay ? 'with' : 'without'} its overlay`,
      inWorld({}, async (world) => {
        const [a, b] = [world.store({ getCacheMs: STALE_MS }, { overlay }), world.store()];
        await b.saveThread({ thread: makeThread({ title: 'old' }) });
        assert.equal((await a.getThreadById({ threadId: 't1' })).title, 'old');
        await b.updateThread({ id: 't1', title: 'new' });
        world.advance(5000);
        assert.equal((await a.getThreadById({ threadId: 't1' })).title, 'old', 'its reads are behind');
        await a.saveMessages({ messages: [makeMessage('m1')] });
        assert.equal((await world.observer().getThreadById({ threadId: 't1' })).title, 'new');
        await a.updateThread({ id: 't1', metadata: { by: 'a' } });
        await a.updateThread({ id: 't1' });
        await a.deleteMessages(['m1']);
        const thread = await world.observer().getThreadById({ threadId: 't1' });
        assert.deepEqual([thread.title, thread.metadata], ['new', { color: 'red', by: 'a' }]);
        world.advance(STALE_MS);
        assert.equal((await a.getThreadById({ threadId: 't1' })).title, 'new');
      }),
    );

    it(
      `puts no old metadata back with a title, ${overlay ? 'with' : 'without'} its overlay`,
      inWorld({}, async (world) => {
        const [a, b] = [world.store({ getCacheMs: STALE_MS }, { overlay }), world.store()];
        await b.saveThread({ thread: makeThread() });
        await a.getThreadById({ threadId: 't1' });
        await b.updateThread({ id: 't1', metadata: { size: 2 } });
        world.advance(5000);
        await a.updateThread({ id: 't1', title: 'by a' });
        const thread = await world.observer().getThreadById({ threadId: 't1' });
        assert.deepEqual([thread.title, thread.metadata], ['by a', { color: 'red', size: 2 }]);
      }),
    );
  }

  it('loses no message of a thread it believes empty', () =>
    forSeeds(20, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({ latency: randomLatency(random) }, async (world) => {
        const behind = { getCacheMs: STALE_MS, listLagMs: STALE_MS, seesOwnWrites: false, random };
        const stores = [0, 1, 2].map(() => world.store(behind, { overlay: random.chance(0.5) }));
        for (const store of stores) assert.deepEqual(await all(store), []);
        const saved = [];
        for (let turn = 0; turn < 12; turn++) {
          saved.push(...turnOf(turn));
          await random.pick(stores).saveMessages({ messages: turnOf(turn) });
          // The same again, as after a lost answer, perhaps by another that knows nothing of the first.
          if (random.chance(0.3)) await random.pick(stores).saveMessages({ messages: turnOf(turn) });
          world.advance(random.integer(6000));
        }
        world.advance(STALE_MS);
        for (const store of [world.observer(), ...stores]) {
          assert.deepEqual((await store.listMessages({ threadId: 't1', perPage: false })).messages, saved);
          assert.equal((await store.listMessages({ threadId: 't1' })).total, saved.length);
        }
      })();
    }));
});

describe('a store without an overlay', () => {
  it(
    'finds the newest messages it saved, though lists do not show them yet',
    inWorld({}, async (world) => {
      const store = world.store({ listLagMs: STALE_MS }, { overlay: false });
      for (let turn = 0; turn < 10; turn++) {
        await store.saveMessages({ messages: turnOf(turn) });
        assert.deepEqual(
          await newest(store),
          turnIds(turn + 1)
            .slice(-10)
            .reverse(),
        );
      }
    }),
  );
});

/**
 * Let stores do random things, one after another, and compare each step with a plain model.
 * @param {World} world
 * @param {Memory[]} stores
 * @param {import('../support/random.js').Random} random
 * @param {{ removalMs: number }} options how long it takes until all stores see that a key is gone
 */
async function simulate(world, stores, random, { removalMs }) {
  const threadIds = ['t1', 't2'];
  const messageIds = Array.from({ length: 12 }, (_, i) => `m${i}`);
  /** @type {Map<string, { thread: string, message: any, order: [number, number, number], at: number }>} */
  const messages = new Map();
  /** @type {Map<string, any>} */
  const threads = new Map();
  let calls = 0;
  let hasRemoved = false;

  const newMessage = () =>
    makeMessage(random.pick(messageIds), {
      threadId: random.pick(threadIds),
      resourceId: random.pick(['u1', 'u2']),
      createdAt: dateAt(random.integer(4) * 1000),
      content: { n: calls },
    });
  /** @param {Memory} store */
  const save = async (store) => {
    // The same id twice in a call is for the contract's tests.
    const batch = [
      ...new Map([newMessage(), newMessage(), newMessage()].map((message) => [message.id, message])).values(),
    ];
    await store.saveMessages({ messages: batch });
    for (const [seq, message] of batch.entries()) {
      const old = messages.get(message.id);
      const isMoved = old?.thread !== message.threadId || Number(old?.message.createdAt) !== Number(message.createdAt);
      hasRemoved ||= old !== undefined && isMoved;
      const order = old?.order ?? [0, calls, seq];
      const place = { thread: message.threadId, message, at: old?.at ?? Date.now() };
      messages.set(message.id, { ...place, order: [Number(message.createdAt), order[1], order[2]] });
    }
  };
  /** @type {((store: Memory) => Promise<void>)[]} */
  const actions = [
    save,
    save,
    async (store) => {
      const ids = [random.pick(messageIds), random.pick(messageIds)];
      await store.deleteMessages(ids);
      hasRemoved = true;
      for (const id of ids) messages.delete(id);
    },
    async (store) => {
      const thread = makeThread({
        id: random.pick(threadIds),
        title: `saved ${calls}`,
        resourceId: random.pick(['u1', 'u2']),
      });
      await store.saveThread({ thread });
      threads.set(thread.id, { title: thread.title, metadata: thread.metadata, resourceId: thread.resourceId });
    },
    async (store) => {
      const id = random.pick(threadIds);
      const old = threads.get(id);
      const patch = random.chance(0.5)
        ? { title: `updated ${calls}` }
        : { metadata: { [`k${random.integer(3)}`]: calls } };
      const update = store.updateThread({ id, ...patch });
      if (!old) return assert.rejects(update, { code: 'NOT_FOUND' });
      await update;
      threads.set(id, { ...old, ...patch, metadata: { ...old.metadata, ...patch.metadata } });
    },
    async (store) => {
      if (!random.chance(0.4)) return;
      const threadId = random.pick(threadIds);
      await store.deleteThread({ threadId });
      hasRemoved = true;
      threads.delete(threadId);
      for (const [id, { thread }] of messages) if (thread === threadId) messages.delete(id);
    },
  ];

  for (calls = 0; calls < 40; calls++) {
    hasRemoved = false;
    await random.pick(actions)(random.pick(stores));
    if (hasRemoved) world.advance(removalMs);
    // More than the second for which a store answers gets from memory.
    world.advance(1001 + random.integer(random.chance(0.1) ? 90_000 : 5000));
    await compare(random.pick(stores));
  }
  for (const store of [...stores, world.observer()]) await compare(store);

  /** @param {Memory} store */
  async function compare(store) {
    for (const id of threadIds) {
      const thread = await store.getThreadById({ threadId: id });
      const known = thread && { title: thread.title, metadata: thread.metadata, resourceId: thread.resourceId };
      assert.deepEqual(known, threads.get(id) ?? null, `thread ${id} after call ${calls}`);
      const expected = [...messages.values()]
        .filter(({ thread: threadId }) => threadId === id)
        .sort(({ order: a }, { order: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
        .map(({ message }) => message);
      const found = (await store.listMessages({ threadId: id, perPage: false })).messages;
      const byId = (/** @type {any} */ a, /** @type {any} */ b) =>
        Number(a.createdAt - b.createdAt) || (a.id < b.id ? -1 : 1);
      assert.deepEqual(found.toSorted(byId), expected.toSorted(byId), `messages of ${id} after call ${calls}`);
      const page = { threadId: id, resourceId: 'u1', perPage: 3, includeTotal: false, orderBy: NEWEST.orderBy };
      const ofOne = idsOf(expected.filter(({ resourceId }) => resourceId === 'u1')).length;
      assert.equal(
        (await store.listMessages(page)).messages.length,
        Math.min(ofOne, 3),
        `page of ${id} after call ${calls}`,
      );
    }
  }
}

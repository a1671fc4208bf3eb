/* The overlay: a store reads its own writes, whatever KV shows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { OverlayMemory } from '../../js-shim/kv/overlay-memory.js';
import { Overlay } from '../../js-shim/kv/overlay.js';
import { StoreError } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { dateAt, idsOf, makeMessage, makeThread } from '../support/samples.js';
import { STALE_MS, forSeeds, inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

/** The worst place: it does not even see its own writes. */
const WORST = { getCacheMs: STALE_MS, listLagMs: STALE_MS, seesOwnWrites: false };

/** A value as the engine writes it. @param {number} writtenAt @param {string} [text] */
const value = (writtenAt, text = '') => `{"_writtenAt":${writtenAt},"text":"${text}"}`;

/**
 * All keys under a prefix, a page at a time.
 * @param {Overlay} kv
 * @param {string} prefix
 * @param {number} limit
 */
async function listAll(kv, prefix, limit) {
  const keys = [];
  /** @type {string | undefined} */
  let cursor;
  do {
    /** @type {import('../../js-shim/kv/namespace.js').KVListResult} */
    const page = await kv.list({ prefix, limit, ...(cursor !== undefined && { cursor }) });
    keys.push(...page.keys);
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return keys;
}

/** @param {World} world @param {import('../support/fake-kv.js').LocationOptions} [place] */
function overlayIn(world, place = WORST) {
  const counter = new CallCounter();
  return { counter, kv: new Overlay(counter.wrap(world.threads.location(place))), other: world.threads.location() };
}

describe('an overlay', () => {
  it(
    'gets what was put and misses what was deleted, though KV shows neither',
    inWorld({}, async (world) => {
      const { kv } = overlayIn(world);
      assert.equal(await kv.get('a', 'text'), null);
      await kv.put('a', value(1));
      for (let i = 0; i < 12; i++) {
        assert.equal(await kv.get('a', 'text'), value(1));
        assert.deepEqual(
          await kv.get(['a', 'b'], 'text'),
          new Map([
            ['a', value(1)],
            ['b', null],
          ]),
        );
        world.advance(4_999);
      }
      await kv.delete('a');
      assert.equal(await kv.get('a', 'text'), null);
      world.advance(2000);
      assert.deepEqual(
        await kv.get(['a', 'b'], 'text'),
        new Map([
          ['a', null],
          ['b', null],
        ]),
      );
    }),
  );

  it(
    'takes a later write of another program as soon as KV shows it, and no earlier one',
    inWorld({}, async (world) => {
      const { kv, other } = overlayIn(world, {});
      await kv.put('a', value(20, 'ours'));
      await other.put('a', value(10, 'earlier'));
      world.advance(2000);
      assert.equal(await kv.get('a', 'text'), value(20, 'ours'));
      assert.equal((await kv.get(['a', 'b'], 'text')).get('a'), value(20, 'ours'));
      await other.put('a', value(30, 'later'));
      assert.equal(await kv.get('a', 'text'), value(20, 'ours'), 'read within the same second');
      world.advance(1000);
      assert.equal(await kv.get('a', 'text'), value(30, 'later'));
      await kv.delete('a');
      world.advance(1000);
      await other.put('a', value(Date.now(), 'saved again'));
      assert.equal((await kv.get(['a', 'b'], 'text')).get('a'), value(Date.now(), 'saved again'));
    }),
  );

  it(
    'takes what another program wrote while a delete was under way',
    inWorld({}, async (world) => {
      const { kv, other } = overlayIn(world, {});
      await kv.put('a', value(Date.now()));
      world.advance(1000);
      const deleted = kv.delete('a');
      world.advance(10);
      const later = value(Date.now(), 'later');
      const put = other.put('a', later);
      world.advance(10);
      await Promise.all([deleted, put]);
      world.advance(1000);
      assert.equal(await kv.get('a', 'text'), later);
    }),
  );

  it(
    'asks KV once a second for a key, and only for the keys it does not know',
    inWorld({}, async (world) => {
      const { kv, counter } = overlayIn(world, {});
      await kv.put('a', value(1));
      await Promise.all([kv.get('b', 'text'), kv.get('c', 'text')]);
      counter.reset();
      await kv.get(['a', 'b', 'c', 'd'], 'text');
      await kv.get(['a', 'b', 'c', 'd'], 'text');
      await kv.get('d', 'text');
      assert.deepEqual(
        counter.calls.map(({ kind, keys }) => [kind, keys]),
        [['get', ['d']]],
      );
      world.advance(1000);
      counter.reset();
      await kv.get(['b', 'c'], 'text');
      assert.deepEqual(
        counter.calls.map(({ kind, keys }) => [kind, keys]),
        [['getBulk', ['b', 'c']]],
      );
    }),
  );

  it(
    'lets go of what it is not sure was written',
    inWorld({}, async (world) => {
      const { kv, other } = overlayIn(world, {});
      await kv.put('a', value(1, 'first'));
      world.threads.faults.add({ operation: 'put' });
      await assert.rejects(kv.put('a', value(2, 'failed')));
      assert.equal(await kv.get('a', 'text'), value(1, 'first'));
      world.advance(2000);
      world.threads.faults.add({ operation: 'put', isDone: true });
      await assert.rejects(kv.put('a', value(3, 'done after all')));
      assert.equal(await kv.get('a', 'text'), value(3, 'done after all'));
      world.threads.faults.add({ operation: 'delete' });
      await assert.rejects(kv.delete('a'));
      assert.equal(await kv.get('a', 'text'), value(3, 'done after all'));
      assert.equal(await other.get('a'), value(3, 'done after all'));
    }),
  );

  it('lists, page after page, exactly what there is', () =>
    forSeeds(60, async (seed) => {
      const random = makeRandom(seed);
      const options = {
        hasEmptyPages: random.chance(0.3),
        ...(random.chance(0.3) && { pageKeysMax: 1 + random.integer(4) }),
      };
      await inWorld(options, async (world) => {
        const { kv } = overlayIn(world, random.chance(0.5) ? WORST : { ...WORST, random });
        /** @type {Map<string, number>} */
        const truth = new Map();
        for (let step = 0; step < 80; step++) {
          const key = `${random.pick(['p:', 'q:', 'pq:'])}${random.integer(30)}`;
          if (random.chance(0.3)) {
            await kv.delete(key);
            truth.delete(key);
          } else {
            await kv.put(key, value(step), { metadata: { step } });
            truth.set(key, step);
          }
          world.advance(random.integer(4000));
          if (step % 8 !== 7) continue;
          const prefix = random.pick(['p:', 'q:', 'p', '']);
          const expected = [...truth].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
          assert.deepEqual(
            await listAll(kv, prefix, 1 + random.integer(12)),
            expected.map(([name, n]) => ({ name, metadata: { step: n } })),
          );
        }
      })();
    }));

  it(
    'goes on with a cursor of the namespace below it: a walk may have begun without the overlay',
    inWorld({}, async (world) => {
      const bare = world.threads.location(WORST);
      for (let i = 0; i < 5; i++) await bare.put(`a${i}`, value(1));
      world.advance(STALE_MS);
      const { cursor } = await bare.list({ prefix: 'a', limit: 2 });
      const kv = new Overlay(bare);
      await kv.put('a5', value(1));
      assert.deepEqual(
        (await kv.list({ prefix: 'a', limit: 10, cursor })).keys.map(({ name }) => name),
        ['a2', 'a3', 'a4', 'a5'],
      );
    }),
  );

  it(
    'keeps what was there before a put that failed: KV may not even show that yet',
    inWorld({}, async (world) => {
      const { kv } = overlayIn(world);
      assert.equal(await kv.get('a', 'text'), null);
      await kv.put('a', value(1, 'first'));
      for (const isDone of [false, true]) {
        world.threads.faults.add({ operation: 'put', isDone });
        await assert.rejects(kv.put('a', value(2, 'second')));
        world.advance(2000);
        assert.equal(await kv.get('a', 'text'), value(1, 'first'));
        assert.deepEqual(await listAll(kv, '', 1000), [{ name: 'a' }]);
      }
      world.advance(STALE_MS);
      assert.equal(await kv.get('a', 'text'), value(2, 'second'));
    }),
  );

  it(
    'shows an expiration, and nothing that has expired',
    inWorld({}, async (world) => {
      world.advance(1000 - (Date.now() % 1000) + 900);
      const { kv } = overlayIn(world);
      const expiration = Math.floor(Date.now() / 1000) + 60;
      await kv.put('a', value(1), { metadata: { n: 1 }, expiration });
      await kv.put('b', value(1));
      assert.deepEqual(await listAll(kv, '', 10), [{ name: 'a', metadata: { n: 1 }, expiration }, { name: 'b' }]);
      world.advance(59_099);
      assert.equal(await kv.get('a', 'text'), value(1));
      world.advance(2);
      assert.ok(expiration * 1000 <= Date.now());
      assert.equal(await kv.get('a', 'text'), null);
      assert.equal((await kv.get(['a', 'b'], 'text')).get('a'), null);
      assert.deepEqual(await listAll(kv, '', 10), [{ name: 'b' }]);
    }),
  );
});

/** What a store may remember, over all its namespaces (js-shim/kv/overlay-memory.js). */
const BYTES_MAX = 8 << 20;

/**
 * Namespaces of one store.
 * @param {World} world
 * @param {number} count
 * @param {import('../support/fake-kv.js').LocationOptions} [place]
 */
function overlaysIn(world, count, place = WORST) {
  const memory = new OverlayMemory();
  const counter = new CallCounter();
  const kvs = Array.from(
    { length: count },
    () => new Overlay(counter.wrap(new FakeKV(world.threads.options).location(place)), { memory }),
  );
  return { counter, kvs };
}

describe('what a store remembers', () => {
  const large = value(1, 'x'.repeat(500_000));
  const twoByte = value(1, '…'.repeat(100_000));

  it(
    'is bounded over all its namespaces, values written',
    inWorld({}, async (world) => {
      for (const [text, bytes] of /** @type {[string, number][]} */ ([
        [large, large.length],
        [twoByte, 2 * twoByte.length],
      ])) {
        const { kvs, counter } = overlaysIn(world, 8, {});
        for (let i = 0; i < 20; i++) for (const kv of kvs) await kv.put(`k${i}`, text);
        counter.reset();
        for (let i = 19; i >= 0; i--) for (const kv of kvs) await kv.get(`k${i}`, 'text');
        const remembered = 160 - counter.calls.length;
        assert.ok(remembered * bytes <= BYTES_MAX, `${remembered} of ${bytes} bytes`);
        assert.ok(remembered * bytes > 0.9 * BYTES_MAX - bytes, `${remembered} of ${bytes} bytes`);
        for (const kv of kvs) assert.equal((await listAll(kv, '', 1000)).length, 20);
      }
    }),
  );

  it(
    'is bounded in values read',
    inWorld({}, async (world) => {
      const { kvs, counter } = overlaysIn(world, 2, {});
      for (let i = 0; i < 20; i++) for (const kv of kvs) await kv.put(`k${i}`, large);
      world.advance(STALE_MS);
      for (let round = 0; round < 2; round++) {
        counter.reset();
        for (let i = 0; i < 20; i++) for (const kv of kvs) await kv.get(`k${round ? 19 - i : i}`, 'text');
      }
      assert.ok(counter.calls.length >= 40 - BYTES_MAX / large.length, `${counter.calls.length} calls`);
      assert.ok(counter.calls.length < 40, 'the newest stay');
    }),
  );

  it(
    'is bounded in keys: what it no longer knows, KV tells in its time',
    inWorld({}, async (world) => {
      const { kv } = overlayIn(world);
      for (let i = 0; i < 30_000; i++) await kv.put(`k${String(i).padStart(5, '0')}`, value(1));
      const listed = (await listAll(kv, 'k', 1000)).map(({ name }) => name);
      assert.ok(listed.length >= 10_000 && listed.length <= BYTES_MAX / 400, `${listed.length} entries`);
      assert.equal(listed.at(-1), 'k29999', 'the newest stay');
      assert.equal(await kv.get('k29999', 'text'), value(1));
      world.advance(STALE_MS);
      assert.equal((await listAll(kv, 'k', 1000)).length, 30_000);
    }),
  );

  it(
    'is let go of when it is old, by the next call to any of its namespaces',
    inWorld({}, async (world) => {
      setFlagsFromString('--expose-gc');
      const collectGarbage = runInNewContext('gc');
      const heap = () => {
        collectGarbage();
        return process.memoryUsage().heapUsed;
      };
      const memory = new OverlayMemory();
      const silent = { get: async () => null, put: async () => {}, delete: async () => {}, list: async () => ({ keys: [], list_complete: true }) }; // prettier-ignore
      const [written, other] = [1, 2].map(() => new Overlay(/** @type {any} */ (silent), { memory }));
      const before = heap();
      for (const use of [
        () => other.get('k', 'text'),
        () => other.put('k', value(1)),
        () => other.delete('k'),
        () => other.list({ prefix: '', limit: 10 }),
      ]) {
        for (let i = 0; i < 12; i++) await written.put(`k${i}`, value(i, `${'x'.repeat(500_000)}${Math.random()}`));
        assert.ok(heap() - before > 5e6, 'it remembers');
        world.advance(STALE_MS);
        await use();
        assert.ok(heap() - before < 1e6, `${heap() - before} bytes are still held after ${use}`);
      }
    }),
  );
});

describe('a value too large to keep', () => {
  const huge = value(100, '…'.repeat(3_000_000));

  /**
   * @param {World} world
   * @param {number} pauseMs how long each pause takes
   */
  const open = (world, pauseMs) => {
    const counter = new CallCounter();
    /** @type {number[]} */
    const pauses = [];
    const sleep = async (/** @type {number} */ ms) => {
      pauses.push(ms);
      world.advance(pauseMs);
    };
    const retry = /** @type {import('../../js-shim/kv/retry.js').RetryOptions} */ ({ sleep });
    const inner = counter.wrap(world.threads.location(WORST));
    return { kv: new Overlay(inner, { retry }), other: world.threads.location(), counter, pauses };
  };

  it(
    'leaves all else that is remembered as it is',
    inWorld({}, async (world) => {
      const { kv } = open(world, 0);
      await kv.get(['a', 'huge'], 'text');
      await kv.put('a', value(1));
      await kv.put('huge', huge);
      world.advance(2000);
      assert.equal(await kv.get('a', 'text'), value(1));
      assert.deepEqual(await listAll(kv, '', 10), [{ name: 'a' }, { name: 'huge' }]);
    }),
  );

  it(
    'is asked for again, with growing pauses, while KV answers from its past',
    inWorld({}, async (world) => {
      const { kv, counter, pauses } = open(world, 20_000);
      assert.equal((await kv.get(['a', 'huge'], 'text')).get('huge'), null);
      await kv.put('huge', huge);
      counter.reset();
      const values = await kv.get(['a', 'huge'], 'text');
      assert.deepEqual([values.get('a'), values.get('huge') === huge], [null, true]);
      assert.deepEqual(
        counter.calls.map(({ keys }) => keys),
        [['huge'], ['huge'], ['huge'], ['huge']],
        'nothing else is asked for again',
      );
      assert.ok(pauses.length === 3 && pauses[0] <= 250 && pauses[2] >= 500, String(pauses));
    }),
  );

  it(
    'is an error while KV does not show it, and never the value before it',
    inWorld({}, async (world) => {
      const { kv, other, counter } = open(world, 1000);
      for (const before of [null, value(50, 'old')]) {
        if (before !== null) await other.put('huge', before);
        world.advance(STALE_MS);
        assert.equal(await kv.get('huge', 'text'), before);
        await kv.put('huge', huge);
        counter.reset();
        await assert.rejects(
          kv.get('huge', 'text'),
          /KV still answers with what "huge" held before this store wrote it/,
        );
        await assert.rejects(kv.get(['huge', 'b'], 'text'), /"huge"/);
        assert.equal(counter.calls.length, 10);
        world.advance(STALE_MS);
        assert.ok((await kv.get('huge', 'text')) === huge);
      }
    }),
  );

  it(
    'gives way to a later write of another program, and to a delete',
    inWorld({}, async (world) => {
      const { kv, other } = open(world, 1000);
      await kv.put('huge', huge);
      await other.put('huge', value(200, 'later'));
      assert.equal(await kv.get('huge', 'text'), value(200, 'later'));
      await kv.put('huge', value(300, 'x'.repeat(3_000_000)));
      await kv.delete('huge');
      world.advance(2000);
      assert.equal(await kv.get('huge', 'text'), null);
    }),
  );

  it(
    'is a thread that is there: an error at the worst of places, for a minute',
    inWorld({}, async (world) => {
      const store = world.store(WORST, { retry: { attempts: 2, firstPauseMs: 0 } });
      for (const id of ['small', 'huge']) assert.equal(await store.getThreadById({ threadId: id }), null);
      await store.saveThread({ thread: makeThread({ id: 'small' }) });
      await store.saveThread({ thread: makeThread({ id: 'huge', metadata: { text: 'x'.repeat(5_000_000) } }) });
      world.advance(2000);
      assert.equal((await store.getThreadById({ threadId: 'small' }))?.id, 'small');
      await assert.rejects(store.getThreadById({ threadId: 'huge' }), (error) => {
        assert.ok(error instanceof StoreError);
        assert.equal(error.code, 'KV_FAILED');
        assert.match(error.message, /"threads:huge" held before this store wrote it 2 s ago/);
        return true;
      });
      world.advance(STALE_MS);
      assert.equal((await store.getThreadById({ threadId: 'huge' }))?.metadata.text.length, 5_000_000);
    }),
  );
});

describe('an overlay whose writes fail, and are too many to keep', () => {
  it('shows what it wrote or an error, and nothing older', () =>
    forSeeds(8, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({}, async (world) => {
        const sleep = async (/** @type {number} */ ms) => world.advance(Math.ceil(ms));
        const retry = /** @type {any} */ ({ attempts: 3, sleep });
        const kv = new Overlay(world.threads.location(random.chance(0.5) ? WORST : { ...WORST, random }), { retry });
        /** What a key may hold: one value, or more after writes of unknown outcome. @type {Map<string, (string | null)[]>} */
        const truth = new Map();
        /** @type {Map<string, number>} */
        const writtenAt = new Map();
        const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
        let answers = 0;
        for (let step = 0; step < 120; step++) {
          const key = random.pick(keys);
          const size = random.chance(0.1) ? 1_200_000 : random.chance(0.4) ? 900_000 : 10;
          const written = random.chance(0.2)
            ? null
            : value(Date.now(), `${step}`.padEnd(size, random.chance(0.1) ? '…' : 'x'));
          const isFault = random.chance(0.2);
          if (isFault) world.threads.faults.add({ operation: ['put', 'delete'], isDone: random.chance(0.5) });
          const write = written === null ? kv.delete(key) : kv.put(key, written);
          if (isFault) await assert.rejects(write);
          else await write;
          truth.set(key, isFault ? [...(truth.get(key) ?? [null]), written] : [written]);
          writtenAt.set(key, Date.now());
          world.advance(1 + random.integer(random.chance(0.1) ? 30_000 : 1500));

          const asked = keys.filter(() => random.chance(0.4));
          const got = await kv.get([...asked, key], 'text').catch((cause) => {
            assert.match(cause.message, /^KV still answers with what/);
            return new Map();
          });
          for (const [name, shown] of got) {
            const allowed = truth.get(name) ?? [null];
            // A minute after a write KV is believed, and it may show any of those that may have happened.
            if (allowed.length > 1 && Date.now() - (writtenAt.get(name) ?? 0) >= STALE_MS) continue;
            answers++;
            assert.ok(allowed.includes(shown), `${name} at step ${step}: ${shown?.slice(0, 40)}`);
          }
        }
        assert.ok(answers > 100, `${answers} answers`);
      })();
    }));
});

describe('a store with its overlay', () => {
  it('reads its own writes at the worst of places, totals and order included', () =>
    forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({ hasEmptyPages: random.chance(0.2) }, async (world) => {
        const store = world.store(random.chance(0.5) ? WORST : { ...WORST, random });
        const threadIds = ['t1', 't2', 't3'];
        /** @type {Map<string, any>} */
        const threads = new Map();
        /** @type {any[]} in the order in which they were first saved */
        let messages = [];
        for (let step = 0; step < 50; step++) {
          const id = random.pick(threadIds);
          const choice = random.integer(10);
          if (choice < 2) {
            const thread = makeThread({
              id,
              title: `saved ${step}`,
              resourceId: random.pick(['u1', 'u2']),
              createdAt: dateAt(step),
            });
            await store.saveThread({ thread });
            threads.set(id, thread);
          } else if (choice < 4 && threads.has(id)) {
            threads.set(
              id,
              await store.updateThread({ id, title: `updated ${step}`, metadata: { [`k${step % 3}`]: step } }),
            );
          } else if (choice < 5) {
            await store.deleteThread({ threadId: id });
            threads.delete(id);
            messages = messages.filter(({ threadId }) => threadId !== id);
          } else if (choice < 6) {
            const ids = [`m${random.integer(8)}`, `m${random.integer(8)}`];
            await store.deleteMessages(ids);
            messages = messages.filter((message) => !ids.includes(message.id));
          } else {
            const message = makeMessage(`m${random.integer(8)}`, {
              threadId: id,
              createdAt: dateAt(random.integer(3)),
              content: { step },
            });
            await store.saveMessages({ messages: [message] });
            const at = messages.findIndex((old) => old.id === message.id);
            if (at < 0) messages.push(message);
            else messages[at] = message;
          }
          world.advance(random.integer(random.chance(0.1) ? 40_000 : 3000));

          const ordered = messages.toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt));
          for (const threadId of threadIds) {
            const thread = await store.getThreadById({ threadId });
            assert.deepEqual(
              [thread?.title, thread?.metadata],
              [threads.get(threadId)?.title, threads.get(threadId)?.metadata],
            );
            const expected = ordered.filter((message) => message.threadId === threadId);
            const all = await store.listMessages({ threadId });
            assert.deepEqual(
              [all.messages, all.total],
              [expected, expected.length],
              `messages of ${threadId}, step ${step}`,
            );
            const orderBy = { field: 'createdAt', direction: 'DESC' };
            const newest = await store.listMessages({ threadId, perPage: 2, includeTotal: false, orderBy });
            assert.deepEqual(newest.messages, expected.toReversed().slice(0, 2));
            assert.equal(newest.hasMore, expected.length > 2);
          }
          for (const resourceId of ['u1', 'u2']) {
            const expected = [...threads.values()]
              .filter((thread) => thread.resourceId === resourceId)
              .sort((a, b) => b.createdAt - a.createdAt);
            const listed = await store.listThreads({ filter: { resourceId } });
            assert.deepEqual(
              [idsOf(listed.threads), listed.total],
              [idsOf(expected), expected.length],
              `threads, step ${step}`,
            );
          }
          assert.equal((await store.listThreads()).total, threads.size);
        }
      })();
    }));

  it(
    'needs neither a clock of its own nor a turn of the event loop',
    inWorld({ latency: () => Promise.resolve() }, async (world) => {
      const store = world.store(WORST);
      await store.saveThread({ thread: makeThread() });
      const [thread] = await Promise.all([
        store.getThreadById({ threadId: 't1' }),
        store.saveMessages({ messages: [makeMessage('m1')] }),
      ]);
      assert.equal(thread.id, 't1');
      assert.equal((await store.listMessages({ threadId: 't1' })).total, 1);
    }),
  );
});

describe('a store without its overlay', () => {
  it('reads just what KV shows', async () => {
    const threads = new FakeKV();
    const bare = threads.location();
    const counter = new CallCounter();
    const { KVStore } = await import('../../js-shim/kv-store.js');
    const store = new KVStore({
      bindings: { threads: counter.wrap(bare), messages: new FakeKV().location() },
      overlay: false,
    });
    await store.saveThread({ thread: makeThread() });
    counter.reset();
    for (let i = 0; i < 3; i++) await store.getThreadById({ threadId: 't1' });
    assert.equal(counter.calls.length, 3);
    await bare.delete('threads:t1');
    assert.equal(await store.getThreadById({ threadId: 't1' }), null);
  });
});

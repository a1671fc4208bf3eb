/* Observational memory with several writers, and with readers that are behind: what docs/observational-memory.md
 * guarantees. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomLatency } from '../support/fake-kv.js';
import { activeCycles, buffer, bufferedCycles, current, observing, start, swap } from '../support/observations.js';
import { makeRandom } from '../support/random.js';
import { dateAt } from '../support/samples.js';
import { STALE_MS, forSeeds, inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

/** As far behind as a place may be. */
const BEHIND = { getCacheMs: STALE_MS, listLagMs: STALE_MS };
/** Its gets are fresh, and its lists are not. */
const LISTS_BEHIND = { listLagMs: STALE_MS };

/** @param {World} world @param {object} [location] @param {object} [options] */
const storeOf = (world, location, options) => observing(world.store(location, options));

/** What everybody sees when KV has caught up. @param {World} world */
async function settled(world) {
  world.advance(2 * STALE_MS);
  return current(observing(world.observer()));
}

describe('writers at the same time', () => {
  it('start one record, and lose no chunk, flag, number or config, in one store and in two', async () => {
    await forSeeds(20, async (seed) => {
      const random = makeRandom(seed);
      const run = inWorld({ latency: randomLatency(random) }, async (world) => {
        const isOne = random.chance(0.3);
        const first = storeOf(world, BEHIND);
        const second = isOne ? first : storeOf(world, BEHIND);
        const [{ id }] = isOne ? [await start(first)] : await Promise.all([start(first), start(second)]);
        const cycles = Array.from({ length: 20 }, (_, i) => `c${i}`);
        await Promise.all([
          ...cycles.map((cycle, i) => buffer(i % 2 ? first : second, id, cycle)),
          first.setReflectingFlag(id, true),
          second.setObservingFlag(id, true),
          first.setBufferingObservationFlag(id, true, 7),
          second.setBufferingReflectionFlag(id, true),
          first.setPendingMessageTokens(id, 99),
          second.updateObservationalMemoryConfig({ id, config: { a: 1 } }),
        ]);
        const record = await settled(world);
        assert.deepEqual(bufferedCycles(record).sort(), cycles.sort());
        assert.equal(record.id, id);
        assert.deepEqual(record.config, { a: 1 });
        assert.equal(record.isReflecting && record.isObserving && record.isBufferingReflection, true);
        assert.deepEqual([record.isBufferingObservation, record.lastBufferedAtTokens], [true, 7]);
        assert.equal(record.pendingMessageTokens, 99);
        assert.deepEqual(record.lastBufferedAtTime, dateAt(1000));
      });
      await run();
    });
  });

  it('buffer and swap at random, each behind the other and each call perhaps made twice: every observation is there once', async () => {
    await forSeeds(150, async (seed) => {
      const random = makeRandom(seed);
      const run = inWorld({ latency: randomLatency(random) }, async (world) => {
        const place = () => random.pick([BEHIND, LISTS_BEHIND, { ...BEHIND, random }, { ...LISTS_BEHIND, random }, {}]);
        const stores = [0, 1, 2].map(() => storeOf(world, place(), { overlay: random.chance(0.7) }));
        const { id } = await start(stores[0]);
        world.advance(random.pick([0, STALE_MS]));
        /** @type {string[]} */
        const cycles = [];
        for (let steps = 6 + random.integer(10); steps > 0; steps--) {
          const calls = Array.from({ length: 1 + random.integer(3) }, () => {
            const store = random.pick(stores);
            if (random.chance(0.6)) {
              const cycle = `c${cycles.length}`;
              cycles.push(cycle);
              return () => buffer(store, id, cycle);
            }
            const count = random.integer(4);
            return async () => {
              const seen = random.chance(0.6) ? (await current(store))?.bufferedObservationChunks : undefined;
              return () => swap(store, id, count, { bufferedChunks: seen });
            };
          });
          await Promise.all(
            calls.map(async (call) => {
              const again = (await call()) ?? call;
              if (typeof again === 'function') await again();
              if (typeof again === 'function' && random.chance(0.3)) await again();
            }),
          );
          world.advance(random.pick([0, 1, 1000, 20_000, STALE_MS]));
          for (const store of stores) assertOnce(await current(store), cycles);
        }
        const record = await settled(world);
        assertOnce(record, cycles);
        assert.deepEqual([...activeCycles(record), ...bufferedCycles(record)].sort(), cycles.sort());
        assert.equal(record.observationTokenCount, 10 * activeCycles(record).length);
      });
      await run();
    });
  });

  it('replace the text and swap at once: what the new text has not seen stays behind it', async () => {
    const run = inWorld({}, async (world) => {
      const [first, second] = [storeOf(world), storeOf(world, BEHIND)];
      const { id } = await start(first);
      await buffer(first, id, 'a');
      await buffer(first, id, 'b');
      world.advance(2 * STALE_MS);
      await current(second);
      await swap(first, id, 1);
      world.advance(1000);
      await second.updateActiveObservations({
        id,
        observations: '* new',
        tokenCount: 5,
        lastObservedAt: dateAt(5),
      });
      const record = await settled(world);
      assert.deepEqual(activeCycles(record), ['new', 'a']);
      assert.deepEqual(bufferedCycles(record), ['b']);
      assert.equal(record.observationTokenCount, 15);
      await first.updateActiveObservations({ id, observations: '* all', tokenCount: 1, lastObservedAt: dateAt(6) });
      assert.deepEqual(activeCycles(await settled(world)), ['all']);
    });
    await run();
  });

  it('reflect at once: there is one next record, and what either adds to it stays', async () => {
    const run = inWorld({}, async (world) => {
      const [first, second] = [storeOf(world, BEHIND), storeOf(world, BEHIND)];
      await start(first);
      world.advance(2 * STALE_MS);
      const made = await Promise.all(
        [first, second].map(async (store, i) =>
          store.createReflectionGeneration({
            currentRecord: await current(store),
            reflection: `* r${i}`,
            tokenCount: 1,
          }),
        ),
      );
      assert.equal(made[0].id, made[1].id);
      await buffer(first, made[0].id, 'a');
      await buffer(second, made[0].id, 'b');
      const record = await settled(world);
      assert.deepEqual(bufferedCycles(record), ['a', 'b']);
      assert.match(record.activeObservations, /^\* r[01]$/);
      const history = await observing(world.observer()).getObservationalMemoryHistory('t', 'u');
      assert.deepEqual(
        history.map((/** @type {any} */ { generationCount }) => generationCount),
        [1, 0],
      );
    });
    await run();
  });

  it('swap a buffered reflection at once: its text and the observations behind it are there once', async () => {
    const run = inWorld({}, async (world) => {
      const [first, second] = [storeOf(world, BEHIND), storeOf(world, BEHIND)];
      const { id } = await start(first);
      await first.updateActiveObservations({ id, observations: '* a\n* b', tokenCount: 9, lastObservedAt: dateAt(1) });
      const reflection = { reflection: '* r', tokenCount: 1, inputTokenCount: 5, reflectedObservationLineCount: 1 };
      await first.updateBufferedReflection({ id, ...reflection });
      await first.updateBufferedReflection({ id, ...reflection });
      world.advance(2 * STALE_MS);
      const made = await Promise.all(
        [first, second].map(async (store) =>
          store.swapBufferedReflectionToActive({ currentRecord: await current(store), tokenCount: 3 }),
        ),
      );
      assert.equal(made[0].id, made[1].id);
      const record = await settled(world);
      assert.deepEqual(activeCycles(record), ['r', 'b']);
      assert.equal(record.bufferedReflection, undefined);
      const [, old] = await observing(world.observer()).getObservationalMemoryHistory('t', 'u');
      assert.equal(old.bufferedReflection, undefined);
    });
    await run();
  });
});

describe('readers that are behind', () => {
  it("see another isolate's writes of a moment ago where gets are fresh, and its own always", async () => {
    const run = inWorld({}, async (world) => {
      const [writer, reader] = [storeOf(world, BEHIND), storeOf(world, LISTS_BEHIND)];
      const { id } = await start(writer);
      assert.equal((await current(reader)).id, id);
      await buffer(writer, id, 'a');
      await buffer(writer, id, 'b');
      assert.deepEqual(bufferedCycles(await current(writer)), ['a', 'b']);
      world.advance(2000);
      assert.deepEqual(bufferedCycles(await current(reader)), ['a', 'b']);
      await swap(writer, id, 1);
      world.advance(2000);
      assert.deepEqual(activeCycles(await current(reader)), ['a']);
      assert.deepEqual(bufferedCycles(await current(reader)), ['b']);
      const next = await writer.createReflectionGeneration({
        currentRecord: await current(writer),
        reflection: '* r',
        tokenCount: 1,
      });
      world.advance(2000);
      assert.equal((await current(reader)).id, next.id);
    });
    await run();
  });

  it('what was cleared stays cleared, and a new start is a new record', async () => {
    const run = inWorld({}, async (world) => {
      const [writer, reader] = [storeOf(world, BEHIND), storeOf(world, LISTS_BEHIND)];
      const old = await start(writer);
      await buffer(writer, old.id, 'a');
      await start(writer, { threadId: 't:a' });
      world.advance(2 * STALE_MS);
      await writer.clearObservationalMemory('t', 'u');
      for (let seconds = 0; seconds < 90; seconds += 10) {
        assert.equal(await current(writer), null);
        assert.equal(await current(reader), null);
        assert.deepEqual(await reader.getObservationalMemoryHistory('t', 'u'), []);
        world.advance(10_000);
      }
      await assert.rejects(reader.setObservingFlag(old.id, true), /not found/);
      const fresh = await start(reader);
      assert.notEqual(fresh.id, old.id);
      assert.deepEqual(bufferedCycles(await settled(world)), []);
      assert.notEqual(await reader.getObservationalMemory('t:a', 'u'), null);
      assert.equal(
        world.threads.keys().some((key) => key.includes(old.id)),
        false,
      );
    });
    await run();
  });
});

/**
 * No observation is seen twice.
 * @param {any} record
 * @param {string[]} cycles
 */
function assertOnce(record, cycles) {
  if (!record) return; // a reader that has not seen the start yet
  const seen = [...activeCycles(record), ...bufferedCycles(record)];
  assert.deepEqual([...new Set(seen)].sort(), seen.sort());
  for (const cycle of seen) assert.ok(cycles.includes(cycle), cycle);
}

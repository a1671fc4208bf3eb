import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repair, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { damages } from '../support/damage.js';
import { dump, restore } from '../support/dump.js';
import { fill } from '../support/full-store.js';
import { makeRandom } from '../support/random.js';
import { restStore } from '../support/rest-store.js';
import { forSeeds, inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

const SETTLED_MS = 6 * 60_000;
/** What no record is derived from. */
const DERIVED = /metadata:(messages|threads_by_resource|scores_by_\w+):/;

/** @param {World} world */
const openStore = (world) =>
  new KVStore({ bindings: world.place(), keyPrefix: 'p_', overlay: false, retry: { attempts: 1 } });

/**
 * Damage some keys at random, each at most once.
 * @param {World} world
 * @param {import('../support/random.js').Random} random
 * @param {number} count
 * @returns {string[]} the keys
 */
function damageSome(world, random, count) {
  /** @type {string[]} */
  const damaged = [];
  for (let i = 0; i < count; i++) {
    const kv = random.chance(0.5) ? world.threads : world.messages;
    const { keys, make } = random.pick(damages.filter(({ kind }) => kind !== 'leftover')); /* which is to be lost */
    const candidates = kv.keys().filter((key) => keys.test(key) && !damaged.includes(key));
    if (candidates.length === 0) continue;
    const key = random.pick(candidates);
    damaged.push(key, make(kv, key));
  }
  return damaged;
}

describe('repair', () => {
  test(
    'leaves a sound store as it was',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store);
      world.advance(SETTLED_MS);
      const before = [dump(world.threads), dump(world.messages)];
      const { done, fixed, setAside } = await repair(store);
      assert.deepEqual({ done, fixed, setAside }, { done: true, fixed: 0, setAside: 0 });
      assert.deepEqual([dump(world.threads), dump(world.messages)], before);
    }),
  );

  for (const { name, keys, make } of damages) {
    test(
      `mends ${name}`,
      inWorld({}, async (world) => {
        const store = openStore(world);
        await fill(store, { resources: ['ada', 'a:b'] });
        world.advance(SETTLED_MS);
        for (const kv of [world.threads, world.messages]) {
          const key = kv.keys().find((candidate) => keys.test(candidate));
          if (key) make(kv, key);
        }
        world.advance(SETTLED_MS);
        const { problems: dry } = await repair(store, { dryRun: true });
        const { problems: found } = await verify(store);
        assert.deepEqual(dry, found, 'a dry run tells, and does nothing');
        const { fixed, setAside } = await repair(store);
        assert.ok(fixed + setAside >= 1);
        const { problems, tables } = await verify(store);
        assert.deepEqual(problems, []);
        assert.equal(tables.quarantine.keys, setAside);
      }),
    );
  }

  test('random damage: verify is clean afterwards, and nothing is lost', () =>
    forSeeds(8, (seed) =>
      inWorld({}, async (world) => {
        const store = openStore(world);
        await fill(store, { resources: ['ada', 'bob', 'a:b'] });
        world.advance(SETTLED_MS);
        damageSome(world, makeRandom(seed), 12);
        world.advance(SETTLED_MS);
        const before = { ...dump(world.threads), ...dump(world.messages) };
        assert.notEqual((await verify(store)).problems.length, 0);
        await repair(store);
        assert.deepEqual((await verify(store)).problems, []);
        const after = { ...dump(world.threads), ...dump(world.messages) };
        for (const [key, { value }] of Object.entries(before)) {
          if (DERIVED.test(key)) continue;
          const kept = after[key] ?? after[key.replace('p_', 'p_quarantine:')];
          assert.equal(kept?.value, value, key);
        }
      })(),
    ));

  test(
    'keeps to maxCalls, and ends the same',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['ada', 'bob'] });
      world.advance(SETTLED_MS);
      damageSome(world, makeRandom(7), 12);
      world.advance(SETTLED_MS);
      const damaged = [dump(world.threads), dump(world.messages)];
      const whole = await repair(store);
      const mended = [dump(world.threads), dump(world.messages)];
      for (const maxCalls of [23, 60, 300]) {
        restore(world.threads, damaged[0]);
        restore(world.messages, damaged[1]);
        let report;
        do {
          const before = world.threads.faults.calls + world.messages.faults.calls;
          report = await repair(openStore(world), { maxCalls, cursor: report?.cursor ?? undefined });
          assert.ok(world.threads.faults.calls + world.messages.faults.calls - before <= maxCalls);
        } while (!report.done);
        assert.deepEqual([report.fixed, report.setAside], [whole.fixed, whole.setAside]);
        assert.deepEqual([dump(world.threads), dump(world.messages)], mended);
      }
    }),
  );

  test(
    'interrupted at any call and made again, it ends the same',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['ada'], messages: 3 });
      world.advance(SETTLED_MS);
      damageSome(world, makeRandom(3), 8);
      world.advance(SETTLED_MS);
      const damaged = [dump(world.threads), dump(world.messages)];
      const { faults } = world.threads;
      world.messages.faults = faults;
      await repair(store);
      const calls = faults.calls;
      const mended = [dump(world.threads), dump(world.messages)];
      for (const isDone of [false, true]) {
        for (let nth = 1; ; nth++) {
          restore(world.threads, damaged[0]);
          restore(world.messages, damaged[1]);
          faults.clear();
          faults.add({ nth, isDone });
          const failed = await repair(openStore(world)).then(
            () => false,
            () => true,
          );
          const was = faults.failures;
          faults.clear();
          if (was === 0) break;
          assert.ok(failed, `call ${nth}`);
          await repair(openStore(world));
          assert.deepEqual(
            [dump(world.threads), dump(world.messages)],
            mended,
            `interrupted at call ${nth} of ${calls}`,
          );
        }
      }
    }),
  );

  test(
    'what is set aside keeps its owner',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['ä:1'] });
      world.advance(SETTLED_MS);
      const messages = world.messages.keys().filter((key) => key.startsWith('p_messages:'));
      world.messages.write(messages[0], 'broken, and without metadata');
      await repair(store);
      const [kept] = Object.values(dump(world.messages)).filter(({ value }) => value.startsWith('broken'));
      assert.equal(kept.metadata, '{"resourceId":"%C3%A4%3A1"}');
    }),
  );
});

test(
  'over REST',
  inWorld({}, async (world) => {
    const { store, kvs } = restStore();
    await fill(store, { resources: ['ada', 'a:b'] });
    world.advance(SETTLED_MS);
    const [first, second, third] = kvs.threads.keys().filter((key) => key.startsWith('threads:'));
    kvs.threads.write(first, '{"broken":');
    kvs.threads.write(second, String(kvs.threads.read(second)?.value));
    kvs.threads.write(`${third}:x`, 'strange');
    kvs.messages.write(
      /** @type {string} */ (kvs.messages.keys().find((key) => key.startsWith('metadata:messages:'))),
      null,
    );
    const { setAside, fixed, problems } = await repair(store);
    assert.equal(fixed + setAside, problems.length);
    assert.ok(setAside >= 2 && fixed >= 3, `${setAside} set aside, ${fixed} fixed`);
    const { tables, problems: left } = await verify(store);
    assert.deepEqual(left, []);
    assert.equal(tables.quarantine.keys, setAside);
  }),
);

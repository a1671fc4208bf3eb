import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eraseResource, repair, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump, restore } from '../support/dump.js';
import { fill } from '../support/full-store.js';
import { makeMessage } from '../support/samples.js';
import { restStore } from '../support/rest-store.js';
import { inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

const SETTLED_MS = 6 * 60_000;

/** @param {World} world */
const openStore = (world) =>
  new KVStore({ bindings: world.place(), keyPrefix: 'p_', overlay: false, retry: { attempts: 1 } });

/**
 * Keys of a world whose key, value or metadata hold a text.
 * @param {World} world
 * @param {string} text
 */
const naming = (world, text) =>
  [world.threads, world.messages].flatMap((kv) =>
    Object.entries(dump(kv))
      .filter(([key, entry]) => `${key} ${JSON.stringify(entry)}`.includes(text))
      .map(([key]) => key),
  );

describe('eraseResource', () => {
  test(
    'leaves no key, value or metadata that names the person, and all else as it was',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['bob', 'a:b'] });
      const others = [dump(world.threads), dump(world.messages)];
      await fill(store, { resources: ['zoe'] });
      await store.saveMessages({ messages: [makeMessage('guest', { threadId: 'bob-9', resourceId: 'zoe' })] });
      await store.saveMessages({ messages: [makeMessage('reply', { threadId: 'zoe-1', resourceId: undefined })] });
      const { done, verified, mentions, erased } = await eraseResource(store, { resourceId: 'zoe' });
      assert.deepEqual({ done, verified, mentions }, { done: true, verified: true, mentions: [] });
      assert.equal(erased.resources, 2);
      assert.deepEqual(naming(world, 'zoe'), []);
      world.threads.write('p_metadata:threads:bob-9:activity', null); // of the guest's message
      assert.deepEqual([dump(world.threads), dump(world.messages)], others);
      world.advance(SETTLED_MS);
      assert.deepEqual((await verify(store)).problems, []);
    }),
  );

  test(
    'what was set aside of them goes, too',
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['zoe', 'bob'] });
      world.advance(SETTLED_MS);
      for (const [kv, prefix] of /** @type {const} */ ([
        [world.threads, 'p_threads:'],
        [world.messages, 'p_messages:'],
        [world.threads, 'p_thread_state:'],
        [world.threads, 'p_metadata:resources:'],
        [world.threads, 'p_metadata:threads:'],
      ])) {
        const key = /** @type {string} */ (kv.keys().find((name) => name.startsWith(prefix) && name.includes('zoe')));
        kv.write(key, '{"broken":"of zoe');
      }
      world.messages.write('p_messages:zoe-2:x', 'of zoe, and no key');
      await repair(store);
      assert.notEqual(naming(world, 'of zoe').length, 0);
      const { verified } = await eraseResource(store, { resourceId: 'zoe' });
      assert.equal(verified, true);
      assert.deepEqual(naming(world, '"zoe"'), []);
    }),
  );

  test(
    "someone else's text that names them is told of, and left",
    inWorld({}, async (world) => {
      const store = openStore(world);
      await fill(store, { resources: ['zoe', 'bob'] });
      await store.updateThread({ id: 'bob-1', metadata: { friend: 'zoe' } });
      const { verified, mentions } = await eraseResource(store, { resourceId: 'zoe' });
      assert.deepEqual({ verified, mentions }, { verified: true, mentions: ['p_metadata:threads:bob-1:metadata'] });
    }),
  );

  test(
    'keeps to maxCalls, and ends the same',
    inWorld({}, async (world) => {
      await fill(openStore(world), { resources: ['zoe', 'bob'] });
      const filled = [dump(world.threads), dump(world.messages)];
      const whole = await eraseResource(openStore(world), { resourceId: 'zoe' });
      const erased = [dump(world.threads), dump(world.messages)];
      for (const maxCalls of [19, 60, 400]) {
        restore(world.threads, filled[0]);
        restore(world.messages, filled[1]);
        let end;
        do {
          const before = world.threads.faults.calls + world.messages.faults.calls;
          end = await eraseResource(openStore(world), {
            resourceId: 'zoe',
            maxCalls,
            cursor: end?.cursor ?? undefined,
          });
          assert.ok(world.threads.faults.calls + world.messages.faults.calls - before <= maxCalls);
        } while (!end.done);
        assert.equal(end.verified, true);
        assert.deepEqual(end.erased, whole.erased);
        assert.deepEqual([dump(world.threads), dump(world.messages)], erased);
      }
    }),
  );

  test(
    'interrupted at any call and made again, it ends the same',
    inWorld({}, async (world) => {
      await fill(openStore(world), { resources: ['zoe', 'bob'], messages: 2 });
      const filled = [dump(world.threads), dump(world.messages)];
      const { faults } = world.threads;
      world.messages.faults = faults;
      await eraseResource(openStore(world), { resourceId: 'zoe' });
      const erased = [dump(world.threads), dump(world.messages)];
      for (let nth = 1; ; nth++) {
        restore(world.threads, filled[0]);
        restore(world.messages, filled[1]);
        faults.clear();
        faults.add({ nth, isDone: nth % 2 === 0 });
        const failed = await eraseResource(openStore(world), { resourceId: 'zoe' }).then(
          () => false,
          () => true,
        );
        faults.clear();
        if (!failed) break;
        const { verified } = await eraseResource(openStore(world), { resourceId: 'zoe' });
        assert.equal(verified, true);
        assert.deepEqual([dump(world.threads), dump(world.messages)], erased, `call ${nth}`);
      }
    }),
  );

  test(
    'over REST',
    inWorld({}, async () => {
      const { store, kvs } = restStore();
      await fill(store, { resources: ['zoe', 'bob'] });
      const { verified } = await eraseResource(store, { resourceId: 'zoe' });
      assert.equal(verified, true);
      for (const kv of Object.values(kvs)) assert.ok(!JSON.stringify(dump(kv)).includes('zoe'));
    }),
  );

  test('a person must be named', async () => {
    const { store } = restStore();
    await assert.rejects(eraseResource(store, /** @type {any} */ ({})), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(eraseResource(store, { resourceId: '' }), { code: 'INVALID_ARGUMENT' });
  });
});

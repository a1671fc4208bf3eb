import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exportRecords, importRecords, repair, verify } from '../../js-shim/care.js';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump } from '../support/dump.js';
import { fill } from '../support/full-store.js';
import { withMethods } from '../support/harness.js';
import { makeMessage, makeMessages, makeThread } from '../support/samples.js';
import { inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

const DAY_MS = 86_400_000;
const SETTLED_MS = 6 * 60_000;

/**
 * @param {World} world
 * @param {object} [options]
 * @param {object} [bindings]
 */
const openStore = (world, options, bindings = world.place()) =>
  new KVStore(/** @type {any} */ ({ bindings, keyPrefix: 'p_', overlay: false, ...options }));

/** @param {World} world */
const all = (world) => Object.entries({ ...dump(world.threads), ...dump(world.messages) });

/** @param {Date} date @param {number} days */
const after = (date, days) => Math.ceil((date.getTime() + days * DAY_MS) / 1000);

/** A thread and its messages, of now. */
async function save(/** @type {KVStore} */ store) {
  const createdAt = new Date(Date.now() - 1000);
  await store.saveThread({ thread: makeThread({ createdAt, updatedAt: createdAt }) });
  await store.saveMessages({ messages: makeMessages(3).map((message) => ({ ...message, createdAt })) });
  return createdAt;
}

describe('expiration', () => {
  test(
    "every key of a record expires by the record's own age, whatever is written when",
    inWorld({}, async (world) => {
      const store = openStore(world, { expiration: { messages: '90d', threads: 90 * DAY_MS } });
      const createdAt = await save(store);
      const check = () => {
        for (const [key, { expiration }] of all(world)) {
          // A family does not tell the record's age, and a mark may be of use to messages yet to come.
          if (/:(thread_marks|threads|message_families):/.test(key.replace('p_threads', ''))) continue;
          assert.equal(expiration, after(createdAt, 90), key);
        }
      };
      check();
      world.advance(10 * DAY_MS);
      await store.saveMessages({ messages: [makeMessage('m1', { createdAt, content: 'again' })] });
      await store.updateThread({ id: 't1', title: 'Another' });
      await store.updateMessages({ messages: [{ id: 'm2', content: { metadata: { seen: true } } }] });
      await store.saveThread({ thread: makeThread({ createdAt, updatedAt: createdAt, resourceId: 'other' }) });
      check();
      const families = all(world).filter(([key]) => /_metadata:(threads|message_families):/.test(key));
      assert.ok(families.length >= 3);
      for (const [key, { expiration }] of families) assert.ok(Number(expiration) >= after(createdAt, 90), key);
      world.advance(SETTLED_MS);
      assert.deepEqual((await verify(store)).problems, []);
    }),
  );

  test(
    'every table that has an age can have one; what has none yet stays',
    inWorld({}, async (world) => {
      const tables = [
        'threads',
        'messages',
        'resources',
        'workflow_snapshot',
        'scorers',
        'background_tasks',
        'thread_state',
      ];
      const expiration = Object.fromEntries(tables.map((table) => [table, '5000d']));
      const store = openStore(world, { expiration });
      await store.init();
      await fill(store, { resources: ['ada'] });
      await store.updateTask('ada-task', { completedAt: undefined });
      const kept = all(world)
        .filter((entry) => entry[1].expiration === undefined)
        .map(([key]) => key);
      assert.deepEqual(
        kept.filter((key) => !/thread_marks|observational_memory/.test(key)),
        ['p_background_tasks:ada-task', 'p_metadata:schema'],
      );
      await store.updateTask('ada-task', { completedAt: new Date() });
      assert.notEqual(dump(world.threads)['p_background_tasks:ada-task'].expiration, undefined);
    }),
  );

  test(
    'what expired is in no list, total or lookup, not even where lists lag',
    inWorld({}, async (world) => {
      const { threads, messages } = world.place();
      /** What a list showed before. @type {Map<string, any>} */
      const past = new Map();
      let isLagging = false;
      const lagging = (/** @type {any} */ kv) =>
        withMethods(kv, {
          list: async (/** @type {any} */ options) => {
            const name = JSON.stringify(options);
            if (!isLagging) past.set(name, await kv.list(options));
            return past.get(name) ?? kv.list(options);
          },
        });
      const bindings = { threads: lagging(threads), messages: lagging(messages) };
      const store = openStore(world, { expiration: { messages: '1d', threads: '1d' } }, bindings);
      await save(store);
      const seen = async () => ({
        threads: (await store.listThreads()).total,
        ofResource: (await store.listThreads({ filter: { resourceId: 'u1' } })).total,
        messages: (await store.listMessages({ threadId: 't1', perPage: false })).messages.length,
        counted: (await store.listMessages({ threadId: 't1' })).total,
        byResource: (await store.listMessagesByResourceId({ resourceId: 'u1' })).total,
        byId: (await store.listMessagesById({ messageIds: ['m0', 'm1'] })).messages.length,
        thread: (await store.getThreadById({ threadId: 't1' })) === null,
      });
      const before = { threads: 1, ofResource: 1, messages: 3, counted: 3, byResource: 3, byId: 2, thread: false };
      assert.deepEqual(await seen(), before);
      world.advance(DAY_MS);
      isLagging = true;
      const nothing = { threads: 0, ofResource: 0, messages: 0, counted: 0, byResource: 0, byId: 0, thread: true };
      assert.deepEqual(await seen(), nothing);
    }),
  );

  test(
    'what is older already is kept for as long as KV demands',
    inWorld({}, async (world) => {
      const store = openStore(world, { expiration: { messages: '1h' } });
      await store.saveMessages({ messages: makeMessages(2) });
      assert.equal((await store.listMessages({ threadId: 't1' })).messages.length, 2);
      world.advance(80_000);
      assert.equal((await store.listMessages({ threadId: 't1' })).messages.length, 0);
    }),
  );

  test(
    'an export, an import and a repair keep it',
    inWorld({}, async (world) => {
      const store = openStore(world, { expiration: { messages: '90d', threads: '90d' } });
      const createdAt = await save(store);
      const lines = [];
      for await (const line of exportRecords(store)) lines.push(line);
      const to = openStore(world, { keyPrefix: 'q_' });
      await importRecords(to, lines);
      for (const [key, { value, expiration }] of all(world)) {
        if (!key.startsWith('p_') || key.includes('schema')) continue;
        const copy = Object.fromEntries(all(world))[key.replace(/^p_/, 'q_')];
        assert.deepEqual({ value: copy?.value, expiration: copy?.expiration }, { value, expiration }, key);
      }
      world.advance(SETTLED_MS);
      for (const key of world.messages.keys()) {
        if (key.startsWith('p_metadata:messages:')) world.messages.write(key, null);
      }
      const { fixed } = await repair(store);
      assert.equal(fixed, 3);
      assert.equal(dump(world.messages)['p_metadata:messages:m1'].expiration, after(createdAt, 90));
    }),
  );

  test('a CloudflareStore takes it; what is no such option is refused', async () => {
    await inWorld({}, async (world) => {
      const mastra = new CloudflareStore({
        id: 's',
        bindings: world.place(),
        keyPrefix: 'p_',
        expiration: { messages: '1w' },
      });
      const { memory } = /** @type {any} */ (mastra.stores);
      const createdAt = new Date();
      await memory.saveMessages({ messages: [makeMessage('m1', { createdAt })] });
      assert.equal(dump(world.messages)['p_metadata:messages:m1'].expiration, after(createdAt, 7));
      const refused = [
        { messages: '59s' },
        { messages: 'soon' },
        { messages: null },
        { users: '1d' },
        { metadata: '1d' },
        '1d',
        5,
      ];
      for (const expiration of refused) {
        assert.throws(() => openStore(world, { expiration }), { code: 'INVALID_ARGUMENT' }, JSON.stringify(expiration));
      }
    })();
  });
});

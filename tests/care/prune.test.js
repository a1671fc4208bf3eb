import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { prune, verify } from '../../js-shim/care.js';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { fill } from '../support/full-store.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';
import { inWorld } from '../support/world.js';

/** @import { World } from '../support/world.js' */

const SETTLED_MS = 6 * 60_000;
const DAY_MS = 86_400_000;

/** Ages are counted from when the test runs: long after dateAt's. @param {Date} date */
const ageOf = (date) => Date.now() - date.getTime();

/**
 * @param {World} world
 * @param {object} [options]
 */
const mastraStore = (world, options) =>
  new CloudflareStore({ id: 's', bindings: world.place(), keyPrefix: 'p_', overlay: false, ...options });

/** @param {World} world */
const plainStore = (world) => new KVStore({ bindings: world.place(), keyPrefix: 'p_', overlay: false });

/** @param {World} world */
const keysOf = (world) => [...world.threads.keys(), ...world.messages.keys()];

describe("Mastra's prune", () => {
  test(
    'deletes all that a policy says, with all that points to it',
    inWorld({}, async (world) => {
      await fill(plainStore(world), { resources: ['ada', 'a:b'] });
      world.advance(10 * DAY_MS);
      const policy = { maxAge: /** @type {const} */ ('9d') };
      const store = mastraStore(world, {
        retention: {
          memory: { messages: policy, threads: policy, resources: policy },
          workflows: { workflowSnapshot: policy },
          scores: { scorers: policy },
          backgroundTasks: { backgroundTasks: policy },
          threadState: { threadState: policy },
        },
      });
      const results = await store.prune();
      assert.deepEqual(
        results.toSorted((a, b) => (a.table < b.table ? -1 : 1)),
        [
          { domain: 'backgroundTasks', table: 'mastra_background_tasks', deleted: 2, done: true },
          { domain: 'memory', table: 'mastra_messages', deleted: 20, done: true },
          { domain: 'memory', table: 'mastra_resources', deleted: 2, done: true },
          { domain: 'scores', table: 'mastra_scorers', deleted: 2, done: true },
          { domain: 'threadState', table: 'mastra_thread_state', deleted: 4, done: true },
          { domain: 'memory', table: 'mastra_threads', deleted: 4, done: true },
          { domain: 'workflows', table: 'mastra_workflow_snapshot', deleted: 2, done: true },
        ],
      );
      assert.deepEqual(
        results.filter(({ domain }) => domain === 'memory').map(({ table }) => table),
        ['mastra_messages', 'mastra_resources', 'mastra_threads'],
      );
      // A mark is no record, and may be of use to messages yet to come; observational memory is never pruned.
      assert.deepEqual(
        keysOf(world).filter((key) => !/:thread_marks:|observational_memory/.test(key)),
        [],
      );
    }),
  );

  test(
    'leaves what is not strictly older, and all that has no policy',
    inWorld({}, async (world) => {
      const plain = plainStore(world);
      await plain.saveMessages({ messages: makeMessages(10) });
      await plain.saveThread({ thread: makeThread() });
      world.advance(SETTLED_MS);
      const store = mastraStore(world);
      const retention = { memory: { messages: { maxAge: ageOf(dateAt(4000)) } } };
      assert.deepEqual(await store.prune({ retention }), [
        { domain: 'memory', table: 'mastra_messages', deleted: 4, done: true },
      ]);
      const { messages } = await plain.listMessages({ threadId: 't1' });
      assert.deepEqual(idsOf(messages), ['m4', 'm5', 'm6', 'm7', 'm8', 'm9']);
      assert.deepEqual((await plain.listMessagesById({ messageIds: ['m3'] })).messages, []);
      assert.notEqual(await plain.getThreadById({ threadId: 't1' }), null);
      assert.deepEqual((await verify(plain)).problems, []);
      assert.deepEqual(await store.prune(), []);
    }),
  );

  test(
    'a thread goes without its messages; a task that is not completed stays',
    inWorld({}, async (world) => {
      const plain = plainStore(world);
      await fill(plain, { resources: ['ada'] });
      await plain.updateTask('ada-task', { status: 'running', completedAt: undefined });
      world.advance(SETTLED_MS);
      const maxAge = 1;
      const retention = { memory: { threads: { maxAge } }, backgroundTasks: { backgroundTasks: { maxAge } } };
      await mastraStore(world).prune({ retention });
      assert.equal(await plain.getThreadById({ threadId: 'ada-1' }), null);
      assert.equal((await plain.listThreads()).total, 0);
      assert.equal((await plain.listMessages({ threadId: 'ada-1' })).messages.length, 5);
      assert.notEqual(await plain.getTask('ada-task'), null);
      world.advance(SETTLED_MS);
      assert.deepEqual((await verify(plain)).problems, []);
    }),
  );

  test(
    'keeps the bounds it is given, and goes on when called again',
    inWorld({}, async (world) => {
      const plain = plainStore(world);
      await plain.saveMessages({ messages: makeMessages(120) });
      world.advance(SETTLED_MS);
      const retention = { memory: { messages: { maxAge: 1, batchSize: 7 } } };
      const store = mastraStore(world, { retention });
      const result = async (/** @type {object} */ options) => {
        const [{ deleted, done }] = await store.prune(options);
        return { deleted, done };
      };
      assert.deepEqual(await result({ maxBatches: 3 }), { deleted: 21, done: false });
      assert.deepEqual(await result({ maxRows: 10 }), { deleted: 10, done: false });
      assert.deepEqual(await result({ maxRows: 0 }), { deleted: 0, done: false });
      const aborted = AbortSignal.abort();
      assert.deepEqual(await store.prune({ signal: aborted }), []);
      assert.equal((await plain.listMessages({ threadId: 't1', perPage: false })).messages.length, 89);
      assert.deepEqual(await result({}), { deleted: 89, done: true });
      assert.deepEqual(await result({}), { deleted: 0, done: true });
    }),
  );

  test(
    'ends also where lists still show what was deleted',
    inWorld({}, async (world) => {
      const lagging = { listLagMs: 60_000 };
      const plain = new KVStore({ bindings: world.place(lagging), keyPrefix: 'p_', overlay: false });
      await plain.saveMessages({ messages: makeMessages(250) });
      world.advance(SETTLED_MS);
      assert.deepEqual(await prune(plain, { maxAge: { messages: 1 }, maxRows: 100 }), [
        { table: 'messages', deleted: 100, done: false },
      ]);
      assert.deepEqual(await prune(plain, { maxAge: { messages: '1ms' } }), [
        { table: 'messages', deleted: 150, done: true },
      ]);
      assert.deepEqual(
        keysOf(world).filter((key) => /messages:/.test(key)),
        [],
      );
    }),
  );

  test('refuses what is no age', async () => {
    await inWorld({}, async (world) => {
      const memory = /** @type {any} */ (mastraStore(world).stores).memory;
      await assert.rejects(memory.prune({ messages: { maxAge: '3 days' } }), /^Error: Invalid retention duration/);
      await assert.rejects(
        memory.prune({ messages: { maxAge: 1, batchSize: 0 } }),
        /must be a positive integer; received 0/,
      );
      assert.deepEqual(await memory.prune({ unknown: { maxAge: 1 } }), []);
      for (const age of ['90', 'd', '1y', -1, 1.5, null, '99999999999w']) {
        await assert.rejects(prune(plainStore(world), { maxAge: { messages: /** @type {any} */ (age) } }), {
          code: 'INVALID_ARGUMENT',
        });
      }
    })();
  });

  test(
    'a message that lies about its place loses no other',
    inWorld({}, async (world) => {
      const plain = plainStore(world);
      await plain.saveMessages({ messages: [makeMessage('m1')] });
      const [key] = world.messages.keys().filter((name) => name.startsWith('p_messages:'));
      const other = key.replace(/:\d{17}:/, ':08640000000000000:');
      const { value, metadata } = /** @type {any} */ (world.messages.read(key));
      world.messages.write(other, value.replace(/"createdAt":"[^"]*"/, '"createdAt":"1970-01-01T00:00:00.000Z"'), {
        metadata,
      });
      world.advance(SETTLED_MS);
      await prune(plain, { maxAge: { messages: Date.now() - 1 } });
      assert.equal((await plain.listMessagesById({ messageIds: ['m1'] })).messages.length, 1);
    }),
  );
});

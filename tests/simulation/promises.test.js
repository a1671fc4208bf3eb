/* What the README promises, where it is hardest to keep: a writer whose reads are a minute old, lists that do not show what
 * was written a moment ago, and deletions in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomLatency } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';
import { STALE_MS, forSeeds, inWorld } from '../support/world.js';

/** @import { Memory } from '../support/harness.js' */

const MINUTES = 60_000;
/** Longer than a tombstone stays. */
const TWO_HOURS = 120 * MINUTES;

const list = async (/** @type {Memory} */ store, threadId = 't1') =>
  (await store.listMessages({ threadId, perPage: false })).messages;
const listIds = async (/** @type {Memory} */ store, threadId = 't1') => idsOf(await list(store, threadId));

for (const overlay of [true, false]) {
  /** Reads that are a minute old for all that was read before, and lists that are a minute old. */
  const behind = { getCacheMs: STALE_MS, listLagMs: STALE_MS };
  const name = overlay ? 'with its overlay' : 'without an overlay';

  describe(`a writer whose reads are a minute old, ${name}`, () => {
    it(
      'brings no deleted message back by updating it',
      inWorld({}, async (world) => {
        const [a, b] = [world.store(), world.store(behind, { overlay })];
        await a.saveMessages({ messages: makeMessages(3) });
        assert.equal((await b.listMessagesById({ messageIds: ['m2'] })).messages.length, 1);
        await a.deleteMessages(['m2']);
        world.advance(20_000);
        await b.updateMessages({ messages: [{ id: 'm2', content: { metadata: { seen: true } } }] });
        assert.deepEqual(await listIds(world.observer()), ['m0', 'm1']);
        world.advance(TWO_HOURS);
        for (const store of [a, b, world.observer()]) {
          assert.deepEqual(await listIds(store), ['m0', 'm1']);
          assert.deepEqual((await store.listMessagesById({ messageIds: ['m2'] })).messages, []);
        }
        await a.deleteMessages(['m2']);
        await a.saveMessages({ messages: [makeMessage('m2', { content: { format: 2, parts: [] } })] });
        const found = (await list(world.observer())).find((/** @type {any} */ { id }) => id === 'm2');
        assert.deepEqual(found?.content, { format: 2, parts: [] }, 'nothing old in it');
      }),
    );

    it(
      'deletes a message wherever another moved it',
      inWorld({}, async (world) => {
        for (const move of [
          (/** @type {Memory} */ store) => store.updateMessages({ messages: [{ id: 'm2', threadId: 't2' }] }),
          (/** @type {Memory} */ store) => store.saveMessages({ messages: [makeMessage('m2', { threadId: 't2' })] }),
        ]) {
          const [a, b] = [world.store(), world.store(behind, { overlay })];
          await a.saveMessages({ messages: makeMessages(3) });
          await b.listMessagesById({ messageIds: ['m2'] });
          await move(a);
          world.advance(20_000);
          assert.deepEqual(await listIds(world.observer(), 't2'), ['m2']);
          await b.deleteMessages(['m2']);
          assert.deepEqual(await listIds(world.observer(), 't2'), []);
          for (const wait of [5 * MINUTES, TWO_HOURS]) {
            world.advance(wait);
            for (const store of [a, b, world.observer()]) {
              for (const threadId of ['t1', 't2']) {
                assert.ok(!(await listIds(store, threadId)).includes('m2'), threadId);
              }
              assert.deepEqual((await store.listMessagesById({ messageIds: ['m2'] })).messages, []);
            }
          }
          assert.equal((await world.observer().listMessages({ threadId: 't2' })).total, 0);
          await a.deleteMessages(['m0', 'm1', 'm2']);
        }
      }),
    );

    it(
      'hides no message that was saved anew by deleting once more what it was before',
      inWorld({}, async (world) => {
        const [a, b] = [world.store(), world.store(behind, { overlay })];
        await a.saveMessages({ messages: makeMessages(2) });
        await a.deleteMessages(['m1']);
        world.advance(2000);
        await b.deleteMessages(['m1']); // it sees the tombstone, and goes on seeing it
        await a.saveMessages({ messages: [makeMessage('m1', { createdAt: dateAt(5000) })] });
        world.advance(2000);
        await b.deleteMessages(['m1']);
        world.advance(10 * MINUTES);
        for (const store of [a, world.observer()]) {
          assert.deepEqual(await listIds(store), ['m0', 'm1']);
          assert.deepEqual(idsOf((await store.listMessagesById({ messageIds: ['m1'] })).messages), ['m1']);
        }
      }),
    );

    it(
      'shows a moved message where it is, before and after the lag',
      inWorld({}, async (world) => {
        const [a, b] = [world.store(), world.store(behind, { overlay })];
        await a.saveMessages({ messages: makeMessages(2) });
        await listIds(b);
        await a.updateMessages({ messages: [{ id: 'm1', threadId: 't2' }] });
        for (const wait of [2000, STALE_MS, 10 * MINUTES, TWO_HOURS]) {
          world.advance(wait);
          assert.deepEqual(await listIds(world.observer(), 't2'), ['m1']);
          assert.deepEqual(await listIds(world.observer(), 't1'), ['m0']);
        }
        assert.deepEqual(await listIds(b, 't2'), ['m1']);
      }),
    );

    it(
      'puts no old content back: each part of a message is as it was last edited',
      inWorld({}, async (world) => {
        const [a, b] = [world.store(), world.store(behind, { overlay })];
        const content = { format: 2, parts: [{ type: 'text', text: 'old' }], metadata: { by: 'nobody' } };
        await a.saveMessages({ messages: [makeMessage('m1', { content })] });
        await b.listMessages({ threadId: 't1' });
        await b.listMessagesById({ messageIds: ['m1'] });
        const parts = [{ type: 'text', text: 'edited by a' }];
        await a.updateMessages({ messages: [{ id: 'm1', content: { parts } }] });
        world.advance(20_000);
        await b.updateMessages({ messages: [{ id: 'm1', content: { metadata: { stars: 5 } } }] });
        await b.updateMessages({ messages: [{ id: 'm1', role: 'assistant' }] });
        world.advance(STALE_MS);
        for (const store of [a, b, world.observer()]) {
          const [message] = await list(store);
          assert.deepEqual(message.content, { format: 2, parts, metadata: { by: 'nobody', stars: 5 } });
          assert.equal(message.role, 'assistant');
          assert.deepEqual((await store.listMessagesById({ messageIds: ['m1'] })).messages, [message]);
        }
      }),
    );

    it(
      'gives no message back to the resource that it was taken from',
      inWorld({}, async (world) => {
        const [a, b] = [world.store(), world.store(behind, { overlay })];
        await a.saveMessages({ messages: makeMessages(3) });
        await listIds(b);
        await a.updateMessages({ messages: [{ id: 'm1', resourceId: 'u2' }] });
        world.advance(20_000);
        await b.updateMessages({ messages: [{ id: 'm1', content: { metadata: { x: 1 } } }] });
        world.advance(STALE_MS);
        const of = async (/** @type {string} */ resourceId) =>
          idsOf((await world.observer().listMessages({ threadId: 't1', resourceId })).messages);
        assert.deepEqual(await of('u2'), ['m1']);
        assert.deepEqual(await of('u1'), ['m0', 'm2']);
        const { messages, total } = await world.observer().listMessagesByResourceId({ resourceId: 'u2' });
        assert.deepEqual([idsOf(messages), total], [['m1'], 1]);
      }),
    );
  });
}

describe('a deleted thread', () => {
  it(
    'stays deleted, though the one who deleted it was not shown all of its messages',
    inWorld({}, async (world) => {
      const [a, b] = [world.store(), world.store({ listLagMs: STALE_MS })];
      await a.saveThread({ thread: makeThread() });
      await a.saveMessages({ messages: makeMessages(150) });
      world.advance(5000);
      await b.deleteThread({ threadId: 't1' });
      for (const wait of [1000, 5 * MINUTES, TWO_HOURS]) {
        world.advance(wait);
        const store = world.observer();
        const { messages, total } = await store.listMessages({ threadId: 't1', perPage: false });
        assert.deepEqual([messages, total], [[], 0]);
        assert.deepEqual((await store.listMessagesById({ messageIds: ['m000', 'm149'] })).messages, []);
        assert.equal((await store.listMessagesByResourceId({ resourceId: 'u1' })).total, 0);
        const include = [{ id: 'm010', withPreviousMessages: 5 }];
        assert.deepEqual((await store.listMessages({ threadId: 't1', perPage: 0, include })).messages, []);
        assert.equal(await store.getThreadById({ threadId: 't1' }), null);
      }
      const store = world.observer();
      await store.deleteThread({ threadId: 't1' });
      const left = [...world.messages.keys(), ...world.threads.keys()];
      assert.deepEqual(left, ['metadata:thread_marks:t1:deleted'], 'the same call, made again, finished');
      const { expiration } = /** @type {any} */ (world.threads.read(left[0]));
      assert.ok(expiration > Date.now() / 1000, 'and KV drops the rest by itself');
    }),
  );

  it(
    'takes new messages, and a new thread of its id',
    inWorld({}, async (world) => {
      const store = world.store({ listLagMs: STALE_MS });
      await store.saveMessages({ messages: makeMessages(120) });
      await store.deleteThread({ threadId: 't1' });
      await store.saveThread({ thread: makeThread({ title: 'new' }) });
      await store.saveMessages({ messages: [makeMessage('m003', { content: 'again' }), makeMessage('new')] });
      for (const wait of [1000, STALE_MS, TWO_HOURS]) {
        world.advance(wait);
        assert.deepEqual((await listIds(world.observer())).sort(), ['m003', 'new']);
        assert.equal((await world.observer().listMessages({ threadId: 't1' })).total, 2);
        assert.equal((await world.observer().getThreadById({ threadId: 't1' })).title, 'new');
      }
    }),
  );

  it('stays deleted whatever stale writers do to it', () =>
    forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      await inWorld({ latency: randomLatency(random) }, async (world) => {
        const behind = { getCacheMs: STALE_MS, listLagMs: STALE_MS, random };
        const [a, b, c] = [world.store(behind), world.store(behind), world.store(behind)];
        await a.saveThread({ thread: makeThread() });
        await a.saveMessages({ messages: makeMessages(130) });
        await b.getThreadById({ threadId: 't1' });
        await listIds(b);
        world.advance(random.integer(10_000));
        await c.deleteThread({ threadId: 't1' });
        world.advance(random.integer(20_000));
        await Promise.allSettled([
          b.updateMessages({ messages: [{ id: 'm001', content: { metadata: { a: 1 } } }] }),
          b.updateThread({ id: 't1', title: 'back?' }),
          b.deleteMessages(['m002']),
        ]);
        world.advance(TWO_HOURS);
        assert.deepEqual(await list(world.observer()), []);
        assert.equal(await world.observer().getThreadById({ threadId: 't1' }), null);
      })();
    }));
});

describe('large messages', () => {
  it(
    'are listed whatever their content is',
    inWorld({}, async (world) => {
      const store = world.observer();
      const text = 'x'.repeat(12 << 20);
      await store.saveMessages({ messages: [makeMessage('text', { content: text })] });
      const parts = [{ type: 'text', text }];
      for (const { content } of [
        ...(await list(store)),
        ...(await store.listMessagesById({ messageIds: ['text'] })).messages,
      ]) {
        assert.deepEqual(content, { format: 2, content: text, parts });
      }
      const [updated] = await store.updateMessages({ messages: [{ id: 'text', role: 'tool' }] });
      assert.equal(updated.content.content.length, text.length);
      assert.equal((await list(store))[0].role, 'tool');
    }),
  );

  it(
    'make pages of 64 MiB, in the memory that a few small ones take',
    inWorld({}, async (world) => {
      const store = world.observer();
      const text = 'ä'.repeat(1 << 19);
      for (let i = 0; i < 64; i++) {
        const at = { createdAt: dateAt(i * 1000), content: { format: 2, parts: [{ type: 'text', text }] } };
        await store.saveMessages({ messages: [makeMessage(`m${i}`, at)] });
      }
      const { messages, total } = await store.listMessages({ threadId: 't1', perPage: 64, resourceId: 'u1' });
      assert.deepEqual([messages.length, total], [64, 64]);
      for (const { content } of messages) assert.equal(content.parts[0].text.length, text.length);
    }),
  );

  it(
    'that something else made unreadable are errors with their key',
    inWorld({}, async (world) => {
      const store = world.observer();
      await store.saveMessages({ messages: [makeMessage('m1', { content: { text: 'x'.repeat(2000) } })] });
      const [key] = world.messages.keys().filter((name) => name.startsWith('messages:'));
      const { value, metadata } = /** @type {any} */ (world.messages.read(key));
      for (const broken of [value.slice(0, -2), `${value.slice(0, -1)},"id":nonsense}`, `${value}x`]) {
        world.messages.write(key, broken, { metadata });
        for (const read of [
          () => store.listMessages({ threadId: 't1' }),
          () => store.listMessagesById({ messageIds: ['m1'] }),
        ]) {
          await assert.rejects(read, (/** @type {any} */ error) => {
            assert.deepEqual([error.code, error.details.key], ['CORRUPT_RECORD', key]);
            return true;
          });
        }
      }
    }),
  );
});

describe('large calls', () => {
  it(
    'update ten thousand messages of one thread, and save them again',
    inWorld({}, async (world) => {
      const store = world.observer();
      const messages = makeMessages(10_000);
      await store.saveMessages({ messages });
      await store.saveMessages({ messages });
      const updates = messages.map(({ id }) => ({ id, content: { metadata: { n: 1 } } }));
      assert.equal((await store.updateMessages({ messages: updates })).length, 10_000);
      const { messages: page, total } = await store.listMessages({ threadId: 't1', perPage: 2 });
      assert.equal(total, 10_000);
      assert.deepEqual(page[1].content.metadata, { n: 1 });
    }),
  );

  it(
    'take numbers beyond 32 bits for what they are',
    inWorld({}, async (world) => {
      const store = world.observer();
      await store.saveThread({ thread: makeThread() });
      await store.saveMessages({ messages: makeMessages(5) });
      const include = [{ id: 'm2', withPreviousMessages: 2 ** 32, withNextMessages: 2 ** 32 + 1 }];
      assert.equal((await store.listMessages({ threadId: 't1', perPage: 0, include })).messages.length, 5);
      const options = { messageLimit: 2 ** 32 };
      const { thread } = await store.copyThread({ sourceThreadId: 't1', newThreadId: 'copy', options });
      assert.equal((await store.listMessages({ threadId: thread.id })).total, 5);
      assert.equal((await store.listMessages({ threadId: 't1', perPage: 2 ** 40 })).messages.length, 5);
      assert.deepEqual((await store.listMessages({ threadId: 't1', page: 2 ** 32, perPage: 1 })).messages, []);
      const { startDate } = { startDate: dateAt(2000) };
      await store.copyThread({ sourceThreadId: 't1', newThreadId: 'later', options: { messageFilter: { startDate } } });
      assert.deepEqual((await store.listMessages({ threadId: 'later' })).total, 3);
    }),
  );
});

/* What was saved also comes back exactly through updates and copies, and updates of one part leave the others alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';
import { STALE_MS, inWorld } from '../support/world.js';

const open = () =>
  new KVStore({
    bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() },
    overlay: false,
  });
const deep = JSON.parse(`${'['.repeat(1000)}1${']'.repeat(1000)}`);
const HARD = JSON.parse(
  '{"nul":"a\\u0000b","lone":"\\ud800","numbers":[1e21,5e-324,0.30000000000000004],"__proto__":{"x":1},"2":1,"1":2,"date":"2026-03-01T09:00:00.000Z"}',
);

/** @param {unknown} value */
const print = (value) => JSON.stringify(value);

describe('content', () => {
  it('comes back exactly after an update of something else, and in a copy', async () => {
    const property = fc.asyncProperty(fc.oneof(fc.constant(HARD), fc.constant(deep), fc.jsonValue()), async (value) => {
      const store = open();
      await store.saveThread({ thread: makeThread() });
      await store.saveMessages({ messages: [makeMessage('m1', { content: { value, big: 'x'.repeat(1000) } })] });
      const [updated] = await store.updateMessages({ messages: [{ id: 'm1', content: { added: true } }] });
      assert.equal(print(updated.content.value), print(value));
      await store.copyThread({ sourceThreadId: 't1', newThreadId: 'copy' });
      const { messages } = await store.listMessages({ threadId: 'copy' });
      assert.equal(print(messages[0].content), print({ value, big: 'x'.repeat(1000), added: true }));
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('megabytes of text survive update and copy', async () => {
    const store = open();
    const text = 'ü\u0000'.repeat(2 ** 20);
    await store.saveThread({ thread: makeThread() });
    await store.saveMessages({ messages: [makeMessage('m1', { content: { text } })] });
    await store.updateMessages({ messages: [{ id: 'm1', role: 'assistant' }] });
    await store.copyThread({ sourceThreadId: 't1', newThreadId: 'copy' });
    assert.equal((await store.listMessages({ threadId: 'copy' })).messages[0].content.text, text);
  });

  it('ids that look alike never meet', async () => {
    const store = open();
    const ids = ['a', 'a:b', 'a%3Ab', 'ab'];
    for (const id of ids) {
      await store.saveMessages({ messages: [makeMessage(`m ${id}`, { threadId: id, createdAt: dateAt(0) })] });
      await store.updateResource({ resourceId: id, workingMemory: id });
    }
    await store.deleteThread({ threadId: 'a' });
    for (const id of ids) {
      assert.equal((await store.listMessages({ threadId: id })).total, id === 'a' ? 0 : 1, id);
      assert.equal((await store.getResourceById({ resourceId: id }))?.workingMemory, id);
    }
  });
});

describe('a writer whose reads are a minute old', () => {
  it(
    'puts no old working memory back with metadata, and no old metadata with working memory',
    inWorld({}, async (world) => {
      /** @type {[any, any, any]} */
      const [behind, ahead, observer] = [
        world.store({ getCacheMs: STALE_MS }, { overlay: false }),
        world.store(),
        world.observer(),
      ];
      await ahead.saveResource({
        resource: { id: 'u', workingMemory: 'old', metadata: { a: 'old' }, createdAt: dateAt(0), updatedAt: dateAt(0) },
      });
      assert.equal((await behind.getResourceById({ resourceId: 'u' })).workingMemory, 'old');
      await ahead.updateResource({ resourceId: 'u', workingMemory: 'new' });
      world.advance(2000);
      await behind.updateResource({ resourceId: 'u', metadata: { b: 1 } });
      assert.equal((await observer.getResourceById({ resourceId: 'u' })).workingMemory, 'new');
      await ahead.updateResource({ resourceId: 'u', metadata: { c: 1 } });
      world.advance(2000);
      await behind.updateResource({ resourceId: 'u', workingMemory: 'newer' });
      const { workingMemory, metadata } = await observer.getResourceById({ resourceId: 'u' });
      assert.equal(workingMemory, 'newer');
      assert.equal(metadata.c, 1);
    }),
  );

  it(
    'makes a resource it has not seen without harm to what is there',
    inWorld({}, async (world) => {
      const [behind, ahead, observer] = /** @type {any[]} */ ([
        world.store({ getCacheMs: STALE_MS }, { overlay: false }),
        world.store(),
        world.observer(),
      ]);
      assert.equal(await behind.getResourceById({ resourceId: 'u' }), null);
      await ahead.updateResource({ resourceId: 'u', workingMemory: 'kept' });
      world.advance(2000);
      await behind.updateResource({ resourceId: 'u', metadata: { b: 1 } });
      const { workingMemory, metadata } = await observer.getResourceById({ resourceId: 'u' });
      assert.deepEqual([workingMemory, metadata], ['kept', { b: 1 }]);
    }),
  );
});

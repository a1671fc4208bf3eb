/* Ids are opaque: whatever they hold, none reaches another's data. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { KVStore } from '../../js-shim/kv-store.js';
import { describeOnEachBackend, flavours, newPrefix } from '../support/harness.js';
import { dateAt, idsOf, makeMessage, makeThread } from '../support/samples.js';

/** Ids that stores are known to have stumbled over, and ids that look like parts of this one's keys. */
const AWKWARD = [
  ...['0', '1', '42', '-1', '1e3', '007', 'null', 'undefined', 'true', 'NaN', '__proto__', 'constructor', 'toString'],
  ...[
    'a',
    'ab',
    'a:b',
    'a:',
    ':',
    '::',
    ':a',
    'a/b',
    '/',
    '..',
    '.',
    '*',
    'a*',
    '?',
    '#',
    '%',
    '%25',
    '%3A',
    '%00',
    'a b',
    ' ',
    '  x  ',
  ],
  ...[
    '\0',
    'a\0b',
    '\n',
    '\t',
    '"',
    '\\',
    '\\u0000',
    "'",
    '`',
    '{}',
    '[]',
    '<b>',
    '\u007f',
    '\u0080',
    '\u2028',
    '\ufeff',
    '\ufffd',
  ],
  ...[
    'é',
    'e\u0301',
    'ß',
    'SS',
    'Ä',
    'ä',
    '日本',
    '\u{1f600}',
    '\ud83d',
    '\ude00',
    '\ud800',
    '\udfff',
    '\uffff',
    '\u{10ffff}',
  ],
  ...[
    'threads',
    'messages',
    'metadata',
    'title',
    'activity',
    'threads:a',
    'metadata:threads:a:title',
    'messages:a',
    'a:activity',
  ],
  ...['08638204564647276', '08638204564647276:x', '99999999999999999', 'x'.repeat(40)],
];
/** Together with a key prefix, tables, a time and a second id they still fit a key. */
const anyId = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...AWKWARD) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', 'b', ':', '%', '/', '2', '5', '3', 'A'), minLength: 1, maxLength: 8 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
);
const differentIds = fc.uniqueArray(anyId, { minLength: 2, maxLength: 6 });

describeOnEachBackend('ids', (backend) => {
  const open = () => {
    const { threads, messages } = backend.current;
    return new KVStore({ bindings: { threads, messages }, keyPrefix: newPrefix(), overlay: false });
  };
  const numRuns = 100 / backend.slowness;

  for (const { name, make } of flavours) {
    it(`of every awkward shape name a thread, a resource and a message, with ${name}`, async () => {
      const { threads, messages } = backend.current;
      const store = make({ bindings: { threads, messages }, keyPrefix: newPrefix() });
      await Promise.all(
        AWKWARD.map((id, i) => store.saveThread({ thread: makeThread({ id, resourceId: id, createdAt: dateAt(i) }) })),
      );
      const saved = AWKWARD.map((id, i) => makeMessage(id, { threadId: id, resourceId: id, createdAt: dateAt(i) }));
      await store.saveMessages({ messages: saved });
      await Promise.all(
        AWKWARD.map(async (id, i) => {
          const thread = await store.getThreadById({ threadId: id, resourceId: id });
          assert.deepEqual([thread.id, thread.resourceId, thread.createdAt], [id, id, dateAt(i)]);
          const { threads: listed, total } = await store.listThreads({ filter: { resourceId: id } });
          assert.deepEqual([idsOf(listed), total], [[id], 1]);
          // A thread's id must not be blank where messages are listed: Mastra says so.
          if (id.trim() === '') return;
          assert.deepEqual((await store.listMessages({ threadId: id })).messages, [saved[i]]);
          assert.deepEqual((await store.listMessages({ threadId: id, resourceId: id })).messages, [saved[i]]);
        }),
      );
      const all = await store.listThreads({ perPage: false, orderBy: { field: 'createdAt', direction: 'ASC' } });
      assert.deepEqual(idsOf(all.threads), AWKWARD);
      assert.deepEqual((await store.listMessagesById({ messageIds: AWKWARD })).messages, saved);
    });
  }

  it('of threads never meet: deleting one leaves the others', async () => {
    await fc.assert(
      fc.asyncProperty(differentIds, async ([deleted, ...others]) => {
        const store = open();
        const all = [deleted, ...others];
        for (const id of all) await store.saveThread({ thread: makeThread({ id }) });
        await store.saveMessages({ messages: all.map((id, i) => makeMessage(`m${i}`, { threadId: id })) });
        await store.updateThread({ id: deleted, title: 'deleted', metadata: { deleted: true } });
        await store.deleteThread({ threadId: deleted });
        assert.equal(await store.getThreadById({ threadId: deleted }), null);
        assert.deepEqual(idsOf((await store.listThreads()).threads).sort(), others.toSorted());
        const { messages } = await store.listMessagesById({ messageIds: all.map((_, i) => `m${i}`) });
        assert.deepEqual(
          idsOf(messages),
          others.map((_, i) => `m${i + 1}`),
        );
        for (const id of others) {
          const { updatedAt, ...thread } = /** @type {any} */ (await store.getThreadById({ threadId: id }));
          assert.ok(updatedAt > dateAt(0), 'touched by its message');
          assert.deepEqual({ ...thread, updatedAt: dateAt(0) }, makeThread({ id }));
        }
      }),
      { numRuns },
    );
  });

  it('of resources never meet', async () => {
    await fc.assert(
      fc.asyncProperty(differentIds, async (resources) => {
        const store = open();
        for (const [i, resourceId] of resources.entries()) {
          await store.saveThread({ thread: makeThread({ id: `t${i}`, resourceId }) });
        }
        await store.saveMessages({ messages: resources.map((resourceId, i) => makeMessage(`m${i}`, { resourceId })) });
        for (const [i, resourceId] of resources.entries()) {
          assert.deepEqual(idsOf((await store.listThreads({ filter: { resourceId } })).threads), [`t${i}`]);
          assert.deepEqual(idsOf((await store.listMessages({ threadId: 't1', resourceId })).messages), [`m${i}`]);
        }
      }),
      { numRuns },
    );
  });

  it('of messages never meet: deleting one leaves the others', async () => {
    await fc.assert(
      fc.asyncProperty(differentIds, anyId, async (ids, threadId) => {
        const [deleted, ...others] = ids;
        const store = open();
        await store.saveMessages({ messages: ids.map((id) => makeMessage(id, { threadId })) });
        await store.deleteMessages([deleted]);
        assert.deepEqual(idsOf((await store.listMessagesById({ messageIds: ids })).messages), others);
        if (threadId.trim() !== '') assert.deepEqual(idsOf((await store.listMessages({ threadId })).messages), others);
      }),
      { numRuns },
    );
  });
});

/* Messages, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { describeOnEachBackend, flavours, newPrefix } from '../support/harness.js';
import { START, dateAt, idsOf, makeMessage, makeMessages, makeThread, textContent } from '../support/samples.js';

/** @import { Memory } from '../support/harness.js' */

/** @param {any} answer */
const summary = ({ messages, ...rest }) => ({ ids: idsOf(messages).join(' '), ...rest });

/**
 * The ids of a thread's messages, in one text.
 * @param {Memory} store
 * @param {Record<string, unknown>} [args]
 */
const list = async (store, args) => summary(await store.listMessages({ threadId: 't1', ...args })).ids;

describeOnEachBackend('messages', (backend) => {
  for (const { name, make } of flavours) {
    describe(name, () => {
      const open = () => {
        const { threads, messages } = backend.current;
        return make({ bindings: { threads, messages }, keyPrefix: newPrefix() });
      };

      describe('saveMessages', () => {
        it('gives back what was saved, and so do all reads', async () => {
          const store = open();
          const message = makeMessage('m1', {
            role: 'assistant',
            type: 'tool-call',
            content: { format: 2, parts: [{ type: 'text', text: 'ä\n"' }], metadata: { a: null }, reasoning: '' },
          });
          assert.deepEqual(await store.saveMessages({ messages: [message] }), { messages: [message] });
          for (const { messages } of [
            await store.listMessages({ threadId: 't1' }),
            await store.listMessagesById({ messageIds: ['m1'] }),
          ]) {
            assert.deepEqual(messages, [message]);
            assert.ok(messages[0].createdAt instanceof Date);
          }
        });

        it('takes no messages for no messages', async () => {
          assert.deepEqual(await open().saveMessages({ messages: [] }), { messages: [] });
        });

        it('fills in the type, leaves out a resourceId that is not there, and reads texts as content', async () => {
          const store = open();
          const { type: _type, resourceId: _resource, ...message } = makeMessage('m1', { content: 'hello' });
          await store.saveMessages({ messages: [message, { ...message, id: 'm2', content: [{ type: 'text' }] }] });
          const { messages } = await store.listMessages({ threadId: 't1' });
          assert.deepEqual(messages, [
            {
              ...message,
              type: 'text',
              content: { format: 2, content: 'hello', parts: [{ type: 'text', text: 'hello' }] },
            },
            { ...message, id: 'm2', type: 'text', content: [{ type: 'text' }] },
          ]);
        });

        it('takes ISO strings for dates', async () => {
          const store = open();
          const texts = ['2026-03-01T09:00:00.000Z', '2026-03-01T10:00:00+01:00', '2026-03-01T09:00:00.0009Z'];
          for (const [i, createdAt] of texts.entries()) {
            const { messages } = await store.saveMessages({ messages: [makeMessage(`m${i}`, { createdAt })] });
            assert.deepEqual(messages[0].createdAt, dateAt(0));
          }
          for (const { createdAt } of (await store.listMessages({ threadId: 't1' })).messages) {
            assert.deepEqual(createdAt, dateAt(0));
          }
        });

        it('answers in the order of time, each id once, the last one', async () => {
          const store = open();
          const [a, b, c] = makeMessages(3);
          const again = { ...a, content: textContent('again') };
          const { messages } = await store.saveMessages({ messages: [c, a, b, again] });
          assert.deepEqual(messages, [again, b, c]);
          assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages, [again, b, c]);
        });

        it('replaces a message of the same id as a whole', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(3) });
          const { resourceId: _resource, ...message } = makeMessage('m1', {
            role: 'assistant',
            createdAt: dateAt(1000),
            content: { format: 2, parts: [] },
          });
          for (let i = 0; i < 2; i++) {
            await store.saveMessages({ messages: [message] });
            const answer = await store.listMessages({ threadId: 't1' });
            assert.deepEqual(summary(answer), { ids: 'm0 m1 m2', total: 3, page: 0, perPage: 40, hasMore: false });
            assert.deepEqual(answer.messages[1], message);
          }
        });

        it('moves a message to another time', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(3) });
          await store.saveMessages({ messages: [makeMessage('m0', { createdAt: dateAt(60_000) })] });
          assert.equal(await list(store), 'm1 m2 m0');
          assert.equal((await store.listMessages({ threadId: 't1' })).total, 3);
          assert.equal(
            await list(store, { orderBy: { field: 'createdAt', direction: 'DESC' }, includeTotal: false }),
            'm0 m2 m1',
          );
        });

        it('moves a message to another thread', async () => {
          const store = open();
          for (const id of ['t1', 't2']) await store.saveThread({ thread: makeThread({ id }) });
          await store.saveMessages({ messages: makeMessages(2) });
          const former = await store.getThreadById({ threadId: 't1' });
          await store.saveMessages({ messages: [makeMessage('m0', { threadId: 't2' })] });
          assert.equal(await list(store), 'm1');
          assert.equal(await list(store, { threadId: 't2' }), 'm0');
          assert.deepEqual((await store.listMessagesById({ messageIds: ['m0'] })).messages, [
            makeMessage('m0', { threadId: 't2' }),
          ]);
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), former, 'the former thread is not touched');
          await store.saveMessages({ messages: [makeMessage('m0')] });
          assert.equal(await list(store), 'm0 m1');
          assert.equal(await list(store, { threadId: 't2' }), '');
        });

        it('touches the threads of the batch that exist, and makes none', async () => {
          const store = open();
          for (const id of ['t1', 't2', 't3']) await store.saveThread({ thread: makeThread({ id }) });
          const before = Date.now();
          await store.saveMessages({
            messages: [
              makeMessage('m1'),
              makeMessage('m2', { threadId: 't2', resourceId: 'u9' }),
              makeMessage('m3', { threadId: 'nowhere' }),
            ],
          });
          for (const id of ['t1', 't2']) {
            const { updatedAt, ...rest } = await store.getThreadById({ threadId: id });
            assert.ok(updatedAt >= before);
            assert.deepEqual({ ...rest, updatedAt: dateAt(0) }, makeThread({ id }));
          }
          assert.deepEqual(await store.getThreadById({ threadId: 't3' }), makeThread({ id: 't3' }));
          assert.equal(await store.getThreadById({ threadId: 'nowhere' }), null);
          assert.equal((await store.listThreads()).total, 3);
          assert.equal(await list(store, { threadId: 'nowhere' }), 'm3');
        });

        it('keeps messages of one time in the order of the batch, and of the batches', async () => {
          const store = open();
          const ids = ['z', '10', '9', 'a', 'Z', 'ä', '~'];
          await store.saveMessages({ messages: ids.map((id) => makeMessage(id)) });
          await store.saveMessages({ messages: ['c', 'b'].map((id) => makeMessage(id)) });
          const all = [...ids, 'c', 'b'];
          assert.equal(await list(store), all.join(' '));
          const orderBy = { field: 'createdAt', direction: 'DESC' };
          assert.equal(await list(store, { orderBy }), all.toReversed().join(' '));
          for (const includeTotal of [true, false]) {
            const seen = [];
            for (let page = 0; page < 5; page++) {
              seen.push(await list(store, { page, perPage: 2, orderBy, includeTotal }));
            }
            assert.equal(seen.join(' ').trim(), all.toReversed().join(' '));
          }
          // Saved again, each stays where it is.
          await store.saveMessages({ messages: ['b', 'a', 'z'].map((id) => makeMessage(id, { role: 'assistant' })) });
          assert.equal(await list(store), all.join(' '));
        });

        it('completes all of many calls at once', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          const batches = Array.from({ length: 10 }, (_, i) => [
            makeMessage(`${i}a`, { createdAt: dateAt(i) }),
            makeMessage(`${i}b`, { createdAt: dateAt(i) }),
          ]);
          await Promise.all(batches.map((messages) => store.saveMessages({ messages })));
          assert.equal(await list(store, { perPage: false }), idsOf(batches.flat()).join(' '));
        });
      });

      describe('listMessages', () => {
        it('gives the oldest first, or the newest', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(5).toReversed() });
          const rest = { total: 5, page: 0, perPage: 40, hasMore: false };
          assert.deepEqual(summary(await store.listMessages({ threadId: 't1' })), { ids: 'm0 m1 m2 m3 m4', ...rest });
          for (const [orderBy, ids] of /** @type {[any, string][]} */ ([
            [{ field: 'createdAt', direction: 'DESC' }, 'm4 m3 m2 m1 m0'],
            [{ direction: 'DESC' }, 'm4 m3 m2 m1 m0'],
            [{ field: 'createdAt', direction: 'ASC' }, 'm0 m1 m2 m3 m4'],
            [{ field: 'createdAt' }, 'm0 m1 m2 m3 m4'],
            [{ field: 'createdAt', direction: 'desc' }, 'm0 m1 m2 m3 m4'],
            [null, 'm0 m1 m2 m3 m4'],
          ])) {
            assert.equal(await list(store, { orderBy }), ids);
          }
        });

        it('gives pages from either end', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(5) });
          const cases = /** @type {[any, any][]} */ ([
            [{ perPage: 2 }, { ids: 'm0 m1', page: 0, perPage: 2, hasMore: true }],
            [
              { perPage: 2, page: 1 },
              { ids: 'm2 m3', page: 1, perPage: 2, hasMore: true },
            ],
            [
              { perPage: 2, page: 2 },
              { ids: 'm4', page: 2, perPage: 2, hasMore: false },
            ],
            [
              { perPage: 2, page: 3 },
              { ids: '', page: 3, perPage: 2, hasMore: false },
            ],
            [{ perPage: 5 }, { ids: 'm0 m1 m2 m3 m4', page: 0, perPage: 5, hasMore: false }],
            [
              { perPage: 2, direction: 'DESC' },
              { ids: 'm4 m3', page: 0, perPage: 2, hasMore: true },
            ],
            [
              { perPage: 2, page: 1, direction: 'DESC' },
              { ids: 'm2 m1', page: 1, perPage: 2, hasMore: true },
            ],
            [
              { perPage: 2, page: 2, direction: 'DESC' },
              { ids: 'm0', page: 2, perPage: 2, hasMore: false },
            ],
            [
              { perPage: 2, page: 7, direction: 'DESC' },
              { ids: '', page: 7, perPage: 2, hasMore: false },
            ],
            [{ perPage: false }, { ids: 'm0 m1 m2 m3 m4', page: 0, perPage: false, hasMore: false }],
            [
              { perPage: false, direction: 'DESC' },
              { ids: 'm4 m3 m2 m1 m0', page: 0, perPage: false, hasMore: false },
            ],
            // A page beside perPage: false does not matter.
            [
              { perPage: false, page: 3 },
              { ids: 'm0 m1 m2 m3 m4', page: 3, perPage: false, hasMore: false },
            ],
          ]);
          for (const [{ direction, ...args }, expected] of cases) {
            const full = { threadId: 't1', ...args, orderBy: { field: 'createdAt', direction } };
            const label = JSON.stringify(full);
            assert.deepEqual(summary(await store.listMessages(full)), { ...expected, total: 5 }, label);
            // Without the total, the rest is the same.
            const { total, ...rest } = summary(await store.listMessages({ ...full, includeTotal: false }));
            assert.deepEqual(rest, expected, label);
            assert.equal(typeof total, 'number');
          }
        });

        it('gives nothing and counts nothing with perPage 0', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(2) });
          const expected = { messages: [], total: 0, page: 0, perPage: 0, hasMore: false };
          assert.deepEqual(await store.listMessages({ threadId: 't1', perPage: 0 }), expected);
        });

        it('answers an empty list for an unknown thread', async () => {
          const expected = { messages: [], total: 0, page: 0, perPage: 40, hasMore: false };
          assert.deepEqual(await open().listMessages({ threadId: 'nobody' }), expected);
          assert.deepEqual(await open().listMessages({ threadId: 'nobody', resourceId: 'u1' }), expected);
        });

        it('gives 40 messages a page when not asked otherwise', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(41) });
          const { messages, ...rest } = await store.listMessages({ threadId: 't1' });
          assert.equal(messages.length, 40);
          assert.deepEqual(rest, { total: 41, page: 0, perPage: 40, hasMore: true });
        });

        it('gives the messages of one resource, whatever the thread', async () => {
          const store = open();
          const of = (
            /** @type {string} */ id,
            /** @type {string | undefined} */ resourceId,
            /** @type {number} */ at,
          ) => makeMessage(id, { resourceId, createdAt: dateAt(at) });
          await store.saveMessages({
            messages: [
              of('a', 'u1', 0),
              of('b', 'u2', 1),
              of('c', undefined, 2),
              of('d', 'u1', 3),
              of('e', '', 4),
              of('f', 'u1', 5),
            ],
          });
          assert.equal(await list(store), 'a b c d e f');
          assert.equal(await list(store, { resourceId: '' }), 'a b c d e f');
          assert.equal(await list(store, { resourceId: 'u2' }), 'b');
          assert.equal(await list(store, { resourceId: 'u' }), '');
          const page = {
            threadId: 't1',
            resourceId: 'u1',
            perPage: 2,
            orderBy: { field: 'createdAt', direction: 'DESC' },
          };
          const expected = { ids: 'f d', total: 3, page: 0, perPage: 2, hasMore: true };
          assert.deepEqual(summary(await store.listMessages(page)), expected);
          const { total: _, ...rest } = summary(await store.listMessages({ ...page, page: 1, includeTotal: false }));
          assert.deepEqual(rest, { ids: 'a', page: 1, perPage: 2, hasMore: false });
        });

        it('takes all dates of JavaScript', async () => {
          const store = open();
          const times = [-8.64e15, -1, 0, 1, START, 253402300800000, 8.64e15];
          const messages = times.map((time, i) => makeMessage(`m${i}`, { createdAt: new Date(time) }));
          await store.saveMessages({ messages: messages.toReversed() });
          assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages, messages);
        });
      });

      describe('listMessagesById', () => {
        it('gives known messages of all threads, the oldest first, each once', async () => {
          const store = open();
          const a = makeMessage('a', { createdAt: dateAt(2000) });
          const b = makeMessage('b', { threadId: 't2', resourceId: 'u2', createdAt: dateAt(1000) });
          const c = makeMessage('c', { threadId: 't3', createdAt: dateAt(1000) });
          await store.saveMessages({ messages: [a, b, c] });
          const { messages, ...rest } = await store.listMessagesById({ messageIds: ['a', 'c', 'no', 'b', 'a'] });
          assert.deepEqual(messages, [c, b, a]);
          assert.deepEqual(rest, {});
          assert.deepEqual(await store.listMessagesById({ messageIds: [] }), { messages: [] });
          assert.deepEqual(await store.listMessagesById({ messageIds: ['x'] }), { messages: [] });
        });
      });

      describe('deleteMessages', () => {
        it('removes known messages of all threads, and touches just those threads', async () => {
          const store = open();
          for (const id of ['t1', 't2', 't3']) await store.saveThread({ thread: makeThread({ id }) });
          await store.saveMessages({ messages: makeMessages(4) });
          await store.saveMessages({
            messages: [makeMessage('x', { threadId: 't2' }), makeMessage('y', { threadId: 't3' })],
          });
          const [t1, t2, t3] = await Promise.all(
            ['t1', 't2', 't3'].map((threadId) => store.getThreadById({ threadId })),
          );
          assert.equal(await store.deleteMessages(['m1', 'x', 'no', 'm1', 'm3']), undefined);
          assert.equal(await list(store), 'm0 m2');
          assert.equal((await store.listMessages({ threadId: 't1' })).total, 2);
          assert.equal(await list(store, { threadId: 't2' }), '');
          assert.equal(await list(store, { threadId: 't3' }), 'y');
          assert.deepEqual(
            idsOf((await store.listMessagesById({ messageIds: ['m0', 'm1', 'x', 'y'] })).messages).sort(),
            ['m0', 'y'],
          );
          assert.ok((await store.getThreadById({ threadId: 't1' })).updatedAt > t1.updatedAt);
          assert.ok((await store.getThreadById({ threadId: 't2' })).updatedAt > t2.updatedAt);
          assert.deepEqual(await store.getThreadById({ threadId: 't3' }), t3);
        });

        it('does nothing without ids, and makes no thread', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(1) });
          await store.deleteMessages([]);
          await store.deleteMessages();
          await store.deleteMessages(['no']);
          assert.equal(await list(store), 'm0');
          await store.deleteMessages(['m0']);
          assert.equal((await store.listThreads()).total, 0);
          assert.equal(await store.getThreadById({ threadId: 't1' }), null);
        });

        it('lets an id be used again', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(2) });
          await store.deleteMessages(['m0']);
          await store.saveMessages({ messages: [makeMessage('m0', { createdAt: dateAt(9000) })] });
          assert.equal(await list(store), 'm1 m0');
        });

        it('takes more than 100 ids, and many calls at once', async () => {
          const store = open();
          const messages = makeMessages(150);
          await store.saveMessages({ messages });
          await store.deleteMessages(idsOf(messages.slice(0, 120)));
          assert.equal((await store.listMessages({ threadId: 't1' })).total, 30);
          await Promise.all(messages.slice(120, 145).map(({ id }) => store.deleteMessages([id])));
          assert.equal(await list(store), idsOf(messages.slice(145)).join(' '));
        });
      });

      it('results and arguments are nobody else’s', async () => {
        const store = open();
        const message = makeMessage('m1', { content: { format: 2, parts: [], metadata: { list: [1] } } });
        const thread = makeThread({ metadata: { list: [1] } });
        const copies = structuredClone({ message, thread });
        await store.saveThread({ thread });
        await store.saveMessages({ messages: [message] });
        const reads = [
          async () => (await store.listMessages({ threadId: 't1' })).messages[0],
          async () => (await store.listMessagesById({ messageIds: ['m1'] })).messages[0],
        ];
        message.content.metadata.list.push(2);
        message.createdAt.setTime(0);
        thread.metadata.list.push(2);
        for (const read of [...reads, ...reads]) {
          const found = await read();
          assert.deepEqual(found, copies.message);
          found.content.metadata.list.push(3);
          found.createdAt.setTime(1);
        }
        for (let i = 0; i < 2; i++) {
          const found = await store.getThreadById({ threadId: 't1' });
          assert.deepEqual(found.metadata, copies.thread.metadata);
          assert.deepEqual(found.createdAt, copies.thread.createdAt);
          found.metadata.list.push(3);
          found.createdAt.setTime(1);
          const [listed] = (await store.listThreads()).threads;
          assert.deepEqual(listed.metadata, copies.thread.metadata);
          listed.metadata.list.push(3);
        }
      });
    });
  }

  it('a list is complete beyond the 1,000 keys of a page of KV', async () => {
    const { threads, messages: namespace } = backend.current;
    const store = new KVStore({ bindings: { threads, messages: namespace }, keyPrefix: newPrefix() });
    const messages = makeMessages(1050);
    // In parts: miniflare makes a fetch of each call, of which 2,000 at once do not all get through on a busy machine.
    for (let at = 0; at < 1050; at += 350) await store.saveMessages({ messages: messages.slice(at, at + 350) });
    const all = await store.listMessages({ threadId: 't1', perPage: false });
    assert.deepEqual(idsOf(all.messages), idsOf(messages));
    assert.equal(all.total, 1050);
    const last = await store.listMessages({ threadId: 't1', perPage: 100, page: 10 });
    assert.deepEqual([last.messages.length, last.messages[0].id, last.hasMore], [50, 'm1000', false]);
    const newest = { threadId: 't1', perPage: 30, page: 34, includeTotal: false };
    const orderBy = { field: 'createdAt', direction: 'DESC' };
    assert.deepEqual(
      idsOf((await store.listMessages({ ...newest, orderBy })).messages),
      idsOf(messages.slice(0, 30).toReversed()),
    );
    assert.equal((await store.listMessagesById({ messageIds: idsOf(messages) })).messages.length, 1050);
  });
});

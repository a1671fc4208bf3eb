/* Threads, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeOnEachBackend, flavours, newPrefix } from '../support/harness.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';

describeOnEachBackend('threads', (backend) => {
  for (const { name, make } of flavours) {
    describe(name, () => {
      const open = () => make({ bindings: bindings(), keyPrefix: newPrefix() });
      const bindings = () => ({ threads: backend.current.threads, messages: backend.current.messages });

      describe('saveThread and getThreadById', () => {
        it('give back what was saved', async () => {
          const store = open();
          const thread = makeThread({ title: 'Größe "1"\n', metadata: { a: [1, { b: null }], empty: {} } });
          assert.deepEqual(await store.saveThread({ thread }), thread);
          const found = await store.getThreadById({ threadId: 't1' });
          assert.deepEqual(found, thread);
          assert.ok(found.createdAt instanceof Date && found.updatedAt instanceof Date);
          assert.deepEqual((await store.listThreads({ filter: { resourceId: 'u1' } })).threads, [thread]);
        });

        it('answer null for an unknown thread', async () => {
          assert.equal(await open().getThreadById({ threadId: 'nobody' }), null);
        });

        it('leave out what was never set', async () => {
          const store = open();
          const { title: _title, metadata: _metadata, ...thread } = makeThread();
          for (const nothing of [{}, { title: undefined, metadata: undefined }, { title: null, metadata: null }]) {
            assert.deepEqual(await store.saveThread({ thread: { ...thread, ...nothing } }), thread);
            assert.deepEqual(await store.getThreadById({ threadId: 't1' }), thread);
          }
        });

        it('keep an empty title, empty metadata and an empty resourceId', async () => {
          const store = open();
          const thread = makeThread({ title: '', metadata: {}, resourceId: '' });
          assert.deepEqual(await store.saveThread({ thread }), thread);
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), thread);
        });

        it('replace a thread as a whole', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread({ metadata: { a: 1 } }) });
          await store.updateThread({ id: 't1', title: 'updated', metadata: { b: 2 } });
          await store.saveMessages({ messages: [makeMessage('m1')] });
          const { title: _title, ...thread } = makeThread({
            metadata: { c: 3 },
            createdAt: dateAt(-5000),
            updatedAt: dateAt(-4000),
          });
          assert.deepEqual(await store.saveThread({ thread }), thread);
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), thread);
          assert.deepEqual(await store.listThreads(), {
            threads: [thread],
            total: 1,
            page: 0,
            perPage: 100,
            hasMore: false,
          });
          assert.deepEqual(idsOf((await store.listMessages({ threadId: 't1' })).messages), ['m1']);
        });

        it('move a thread to another resource', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          await store.saveThread({ thread: makeThread({ resourceId: 'u2' }) });
          assert.deepEqual((await store.listThreads({ filter: { resourceId: 'u1' } })).threads, []);
          assert.equal((await store.listThreads({ filter: { resourceId: 'u1' } })).total, 0);
          assert.deepEqual((await store.listThreads({ filter: { resourceId: 'u2' } })).threads, [
            makeThread({ resourceId: 'u2' }),
          ]);
          assert.equal((await store.listThreads()).total, 1);
        });

        it('show a thread only to its own resource, where one is given', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          await store.saveThread({ thread: makeThread({ id: 't2', resourceId: '' }) });
          const found = (/** @type {any} */ args) => store.getThreadById(args).then((thread) => thread?.id ?? null);
          assert.equal(await found({ threadId: 't1', resourceId: 'u1' }), 't1');
          assert.equal(await found({ threadId: 't1', resourceId: undefined }), 't1');
          assert.equal(await found({ threadId: 't1', resourceId: 'u' }), null);
          assert.equal(await found({ threadId: 't1', resourceId: '' }), null);
          assert.equal(await found({ threadId: 't2', resourceId: '' }), 't2');
        });
      });

      describe('updateThread', () => {
        it('replaces the title and merges the metadata', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread({ metadata: { a: { x: 1 }, b: 1 } }) });
          const before = Date.now();
          const updated = await store.updateThread({ id: 't1', title: 'new', metadata: { a: { y: 2 }, c: null } });
          assert.deepEqual(
            { ...updated, updatedAt: null },
            makeThread({ title: 'new', metadata: { a: { y: 2 }, b: 1, c: null }, updatedAt: null }),
          );
          assert.ok(updated.updatedAt >= before);
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), updated);
          assert.deepEqual((await store.listThreads()).threads, [updated]);
        });

        it('leaves alone what it is not given', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          const titled = await store.updateThread({ id: 't1', title: '' });
          assert.deepEqual([titled.title, titled.metadata], ['', { color: 'red' }]);
          const marked = await store.updateThread({ id: 't1', title: undefined, metadata: { mark: 1 } });
          assert.deepEqual([marked.title, marked.metadata], ['', { color: 'red', mark: 1 }]);
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), marked);
        });

        it('answers metadata from then on, but no title that was never set', async () => {
          const store = open();
          const { title: _title, metadata: _metadata, ...thread } = makeThread();
          await store.saveThread({ thread });
          const updated = await store.updateThread({ id: 't1' });
          assert.deepEqual(updated.metadata, {});
          assert.ok(!('title' in updated));
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), updated);
          await store.saveMessages({ messages: [makeMessage('m1')] });
          assert.deepEqual((await store.getThreadById({ threadId: 't1' })).metadata, {});
        });

        it('lets updatedAt grow with every call, also within a millisecond and when it lies in the future', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          let last = (await store.getThreadById({ threadId: 't1' })).updatedAt;
          for (let i = 0; i < 5; i++) {
            const { updatedAt, createdAt } = await store.updateThread({ id: 't1' });
            assert.ok(updatedAt > last);
            assert.deepEqual(createdAt, dateAt(0));
            last = updatedAt;
          }
          const future = new Date(Date.now() + 86_400_000);
          await store.saveThread({ thread: makeThread({ updatedAt: future }) });
          assert.ok((await store.updateThread({ id: 't1' })).updatedAt > future);
        });

        it('rejects for an unknown thread, and makes none', async () => {
          const store = open();
          await assert.rejects(store.updateThread({ id: 'nobody', title: 'x' }), {
            message: 'Thread with id nobody not found',
          });
          assert.equal(await store.getThreadById({ threadId: 'nobody' }), null);
          assert.equal((await store.listThreads()).total, 0);
        });

        it('completes all of many calls at once', async () => {
          const store = open();
          await store.saveThread({ thread: makeThread() });
          const titles = Array.from({ length: 8 }, (_, i) => `title ${i}`);
          await Promise.all([
            ...titles.map((title) => store.updateThread({ id: 't1', title })),
            store.updateThread({ id: 't1', metadata: { mark: 1 } }),
          ]);
          const thread = await store.getThreadById({ threadId: 't1' });
          assert.ok(titles.includes(thread.title));
          assert.deepEqual(thread.metadata, { color: 'red', mark: 1 });
        });
      });

      describe('deleteThread', () => {
        it('removes the thread with its messages, and nothing of others', async () => {
          const store = open();
          for (const id of ['t1', 't', 't11', 't1:x']) {
            await store.saveThread({ thread: makeThread({ id }) });
            await store.saveMessages({ messages: [makeMessage(`m of ${id}`, { threadId: id })] });
          }
          await store.updateThread({ id: 't1', title: 'x', metadata: { y: 1 } });
          await store.deleteThread({ threadId: 't1' });
          assert.equal(await store.getThreadById({ threadId: 't1' }), null);
          assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages, []);
          assert.deepEqual((await store.listMessagesById({ messageIds: ['m of t1'] })).messages, []);
          assert.deepEqual(idsOf((await store.listThreads()).threads).sort(), ['t', 't11', 't1:x']);
          assert.equal((await store.listThreads({ filter: { resourceId: 'u1' } })).total, 3);
          for (const id of ['t', 't11', 't1:x']) {
            assert.deepEqual(idsOf((await store.listMessages({ threadId: id })).messages), [`m of ${id}`]);
          }
        });

        it('removes messages that have no thread', async () => {
          const store = open();
          await store.saveMessages({ messages: makeMessages(3) });
          await store.deleteThread({ threadId: 't1' });
          assert.equal((await store.listMessages({ threadId: 't1' })).total, 0);
        });

        it('leaves a message alone that has moved to another thread', async () => {
          const store = open();
          await store.saveMessages({ messages: [makeMessage('m1')] });
          await store.saveMessages({ messages: [makeMessage('m1', { threadId: 't2' })] });
          await store.deleteThread({ threadId: 't1' });
          assert.deepEqual(idsOf((await store.listMessages({ threadId: 't2' })).messages), ['m1']);
          assert.deepEqual(idsOf((await store.listMessagesById({ messageIds: ['m1'] })).messages), ['m1']);
        });

        it('resolves for an unknown thread, and lets the id be used again', async () => {
          const store = open();
          assert.equal(await store.deleteThread({ threadId: 't1' }), undefined);
          await store.saveThread({ thread: makeThread() });
          await store.updateThread({ id: 't1', title: 'before' });
          await store.deleteThread({ threadId: 't1' });
          await store.saveThread({ thread: makeThread({ title: 'again' }) });
          assert.deepEqual(await store.getThreadById({ threadId: 't1' }), makeThread({ title: 'again' }));
        });
      });

      describe('listThreads', () => {
        /** Five threads of u1, one of u2; t0 is the oldest and was updated last. */
        async function openWithThreads() {
          const store = open();
          for (let i = 0; i < 5; i++) {
            const thread = makeThread({
              id: `t${i}`,
              createdAt: dateAt(i * 1000),
              updatedAt: dateAt((i * 7000) % 5000),
            });
            await store.saveThread({ thread });
          }
          await store.saveThread({ thread: makeThread({ id: 'other', resourceId: 'u2', createdAt: dateAt(2500) }) });
          await store.updateThread({ id: 't0', title: 'updated' });
          return store;
        }
        /** @param {any} answer */
        const summary = ({ threads, ...rest }) => ({ ids: idsOf(threads).join(' '), ...rest });

        it('gives the newest first, of one resource or of all', async () => {
          const store = await openWithThreads();
          const all = { ids: 't4 t3 other t2 t1 t0', total: 6, page: 0, perPage: 100, hasMore: false };
          const ofOne = { ...all, ids: 't4 t3 t2 t1 t0', total: 5 };
          assert.deepEqual(summary(await store.listThreads({ filter: { resourceId: 'u1' } })), ofOne);
          assert.deepEqual(summary(await store.listThreads({})), all);
          assert.deepEqual(summary(await store.listThreads({ filter: { resourceId: '' } })), all);
          assert.deepEqual(summary(await store.listThreads({ filter: { resourceId: 'u' } })), {
            ...all,
            ids: '',
            total: 0,
          });
        });

        it('orders by either date in either direction, and takes a wrong order for the default', async () => {
          const store = await openWithThreads();
          const filter = { resourceId: 'u1' };
          const ids = async (/** @type {any} */ orderBy) => summary(await store.listThreads({ filter, orderBy })).ids;
          assert.equal(await ids({ field: 'createdAt', direction: 'ASC' }), 't0 t1 t2 t3 t4');
          assert.equal(await ids({ field: 'createdAt' }), 't4 t3 t2 t1 t0');
          // updatedAt: t0 is now; then t2 4000, t4 3000, t1 2000, t3 1000
          assert.equal(await ids({ field: 'updatedAt', direction: 'DESC' }), 't0 t2 t4 t1 t3');
          assert.equal(await ids({ field: 'updatedAt', direction: 'ASC' }), 't3 t1 t4 t2 t0');
          assert.equal(await ids({ field: 'updatedAt', direction: 'asc' }), 't0 t2 t4 t1 t3');
          assert.equal(await ids({ direction: 'ASC' }), 't0 t1 t2 t3 t4');
          for (const wrong of [{ field: 'title', direction: 'up' }, {}, null, 'createdAt', [], { field: 1 }]) {
            assert.equal(await ids(wrong), 't4 t3 t2 t1 t0');
          }
          const all = summary(await store.listThreads({ orderBy: { field: 'createdAt', direction: 'ASC' } }));
          assert.equal(all.ids, 't0 t1 t2 other t3 t4');
        });

        it('gives pages', async () => {
          const store = await openWithThreads();
          const page = async (/** @type {any} */ args) =>
            summary(await store.listThreads({ filter: { resourceId: 'u1' }, ...args }));
          assert.deepEqual(await page({ perPage: 2 }), { ids: 't4 t3', total: 5, page: 0, perPage: 2, hasMore: true });
          assert.deepEqual(await page({ page: 1, perPage: 2 }), {
            ids: 't2 t1',
            total: 5,
            page: 1,
            perPage: 2,
            hasMore: true,
          });
          assert.deepEqual(await page({ page: 2, perPage: 2 }), {
            ids: 't0',
            total: 5,
            page: 2,
            perPage: 2,
            hasMore: false,
          });
          assert.deepEqual(await page({ page: 9, perPage: 2 }), {
            ids: '',
            total: 5,
            page: 9,
            perPage: 2,
            hasMore: false,
          });
          assert.deepEqual(await page({ perPage: 5 }), {
            ids: 't4 t3 t2 t1 t0',
            total: 5,
            page: 0,
            perPage: 5,
            hasMore: false,
          });
          assert.deepEqual(await page({ perPage: 0 }), { ids: '', total: 5, page: 0, perPage: 0, hasMore: true });
          assert.deepEqual(await page({ perPage: false }), {
            ids: 't4 t3 t2 t1 t0',
            total: 5,
            page: 0,
            perPage: false,
            hasMore: false,
          });
          assert.deepEqual(await page({ page: 1, perPage: 2, orderBy: { field: 'updatedAt', direction: 'ASC' } }), {
            ids: 't4 t2',
            total: 5,
            page: 1,
            perPage: 2,
            hasMore: true,
          });
        });

        it('gives pages that neither repeat nor skip threads of the same time', async () => {
          const store = open();
          const ids = ['b', 'a', 'c', 'B', '10', '9', 'ä'];
          for (const id of ids) await store.saveThread({ thread: makeThread({ id }) });
          for (const direction of ['ASC', 'DESC']) {
            for (const field of ['createdAt', 'updatedAt']) {
              const seen = [];
              for (let page = 0; page < 4; page++) {
                const orderBy = { field, direction };
                seen.push(...idsOf((await store.listThreads({ page, perPage: 2, orderBy })).threads));
              }
              assert.deepEqual(seen.toSorted(), ids.toSorted(), `${field} ${direction}`);
            }
          }
        });
      });

      it('dangerouslyClearAll removes everything of this store, and nothing of others', async () => {
        const prefix = newPrefix();
        const store = make({ bindings: bindings(), keyPrefix: prefix });
        const other = make({ bindings: bindings(), keyPrefix: `${prefix}x` });
        for (const each of [store, other]) {
          await each.saveThread({ thread: makeThread() });
          await each.saveMessages({ messages: makeMessages(2) });
          await each.updateThread({ id: 't1', title: 'x', metadata: { y: 1 } });
        }
        await store.dangerouslyClearAll();
        await store.dangerouslyClearAll();
        assert.equal((await store.listThreads()).total, 0);
        assert.equal((await store.listMessages({ threadId: 't1' })).total, 0);
        for (const namespace of [backend.current.threads, backend.current.messages]) {
          const { keys } = await namespace.list({ prefix, limit: 1000 });
          assert.deepEqual(
            keys.map(({ name: key }) => key).filter((key) => !key.startsWith(`${prefix}x`)),
            [],
          );
        }
        assert.equal((await other.listThreads()).total, 1);
        assert.equal((await other.listMessages({ threadId: 't1' })).total, 2);
      });

      it('two key prefixes are two stores', async () => {
        const a = open();
        const b = open();
        await a.saveThread({ thread: makeThread({ title: 'of a' }) });
        await b.saveThread({ thread: makeThread({ title: 'of b' }) });
        await a.saveMessages({ messages: [makeMessage('m1', { content: { of: 'a' } })] });
        await b.saveMessages({ messages: [makeMessage('m1', { content: { of: 'b' }, threadId: 't2' })] });
        assert.equal((await a.getThreadById({ threadId: 't1' })).title, 'of a');
        assert.equal((await a.listThreads()).total, 1);
        assert.deepEqual((await a.listMessagesById({ messageIds: ['m1'] })).messages[0].content, { of: 'a' });
        await a.deleteThread({ threadId: 't1' });
        await a.deleteMessages(['m1']);
        assert.equal((await b.getThreadById({ threadId: 't1' })).title, 'of b');
        assert.deepEqual((await b.listMessages({ threadId: 't2' })).messages[0].content, { of: 'b' });
      });
    });
  }
});

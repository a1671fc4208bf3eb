/* What operations cost, in KV calls and rounds of waiting: the budgets of the design, at every size. The numbers are
 * exact, so that a change that costs more fails here, and one that costs less is noticed. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';

/** @import { Memory } from '../support/harness.js' */
/** @typedef {{ gets?: number, bulkGets?: number, lists?: number, puts?: number, deletes?: number, rounds: number }} Cost */

/** Threads of the resource whose threads are listed, however many there are in all. */
const LISTED_THREADS = 30;
const NEWEST_FIRST = { field: 'createdAt', direction: 'DESC' };

/** Two namespaces whose calls are counted, and stores over them. */
class Measured {
  #threads = new FakeKV();
  #messages = new FakeKV();
  counter = new CallCounter();

  /** @param {{ overlay: boolean }} options @returns {Memory} */
  store({ overlay }) {
    const bindings = {
      threads: this.counter.wrap(this.#threads.location()),
      messages: this.counter.wrap(this.#messages.location()),
    };
    return /** @type {Memory} */ (new KVStore({ bindings, overlay }));
  }

  /** For filling: calls are not held back to count their rounds. @returns {Memory} */
  filler() {
    const bindings = { threads: this.#threads.location(), messages: this.#messages.location() };
    return /** @type {Memory} */ (new KVStore({ bindings, overlay: false }));
  }

  /**
   * @param {() => Promise<unknown>} operation
   * @returns {Promise<Cost>} without the kinds of calls that were not made
   */
  async costOf(operation) {
    this.counter.reset();
    await operation();
    const { counter } = this;
    const kinds = Object.entries({
      gets: counter.count('get'),
      bulkGets: counter.count('getBulk'),
      lists: counter.count('list'),
      puts: counter.count('put'),
      deletes: counter.count('delete'),
    });
    return { ...Object.fromEntries(kinds.filter(([, count]) => count > 0)), rounds: counter.rounds };
  }
}

/**
 * Save threads, many at a time.
 * @param {Memory} store
 * @param {number} count
 */
async function saveThreads(store, count) {
  const ids = Array.from({ length: count }, (_, i) => i);
  while (ids.length > 0) {
    await Promise.all(
      ids.splice(0, 50).map((i) => {
        const resourceId = i < LISTED_THREADS ? 'u1' : 'many';
        return store.saveThread({
          thread: makeThread({ id: `t${i}`, resourceId, createdAt: dateAt(i), updatedAt: dateAt(i) }),
        });
      }),
    );
  }
}

/**
 * Messages of an own time and id.
 * @param {number} count
 * @param {string} threadId
 * @param {string} [beginning] of their ids
 */
const messagesOf = (count, threadId, beginning = `${threadId}/`) =>
  makeMessages(count).map((message) => ({ ...message, id: beginning + message.id, threadId }));

for (const threadCount of [1, 1000, 10_000]) {
  describe(`with ${threadCount} stored threads`, () => {
    const measured = new Measured();
    const store = measured.store({ overlay: false });
    const listed = Math.min(threadCount, LISTED_THREADS);

    before(async () => {
      const filler = measured.filler();
      await saveThreads(filler, threadCount);
      // Every thread has messages, and two have more.
      const all = Array.from({ length: threadCount }, (_, i) => makeMessage(`in t${i}`, { threadId: `t${i}` }));
      while (all.length > 0) await filler.saveMessages({ messages: all.splice(0, 500) });
      await filler.saveMessages({ messages: messagesOf(10, 'short') });
      await filler.saveMessages({ messages: messagesOf(2000, 'long') });
    });

    /**
     * @param {string} what
     * @param {Cost} cost
     * @param {() => Promise<unknown>} operation
     */
    const costs = (what, cost, operation) =>
      it(`${what} costs ${JSON.stringify(cost)}`, async () => {
        assert.deepEqual(await measured.costOf(operation), cost, `\n${measured.counter}`);
      });

    costs('getThreadById', { bulkGets: 1, rounds: 1 }, () => store.getThreadById({ threadId: 't0', resourceId: 'u1' }));
    costs('getThreadById of nobody', { bulkGets: 1, rounds: 1 }, () => store.getThreadById({ threadId: 'no' }));

    const saved = makeThread({ id: 'saved', resourceId: 'u9' });
    costs('saveThread', { bulkGets: 1, puts: 2, rounds: 2 }, () => store.saveThread({ thread: saved }));
    costs('saveThread again', { bulkGets: 1, puts: 2, rounds: 2 }, () => store.saveThread({ thread: saved }));
    costs('saveThread under another resource', { bulkGets: 1, puts: 2, deletes: 1, rounds: 3 }, () =>
      store.saveThread({ thread: { ...saved, resourceId: 'u8' } }),
    );
    costs('updateThread of the time', { bulkGets: 1, puts: 1, rounds: 2 }, () => store.updateThread({ id: 'saved' }));
    costs('updateThread of the title', { bulkGets: 1, puts: 2, rounds: 2 }, () =>
      store.updateThread({ id: 'saved', title: 'x' }),
    );
    costs('updateThread of both', { bulkGets: 1, puts: 3, rounds: 2 }, () =>
      store.updateThread({ id: 'saved', title: 'x', metadata: { a: 1 } }),
    );
    costs('deleteThread without messages', { bulkGets: 1, lists: 1, puts: 1, deletes: 6, rounds: 4 }, () =>
      store.deleteThread({ threadId: 'saved' }),
    );

    for (const threadId of ['short', 'long']) {
      const total = threadId === 'short' ? 10 : 2000;
      const lists = Math.ceil(total / 1000);
      /** @param {object} args */
      const list = (args) => () => store.listMessages({ threadId, ...args });
      const newest = { includeTotal: false, orderBy: NEWEST_FIRST };
      costs(
        `listMessages, the newest 10 of ${total}`,
        { lists: 1, bulkGets: 2, rounds: 2 },
        list({ perPage: 10, ...newest }),
      );
      costs(
        `listMessages, the newest 100 of ${total}`,
        { lists: 1, bulkGets: 2, rounds: 2 },
        list({ perPage: 100, ...newest }),
      );
      // One read more than the lists and those of the page: the hint and the marks, side by side with the first list.
      costs(`listMessages, 40 of ${total} with total`, { lists, bulkGets: 2, rounds: 1 + lists }, list({}));
      costs(
        `listMessages, the newest 40 of ${total} with total`,
        { lists, bulkGets: 2, rounds: 1 + lists },
        list({ orderBy: NEWEST_FIRST }),
      );
      costs(
        `listMessages, all of ${total}`,
        { lists, bulkGets: 1 + Math.ceil(total / 100), rounds: 1 + lists },
        list({ perPage: false }),
      );
      costs(`listMessages, none of ${total}`, { rounds: 0 }, list({ perPage: 0 }));
      costs(
        `listMessages, 10 of ${total} of one resource`,
        { lists: 1, bulkGets: 2, rounds: 2 },
        list({ perPage: 10, resourceId: 'u1', ...newest }),
      );

      costs(`saveMessages, 1 to ${total}`, { gets: 1, bulkGets: 1, puts: 3, rounds: 2 }, () =>
        store.saveMessages({ messages: messagesOf(1, threadId, `${threadId}/one`) }),
      );
      costs(`saveMessages, 2 to ${total}`, { bulkGets: 2, puts: 5, rounds: 2 }, () =>
        store.saveMessages({ messages: messagesOf(2, threadId, `${threadId}/two`) }),
      );
      costs(`saveMessages, the same 2 again`, { bulkGets: 2, puts: 5, rounds: 2 }, () =>
        store.saveMessages({ messages: messagesOf(2, threadId, `${threadId}/two`) }),
      );
      costs(`saveMessages, 100 to ${total}`, { bulkGets: 2, puts: 201, rounds: 2 }, () =>
        store.saveMessages({ messages: messagesOf(100, threadId, `${threadId}/hundred`) }),
      );
      costs(`deleteMessages, 3 of ${total}`, { bulkGets: 2, puts: 1 + 3, deletes: 3, rounds: 3 }, () =>
        store.deleteMessages(['onem0', 'twom0', 'twom1'].map((end) => `${threadId}/${end}`)),
      );
      costs(`deleteMessages, 100 of ${total}`, { bulkGets: 2, puts: 1 + 100, deletes: 100, rounds: 3 }, () =>
        store.deleteMessages(idsOf(messagesOf(100, threadId, `${threadId}/hundred`))),
      );
    }
    it('listMessages reads the values of its page alone', async () => {
      const orderBy = NEWEST_FIRST;
      for (const [args, values] of /** @type {[object, number][]} */ ([
        [{ perPage: 10, includeTotal: false, orderBy }, 10],
        [{ perPage: 10, orderBy }, 10],
        [{ perPage: 10, page: 5 }, 10],
        [{ perPage: 10, page: 500 }, 0],
      ])) {
        await measured.costOf(() => store.listMessages({ threadId: 'long', ...args }));
        const read = measured.counter.calls.flatMap(({ kind, keys }) => (kind === 'list' ? [] : keys));
        const messages = read.filter((key) => key.startsWith('messages:'));
        assert.equal(messages.length, values, `${JSON.stringify(args)}\n${measured.counter}`);
      }
    });
    it('listThreads reads the values of its page alone', async () => {
      await measured.costOf(() => store.listThreads({ perPage: 10 }));
      assert.equal(measured.counter.keysRead, 4 * Math.min(10, threadCount));
    });

    costs('saveMessages, to a new thread', { bulkGets: 2, puts: 5, rounds: 2 }, () =>
      store.saveMessages({ messages: messagesOf(2, 'new') }),
    );
    costs('saveMessages, one each to 2 threads', { bulkGets: 2, puts: 6, rounds: 2 }, () =>
      store.saveMessages({ messages: [...messagesOf(1, 'new', 'a'), ...messagesOf(1, 'newer', 'b')] }),
    );
    costs('saveMessages, moved to another thread', { gets: 1, bulkGets: 2, puts: 3, deletes: 1, rounds: 5 }, () =>
      store.saveMessages({ messages: messagesOf(1, 'newer', 'a') }),
    );
    costs('deleteMessages, unknown ones', { bulkGets: 1, rounds: 1 }, () => store.deleteMessages(['no', 'nothing']));
    costs('deleteMessages, none', { rounds: 0 }, () => store.deleteMessages([]));

    const ids = (/** @type {number} */ count) => idsOf(messagesOf(2000, 'long').slice(0, count));
    costs('listMessagesById, 1', { gets: 2, bulkGets: 1, rounds: 2 }, () =>
      store.listMessagesById({ messageIds: ids(1) }),
    );
    costs('listMessagesById, 10', { bulkGets: 3, rounds: 2 }, () => store.listMessagesById({ messageIds: ids(10) }));
    costs('listMessagesById, 250', { bulkGets: 7, rounds: 2 }, () => store.listMessagesById({ messageIds: ids(250) }));
    costs('listMessagesById, none', { rounds: 0 }, () => store.listMessagesById({ messageIds: [] }));

    const filter = { resourceId: 'u1' };
    const pageReads = (/** @type {number} */ threads) => ({ bulkGets: Math.ceil((4 * threads) / 100) });
    costs(`listThreads, 10 of ${listed}`, { lists: 1, ...pageReads(Math.min(listed, 10)), rounds: 2 }, () =>
      store.listThreads({ filter, perPage: 10 }),
    );
    costs(`listThreads, all of ${listed}`, { lists: 1, ...pageReads(listed), rounds: 2 }, () =>
      store.listThreads({ filter }),
    );
    costs(`listThreads, ${listed} by updatedAt`, { lists: 1, ...pageReads(listed), rounds: 2 }, () =>
      store.listThreads({ filter, perPage: 5, orderBy: { field: 'updatedAt', direction: 'DESC' } }),
    );
    costs('listThreads of nobody', { lists: 1, rounds: 1 }, () => store.listThreads({ filter: { resourceId: 'no' } }));
    if (threadCount > LISTED_THREADS) {
      const lists = Math.ceil((threadCount - LISTED_THREADS) / 1000);
      costs(
        `listThreads, 100 of ${threadCount - LISTED_THREADS}`,
        { lists, ...pageReads(100), rounds: 1 + lists },
        () => store.listThreads({ filter: { resourceId: 'many' } }),
      );
    }
    costs(
      `listThreads, of all ${threadCount}`,
      {
        lists: Math.ceil(threadCount / 1000),
        ...pageReads(Math.min(threadCount, 100)),
        rounds: 1 + Math.ceil(threadCount / 1000),
      },
      () => store.listThreads(),
    );
    costs('deleteThread with 10 messages', { bulkGets: 2, lists: 1, puts: 1, deletes: 22, rounds: 6 }, () =>
      store.deleteThread({ threadId: 'short' }),
    );
  });
}

describe('an agent’s turn', () => {
  /** @param {any} store @param {string} name */
  async function turn(store, name) {
    for (let i = 0; i < 3; i++) await store.getThreadById({ threadId: 't0' });
    // From when the store has resources on.
    if (typeof store.getResourceById === 'function') await store.getResourceById({ resourceId: 'u1' });
    const newest = { threadId: 't0', perPage: 10, includeTotal: false, orderBy: NEWEST_FIRST };
    assert.equal((await store.listMessages(newest)).messages.length, 10);
    const messages = messagesOf(2, 't0', name).map((message) => ({ ...message, createdAt: new Date() }));
    await store.saveMessages({ messages });
  }
  for (const [threads, messages] of [
    [1, 10],
    [900, 20],
    [50, 2000],
  ]) {
    it(`is within its budget at ${threads} threads of ${messages} messages`, async () => {
      const measured = new Measured();
      const filler = measured.filler();
      await saveThreads(filler, threads);
      for (let i = 0; i < threads; i++) await filler.saveMessages({ messages: messagesOf(messages, `t${i}`) });
      for (const { overlay, calls, rounds } of [
        { overlay: false, calls: 14, rounds: 8 },
        { overlay: true, calls: 10, rounds: 6 },
      ]) {
        measured.counter.reset();
        await turn(measured.store({ overlay }), `overlay ${overlay}`);
        const { cost } = measured.counter;
        assert.ok(
          cost.calls <= calls && cost.rounds <= rounds,
          `${JSON.stringify(cost)}, overlay ${overlay}\n${measured.counter}`,
        );
      }
    });
  }
});

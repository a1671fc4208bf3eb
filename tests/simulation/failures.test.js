/* KV fails: the store says so, and the same call made again completes what is missing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ErrorCategory, MastraError } from '@mastra/core/error';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { Faults, quotaError } from '../support/faults.js';
import { withMethods } from '../support/harness.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';

/** @import { Memory } from '../support/harness.js' */
/** @import { KVOperation } from '../support/faults.js' */

const READS = /** @type {KVOperation[]} */ (['get', 'getBulk', 'list']);
const WRITES = /** @type {KVOperation[]} */ (['put', 'delete']);

/**
 * A store over two fakes whose faults are one list.
 * @param {{ attempts?: number, overlay?: boolean }} [options] it is not tried again, when omitted
 */
function open({ attempts = 1, overlay = false } = {}) {
  const faults = new Faults();
  const threads = new FakeKV({ faults });
  const messages = new FakeKV({ faults });
  const bindings = { threads: threads.location(), messages: messages.location() };
  const options = { bindings, overlay, retry: { attempts, firstPauseMs: 0 } };
  const store = /** @type {Memory} */ (new KVStore(options));
  const memory = /** @type {Memory} */ (
    /** @type {any} */ (new CloudflareStore({ id: 's', ...options }).stores).memory
  );
  /** All values by key, without what tells when they were written. */
  const dump = () => {
    /** @type {Record<string, unknown>} */
    const entries = {};
    for (const kv of [threads, messages]) {
      for (const key of kv.keys()) {
        const version = /** @type {{ value: string, metadata?: string }} */ (kv.read(key));
        entries[key] = JSON.parse(`[${version.value},${version.metadata ?? null}]`, (name, member) =>
          // The hint may go on naming what is gone: readers find out.
          ['_writtenAt', '_patchedAt', '_recent', 'savedAt', 'updatedAt', 'writtenAt', 'at'].includes(name)
            ? undefined
            : member,
        );
      }
    }
    return entries;
  };
  return { faults, threads, messages, bindings, store, memory, dump };
}

/**
 * Every operation, with what it is prepared by. Each may be made again after a failure with the same outcome.
 * @type {Record<string, { prepare?: (store: Memory) => Promise<unknown>, run: (store: Memory) => Promise<unknown> }>}
 */
const operations = {
  'saveThread, a new one': { run: (store) => store.saveThread({ thread: makeThread() }) },
  'saveThread, moved to another resource': {
    prepare: (store) => store.saveThread({ thread: makeThread() }),
    run: (store) => store.saveThread({ thread: makeThread({ resourceId: 'u2', title: 'moved' }) }),
  },
  getThreadById: { prepare: fill, run: (store) => store.getThreadById({ threadId: 't1' }) },
  updateThread: {
    prepare: fill,
    run: (store) => store.updateThread({ id: 't1', title: 'updated', metadata: { more: 1 } }),
  },
  deleteThread: { prepare: fill, run: (store) => store.deleteThread({ threadId: 't1' }) },
  'listThreads, of a resource': { prepare: fill, run: (store) => store.listThreads({ filter: { resourceId: 'u1' } }) },
  'listThreads, of all': { prepare: fill, run: (store) => store.listThreads() },
  'saveMessages, new ones': { run: (store) => store.saveMessages({ messages: makeMessages(3) }) },
  'saveMessages, of several threads, moved and saved again': {
    prepare: fill,
    run: (store) =>
      store.saveMessages({
        messages: [
          makeMessage('m0', { threadId: 't2' }),
          makeMessage('m1', { createdAt: dateAt(90_000) }),
          makeMessage('m2', { createdAt: dateAt(2000), role: 'assistant' }),
          makeMessage('new', { createdAt: dateAt(5000) }),
        ],
      }),
  },
  'listMessages, the newest': {
    prepare: fill,
    run: (store) =>
      store.listMessages({ threadId: 't1', includeTotal: false, orderBy: { field: 'createdAt', direction: 'DESC' } }),
  },
  'listMessages, all': { prepare: fill, run: (store) => store.listMessages({ threadId: 't1', perPage: false }) },
  listMessagesById: { prepare: fill, run: (store) => store.listMessagesById({ messageIds: ['m0', 'm3'] }) },
  deleteMessages: { prepare: fill, run: (store) => store.deleteMessages(['m0', 'm3', 'x']) },
  dangerouslyClearAll: { prepare: fill, run: (store) => store.dangerouslyClearAll() },
};

/** @param {Memory} store */
async function fill(store) {
  for (const id of ['t1', 't2']) await store.saveThread({ thread: makeThread({ id }) });
  await store.updateThread({ id: 't1', title: 'first', metadata: { first: 1 } });
  await store.saveMessages({ messages: makeMessages(5) });
  await store.saveMessages({ messages: [makeMessage('x', { threadId: 't2' })] });
}

/** An answer with its times of now taken out. @param {unknown} answer */
const comparable = (answer) =>
  JSON.parse(JSON.stringify(answer ?? null), (name, member) => (name === 'updatedAt' ? undefined : member));

describe('a call that KV answers with 429 or 5xx', () => {
  for (const [name, { prepare, run }] of Object.entries(operations)) {
    it(`is tried again: ${name}`, async () => {
      const plain = open();
      await prepare?.(plain.store);
      const expected = comparable(await run(plain.store));

      const { store, faults, dump } = open({ attempts: 4 });
      await prepare?.(store);
      faults.clear();
      for (const [i, status] of [429, 503, 500].entries()) faults.add({ nth: i + 1, status });
      assert.deepEqual(comparable(await run(store)), expected);
      assert.equal(faults.failures, 3);
      assert.deepEqual(dump(), plain.dump());
    });
  }

  it('is tried as often as asked for, and then fails with its key', async () => {
    for (const [status, code] of /** @type {[number, string][]} */ ([
      [429, 'KV_RATE_LIMITED'],
      [502, 'KV_FAILED'],
    ])) {
      const { store, faults } = open({ attempts: 3 });
      faults.add({ operation: 'put', key: /^metadata:messages:m1$/, status, times: Infinity });
      await assert.rejects(store.saveMessages({ messages: makeMessages(2) }), (error) => {
        assert.ok(error instanceof StoreError);
        assert.equal(error.code, code);
        assert.deepEqual(error.details, { key: 'metadata:messages:m1', failedWrites: 1 });
        assert.match(
          error.message,
          new RegExp(`KV put of "metadata:messages:m1" failed: .*${status}.*1 of the 5 writes`),
        );
        assert.match(error.message, /Make the same call again\./);
        return true;
      });
      assert.equal(faults.failures, 3);
    }
  });

  it('is tried again when the connection to KV is lost, also after KV did what it was asked', async () => {
    for (const text of ['Network connection lost.', 'internal error; reference = 0123456789abcdef']) {
      for (const isDone of [false, true]) {
        const { store, faults } = open({ attempts: 2 });
        for (const operation of [...READS, ...WRITES]) faults.add({ operation, error: new Error(text), isDone });
        await store.saveThread({ thread: makeThread() });
        await store.saveMessages({ messages: makeMessages(2) });
        assert.equal((await store.listMessages({ threadId: 't1' })).total, 2);
        await store.deleteThread({ threadId: 't1' });
        assert.equal((await store.listMessages({ threadId: 't1' })).total, 0);
        assert.ok(faults.failures >= 4, `${faults.failures} kinds of calls were lost`);
      }
    }
  });

  it('pauses for no longer than maxWaitMs', async () => {
    const { bindings, faults } = open();
    for (const [maxWaitMs, attempts] of /** @type {[number, number][]} */ ([
      [0, 1],
      [10, 2], // of 5 to 10 ms, then of 10 to 20
      [30, 3],
    ])) {
      const store = new KVStore({ bindings, overlay: false, retry: { attempts: 9, firstPauseMs: 10, maxWaitMs } });
      faults.clear();
      faults.add({ status: 429, times: Infinity });
      await assert.rejects(store.getThreadById({ threadId: 't1' }), { code: 'KV_RATE_LIMITED' });
      assert.ok(
        faults.failures >= attempts && faults.failures <= attempts + 1,
        `${faults.failures} in ${maxWaitMs} ms`,
      );
    }
  });

  it('is tried again when keys are written faster than KV takes them', async () => {
    const clock = { now: Date.now() };
    const limits = { now: () => clock.now, writeIntervalMs: 1000, latency: async () => void (clock.now += 100) };
    const bindings = { threads: new FakeKV(limits).location(), messages: new FakeKV(limits).location() };
    const store = /** @type {Memory} */ (new KVStore({ bindings, retry: { attempts: 20, firstPauseMs: 0 } }));
    await store.saveThread({ thread: makeThread() });
    for (let i = 0; i < 5; i++) {
      await store.saveMessages({ messages: [makeMessage(`m${i}`, { createdAt: dateAt(i) })] });
    }
    assert.equal((await store.listMessages({ threadId: 't1' })).total, 5);
  });

  it('is not tried again for another status, nor when the day’s quota is used up', async () => {
    for (const [fault, code] of /** @type {const} */ ([
      [{ status: 400 }, 'KV_FAILED'],
      [{ status: 403 }, 'KV_FAILED'],
      [{ error: quotaError('put') }, 'KV_RATE_LIMITED'],
      [{ error: new TypeError('The namespace is gone') }, 'KV_FAILED'],
    ])) {
      const { store, faults } = open({ attempts: 5 });
      faults.add({ ...fault, operation: 'put', key: /^threads:t1$/, times: Infinity });
      await assert.rejects(store.saveThread({ thread: makeThread() }), {
        code,
        details: { key: 'threads:t1', failedWrites: 1 },
      });
      assert.equal(faults.failures, 1);
    }
  });
});

describe('a failure of KV', () => {
  for (const [name, { prepare, run }] of Object.entries(operations)) {
    it(`is never an empty answer: ${name}`, async () => {
      for (const operation of [...READS, ...WRITES]) {
        for (const error of [undefined, quotaError(operation), new Error('Network connection lost.')]) {
          const { store, memory, faults } = open();
          await prepare?.(store);
          for (const target of [store, memory]) {
            faults.clear();
            faults.add({ operation, times: Infinity, ...(error && { error }) });
            /** @type {any} */
            const outcome = await run(target).then(
              () => null,
              (cause) => cause,
            );
            if (faults.failures === 0) {
              assert.equal(outcome, null, 'an operation that does not use it is not concerned');
              continue;
            }
            const isMastras = target === memory;
            const kind = isMastras ? MastraError : StoreError;
            assert.equal(outcome?.constructor, kind, `${operation}: ${outcome}`);
            const wanted = /limit exceeded/.test(error?.message ?? '') ? 'KV_RATE_LIMITED' : 'KV_FAILED';
            assert.equal(isMastras ? outcome.details.code : outcome.code, wanted);
            assert.equal(typeof outcome.details.key, 'string');
            assert.ok(outcome.message.includes(outcome.details.key));
            if (isMastras) {
              const id = (name.split(',')[0] ?? '').replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
              assert.equal(outcome.id, `MASTRA_STORAGE_CLOUDFLARE_${id}_FAILED`);
              assert.equal(outcome.category, ErrorCategory.THIRD_PARTY);
            }
          }
        }
      }
    });

    for (const isDone of [false, true]) {
      it(`at any call, ${isDone ? 'though it was done' : 'before it was done'}, leaves nothing that the same call does not mend: ${name}`, async () => {
        const plain = open();
        await prepare?.(plain.store);
        const expected = comparable(await run(plain.store));
        for (let nth = 1; ; nth++) {
          const { store, bindings, faults, dump } = open({ overlay: nth % 2 === 0 });
          await prepare?.(store);
          faults.clear();
          faults.add({ nth, isDone });
          const failed = await run(store).then(
            () => false,
            () => true,
          );
          assert.equal(failed, faults.failures === 1, 'a failure is an error');
          faults.clear();
          if (!failed) {
            assert.ok(nth > 1);
            break;
          }
          // Another program, which knows nothing of the first attempt, may be the one that makes the call again.
          const again = nth % 3 === 0 ? new KVStore({ bindings, overlay: false }) : store;
          const answer = comparable(await run(again));
          assert.deepEqual(answer, expected, `call ${nth}`);
          assert.deepEqual(dump(), plain.dump(), `call ${nth}`);
        }
      });
    }
  }
});

describe('an answer of KV', () => {
  it('to a bulk read that leaves a key out is a failure of that key, and not an absent thread', async () => {
    const { store, bindings } = open();
    await fill(store);
    const threads = withMethods(bindings.threads, {
      get: async (/** @type {any} */ keys, /** @type {any} */ type) => {
        const values = await bindings.threads.get(keys, type);
        if (values instanceof Map) values.delete('threads:t1');
        return values;
      },
    });
    const other = new KVStore({ bindings: { threads, messages: bindings.messages }, overlay: false });
    await assert.rejects(other.getThreadById({ threadId: 't1' }), {
      code: 'KV_FAILED',
      details: { key: 'threads:t1' },
    });
  });

  it('to a list that is none is a failure', async () => {
    const { bindings } = open();
    for (const answer of [{}, { keys: [], list_complete: false }, { keys: [{}], list_complete: true }, null, 'x']) {
      const messages = withMethods(bindings.messages, { list: async () => answer });
      const store = new KVStore({ bindings: { threads: bindings.threads, messages }, overlay: false });
      await assert.rejects(store.listMessages({ threadId: 't1' }), {
        code: 'KV_FAILED',
        message: /list of "messages:t1:"/,
      });
    }
  });

  it('that would be more than one bulk read may be is asked for in parts', async () => {
    const { store, faults } = open();
    const messages = makeMessages(30);
    await store.saveMessages({ messages });
    faults.clear();
    faults.add({ operation: 'getBulk', status: 413, times: 3 });
    assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages, messages);
    assert.equal(faults.failures, 3);
    // Down to one key, which then is what is too large.
    faults.add({ operation: ['get', 'getBulk'], key: /^messages:/, status: 413, times: Infinity });
    await assert.rejects(store.listMessages({ threadId: 't1' }), { code: 'KV_FAILED', message: /413/ });
  });
});

describe('a stored value that is not the store’s', () => {
  const corrupt = ['', 'not JSON', '[]', '"text"', 'null', '{"_writtenAt":1', '{"_writtenAt":"x"}', '{"a":1}x', '\0'];
  /** @type {[string, string, string[], (store: Memory) => Promise<unknown>][]} */
  const places = [
    ['a thread', 'threads:t1', [...corrupt, '{}'], (store) => store.getThreadById({ threadId: 't1' })],
    ['a thread that is listed', 'threads:t1', [...corrupt, '{}'], (store) => store.listThreads()],
    ['a title', 'metadata:threads:t1:title', corrupt, (store) => store.getThreadById({ threadId: 't1' })],
    [
      'an activity',
      'metadata:threads:t1:activity',
      [...corrupt, '{}'],
      (store) => store.getThreadById({ threadId: 't1' }),
    ],
    ['a hint', 'metadata:threads:t1:activity', corrupt, (store) => store.listMessages({ threadId: 't1' })],
    ['a message', 'messages:t1:08638227644400000:m0', corrupt, (store) => store.listMessages({ threadId: 't1' })],
    [
      'a message by its id',
      'messages:t1:08638227644400000:m0',
      corrupt,
      (store) => store.listMessagesById({ messageIds: ['m0'] }),
    ],
    [
      'a locator',
      'metadata:messages:m0',
      [...corrupt, '{}'],
      (store) => store.listMessagesById({ messageIds: ['m0'] }),
    ],
    [
      'a locator of what is saved',
      'metadata:messages:m0',
      corrupt,
      (store) => store.saveMessages({ messages: makeMessages(1) }),
    ],
    ['a locator of what is deleted', 'metadata:messages:m0', corrupt, (store) => store.deleteMessages(['m0'])],
  ];
  for (const [what, key, values, run] of places) {
    it(`is an error that names its key: ${what}`, async () => {
      for (const value of values) {
        const { store, memory, threads, messages } = open();
        await fill(store);
        const kv = threads.read(key) ? threads : messages;
        assert.ok(kv.read(key), 'the key is one of the store');
        kv.write(key, value);
        await assert.rejects(run(store), (error) => {
          assert.ok(error instanceof StoreError, `${JSON.stringify(value)}: ${error}`);
          assert.deepEqual([error.code, error.details], ['CORRUPT_RECORD', { key }], JSON.stringify(value));
          assert.ok(error.message.includes(`"${key}"`));
          assert.ok(!error.message.includes('text'), 'it does not show the value');
          return true;
        });
        await assert.rejects(run(memory), (/** @type {any} */ error) => {
          assert.ok(error instanceof MastraError);
          assert.equal(error.category, ErrorCategory.THIRD_PARTY);
          return true;
        });
      }
    });
  }

  it('harms no other', async () => {
    const { store, threads } = open();
    await fill(store);
    threads.write('threads:t1', 'not JSON');
    assert.equal((await store.getThreadById({ threadId: 't2' })).id, 't2');
    assert.deepEqual(idsOf((await store.listMessages({ threadId: 't1' })).messages), ['m0', 'm1', 'm2', 'm3', 'm4']);
  });
});

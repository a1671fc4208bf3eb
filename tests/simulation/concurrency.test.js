/* More operations at once than the store runs at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV, macrotask } from '../support/fake-kv.js';
import { withMethods } from '../support/harness.js';

const STEP_MS = 5;

/** Of keys that hold this word, KV never answers a get. */
const STUCK = 'stuck';
/** A list of these has a next page every second. */
const SLOW = 'slow';

/**
 * A store over a KV that does so, and the most operations that were running together.
 * @param {number} maxConcurrency
 */
function open(maxConcurrency) {
  const seen = { running: 0, atOnce: 0 };
  const threads = new FakeKV({ latency: macrotask }).location();
  const watched = withMethods(threads, {
    get: async (/** @type {any} */ keys, /** @type {any} */ type) => {
      seen.atOnce = Math.max(seen.atOnce, ++seen.running);
      if ([keys].flat().some((key) => key.includes(STUCK))) await new Promise(() => {});
      const values = await threads.get(keys, type);
      seen.running--;
      return values;
    },
    list: async (/** @type {any} */ options) => {
      if (!options.prefix.includes(SLOW)) return threads.list(options);
      if (options.cursor === undefined) seen.atOnce = Math.max(seen.atOnce, ++seen.running);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { keys: [], list_complete: false, cursor: 'next' };
    },
  });
  const bindings = { threads: watched, messages: new FakeKV().location() };
  return { seen, store: new KVStore({ bindings, overlay: false, maxConcurrency }) };
}

/**
 * Let time pass, a step at a time, and what was waiting for it go on.
 * @param {import('node:test').TestContext} t whose timers are mocked
 * @param {number} ms
 */
async function pass(t, ms) {
  for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
    t.mock.timers.tick(STEP_MS);
    for (let i = 0; i < 4; i++) await new Promise(setImmediate);
  }
}

describe('operations beyond maxConcurrency', () => {
  it('wait for their turn', async () => {
    const { seen, store } = open(3);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => store.getThreadById({ threadId: `t${i}` })));
    assert.deepEqual(answers, Array(30).fill(null));
    assert.equal(seen.atOnce, 3);
  });

  it('do not wait where an earlier one failed', async () => {
    const { seen, store } = open(1);
    for (let i = 0; i < 5; i++) {
      await assert.rejects(store.getThreadById({ threadId: '' }), { code: 'INVALID_ARGUMENT' });
    }
    assert.equal(await store.getThreadById({ threadId: 't1' }), null);
    assert.equal(seen.atOnce, 1);
  });

  it('fail after 30 s of others that go on, and had done nothing', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
    const { seen, store } = open(2);
    for (const resourceId of ['slow1', 'slow2']) void store.listThreads({ filter: { resourceId } });
    const waiting = assert.rejects(store.getThreadById({ threadId: 't1' }), (error) => {
      const { code, message, details } = /** @type {any} */ (error);
      assert.deepEqual([code, details], ['TOO_BUSY', { maxConcurrency: 2 }]);
      assert.match(message, /^getThreadById waited 30 s while 2 other operations .* did nothing\..*maxConcurrency/);
      return true;
    });
    await pass(t, 31_000);
    await waiting;
    assert.equal(seen.atOnce, 2);
  });

  it('have their turn when those before them have heard nothing for ten seconds, as abandoned ones', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
    const { store } = open(2);
    for (const threadId of ['stuck1', 'stuck2']) void store.getThreadById({ threadId });
    await pass(t, 4_000);
    const answers = ['t1', 't2', 't3'].map((threadId) => store.getThreadById({ threadId }));
    await pass(t, 7_000);
    assert.deepEqual(await Promise.all(answers), [null, null, null]);
  });
});

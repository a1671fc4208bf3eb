/* Instances of the engine: one for an operation, none shared, none kept that should not be. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it, mock } from 'node:test';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV, macrotask, randomLatency } from '../support/fake-kv.js';
import { withMethods } from '../support/harness.js';
import { makeRandom } from '../support/random.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';
import { forSeeds } from '../support/world.js';

/** @import { Memory } from '../support/harness.js' */

/** How much memory instances that wait for the next operations have, together and each (js-shim/engine/engine.js). */
const IDLE_BYTES_MAX = 8 << 20;
const IDLE_INSTANCE_BYTES_MAX = 1 << 20;
/** With which an instance begins. */
const PAGE_BYTES = 64 << 10;
/** The magic number and the version (WebAssembly Core Specification, 5.5.16). */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** @param {import('../support/fake-kv.js').FakeKVOptions} [options] */
function open(options) {
  const bindings = { threads: new FakeKV(options).location(), messages: new FakeKV(options).location() };
  return { bindings, store: /** @type {Memory} */ (new KVStore({ bindings, overlay: false })) };
}

/**
 * Watch what the store does with WebAssembly while `test` runs.
 * @param {(seen: { instances: WebAssembly.Instance[], atOnce: number, overlaps: number, failNext: boolean }) => Promise<void>} test
 *   `atOnce`: the most instances that were running together; `overlaps`: calls of an instance that was running already
 */
async function watching(test) {
  const seen = { instances: /** @type {WebAssembly.Instance[]} */ ([]), atOnce: 0, overlaps: 0, failNext: false };
  const { Instance, promising } = WebAssembly;
  let running = 0;
  class Watched extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      seen.instances.push(this);
    }
  }
  const watchedPromising = (/** @type {any} */ method) => {
    const call = promising(method);
    let isRunning = false;
    return async (/** @type {any[]} */ ...args) => {
      if (isRunning) seen.overlaps++;
      isRunning = true;
      seen.atOnce = Math.max(seen.atOnce, ++running);
      try {
        if (seen.failNext) {
          seen.failNext = false;
          throw new WebAssembly.RuntimeError('unreachable');
        }
        return await call(...args);
      } finally {
        isRunning = false;
        running--;
      }
    };
  };
  Object.assign(WebAssembly, { Instance: Watched, promising: watchedPromising });
  try {
    await test(seen);
  } finally {
    Object.assign(WebAssembly, { Instance, promising });
  }
}

describe('operations at once', () => {
  it('have an instance each, and answers of their own', async () => {
    await watching(async (seen) => {
      const { store } = open({ latency: macrotask });
      const ids = Array.from({ length: 50 }, (_, i) => `t${i}`);
      await Promise.all(ids.map((id, i) => store.saveThread({ thread: makeThread({ id, title: id.repeat(i) }) })));
      assert.equal(seen.instances.length, 50);
      assert.deepEqual([seen.atOnce, seen.overlaps], [50, 0]);
      const answers = await Promise.all(
        ids.map((id, i) =>
          i % 5 === 0
            ? store.getThreadById({ threadId: '' }).catch((/** @type {unknown} */ cause) => cause)
            : store.getThreadById({ threadId: id }),
        ),
      );
      for (const [i, answer] of answers.entries()) {
        if (i % 5 === 0) assert.ok(answer instanceof StoreError);
        else assert.deepEqual(answer, makeThread({ id: ids[i], title: ids[i].repeat(i) }));
      }
      assert.equal(seen.overlaps, 0);
    });
  });

  it('of all kinds, in any order, end as one after another', () =>
    forSeeds(15, async (seed) => {
      const random = makeRandom(seed);
      await watching(async (seen) => {
        const { store } = open({ latency: randomLatency(random) });
        await Promise.all(
          Array.from({ length: 50 }, async (_, i) => {
            const threadId = `t${i}`;
            const messages = [0, 1, 2].map((n) =>
              makeMessage(`${i}/${n}`, {
                threadId,
                createdAt: dateAt(n),
                content: { text: 'x'.repeat(random.integer(20_000)) },
              }),
            );
            await store.saveMessages({ messages });
            await store.saveThread({ thread: makeThread({ id: threadId, resourceId: `u${i % 3}` }) });
            assert.deepEqual((await store.listMessages({ threadId })).messages, messages);
            await store.deleteMessages([`${i}/1`]);
            const { messages: found } = await store.listMessagesById({ messageIds: [`${i}/0`, `${i}/1`, `${i}/2`] });
            assert.deepEqual(found, [messages[0], messages[2]]);
            assert.equal((await store.updateThread({ id: threadId, title: `title ${i}` })).title, `title ${i}`);
            if (i % 2 === 0) await store.deleteThread({ threadId });
          }),
        );
        assert.equal((await store.listThreads()).total, 25, `SEED=${seed}`);
        assert.equal(seen.overlaps, 0);
        assert.ok(seen.atOnce > 10);
      });
    }));

  it('are not held up by one that KV never answers', async () => {
    const { bindings } = open();
    const threads = withMethods(bindings.threads, {
      get: (/** @type {any} */ keys, /** @type {any} */ type) =>
        [keys].flat().some((key) => key.includes('stuck')) ? new Promise(() => {}) : bindings.threads.get(keys, type),
    });
    const store = /** @type {Memory} */ (new KVStore({ bindings: { ...bindings, threads }, overlay: false }));
    void store.getThreadById({ threadId: 'stuck' });
    await store.saveThread({ thread: makeThread() });
    assert.deepEqual(await store.getThreadById({ threadId: 't1' }), makeThread());
  });
});

describe('an instance', () => {
  it('serves one operation after another', async () => {
    await watching(async (seen) => {
      const { store } = open();
      for (let i = 0; i < 20; i++) await store.saveThread({ thread: makeThread({ id: `t${i}` }) });
      assert.equal(seen.instances.length, 1);
    });
  });

  it('is kept while all that are kept have little memory', async () => {
    await watching(async (seen) => {
      const { store } = open({ latency: macrotask });
      const burst = () => Promise.all(Array.from({ length: 200 }, () => store.getThreadById({ threadId: 't1' })));
      await burst();
      assert.equal(seen.instances.length, 200);
      await burst();
      assert.equal(seen.instances.length, 400 - IDLE_BYTES_MAX / PAGE_BYTES);
    });
  });

  it('that grew large is not kept', async () => {
    await watching(async (seen) => {
      const { store } = open();
      const metadata = { text: 'x'.repeat(IDLE_INSTANCE_BYTES_MAX) };
      await store.saveThread({ thread: makeThread({ id: 'large', metadata }) });
      await store.getThreadById({ threadId: 't1' });
      assert.equal(seen.instances.length, 2);
      await store.getThreadById({ threadId: 't1' });
      assert.equal(seen.instances.length, 2);
      // Messages take no such memory: their content stays with the shim.
      await store.saveMessages({ messages: [makeMessage('large', { content: metadata })] });
      assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages[0].content, metadata);
      await store.getThreadById({ threadId: 't1' });
      assert.equal(seen.instances.length, 2);
    });
  });

  it('is kept after an error, and not after it trapped', async () => {
    await watching(async (seen) => {
      const { store } = open();
      await assert.rejects(store.getThreadById({ threadId: '' }), { code: 'INVALID_ARGUMENT' });
      assert.equal(await store.getThreadById({ threadId: 't1' }), null);
      assert.equal(seen.instances.length, 1);
      seen.failNext = true;
      await assert.rejects(store.getThreadById({ threadId: 't1' }), (error) => {
        assert.ok(error instanceof StoreError && error.cause instanceof WebAssembly.RuntimeError);
        assert.match(error.message, /^getThreadById .*unreachable/);
        return true;
      });
      assert.equal(await store.getThreadById({ threadId: 't1' }), null);
      assert.equal(seen.instances.length, 2);
    });
  });

  it('forgets the operation before: a long answer, then a short one', async () => {
    const { store } = open();
    const content = { text: 'secret '.repeat(10_000) };
    await store.saveMessages({ messages: [makeMessage('m1', { content })] });
    for (let i = 0; i < 3; i++) {
      assert.equal((await store.listMessages({ threadId: 't1' })).messages.length, 1);
      assert.deepEqual(await store.listMessages({ threadId: 't2' }), {
        messages: [],
        total: 0,
        page: 0,
        perPage: 40,
        hasMore: false,
      });
    }
  });
});

describe('building a store', () => {
  it('does no I/O, sets no timer and asks for no random numbers: Workers forbid it in global scope', async (t) => {
    const counter = new CallCounter();
    const { bindings } = open();
    const forbidden = () => assert.fail('this is not allowed here');
    for (const name of /** @type {const} */ ([
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'fetch',
    ])) {
      t.mock.method(globalThis, name, forbidden);
    }
    for (const name of /** @type {const} */ (['getRandomValues', 'randomUUID'])) {
      t.mock.method(crypto, name, forbidden);
    }
    t.mock.method(Math, 'random', forbidden);
    const made = new KVStore({
      bindings: { threads: counter.wrap(bindings.threads), messages: counter.wrap(bindings.messages) },
      keyPrefix: 'x_',
    });
    t.mock.restoreAll();
    mock.restoreAll();
    assert.equal(counter.calls.length, 0);
    assert.equal(await made.getThreadById({ threadId: 't1' }), null);
  });

  for (const missing of ['Suspending', 'promising']) {
    it(`chooses the Asyncify build in a runtime without WebAssembly.${missing}, and refuses the other`, () => {
      const program = `
        delete WebAssembly.${missing};
        const { readFileSync } = await import('node:fs');
        const { KVStore } = await import('./js-shim/kv-store.js');
        const { CloudflareStore } = await import('./js-shim/index.js');
        const kv = { get: async (keys) => Array.isArray(keys) ? new Map(keys.map((key) => [key, null])) : null, put() {}, delete() {}, list() {} };
        const bindings = { threads: kv, messages: kv };
        console.log(await new KVStore({ bindings }).getThreadById({ threadId: 't1' }));
        const module = new WebAssembly.Module(readFileSync('build/store.wasm'));
        for (const make of [
          () => new KVStore({ bindings, module }), () => new CloudflareStore({ id: 's', bindings, module }),
        ]) {
          try { make(); console.log('made'); } catch (error) { console.log(error.code ?? error.details.code, error.message); }
        }`;
      const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        cwd: new URL('../..', import.meta.url),
        encoding: 'utf8',
      });
      const [thread, ...errors] = output.trim().split('\n');
      assert.equal(thread, 'null');
      assert.equal(errors.length, 2);
      for (const line of errors) assert.match(line, /^UNSUPPORTED_RUNTIME .*JSPI.*store\.asyncify\.wasm/);
    });
  }

  for (const module of [null, 'store.wasm', new Uint8Array(8), new WebAssembly.Module(EMPTY_MODULE)]) {
    it(`refuses a module that is not the engine: ${Object.prototype.toString.call(module)}`, () => {
      const options = /** @type {any} */ ({ ...open(), module });
      assert.throws(() => new KVStore(options), {
        code: 'INVALID_ARGUMENT',
        message: /^module must be the compiled engine/,
      });
    });
  }
});

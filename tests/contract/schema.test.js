/* init(), the schema document and the placement it records, as a program sees them. tests/native/test_schema_init.c has
 * every case of the engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MastraError } from '@mastra/core/error';
import { Mastra } from '@mastra/core/mastra';
import { CloudflareStore, MemoryStorageCloudflare } from '../../js-shim/index.js';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { makeThread } from '../support/samples.js';

const DOCUMENT = 'metadata:schema';

/** @param {import('../support/fake-kv.js').FakeKVOptions} [options] */
function open(options) {
  const counter = new CallCounter();
  const fakes = { threads: new FakeKV(options), messages: new FakeKV(options), resources: new FakeKV(options) };
  const [threads, messages, resources] = Object.values(fakes).map((fake) => counter.wrap(fake.location()));
  return { counter, bindings: { threads, messages }, resources };
}

const resource = () => ({ id: 'u1', createdAt: new Date(), updatedAt: new Date() });

describe('init', () => {
  it('of a new store, with all its domains, is a read, a list and a write, and later one read', async () => {
    const { counter, bindings } = open();
    await new CloudflareStore({ id: 's', bindings }).init();
    assert.deepEqual([counter.count('get'), counter.count('put'), counter.calls.length], [1, 1, 3], String(counter));
    counter.reset();
    await new CloudflareStore({ id: 's', bindings }).init();
    assert.deepEqual([counter.count('get'), counter.calls.length], [1, 1], String(counter));
  });

  it('is done once: what it found is remembered', async () => {
    const { counter, bindings } = open();
    const store = new CloudflareStore({ id: 's', bindings });
    await Promise.all([store.init(), store.init(), store.stores.memory.init()]);
    await store.init();
    await store.stores.scores.init();
    assert.equal(counter.calls.length, 3, String(counter));
  });

  it('that failed is done again', async () => {
    const faults = new Faults();
    const { bindings } = open({ faults });
    faults.add({ operation: 'get', status: 400 });
    const store = new CloudflareStore({ id: 's', bindings });
    await assert.rejects(store.init(), (error) => {
      assert.ok(error instanceof MastraError);
      assert.equal(error.id, 'MASTRA_STORAGE_CLOUDFLARE_INIT_FAILED');
      assert.equal(error.details?.key, DOCUMENT);
      return true;
    });
    await store.init();
    assert.notEqual(await bindings.threads.get(DOCUMENT, 'text'), null);
  });

  it('never has a request wait for another’s promise', async () => {
    const { bindings } = open();
    let isFirst = true;
    const threads = new Proxy(bindings.threads, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (name !== 'get' || !isFirst) return method;
        isFirst = false;
        return () => new Promise(() => {}); // of a request that was cancelled
      },
    });
    const store = new CloudflareStore({ id: 's', bindings: { ...bindings, threads } });
    void store.init();
    await new Promise(setImmediate);
    await store.init();
  });

  it('is done by Mastra before the first call, unless disableInit', async () => {
    for (const disableInit of [false, true]) {
      const { bindings } = open();
      const mastra = new Mastra({ logger: false, storage: new CloudflareStore({ id: 's', bindings, disableInit }) });
      const memory = await mastra.getStorage()?.getStore('memory');
      const thread = /** @type {any} */ (makeThread());
      await memory?.saveThread({ thread });
      assert.deepEqual(await memory?.getThreadById({ threadId: 't1' }), thread);
      assert.equal((await bindings.threads.get(DOCUMENT, 'text')) === null, disableInit);
    }
  });

  it('of a KVStore and of a domain alone is the same', async () => {
    const { bindings } = open();
    const store = new KVStore({ bindings, keyPrefix: 'a_' });
    await store.init();
    await new MemoryStorageCloudflare({ bindings, keyPrefix: 'b_' }).init();
    assert.notEqual(await bindings.threads.get(`a_${DOCUMENT}`, 'text'), null);
    assert.notEqual(await bindings.threads.get(`b_${DOCUMENT}`, 'text'), null);
    await store.close();
  });

  it('writes what a person can read', async () => {
    const { bindings } = open();
    await new KVStore({ bindings }).init();
    const { version, tables, placement } = JSON.parse((await bindings.threads.get(DOCUMENT, 'text')) ?? '');
    assert.equal(version, 2);
    assert.equal(tables.threads.columns.title, 'string?');
    assert.equal(tables.threads.families.updatedAt, 'activity');
    assert.equal(tables.scorers.columns.score, 'number');
    assert.equal(placement['messages:'], 'messages');
    assert.equal(placement['resources:'], 'threads');
  });

  it('refuses data of a newer version, and leaves it alone', async () => {
    const { bindings } = open();
    const newer = JSON.stringify({ _writtenAt: 1, version: 3, tables: 'otherwise' });
    await bindings.threads.put(DOCUMENT, newer);
    for (const make of [() => new KVStore({ bindings }), () => new CloudflareStore({ id: 's', bindings })]) {
      await assert.rejects(make().init(), /version 3 of the schema.*Update mastra-kv-wasm/);
    }
    const error = await new KVStore({ bindings }).init().catch((cause) => cause);
    assert.ok(error instanceof StoreError);
    assert.deepEqual([error.code, error.details.key], ['SCHEMA_TOO_NEW', DOCUMENT]);
    assert.equal(await bindings.threads.get(DOCUMENT, 'text'), newer);
  });

  it('refuses bindings that would hide stored data, and says which to pass', async () => {
    const { bindings, resources } = open();
    const store = new KVStore({ bindings });
    await store.init();
    await store.saveResource({ resource: resource() });
    const changed = new CloudflareStore({ id: 's', bindings: { ...bindings, resources } });
    await assert.rejects(changed.init(), (error) => {
      assert.ok(error instanceof MastraError);
      assert.equal(error.details?.code, 'PLACEMENT_CHANGED');
      assert.match(error.message, /"resources:".* of table threads.* Pass bindings .*: threads, messages\./);
      return true;
    });
    await new KVStore({ bindings }).init();
  });

  it('allows a table that holds nothing yet its own binding, and from then on demands it', async () => {
    const { bindings, resources } = open();
    await new KVStore({ bindings }).init();
    await new KVStore({ bindings: { ...bindings, resources } }).init();
    await assert.rejects(new KVStore({ bindings }).init(), /Pass bindings .*: threads, messages, resources\./);
  });

  it('after everything was cleared begins anew', async () => {
    const { bindings, resources } = open();
    const store = new KVStore({ bindings, overlay: false });
    await store.init();
    await store.saveResource({ resource: resource() });
    await store.dangerouslyClearAll();
    await new KVStore({ bindings: { ...bindings, resources } }).init();
    await assert.rejects(store.init(), /Pass bindings/);
  });
});

describeOnEachBackend('init', (backend) => {
  it('writes once, and later reads', async () => {
    const { threads, messages } = backend.current;
    const keyPrefix = newPrefix();
    const key = keyPrefix + DOCUMENT;
    await new KVStore({ bindings: { threads, messages }, keyPrefix }).init();
    const document = await threads.get(key, 'text');
    await new KVStore({ bindings: { threads, messages }, keyPrefix }).init();
    assert.equal(await threads.get(key, 'text'), document);
    assert.equal(JSON.parse(document ?? '').version, 2);
  });
});

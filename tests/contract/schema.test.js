/* init(): the schema document, and the record of what is kept where. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeThread } from '../support/samples.js';

const KEY = 'dev_metadata:schema';

/** Namespaces, and stores over some of them. */
function world() {
  const counter = new CallCounter();
  const kv = { threads: new FakeKV(), messages: new FakeKV(), metadata: new FakeKV(), resources: new FakeKV() };
  /** @param {(keyof typeof kv)[]} tables */
  const open = (...tables) =>
    new KVStore({
      bindings: Object.fromEntries(tables.map((table) => [table, counter.wrap(kv[table].location())])),
      keyPrefix: 'dev_',
      overlay: false,
    });
  return { counter, kv, open };
}

/** @param {FakeKV} kv @returns {any} */
const document = (kv) => {
  const version = kv.read(KEY);
  return version && JSON.parse(String(version.value));
};

describe('init', () => {
  it('writes version, tables with their columns, and placement where nothing is recorded', async () => {
    const { kv, open } = world();
    await open('threads', 'messages').init();
    const { version, tables, placement } = document(kv.threads);
    assert.equal(version, 1);
    assert.equal(tables.threads.columns.createdAt, 'date');
    assert.equal(tables.threads.columns.title, 'string?');
    assert.ok(tables.workflow_snapshot.columns.snapshot);
    assert.equal(placement['messages:'], 'messages');
    assert.equal(placement['resources:'], 'threads');
  });

  it('costs one read where it is recorded, and nothing a second time', async () => {
    const { counter, open } = world();
    await open('threads', 'messages').init();
    const store = open('threads', 'messages');
    counter.reset();
    await store.init();
    assert.deepEqual(counter.cost, { calls: 1, rounds: 1 });
    await store.init();
    assert.deepEqual(counter.cost, { calls: 1, rounds: 1 });
  });

  it('refuses data that is newer than the code, and changes nothing', async () => {
    const { kv, open } = world();
    kv.threads.write(KEY, JSON.stringify({ _writtenAt: 1, version: 2, tables: {}, placement: {} }));
    await assert.rejects(open('threads', 'messages').init(), {
      code: 'SCHEMA_TOO_NEW',
      message: /Update mastra-kv-wasm/,
    });
    assert.equal(document(kv.threads).version, 2);
  });

  it('tells what is no schema document, with its key', async () => {
    const { kv, open } = world();
    kv.threads.write(KEY, 'nonsense');
    await assert.rejects(open('threads', 'messages').init(), { code: 'CORRUPT_RECORD', details: { key: KEY } });
  });
});

describe('placement', () => {
  it('refuses a binding of its own for a table that has data elsewhere, and says which to pass', async () => {
    const { open } = world();
    const before = open('threads', 'messages');
    await before.init();
    await before.updateResource({ resourceId: 'u1', workingMemory: 'kept' });
    const after = open('threads', 'messages', 'resources');
    await assert.rejects(after.init(), { code: 'PLACEMENT_CHANGED', message: /Pass bindings for just these tables: / });
    assert.equal((await before.getResourceById({ resourceId: 'u1' })).workingMemory, 'kept');
  });

  it('takes a new binding for a table without data, and records it', async () => {
    const { kv, open } = world();
    await open('threads', 'messages').init();
    await open('threads', 'messages', 'resources').init();
    assert.equal(document(kv.threads).placement['resources:'], 'resources');
  });

  it('refuses to lose sight of a namespace that it cannot look into any more', async () => {
    const { open } = world();
    const before = open('threads', 'messages', 'metadata');
    await before.init();
    await before.saveThread({ thread: makeThread() });
    await assert.rejects(open('threads', 'messages').init(), { code: 'PLACEMENT_CHANGED' });
  });
});

describe('CloudflareStore', () => {
  it('initializes its domains with one read, and again after a failure', async () => {
    const { kv } = world();
    const counter = new CallCounter();
    const bindings = { threads: counter.wrap(kv.threads.location()), messages: counter.wrap(kv.messages.location()) };
    const make = () => new CloudflareStore({ id: 'store', bindings, keyPrefix: 'dev_', overlay: false });
    kv.threads.write(KEY, 'nonsense');
    const store = make();
    await assert.rejects(store.init(), /dev_metadata:schema/);
    kv.threads.write(KEY, null);
    await store.init();
    assert.equal(document(kv.threads).version, 1);
    counter.reset();
    await make().init();
    assert.equal(counter.cost.calls, 1);
  });

  it('works without init having run', async () => {
    const { kv } = world();
    const store = new CloudflareStore({
      id: 'store',
      bindings: { threads: kv.threads.location(), messages: kv.messages.location() },
      disableInit: true,
    });
    const memory = await store.getStore('memory');
    await memory?.saveThread({ thread: /** @type {any} */ (makeThread()) });
    assert.equal((await memory?.getThreadById({ threadId: 't1' }))?.id, 't1');
  });
});

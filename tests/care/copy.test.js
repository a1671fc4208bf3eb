import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copy, exportRecords, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';
import { fill } from '../support/full-store.js';

/** @import { FakeKVOptions } from '../support/fake-kv.js' */

/**
 * @param {string} keyPrefix
 * @param {FakeKVOptions} [options]
 */
function open(keyPrefix, options) {
  const kv = new FakeKV(options);
  const bindings = { threads: kv.location(), messages: kv.location() };
  const retry = { attempts: 1 };
  return { kv, store: new KVStore({ bindings, keyPrefix, overlay: false, retry }) };
}

/** @param {KVStore} store */
async function linesOf(store) {
  /** @type {string[]} */
  const lines = [];
  for await (const line of exportRecords(store)) lines.push(line);
  return lines;
}

/** All that is stored, as text. @param {FakeKV} kv */
const dump = (kv) => kv.keys().map((key) => `${key} = ${kv.read(key)?.value} | ${kv.read(key)?.metadata}`);

/** @param {FakeKVOptions} [options] */
async function source(options) {
  const from = open('from_', options);
  await fill(from.store, { resources: ['ada', 'a:b'] });
  return from;
}

test('another key prefix: the same export, and nothing wrong', async () => {
  const from = await source();
  const to = open('to_');
  const { done, tables } = await copy(from.store, to.store);
  assert.ok(done);
  assert.ok(tables.messages.records > 0);
  assert.deepEqual(await linesOf(to.store), await linesOf(from.store));
  assert.deepEqual((await verify(to.store)).problems, []);
});

test('within the same namespaces', async () => {
  const from = await source();
  const before = dump(from.kv);
  const bindings = { threads: from.kv.location(), messages: from.kv.location() };
  const to = new KVStore({ bindings, keyPrefix: 'to_', overlay: false });
  await copy(from.store, to);
  assert.deepEqual(await linesOf(to), await linesOf(from.store));
  assert.deepEqual(
    dump(from.kv).filter((line) => line.startsWith('from_')),
    before,
  );
});

test('only some tables', async () => {
  const from = await source();
  const to = open('');
  const { tables } = await copy(from.store, to.store, { tables: ['resources'] });
  assert.deepEqual(Object.keys(tables), ['resources']);
  assert.ok(to.kv.keys().every((key) => /^(metadata:)?resources:/.test(key)));
});

describe('in steps', () => {
  for (const maxCalls of [50, 200]) {
    test(`of ${maxCalls} calls, to the same end`, async () => {
      const from = await source();
      const whole = open('to_');
      await copy(from.store, whole.store);
      const to = open('to_');
      const counter = new CallCounter();
      const place = (/** @type {FakeKV} */ kv) => counter.wrap(kv.location());
      const stores = [from.kv, to.kv].map((kv, i) => ({
        bindings: { threads: place(kv), messages: place(kv) },
        keyPrefix: ['from_', 'to_'][i],
        overlay: false,
      }));
      /** @type {Awaited<ReturnType<typeof copy>>} */
      let step;
      /** @type {string | undefined} */
      let cursor;
      do {
        counter.reset();
        step = await copy(new KVStore(stores[0]), new KVStore(stores[1]), { maxCalls, cursor });
        assert.ok(counter.calls.length <= maxCalls, `${counter.calls.length} calls`);
        assert.equal(step.calls, counter.calls.length);
        cursor = step.cursor ?? undefined;
      } while (!step.done);
      assert.deepEqual(dump(to.kv), dump(whole.kv));
    });
  }

  test('fewer calls than a step needs are refused', async () => {
    const { store } = open('');
    await assert.rejects(copy(store, store, { maxCalls: 49 }), /maxCalls must be a number, at least 50/);
  });
});

test('interrupted at every KV call, and made again: the same end', async () => {
  const faults = new Faults();
  const from = open('from_', { faults });
  const thread = { id: 't', resourceId: 'ada', createdAt: new Date(1), updatedAt: new Date(2) };
  await from.store.saveThread({ thread });
  await from.store.updateThread({ id: 't', title: 'T' });
  const message = { threadId: 't', role: 'user', content: 'x', createdAt: new Date(3) };
  await from.store.saveMessages({ messages: ['a', 'b', 'c'].map((id) => ({ id, ...message })) });
  const whole = open('to_');
  await copy(from.store, whole.store);
  let isWhole = false;
  let nth = 1;
  for (; !isWhole; nth++) {
    const to = open('to_', { faults });
    faults.clear();
    faults.add({ nth, times: Infinity, status: 400 });
    isWhole = await copy(from.store, to.store).then(
      () => true,
      () => false,
    );
    faults.clear();
    await copy(from.store, to.store);
    assert.deepEqual(dump(to.kv), dump(whole.kv), `interrupted at call ${nth}`);
  }
  assert.ok(nth > 20, `${nth} calls`);
});

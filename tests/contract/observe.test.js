/* observe(): every call to a namespace is told, and nothing else changes. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import * as mastra from '../../js-shim/index.js';
import { KVStore, observe } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV, macrotask } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';

/** @typedef {import('../../js-shim/kv-store.js').KVCall} KVCall */

/** @param {KVCall} call */
const withoutTimes = ({ startedMs: _started, endedMs: _ended, ...call }) => call;

describe('observe', () => {
  it('tells what each operation asked and was answered', async () => {
    /** @type {KVCall[]} */
    const calls = [];
    /** @type {any} */
    const kv = observe(new FakeKV().location(), (call) => calls.push(call), { name: 'THREADS_KV' });
    await kv.put('a', 'é', { metadata: { of: 'a' } });
    assert.equal(await kv.get('a', 'text'), 'é');
    assert.equal(await kv.get('b', 'text'), null);
    assert.deepEqual(
      [...(await kv.get(['a', 'b'], 'text'))],
      [
        ['a', 'é'],
        ['b', null],
      ],
    );
    assert.deepEqual((await kv.list({ prefix: 'a', limit: 10 })).keys, [{ name: 'a', metadata: { of: 'a' } }]);
    await kv.delete('a');

    const none = { namespace: 'THREADS_KV', bytes: 0, hits: 0, misses: 0 };
    assert.deepEqual(calls.map(withoutTimes), [
      { ...none, operation: 'put', keys: ['a'], bytes: 2, billed: { unit: 'write', count: 1 } },
      { ...none, operation: 'get', keys: ['a'], bytes: 2, hits: 1, billed: { unit: 'read', count: 1 } },
      { ...none, operation: 'get', keys: ['b'], misses: 1, billed: { unit: 'read', count: 1 } },
      { ...none, operation: 'get', keys: ['a', 'b'], bytes: 2, hits: 1, misses: 1, billed: { unit: 'read', count: 2 } },
      { ...none, operation: 'list', keys: ['a'], hits: 1, billed: { unit: 'list', count: 1 } },
      { ...none, operation: 'delete', keys: ['a'], billed: { unit: 'delete', count: 1 } },
    ]);
    for (const { startedMs, endedMs } of calls) {
      assert.ok(startedMs <= endedMs && Math.abs(Date.now() - endedMs) < 60_000, `${startedMs} to ${endedMs}`);
    }
  });

  it('tells a failure, and passes it on as it is', async () => {
    const error = new Error('KV PUT failed: 500 Internal Server Error');
    const faults = new Faults();
    faults.add({ operation: 'put', error });
    /** @type {KVCall[]} */
    const calls = [];
    const kv = observe(new FakeKV({ faults }).location(), (call) => calls.push(call));
    await assert.rejects(kv.put('a', 'v'), (thrown) => thrown === error);
    assert.equal(calls[0].error, error);
    assert.deepEqual(calls[0].billed, { unit: 'write', count: 1 });
  });

  it('tells a start with the object that its end completes', async () => {
    /** @type {KVCall[]} */
    const started = [];
    /** @type {KVCall[]} */
    const ended = [];
    const onStart = (/** @type {KVCall} */ call) => {
      assert.equal(call.hits, 0);
      started.push(call);
    };
    const kv = observe(new FakeKV().location(), (call) => ended.push(call), { onStart });
    const answers = Promise.all([kv.put('a', 'v'), kv.put('b', 'v')]);
    assert.deepEqual([started.length, ended.length], [2, 0]);
    await answers;
    assert.ok(started[0] === ended[0] && started[1] === ended[1]);
  });

  it('logs an observer that throws, and the call is answered', async () => {
    const log = mock.method(console, 'error', () => {});
    const throwing = () => {
      throw new Error('metrics are down');
    };
    for (const bad of [throwing, async () => throwing()]) {
      const kv = observe(new FakeKV().location(), bad, { onStart: bad });
      log.mock.resetCalls();
      await kv.put('a', 'v');
      await macrotask();
      assert.equal(log.mock.callCount(), 2);
      assert.equal(await kv.get('a', 'text'), 'v');
    }
    log.mock.restore();
  });

  it('leaves all else of a namespace as it is', async () => {
    const location = new FakeKV().location();
    const kv = observe(location, () => assert.fail('told'));
    await location.put('a', 'v', { metadata: 1 });
    assert.deepEqual((await kv.getWithMetadata('a', 'text')).value, 'v');
    assert.equal(Reflect.get(kv, 'nothing'), undefined);
  });

  it('is one and the same in both entries', () => {
    assert.equal(mastra.observe, observe);
  });

  it('counts what a counting namespace counts, attempts and all', async () => {
    const faults = new Faults();
    faults.add({ operation: 'put', key: /^messages:/, status: 429 });
    const counter = new CallCounter();
    /** @type {KVCall[]} */
    const calls = [];
    const namespace = () => observe(counter.wrap(new FakeKV({ faults }).location()), (call) => calls.push(call));
    const store = new KVStore({
      bindings: { threads: namespace(), messages: namespace() },
      retry: { firstPauseMs: 1 },
    });
    const now = new Date();
    await store.saveThread({ thread: { id: 't', resourceId: 'r', createdAt: now, updatedAt: now } });
    const message = { threadId: 't', resourceId: 'r', role: 'user', content: 'Hello', createdAt: now };
    await store.saveMessages({ messages: [1, 2].map((number) => ({ ...message, id: `m${number}` })) });
    await store.listMessages({ threadId: 't' });
    assert.deepEqual(calls.map(({ keys }) => keys.join()).sort(), counter.calls.map(({ keys }) => keys.join()).sort());
    assert.equal(calls.filter(({ error }) => error !== undefined).length, 1);
  });
});

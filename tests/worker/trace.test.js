/* What the page shows of storage: the steps above and below the overlay, told apart. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KVStore } from '../../js-shim/kv-store.js';
import { traceMethods, traceNamespaces, traceOf, traceRequest } from '../../js-shim/worker/trace.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';

/** A store whose namespaces are traced, and counted below. @param {Faults} [faults] */
function tracedStore(faults) {
  const counter = new CallCounter();
  const namespace = () => counter.wrap(new FakeKV({ faults }).location());
  const { THREADS_KV: threads, MESSAGES_KV: messages } = traceNamespaces({
    THREADS_KV: namespace(),
    MESSAGES_KV: namespace(),
  });
  const store = traceMethods(
    new KVStore({ bindings: { threads, messages }, overlay: false, retry: { firstPauseMs: 1 } }),
  );
  return { store, counter };
}

/** @param {string} id @param {Date} createdAt */
const message = (id, createdAt) => ({ id, threadId: 't', resourceId: 'r', role: 'user', content: 'Hello', createdAt });

/** @param {KVStore} store */
async function turn(store) {
  await store.getThreadById({ threadId: 't' });
  await store.listMessages({
    threadId: 't',
    perPage: 10,
    orderBy: { field: 'createdAt', direction: 'DESC' },
    includeTotal: false,
  });
  const now = Date.now();
  await store.saveMessages({ messages: [message(`${now}-1`, new Date(now)), message(`${now}-2`, new Date(now))] });
}

/** @param {string} name */
function traceNamed(name) {
  const trace = traceOf(name);
  assert.ok(trace);
  return trace;
}

describe('a trace', () => {
  test('has the calls and rounds that a counting namespace has', async () => {
    const { store, counter } = tracedStore();
    const now = new Date();
    await store.saveThread({ thread: { id: 't', resourceId: 'r', createdAt: now, updatedAt: now } });
    for (const name of ['first', 'second']) {
      counter.reset();
      await traceRequest(name, () => turn(store));
      const { steps, rounds } = traceNamed(name);
      const calls = steps.filter(({ from }) => from === 'kv');
      assert.deepEqual({ calls: calls.length, rounds }, counter.cost, String(counter));
      assert.deepEqual(
        calls.map(({ keys, round }) => `${round} ${keys.join()}`),
        counter.calls.map(({ keys, round }) => `${round} ${keys.join()}`),
      );
      assert.ok(calls.every(({ billed }) => billed !== null));
    }
  });

  test('tells the steps that the overlay answered, whole or in part', async () => {
    const { store } = tracedStore();
    await store.saveMessages({ messages: [message('m1', new Date())] });
    await traceRequest('overlay', async () => {
      await store.listMessagesById({ messageIds: ['m1', 'm2'] });
      await store.listMessagesById({ messageIds: ['m1', 'm2'] });
    });
    const steps = traceNamed('overlay').steps.filter(({ namespace }) => namespace === 'MESSAGES_KV');
    const [first, second] = [steps.filter(({ from }) => from === 'kv'), steps.filter(({ from }) => from === 'overlay')];
    assert.deepEqual(
      first.map(({ keys }) => keys),
      [['metadata:messages:m2']],
      'the other locator was written here',
    );
    assert.ok(second.some(({ keys }) => keys.join() === 'metadata:messages:m1'));
    assert.ok(second.some(({ keys }) => keys.join() === 'metadata:messages:m1,metadata:messages:m2'));
    assert.ok(second.every(({ billed, round }) => billed === null && round === 0));
    assert.ok(steps.every(({ method }) => method === 'listMessagesById'));
  });

  test('tells attempts that failed', async () => {
    const faults = new Faults();
    const { store } = tracedStore(faults);
    faults.add({ operation: 'put', key: /^messages:/, status: 429 });
    await traceRequest('failing', () => store.saveMessages({ messages: [message('m1', new Date())] }));
    const puts = traceNamed('failing').steps.filter(({ keys }) => keys[0].startsWith('messages:'));
    assert.deepEqual(
      puts.map(({ from, error }) => [from, error]),
      [
        ['kv', 'KV PUT failed: 429 Too Many Requests'],
        ['kv', null],
      ],
    );
  });

  test('is of one request, also where several run at once', async () => {
    const { store, counter } = tracedStore();
    const read = (/** @type {string} */ threadId) =>
      traceRequest(`read ${threadId}`, () => store.getThreadById({ threadId }));
    await Promise.all([read('a'), nextTurn().then(() => read('b')), read('c')]);
    for (const id of ['a', 'b', 'c']) {
      const { steps } = traceNamed(`read ${id}`);
      assert.deepEqual(
        steps.map(({ keys }) => keys[0]),
        [`threads:${id}`],
      );
    }
    assert.equal(counter.calls.length, 3);
  });

  test('is kept for the last requests only, and for so many steps', async () => {
    const { store } = tracedStore();
    for (let at = 0; at <= 50; at++) await traceRequest(`kept ${at}`, async () => {});
    assert.equal(traceOf('kept 0'), undefined);
    assert.ok(traceOf('kept 1') && traceOf('kept 50'));
    const messages = Array.from({ length: 1_100 }, (_, at) => message(`m${at}`, new Date()));
    await traceRequest('large', () => store.saveMessages({ messages }));
    const { steps, omitted } = traceNamed('large');
    assert.equal(steps.length, 2_000);
    assert.ok(omitted > 200, `${omitted}`);
  });
});

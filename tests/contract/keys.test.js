/* What stands in the namespaces, byte by byte: stored layouts are promises. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */

/** A falling time: what is left of the dates of JavaScript, in 17 digits. @param {number | Date} time */
const falling = (time) => String(8_640_000_000_000_000 - Number(time)).padStart(17, '0');
const T0 = falling(dateAt(0));

/**
 * All there is in a namespace under a prefix: values parsed, with the time of writing taken out.
 * @param {KVNamespaceLike} namespace
 * @param {string} prefix
 */
async function dump(namespace, prefix) {
  /** @type {Record<string, { value: any, metadata?: any }>} */
  const entries = {};
  const { keys } = await namespace.list({ prefix, limit: 1000 });
  for (const { name, metadata } of keys) {
    const text = /** @type {string} */ (await namespace.get(name, 'text'));
    assert.match(text, /^\{"_writtenAt":\d{13}[,}]/, `the value of ${name} begins with the time it was written`);
    const { _writtenAt, ...value } = JSON.parse(text);
    assert.ok(Math.abs(_writtenAt - Date.now()) < 600_000);
    entries[name.slice(prefix.length)] = metadata === undefined ? { value } : { value, metadata };
  }
  return entries;
}

/** The value that stands for any time of now. */
const NOW = 'now';
/** @param {any} value with times of now replaced, so that they can be compared */
const withoutNow = (value) =>
  JSON.parse(JSON.stringify(value), (_, member) => {
    const time = typeof member === 'string' && /^\d{4}-.*Z$/.test(member) ? Date.parse(member) : member;
    return typeof time === 'number' && Math.abs(time - Date.now()) < 600_000 ? NOW : member;
  });

describeOnEachBackend('keys', (backend) => {
  /** @param {any} [bindings] */
  function open(bindings = { threads: backend.current.threads, messages: backend.current.messages }) {
    const prefix = newPrefix();
    return { prefix, store: new KVStore({ bindings, keyPrefix: prefix, overlay: false }) };
  }

  it('and values of a thread and its families', async () => {
    const { prefix, store } = open();
    const thread = makeThread({ title: 'A title', extra: [1] });
    await store.saveThread({ thread });
    const record = { ...thread, createdAt: '2026-03-01T09:00:00.000Z', updatedAt: '2026-03-01T09:00:00.000Z' };
    const saved = {
      'threads:t1': { value: record, metadata: { resourceId: 'u1', createdAt: '2026-03-01T09:00:00.000Z' } },
      [`metadata:threads_by_resource:u1:${T0}:t1`]: { value: {} },
    };
    assert.equal(T0, '08638227644400000');
    assert.deepEqual(await dump(backend.current.threads, prefix), saved);
    await store.updateThread({ id: 't1', title: 'Another', metadata: { size: 2 } });
    assert.deepEqual(withoutNow(await dump(backend.current.threads, prefix)), {
      ...saved,
      'metadata:threads:t1:title': { value: { title: 'Another' } },
      'metadata:threads:t1:metadata': { value: { metadata: { color: 'red', size: 2 } } },
      'metadata:threads:t1:activity': { value: { updatedAt: NOW, _patchedAt: NOW } },
    });
    assert.deepEqual(await dump(backend.current.messages, prefix), {});
    await store.deleteThread({ threadId: 't1' });
    assert.deepEqual(withoutNow(await dump(backend.current.threads, prefix)), {
      'metadata:thread_marks:t1:deleted': { value: {}, metadata: { at: NOW } },
    });
  });

  it('and values of messages', async () => {
    const { prefix, store } = open();
    const { resourceId: _, ...second } = makeMessage('m2', { content: 'hello' });
    await store.saveMessages({ messages: [makeMessage('m1'), second] });
    const createdAt = '2026-03-01T09:00:00.000Z';
    assert.deepEqual(withoutNow(await dump(backend.current.messages, prefix)), {
      [`messages:t1:${T0}:m1`]: {
        value: { ...makeMessage('m1'), createdAt },
        metadata: { savedAt: NOW, seq: 0, resourceId: 'u1' },
      },
      [`messages:t1:${T0}:m2`]: { value: { ...second, createdAt }, metadata: { savedAt: NOW, seq: 1 } },
      'metadata:messages:m1': { value: { threadId: 't1', createdAt, savedAt: NOW, seq: 0 } },
      'metadata:messages:m2': { value: { threadId: 't1', createdAt, savedAt: NOW, seq: 1 } },
    });
    assert.deepEqual(withoutNow(await dump(backend.current.threads, prefix)), {
      'metadata:threads:t1:activity': {
        value: {
          updatedAt: NOW,
          _recent: [
            { id: 'm2', createdAt, savedAt: NOW, seq: 1 },
            { id: 'm1', createdAt, savedAt: NOW, seq: 0 },
          ],
        },
      },
    });
    await store.updateMessages({
      messages: [{ id: 'm1', role: 'tool', content: { parts: [], metadata: { stars: 5 } } }],
    });
    const owner = { threadId: 't1', resourceId: 'u1' };
    const updated = withoutNow(await dump(backend.current.messages, prefix));
    assert.deepEqual(updated['metadata:message_families:m1:content'], {
      value: { content: { parts: [] } },
      metadata: owner,
    });
    assert.deepEqual(updated['metadata:message_families:m1:metadata'], {
      value: { metadata: { stars: 5 } },
      metadata: owner,
    });
    assert.deepEqual(updated['metadata:message_families:m1:fields'], { value: { role: 'tool' }, metadata: owner });
    assert.deepEqual(withoutNow(await dump(backend.current.threads, prefix))['metadata:thread_marks:t1:updated'], {
      value: {},
      metadata: { at: NOW },
    });
    await store.deleteMessages(['m1', 'm2']);
    assert.deepEqual(withoutNow(await dump(backend.current.messages, prefix)), {
      'metadata:messages:m1': { value: { threadId: 't1', createdAt, savedAt: NOW, seq: 0, deleted: true } },
      'metadata:messages:m2': { value: { threadId: 't1', createdAt, savedAt: NOW, seq: 1, deleted: true } },
    });
  });

  it('escape what could be taken for their structure, and all but printable ASCII', async () => {
    const { prefix, store } = open();
    const id = 'a:b%c d/ä\0\u{1f600}\ud800~!';
    const part = 'a%3Ab%25c%20d/%C3%A4%00%F0%9F%98%80%ED%A0%80~!';
    await store.saveThread({ thread: makeThread({ id, resourceId: id }) });
    await store.saveMessages({ messages: [makeMessage(id, { threadId: id, resourceId: id })] });
    const threads = await dump(backend.current.threads, prefix);
    assert.deepEqual(Object.keys(threads), [
      `metadata:threads:${part}:activity`,
      `metadata:threads_by_resource:${part}:${T0}:${part}`,
      `threads:${part}`,
    ]);
    assert.equal(threads[`threads:${part}`].value.id, id);
    assert.deepEqual(threads[`threads:${part}`].metadata.resourceId, part);
    const messages = await dump(backend.current.messages, prefix);
    assert.deepEqual(Object.keys(messages), [`messages:${part}:${T0}:${part}`, `metadata:messages:${part}`]);
    assert.equal(messages[`messages:${part}:${T0}:${part}`].metadata.resourceId, part);
    assert.equal(messages[`metadata:messages:${part}`].value.threadId, id);
  });

  it('list newest first, over all dates of JavaScript', async () => {
    const { prefix, store } = open();
    const times = [8.64e15, 253402300800000, 1, 0, -1, -8.64e15];
    await store.saveMessages({ messages: times.map((time, i) => makeMessage(`m${i}`, { createdAt: new Date(time) })) });
    const { keys } = await backend.current.messages.list({ prefix: `${prefix}messages:t1:`, limit: 1000 });
    assert.deepEqual(
      keys.map(({ name }) => name.slice(`${prefix}messages:t1:`.length)),
      times.map((time, i) => `${falling(time)}:m${i}`),
    );
    assert.deepEqual([falling(8.64e15), falling(-8.64e15)], ['00000000000000000', '17280000000000000']);
  });

  it('move with a message, and leave nothing behind', async () => {
    const { prefix, store } = open();
    await store.saveMessages({ messages: [makeMessage('m1')] });
    await store.saveMessages({ messages: [makeMessage('m1', { threadId: 't2', createdAt: dateAt(1) })] });
    assert.deepEqual(Object.keys(await dump(backend.current.messages, prefix)), [
      `messages:t2:${falling(dateAt(1))}:m1`,
      'metadata:messages:m1',
    ]);
  });

  it('move with a thread, and leave nothing behind', async () => {
    const { prefix, store } = open();
    await store.saveThread({ thread: makeThread() });
    await store.saveThread({ thread: makeThread({ resourceId: 'u2', createdAt: dateAt(1) }) });
    assert.deepEqual(Object.keys(await dump(backend.current.threads, prefix)), [
      `metadata:threads_by_resource:u2:${falling(dateAt(1))}:t1`,
      'threads:t1',
    ]);
  });

  it('of metadata live with a binding of that name, where there is one', async () => {
    // One namespace for each table; here they differ by what stands in front of all keys.
    const at = (/** @type {KVNamespaceLike} */ namespace, /** @type {string} */ place) =>
      /** @type {KVNamespaceLike} */ ({
        get: async (/** @type {any} */ keys, /** @type {any} */ type) => {
          if (typeof keys === 'string') return namespace.get(place + keys, type);
          const full = keys.map((/** @type {string} */ key) => place + key);
          const values = /** @type {Map<string, string | null>} */ (
            /** @type {unknown} */ (await namespace.get(full, type))
          );
          return new Map([...values].map(([key, value]) => [key.slice(place.length), value]));
        },
        put: (key, value, options) => namespace.put(place + key, value, options),
        delete: (key) => namespace.delete(place + key),
        list: async ({ prefix, ...rest }) => {
          const page = await namespace.list({ prefix: place + prefix, ...rest });
          return { ...page, keys: page.keys.map((key) => ({ ...key, name: key.name.slice(place.length) })) };
        },
      });
    const places = { threads: newPrefix(), messages: newPrefix(), metadata: newPrefix() };
    const namespace = backend.current.threads;
    const { prefix, store } = open({
      mastra_threads: at(namespace, places.threads),
      messages: at(namespace, places.messages),
      metadata: at(namespace, places.metadata),
    });
    await store.saveThread({ thread: makeThread() });
    await store.updateThread({ id: 't1', title: 'x', metadata: {} });
    await store.saveMessages({ messages: [makeMessage('m1')] });
    const keys = async (/** @type {string} */ place) => Object.keys(await dump(namespace, place + prefix));
    assert.deepEqual(await keys(places.threads), ['threads:t1']);
    assert.deepEqual(await keys(places.messages), [`messages:t1:${T0}:m1`]);
    assert.deepEqual(await keys(places.metadata), [
      'metadata:messages:m1',
      'metadata:threads:t1:activity',
      'metadata:threads:t1:metadata',
      'metadata:threads:t1:title',
      `metadata:threads_by_resource:u1:${T0}:t1`,
    ]);
    assert.equal((await store.listMessages({ threadId: 't1' })).total, 1);
    assert.equal((await store.listThreads({ filter: { resourceId: 'u1' } })).threads[0].title, 'x');
    await store.dangerouslyClearAll();
    for (const place of Object.values(places)) assert.deepEqual(await keys(place), []);
  });

  it('of others under the same prefix are passed over', async () => {
    const { prefix, store } = open();
    await store.saveThread({ thread: makeThread() });
    await store.saveMessages({ messages: [makeMessage('m1')] });
    const { threads, messages } = backend.current;
    for (const end of [
      'threads:a:b',
      'metadata:threads_by_resource:u1:soon:t1',
      'metadata:threads_by_resource:u1:t1',
    ]) {
      await threads.put(prefix + end, 'not ours');
    }
    for (const end of ['messages:t1:soon:m2', `messages:t1:${T0}`, `messages:t1:${T0}:m2:more`]) {
      await messages.put(prefix + end, 'not ours');
    }
    assert.equal((await store.listThreads()).total, 1);
    assert.equal((await store.listThreads({ filter: { resourceId: 'u1' } })).total, 1);
    assert.equal((await store.listMessages({ threadId: 't1' })).total, 1);
  });
});

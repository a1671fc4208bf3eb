import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repair, stats, verify } from '../../js-shim/care.js';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { damages } from '../support/damage.js';
import { FakeKV } from '../support/fake-kv.js';
import { fill } from '../support/full-store.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { makeMessages, makeThread } from '../support/samples.js';
import { inWorld } from '../support/world.js';

/** Longer than KV's lag may explain anything. */
const SETTLED_MS = 6 * 60_000;

/** @param {{ kind: string, key: string }[]} problems */
const named = (problems) => problems.map(({ kind, key }) => `${kind} ${key}`);

describeOnEachBackend('a sound store', (backend) => {
  test('has no problems, whatever its ids are', async () => {
    const { threads, messages } = backend.current;
    const store = new KVStore({ bindings: { threads, messages }, keyPrefix: newPrefix() });
    await store.init();
    await fill(store, backend.slowness > 1 ? { resources: ['ada', 'a:b', '\ud800'] } : {});
    const { done, problems, unsettled, tables } = await verify(store);
    assert.deepEqual({ done, problems, unsettled }, { done: true, problems: [], unsettled: 0 });
    assert.equal(tables.threads.records, backend.slowness > 1 ? 6 : 18);
  });
});

describe('damage', () => {
  for (const { name, kind, keys, make } of damages) {
    test(
      `${name}: ${kind}`,
      inWorld({}, async (world) => {
        const prefix = newPrefix();
        const store = new KVStore({ bindings: world.place(), keyPrefix: prefix, overlay: false });
        await fill(store, { resources: ['ada', 'a:b'] });
        world.advance(SETTLED_MS);
        let made = 0;
        for (const kv of [world.threads, world.messages]) {
          for (const key of kv
            .keys()
            .filter((candidate) => keys.test(candidate))
            .slice(0, 3)) {
            const { problems: before } = await verify(store);
            const found = make(kv, key);
            world.advance(SETTLED_MS);
            const { problems, unsettled } = await verify(store);
            const added = named(problems).filter((problem) => !named(before).includes(problem));
            assert.ok(added.includes(`${kind} ${found}`), `${kind} ${found}, found: ${added.join(', ')}`);
            assert.equal(unsettled, 0);
            made++;
          }
        }
        assert.ok(made > 0, 'nothing was damaged');
      }),
    );
  }
});

describe('bounds', () => {
  test('a call makes at most maxCalls, and its cursor goes on in another process', async () => {
    const kv = { threads: new FakeKV(), messages: new FakeKV() };
    const open = () => {
      const bindings = { threads: kv.threads.location(), messages: kv.messages.location() };
      return new KVStore({ bindings, keyPrefix: 'p_', overlay: false });
    };
    await fill(open());
    await open().saveMessages({ messages: makeMessages(350) });
    kv.threads.write('p_threads:%', 'x');
    const whole = await verify(open());
    for (const maxCalls of [16, 17, 40]) {
      let cursor;
      const problems = [];
      let last;
      do {
        const before = kv.threads.faults.calls + kv.messages.faults.calls;
        last = await verify(open(), { maxCalls, cursor });
        assert.ok(kv.threads.faults.calls + kv.messages.faults.calls - before <= maxCalls);
        problems.push(...last.problems);
        cursor = last.cursor ?? undefined;
      } while (!last.done);
      assert.deepEqual({ tables: last.tables, problems }, { tables: whole.tables, problems: whole.problems });
    }
  });

  test('calls that KV refused, and that are made again, count as well', async () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    const store = new KVStore({ bindings, overlay: false, retry: { attempts: 9, firstPauseMs: 0 } });
    await fill(store, { resources: ['ada'] });
    kv.faults.add({ operation: 'list', nth: 4, times: Infinity, status: 503 });
    kv.faults.calls = 0;
    const { done, calls } = await verify(store, { maxCalls: 20 });
    assert.deepEqual({ done, isBounded: calls <= 20 && kv.faults.calls <= 20 }, { done: false, isBounded: true });
  });

  test('what is not understood is refused', async () => {
    const kv = new FakeKV().location();
    const store = new KVStore({ bindings: { threads: kv, messages: kv } });
    const refused = (/** @type {Promise<any>} */ call, /** @type {RegExp} */ message) =>
      assert.rejects(
        call,
        (/** @type {any} */ error) => error.code === 'INVALID_ARGUMENT' && message.test(error.message),
      );
    await refused(verify(store, { maxCalls: 0 }), /whole number above 0/);
    await refused(verify(store, { maxCalls: 3 }), /at least 16/);
    await refused(verify(store, { cursor: 'x' }), /cursor must be one that verify returned/);
    await refused(
      verify(store, { cursor: btoa('{"task":"verify","at":{"unit":"gone:"},"totals":{}}') }),
      /does not know/,
    );
    await refused(verify(store, { tables: ['users'] }), /"users" is not a table/);
    await refused(verify(/** @type {any} */ ({})), /CloudflareStore or a KVStore/);
    const { cursor } = await stats(store, { maxCalls: 8 });
    await refused(verify(store, { cursor: /** @type {string} */ (cursor) }), /cursor must be one/);
  });
});

test(
  'what the lag of KV alone explains is no problem, and counted as unsettled where it looks like one',
  inWorld({}, async (world) => {
    const lagging = { getCacheMs: 60_000, listLagMs: 60_000 };
    const writer = new KVStore({ bindings: world.place(lagging), keyPrefix: 'p_', overlay: false });
    const judge = new KVStore({ bindings: world.place(lagging), keyPrefix: 'p_', overlay: false });
    await fill(writer, { resources: ['ada', 'bob'] });
    for (let minute = 0; minute < 8; minute++) {
      const { problems } = await verify(judge);
      assert.deepEqual(named(problems), [], `after ${minute * 20} s`);
      world.advance(20_000);
      await writer.saveThread({ thread: makeThread({ id: `new-${minute}`, resourceId: 'ada' }) });
      await writer.saveMessages({ messages: makeMessages(3, { threadId: `new-${minute}` }) });
      await writer.deleteThread({ threadId: minute % 2 ? `new-${minute - 1}` : `ada-${minute}` });
    }
    world.advance(SETTLED_MS);
    const { problems, unsettled } = await verify(judge);
    assert.deepEqual({ problems: named(problems), unsettled }, { problems: [], unsettled: 0 });
  }),
);

test('stats counts what there is, by table', async () => {
  const kv = new FakeKV();
  const store = new CloudflareStore({ id: 's', bindings: { threads: kv.location(), messages: kv.location() } });
  const memory = /** @type {any} */ (store.stores).memory;
  await memory.saveThread({ thread: makeThread() });
  await memory.saveMessages({ messages: makeMessages(120) });
  /** @type {any[]} */
  const seen = [];
  const { tables, bytes, usdPerMonth, calls } = await stats(store, { onProgress: (progress) => seen.push(progress) });
  const stored = kv.keys().filter((key) => key !== 'metadata:schema');
  const size = stored.reduce((sum, key) => {
    const { value, metadata = '' } = /** @type {any} */ (kv.read(key));
    return sum + Buffer.byteLength(key) + Buffer.byteLength(value) + Buffer.byteLength(metadata);
  }, 0);
  assert.equal(bytes, size);
  assert.equal(usdPerMonth, (size / 1e9) * 0.5);
  assert.deepEqual(
    { records: tables.messages.records, keys: tables.messages.keys, oldest: tables.messages.oldest },
    { records: 120, keys: 240, oldest: '2026-03-01T09:00:00.000Z' },
  );
  assert.equal(tables.messages.newest, '2026-03-01T09:01:59.000Z');
  assert.deepEqual(seen.filter(({ table }) => table === 'messages').at(-1), {
    table: 'messages',
    done: 240,
    bytes: tables.messages.bytes,
  });
  assert.ok(calls <= 40);
  const { tables: some } = await stats(store, { tables: ['threads'] });
  assert.deepEqual(Object.keys(some), ['threads']);
});

test(
  'what lists hid from the one who deleted its thread is found, and repair finishes the deletion',
  inWorld({}, async (world) => {
    const lagging = new KVStore({ bindings: world.place({ listLagMs: 60_000 }), keyPrefix: 'p_', overlay: false });
    await lagging.saveThread({ thread: makeThread() });
    await lagging.saveMessages({ messages: makeMessages(3) });
    const other = new KVStore({ bindings: world.place({ listLagMs: 60_000 }), keyPrefix: 'p_', overlay: false });
    world.threads.write('p_metadata:threads:t1:activity', null); // the hint would tell
    await other.deleteThread({ threadId: 't1' });
    assert.equal(world.messages.keys().filter((key) => key.startsWith('p_messages:')).length, 3);
    assert.deepEqual((await verify(other)).problems, [], 'it may still be the lag');
    world.advance(SETTLED_MS);
    const { problems } = await verify(other);
    assert.deepEqual(
      problems.map(({ kind, fix }) => ({ kind, fix })),
      Array.from({ length: 3 }, () => ({ kind: 'leftover', fix: 'delete' })),
    );
    await repair(other);
    assert.deepEqual((await verify(other)).problems, []);
    assert.deepEqual(world.messages.keys(), []);
  }),
);

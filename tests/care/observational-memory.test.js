/* Looking after observational memory: it is whole, moves, and goes with the person it is about. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eraseResource, exportRecords, importRecords, repair, stats, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { buffer, current, observing, start, swap } from '../support/observations.js';
import { dateAt } from '../support/samples.js';
import { inWorld } from '../support/world.js';

/** Longer than KV's lag may explain anything. */
const SETTLED_MS = 6 * 60_000;

/** A store with the memories of two people, each with all that a memory may have. */
async function remembering({ threads, messages } = { threads: new FakeKV(), messages: new FakeKV() }) {
  const store = new KVStore({ bindings: { threads: threads.location(), messages: messages.location() } });
  const memory = observing(store);
  for (const [threadId, resourceId] of [
    ['t', 'ada:1'],
    ['t2', 'bob'],
    [null, 'bob'],
  ]) {
    const { id } = await start(memory, { threadId, resourceId });
    for (const cycle of ['a', 'b']) await buffer(memory, id, cycle);
    await swap(memory, id, 1);
    await memory.setObservingFlag(id, true);
    const text = { observations: '* x', tokenCount: 1, lastObservedAt: dateAt(1) };
    await memory.updateActiveObservations({ id, ...text });
    const currentRecord = await memory.getObservationalMemory(threadId, resourceId);
    const next = await memory.createReflectionGeneration({ currentRecord, reflection: '* r', tokenCount: 1 });
    await buffer(memory, next.id, 'c');
  }
  return { store, memory, kv: threads, keys: () => [...threads.keys(), ...messages.keys()] };
}

it('nothing is wrong with it', async () => {
  const { store } = await remembering();
  const { problems } = /** @type {any} */ (await verify(/** @type {any} */ (store)));
  assert.deepEqual(problems, []);
});

/**
 * What may happen to it, and what is found.
 * @type {Record<string, {
 *   keys: RegExp, kind: string, fix: string, value?: (record: any) => object, metadata?: (facets: any) => object,
 *   isLost?: boolean, named?: RegExp, more?: number,
 * }>}
 */
const DAMAGES = {
  'a lost place': { keys: /^metadata:observational_memory:/, kind: 'missing_entry', fix: 'write' },
  'a place that names nothing': {
    keys: /^metadata:observational_memory:/,
    kind: 'wrong_entry',
    fix: 'write',
    value: (place) => ({ ...place, at: 7 }),
  },
  'a place that points nowhere': {
    keys: /^metadata:observational_memory:/,
    kind: 'wrong_entry',
    fix: 'write',
    value: (place) => ({ ...place, at: place.at.replace(/.$/, 'x') }),
  },
  'KV metadata without its time': {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    kind: 'wrong_metadata',
    fix: 'write',
    metadata: ({ _savedAt, ...facets }) => facets,
  },
  'KV metadata of another person': {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    kind: 'wrong_metadata',
    fix: 'write',
    metadata: (facets) => ({ ...facets, resourceId: 'eve' }),
  },
  'a generation that does not validate': {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    kind: 'invalid',
    fix: 'set_aside',
    value: (record) => ({ ...record, activeObservations: 7 }),
    isLost: true,
  },
  "a generation under another's key": {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    kind: 'wrong_key',
    fix: 'set_aside',
    value: (record) => ({ ...record, threadId: 'other' }),
    isLost: true,
  },
  'a lost generation': {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    named: /^observational_memory:\w+:[^:]+:\d+:[^:]+:(\w+|chunk:\w+)$/,
    kind: 'orphan',
    fix: 'set_aside',
    isLost: true,
  },
  'a key of another form': {
    keys: /^observational_memory:\w+:[^:]+:\d+:[^:]+$/,
    named: /^observational_memory:nothing$/,
    kind: 'strange_key',
    fix: 'set_aside',
    value: (record) => record,
    more: 1,
  },
};

for (const [name, { keys, kind, fix, value, metadata, isLost = false, named = keys, more }] of Object.entries(
  DAMAGES,
)) {
  it(
    `${name}: ${kind}`,
    inWorld({}, async (world) => {
      const { store, memory, kv } = await remembering(world);
      const before = await current(memory);
      world.advance(SETTLED_MS);
      const isHers = (/** @type {string} */ candidate) =>
        /ada%3A1/.test(/** @type {any} */ (kv.read(candidate)).metadata);
      const key = /** @type {string} */ (kv.keys().find((candidate) => keys.test(candidate) && isHers(candidate)));
      const { value: text, metadata: facets } = /** @type {any} */ (kv.read(key));
      if (more) kv.write('observational_memory:nothing', text);
      else if (!value && !metadata) kv.write(key, null);
      else {
        kv.write(key, value ? JSON.stringify(value(JSON.parse(text))) : text, {
          metadata: metadata ? JSON.stringify(metadata(JSON.parse(facets))) : facets,
        });
      }
      world.advance(SETTLED_MS);
      const { problems, unsettled } = await verify(/** @type {any} */ (store));
      assert.equal(unsettled, 0);
      const found = problems.find((problem) => problem.kind === kind);
      assert.ok(found && named.test(found.key), JSON.stringify(problems, null, 1));
      assert.equal(found.fix, fix);
      const { setAside } = await repair(/** @type {any} */ (store));
      assert.equal(setAside > 0, fix === 'set_aside');
      assert.deepEqual((await verify(/** @type {any} */ (store))).problems, []);
      if (!isLost) assert.deepEqual(await current(memory), before);
      assert.equal((await memory.getObservationalMemoryHistory('t2', 'bob')).length, 2, 'nobody else lost anything');
    }),
  );
}

it(
  'what a clearing did not see is a leftover, also where only a part of it is left',
  inWorld({}, async (world) => {
    const { store, memory, kv } = await remembering(world);
    const kept = kv.keys().filter((key) => /^observational_memory:thread:t:/.test(key));
    const values = kept.map((key) => /** @type {any} */ (kv.read(key)));
    world.advance(1000);
    await memory.clearObservationalMemory('t', 'ada:1');
    for (const [i, key] of kept.entries()) kv.write(key, values[i].value, { metadata: values[i].metadata });
    world.advance(SETTLED_MS);
    const { problems } = await verify(/** @type {any} */ (store));
    assert.deepEqual(
      problems.map(({ kind, key, fix }) => [kind, key, fix]),
      kept.map((key) => ['leftover', key, 'delete']),
    );
    await repair(/** @type {any} */ (store));
    assert.deepEqual((await verify(/** @type {any} */ (store))).problems, []);
    assert.equal(await memory.getObservationalMemory('t', 'ada:1'), null);
  }),
);

it('is counted: a record is a generation', async () => {
  const { store } = await remembering();
  const { tables } = await stats(/** @type {any} */ (store));
  assert.equal(tables.observational_memory.records, 6);
});

it('is erased with its person, and nobody else is', async () => {
  const { store, memory, keys } = await remembering();
  const { verified, mentions } = await eraseResource(/** @type {any} */ (store), { resourceId: 'ada:1' });
  assert.deepEqual([verified, mentions], [true, []]);
  assert.equal(await memory.getObservationalMemory('t', 'ada:1'), null);
  assert.deepEqual(
    keys().filter((key) => key.includes('ada%3A1') || key.includes(':t:')),
    [],
  );
  assert.equal((await memory.getObservationalMemoryHistory('t2', 'bob')).length, 2);
  assert.equal((await memory.getObservationalMemoryHistory(null, 'bob')).length, 2);
});

it('is exported and imported', async () => {
  const { store, memory } = await remembering();
  const other = new KVStore({
    bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() },
    keyPrefix: 'other_',
  });
  await importRecords(/** @type {any} */ (other), exportRecords(/** @type {any} */ (store)));
  assert.deepEqual(await current(observing(other)), await current(memory));
  const { id } = await current(observing(other));
  await observing(other).setObservingFlag(id, true);
  assert.equal((await current(observing(other))).isObserving, true);
});

/* Looking after observational memory: it is whole, moves, and goes with the person it is about. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eraseResource, exportRecords, importRecords, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { buffer, current, observing, start, swap } from '../support/observations.js';
import { dateAt } from '../support/samples.js';

/** A store with the memories of two people, each with all that a memory may have. */
async function remembering() {
  const [threads, messages] = [new FakeKV(), new FakeKV()];
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
  return { store, memory, keys: () => [...threads.keys(), ...messages.keys()] };
}

it('nothing is wrong with it', async () => {
  const { store } = await remembering();
  const { problems } = /** @type {any} */ (await verify(/** @type {any} */ (store)));
  assert.deepEqual(problems, []);
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

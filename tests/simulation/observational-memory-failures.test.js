/* KV fails under observational memory, at every call of every operation: the store says so, and the same call made again
 * completes what is missing. What is there afterwards is what a call that did not fail would have left. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { openFaulty } from '../support/domains.js';
import {
  activeCycles,
  buffer,
  bufferedCycles,
  chunkOf,
  current,
  observing,
  start,
  swap,
} from '../support/observations.js';
import { dateAt } from '../support/samples.js';

/** @import { ObservationStore } from '../support/observations.js' */

/** A record with chunks, an activated one, and a buffered reflection. @param {ObservationStore} store */
async function prepare(store) {
  const { id } = await start(store);
  for (const cycle of ['a', 'b', 'c']) await buffer(store, id, cycle);
  await swap(store, id, 1);
  await store.updateBufferedReflection({
    id,
    reflection: '* r',
    tokenCount: 1,
    inputTokenCount: 2,
    reflectedObservationLineCount: 1,
  });
}

/** @type {Record<string, (store: ObservationStore, record: any) => Promise<unknown>>} */
const operations = {
  getObservationalMemory: (store) => current(store),
  getObservationalMemoryHistory: (store) => store.getObservationalMemoryHistory('t', 'u', 5),
  initializeObservationalMemory: (store) => start(store, { threadId: 'other' }),
  insertObservationalMemoryRecord: (store, record) =>
    store.insertObservationalMemoryRecord({ ...record, id: 'inserted', generationCount: 0 }),
  updateActiveObservations: (store, { id }) =>
    store.updateActiveObservations({ id, observations: '* new', tokenCount: 3, lastObservedAt: dateAt(9) }),
  updateBufferedObservations: (store, { id }) => store.updateBufferedObservations({ id, chunk: chunkOf('new') }),
  swapBufferedToActive: (store, { id, bufferedObservationChunks: bufferedChunks }) =>
    swap(store, id, 1, { bufferedChunks }),
  createReflectionGeneration: (store, currentRecord) =>
    store.createReflectionGeneration({ currentRecord, reflection: '* next', tokenCount: 2 }),
  updateBufferedReflection: (store, { id }) =>
    store.updateBufferedReflection({
      id,
      reflection: '* more',
      tokenCount: 1,
      inputTokenCount: 2,
      reflectedObservationLineCount: 1,
    }),
  swapBufferedReflectionToActive: (store, currentRecord) =>
    store.swapBufferedReflectionToActive({ currentRecord, tokenCount: 4 }),
  setReflectingFlag: (store, { id }) => store.setReflectingFlag(id, true),
  setBufferingObservationFlag: (store, { id }) => store.setBufferingObservationFlag(id, true, 5),
  setPendingMessageTokens: (store, { id }) => store.setPendingMessageTokens(id, 6),
  updateObservationalMemoryConfig: (store, { id }) => store.updateObservationalMemoryConfig({ id, config: { a: 1 } }),
  clearObservationalMemory: (store) => store.clearObservationalMemory('t', 'u'),
};

/** What is there of a thread, without ids and times of now. @param {ObservationStore} store */
async function seen(store) {
  const records = [await current(store), await store.getObservationalMemory('other', 'u')];
  for (const { id } of records.filter((record) => record)) await store.setObservingFlag(id, true);
  return JSON.parse(JSON.stringify(records), (name, value) =>
    ['createdAt', 'updatedAt', 'id'].includes(name) ? undefined : value,
  );
}

for (const [name, run] of Object.entries(operations)) {
  describe(name, () => {
    for (const isDone of [false, true]) {
      it(`can be called again after a failure of any of its calls${isDone ? ' whose answer was lost' : ''}`, async () => {
        /** @type {unknown} */
        let expected;
        for (let nth = 0; ; nth++) {
          const { faults, bindings, retry } = openFaulty();
          const store = observing(new KVStore({ bindings, retry, overlay: false }));
          await prepare(store);
          const record = await current(store);
          if (nth > 0) faults.add({ nth, isDone });
          const failure = await run(store, record).then(
            () => null,
            (error) => error,
          );
          if (nth > 0 && !failure) break;
          if (failure) {
            assert.equal(failure.code, 'KV_FAILED');
            faults.clear();
            // Where all but an answer or a hint is there, the reflection was swapped.
            await run(store, record).catch((error) => assert.match(error.message, /^No buffered reflection to swap$/));
          }
          if (nth === 0) expected = await seen(store);
          else assert.deepEqual(await seen(store), expected, `the ${nth}th call failed`);
        }
      });
    }
  });
}

it('a swap that was interrupted loses and doubles nothing, whoever swaps next', async () => {
  for (let nth = 1; ; nth++) {
    const { faults, bindings, retry } = openFaulty();
    const store = observing(new KVStore({ bindings, retry }));
    await prepare(store);
    const { id, bufferedObservationChunks } = await current(store);
    faults.add({ nth, isDone: nth % 2 === 0 });
    const isWhole = await swap(store, id, 1, { bufferedChunks: bufferedObservationChunks }).then(
      () => true,
      () => false,
    );
    faults.clear();
    await swap(observing(new KVStore({ bindings })), id, 1, { bufferedChunks: bufferedObservationChunks });
    const record = await current(store);
    assert.deepEqual([...activeCycles(record), ...bufferedCycles(record)], ['a', 'b', 'c']);
    if (isWhole) break;
  }
});

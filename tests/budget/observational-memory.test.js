/* What observational memory costs, in KV calls and rounds of waiting: the table of docs/observational-memory.md. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { buffer, chunkOf, current, observing, start, swap } from '../support/observations.js';
import { dateAt } from '../support/samples.js';

/** @typedef {{ calls: number, rounds: number }} Cost */

for (const { generations, chunks } of [
  { generations: 1, chunks: 0 },
  { generations: 1, chunks: 60 },
  { generations: 40, chunks: 20 },
]) {
  describe(`${generations} generations, the newest with ${chunks} chunks`, () => {
    const counter = new CallCounter();
    const [threads, messages] = [new FakeKV(), new FakeKV()];
    const bindings = { threads: counter.wrap(threads.location()), messages: counter.wrap(messages.location()) };
    const store = observing(new KVStore({ bindings, overlay: false }));
    /** @type {any} */
    let record;

    before(async () => {
      await start(store);
      await start(store, { threadId: 't:a' });
      for (let generation = 1; generation < generations; generation++) {
        const old = await current(store);
        for (let i = 0; i < 3; i++) await buffer(store, old.id, `old${i}`);
        await swap(store, old.id, 2);
        await store.createReflectionGeneration({ currentRecord: old, reflection: '* r', tokenCount: 1 });
      }
      record = await current(store);
      for (let i = 0; i < chunks; i++) await buffer(store, record.id, `c${i}`);
    });

    /**
     * @param {string} what
     * @param {Cost} cost
     * @param {(id: string) => Promise<unknown>} operation
     */
    const costs = (what, cost, operation) =>
      it(`${what} costs ${JSON.stringify(cost)}`, async () => {
        counter.reset();
        await operation(record.id);
        assert.deepEqual(counter.cost, cost, `\n${counter}`);
      });

    costs('getObservationalMemory', { calls: 3, rounds: 2 }, () => current(store));
    costs('setReflectingFlag', { calls: 2, rounds: 2 }, (id) => store.setReflectingFlag(id, true));
    costs('setBufferingObservationFlag with tokens', { calls: 3, rounds: 2 }, (id) =>
      store.setBufferingObservationFlag(id, true, 1),
    );
    costs('setPendingMessageTokens', { calls: 2, rounds: 2 }, (id) => store.setPendingMessageTokens(id, 5));
    costs('updateObservationalMemoryConfig', { calls: 3, rounds: 3 }, (id) =>
      store.updateObservationalMemoryConfig({ id, config: {} }),
    );
    costs('updateBufferedObservations', { calls: 4, rounds: 3 }, (id) => buffer(store, id, 'new'));
    costs('updateBufferedObservations again', { calls: 2, rounds: 2 }, (id) => buffer(store, id, 'new'));
    costs('updateActiveObservations', { calls: 4, rounds: 3 }, (id) =>
      store.updateActiveObservations({ id, observations: '* x', tokenCount: 1, lastObservedAt: dateAt(1) }),
    );
    costs('swapBufferedToActive', { calls: 6, rounds: 4 }, (id) =>
      swap(store, id, 1, { bufferedChunks: [chunkOf('new')] }),
    );
    costs('swapBufferedToActive, behind another', { calls: 7, rounds: 4 }, (id) =>
      swap(store, id, 1, { bufferedChunks: [chunkOf('new')] }),
    );
    costs('updateBufferedReflection', { calls: 4, rounds: 3 }, (id) =>
      store.updateBufferedReflection({
        id,
        reflection: '* r',
        tokenCount: 1,
        inputTokenCount: 1,
        reflectedObservationLineCount: 0,
      }),
    );
    costs('getObservationalMemoryHistory of one, whose hint names a deleted chunk', { calls: 4, rounds: 3 }, () =>
      store.getObservationalMemoryHistory('t', 'u', 1),
    );
    costs('initializeObservationalMemory', { calls: 5, rounds: 2 }, () => start(store, { threadId: 'x' }));
    costs('insertObservationalMemoryRecord', { calls: 5, rounds: 2 }, () =>
      store.insertObservationalMemoryRecord({ ...record, id: 'inserted', threadId: 'y' }),
    );
    costs('swapBufferedReflectionToActive', { calls: 8, rounds: 4 }, () =>
      store.swapBufferedReflectionToActive({ currentRecord: record, tokenCount: 1 }),
    );
    costs('createReflectionGeneration', { calls: 5, rounds: 2 }, async () =>
      store.createReflectionGeneration({ currentRecord: record, reflection: '* r', tokenCount: 1 }),
    );
    costs('clearObservationalMemory of one record without parts', { calls: 7, rounds: 3 }, () =>
      store.clearObservationalMemory('t:a', 'u'),
    );
  });
}

/* Thread state against Mastra's in-memory store: the same calls at random, and the same answers. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import fc from 'fast-check';
import { anyJson, domainFlavours } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { newSeed } from '../support/random.js';

/** Fewer with the overlay, which knows nothing of a domain. */
const SEQUENCES = [2000, 500];

const place = {
  threadId: fc.constantFrom('t', 't:x', 'tx', '1', 'ü', '\0'),
  type: fc.constantFrom('task', 'goal', 'x:task', '', ':', '__proto__'),
};
const value = fc.oneof(anyJson, fc.constantFrom(null, false, 0, '', [], {}, undefined));
const call = fc.oneof(
  { weight: 9, arbitrary: fc.record({ method: fc.constant('setState'), args: fc.record({ ...place, value }) }) },
  { weight: 9, arbitrary: fc.record({ method: fc.constant('getState'), args: fc.record(place) }) },
  fc.record({ method: fc.constant('deleteState'), args: fc.record(place) }),
  { weight: 1, arbitrary: fc.record({ method: fc.constant('dangerouslyClearAll'), args: fc.constant(undefined) }) },
);

for (const [i, { name, make }] of domainFlavours('threadState').entries()) {
  const numRuns = SEQUENCES[i];
  const seed = newSeed();
  it(`${name} answers as the in-memory store does, in ${numRuns} sequences of calls (SEED=${seed})`, async () => {
    const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 16 }), async (calls) => {
      const kv = new FakeKV();
      const store = make({ bindings: { threads: kv.location(), messages: kv.location() } });
      const reference = /** @type {any} */ (new InMemoryStore().stores).threadState;
      const places = [];
      for (const { method, args } of /** @type {{ method: string, args: any }[]} */ (calls)) {
        assert.equal(comparable(await store[method](args)), comparable(await reference[method](args)), method);
        if (args) places.push({ threadId: args.threadId, type: args.type });
      }
      for (const args of places) {
        assert.equal(comparable(await store.getState(args)), comparable(await reference.getState(args)));
      }
    });
    await fc.assert(property, { numRuns, seed });
  });
}

/** As text, in which the order of members counts, too. @param {unknown} answer */
const comparable = (answer) => JSON.stringify([answer === undefined ? 'undefined' : { value: answer }]);

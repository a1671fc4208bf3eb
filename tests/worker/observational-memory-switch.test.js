/* The Worker of make dev observes its conversations where its variable says so, and tells its page of it. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { bundleWorker, startWorker } from '../support/worker.js';

/** @param {import('../support/worker.js').RunningWorker} worker */
async function stateOf(worker) {
  const { status, text, json } = await worker.ask('GET', '/api/page/observations?threadId=t&resourceId=ada');
  assert.equal(status, 200, text);
  return json;
}

before(() => bundleWorker('observations'));

test('OBSERVATIONAL_MEMORY switches it on in the Worker of make dev', async () => {
  const worker = await startWorker({ variables: { OBSERVATIONAL_MEMORY: '300' } });
  try {
    assert.deepEqual(await stateOf(worker), { isOn: true, observedAfterTokens: 300, state: null });
    const message = 'I live in Riga. '.repeat(10);
    for (let turn = 0; turn < 6; turn++) {
      const { status, text, json } = await worker.ask('POST', '/api/chat', {
        threadId: 't',
        resourceId: 'ada',
        message,
      });
      assert.equal(status, 200, text);
      assert.match(json.text, /^You said "I live in Riga/, 'who answers is not who observes');
    }
    const keys = await worker.keys('THREADS_KV');
    assert.ok(
      keys.some((key) => /observational_memory:thread:t:\d+:[^:]+:observations$/.test(key)),
      keys.join('\n'),
    );
    const { state } = await stateOf(worker);
    assert.match(state.text, /There was talk of .*Riga/);
    assert.equal(state.observations, state.text.match(/There was talk/g).length);
    assert.ok(state.generation >= 0 && state.bufferedChunks === 0, JSON.stringify(state));
    assert.ok(state.tokens.observations > 0 && state.tokens.observed > 0, JSON.stringify(state.tokens));
    assert.ok(Date.parse(state.lastObservedAt) > 0);
    assert.deepEqual(state.flags, {
      isObserving: false,
      isReflecting: false,
      isBufferingObservation: false,
      isBufferingReflection: false,
    });
    const { status, json } = await worker.ask('GET', '/api/page/observations?threadId=t');
    assert.deepEqual([status, json.error.code], [400, 'INVALID_REQUEST']);
    const found = await worker.ask('GET', '/api/page/find?id=t');
    const names = found.json.keys.map((/** @type {any} */ key) => key.name);
    assert.ok(
      names.some((/** @type {string} */ name) => name.startsWith('observational_memory:thread:t:')),
      names.join('\n'),
    );
  } finally {
    await worker.stop();
  }
});

test('without it, the page is told that it is off, and KV is not asked', async () => {
  const worker = await startWorker({ counts: true });
  try {
    assert.deepEqual(await stateOf(worker), { isOn: false, observedAfterTokens: null, state: null });
    assert.deepEqual(worker.calls(), []);
  } finally {
    await worker.stop();
  }
});

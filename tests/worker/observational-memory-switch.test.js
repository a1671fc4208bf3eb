/* The Worker of make dev observes its conversations where its variable says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleWorker, startWorker } from '../support/worker.js';

test('OBSERVATIONAL_MEMORY switches it on in the Worker of make dev', async () => {
  await bundleWorker('observations');
  const worker = await startWorker({ variables: { OBSERVATIONAL_MEMORY: '300' } });
  try {
    const message = 'I live in Riga. '.repeat(10);
    for (let turn = 0; turn < 6; turn++) {
      const { status, text } = await worker.ask('POST', '/api/chat', { threadId: 't', resourceId: 'ada', message });
      assert.equal(status, 200, text);
    }
    const keys = await worker.keys('THREADS_KV');
    assert.ok(
      keys.some((key) => /observational_memory:thread:t:\d+:[^:]+:observations$/.test(key)),
      keys.join('\n'),
    );
  } finally {
    await worker.stop();
  }
});

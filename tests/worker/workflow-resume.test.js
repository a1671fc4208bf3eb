/* A Mastra workflow in workerd: it suspends, wrangler dev is stopped and started again, and another isolate resumes. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeTemporaryDirectory, startWranglerDev } from '../support/worker.js';

const SCRIPT = fileURLToPath(new URL('fixtures/workflow.js', import.meta.url));

test('a suspended workflow is resumed after a restart of wrangler dev', async () => {
  const state = await makeTemporaryDirectory();
  /** @param {(ask: Awaited<ReturnType<typeof startWranglerDev>>['ask']) => Promise<void>} use */
  const withWorker = async (use) => {
    const dev = await startWranglerDev(state, SCRIPT);
    try {
      await use(dev.ask);
    } catch (cause) {
      throw new Error(`wrangler dev printed:\n${dev.output()}`, { cause });
    } finally {
      await dev.stop();
    }
  };
  /** @param {{ runs: { runId: string }[] }} listed */
  const ids = ({ runs }) => runs.map(({ runId }) => runId).sort();
  let firstIsolate = '';
  try {
    await withWorker(async (ask) => {
      for (const runId of ['run-1', 'run-2']) {
        const { status, text, json, headers } = await ask('POST', `/runs/${runId}/start`, { item: 'a kettle' });
        assert.equal(status, 200, text);
        assert.equal(json.status, 'suspended', text);
        assert.deepEqual(json.steps.approval.suspendPayload, { question: 'Buy a kettle for 8?' });
        firstIsolate = headers.get('x-isolate') ?? '';
      }
    });
    await withWorker(async (ask) => {
      const before = await ask('GET', '/runs/run-1');
      assert.notEqual(before.headers.get('x-isolate'), firstIsolate);
      assert.equal(before.json.snapshot.status, 'suspended');
      assert.equal(before.json.resourceId, 'ada');
      assert.deepEqual(ids((await ask('GET', '/runs?status=suspended')).json), ['run-1', 'run-2']);

      const { status, text, json } = await ask('POST', '/runs/run-1/resume', { by: 'Ada' });
      assert.equal(status, 200, text);
      assert.equal(json.status, 'success', text);
      assert.deepEqual(json.result, { text: 'Ada bought a kettle for 8' });
      // Cancelling is an update of the state, laid over the snapshot.
      await ask('POST', '/runs/run-2/cancel');
      const runs = [(await ask('GET', '/runs/run-1')).json, (await ask('GET', '/runs/run-2')).json];
      assert.deepEqual(
        runs.map((run) => run.snapshot.status),
        ['success', 'canceled'],
      );
      assert.equal(runs[0].createdAt, before.json.createdAt);
      assert.deepEqual(runs[0].snapshot.context.approval.output, { text: 'Ada bought a kettle for 8' });
      assert.deepEqual((await ask('GET', '/runs?status=suspended')).json, { runs: [], total: 0 });
    });
    await withWorker(async (ask) => {
      assert.deepEqual(ids((await ask('GET', '/runs?status=canceled')).json), ['run-2']);
      assert.deepEqual(ids((await ask('GET', '/runs?status=success')).json), ['run-1']);
    });
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});

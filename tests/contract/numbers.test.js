/* Numbers that callers give: as large as JavaScript holds them exactly, and never cut to 32 bits. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeSnapshot } from '../support/workflows.js';

const LARGE = [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
const REFUSED = [-1, 1.5, 2 ** 53, 1e21, NaN, Infinity, -Infinity, '10', true];

describe('page and perPage', () => {
  const kv = new FakeKV();
  const store = new KVStore({ bindings: { threads: kv.location(), messages: kv.location() } });
  /** How many a page has, by list. @type {Record<string, (page: any) => Promise<number>>} */
  const lists = {
    listScoresByRunId: async (page) => (await store.listScoresByRunId({ runId: 'r', pagination: page })).scores.length,
    listTasks: async (page) => (await store.listTasks(page)).tasks.length,
    listWorkflowRuns: async (page) => (await store.listWorkflowRuns(page)).runs.length,
  };

  before(async () => {
    for (const id of ['a', 'b']) {
      await store.saveScore({
        ...{ id, scorerId: 's', runId: 'r', entityId: 'e', source: 'LIVE', score: 1 },
        ...{ scorer: {}, entity: {}, output: null },
      });
      await store.createTask({
        ...{ id, status: 'running', agentId: 'a', runId: 'r', toolName: 't', toolCallId: 'c' },
        ...{ createdAt: new Date(), args: {} },
      });
      await store.persistWorkflowSnapshot({ workflowName: 'w', runId: id, snapshot: makeSnapshot() });
    }
  });

  for (const [name, count] of Object.entries(lists)) {
    for (const large of LARGE) {
      it(`${name}: ${large}`, async () => {
        assert.equal(await count({ page: 0, perPage: large }), 2);
        assert.equal(await count({ page: large, perPage: 1 }), 0);
        assert.equal(await count({ page: large, perPage: large }), 0);
        assert.equal(await count({ page: 1, perPage: 1 }), 1);
      });
    }

    for (const refused of REFUSED) {
      it(`${name} refuses ${typeof refused} ${refused}`, async () => {
        await assert.rejects(count({ page: refused, perPage: 1 }), { code: 'INVALID_ARGUMENT' });
        await assert.rejects(count({ page: 0, perPage: refused }), { code: 'INVALID_ARGUMENT' });
      });
    }
  }
});

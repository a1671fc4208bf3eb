/* What the operations on workflow runs cost, in KV calls and rounds of waiting, however many runs there are. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { dateAt } from '../support/samples.js';
import { makeSnapshot } from '../support/workflows.js';

/** @import { Workflows } from '../support/workflows.js' */
/** @typedef {{ gets?: number, bulkGets?: number, lists?: number, puts?: number, deletes?: number, rounds: number }} Cost */

for (const runCount of [1, 999, 4998]) {
  describe(`with ${runCount} stored runs`, () => {
    const counter = new CallCounter();
    const kvs = [new FakeKV(), new FakeKV(), new FakeKV(), new FakeKV()];
    const [threads, messages, metadata, runs] = kvs.map((kv) => counter.wrap(kv.location()));
    const bindings = { threads, messages };
    const store = /** @type {Workflows} */ (new KVStore({ bindings, overlay: false }));
    const remembering = /** @type {Workflows} */ (new KVStore({ bindings }));
    const apart = /** @type {Workflows} */ (
      new KVStore({ bindings: { ...bindings, metadata, workflow_snapshot: runs }, overlay: false })
    );
    const lists = Math.ceil((runCount + 1) / 1000); // with the one run that the tests are about
    const few = Math.min(runCount, 10);

    before(async () => {
      const [fillThreads, fillMessages] = kvs.map((kv) => kv.location());
      const filler = new KVStore({ bindings: { threads: fillThreads, messages: fillMessages }, overlay: false });
      const ids = Array.from({ length: runCount }, (_, i) => i);
      while (ids.length > 0) {
        await Promise.all(
          ids.splice(0, 50).map((i) =>
            filler.persistWorkflowSnapshot({
              workflowName: 'many',
              runId: `r${i}`,
              resourceId: `u${i % 2}`,
              snapshot: makeSnapshot({ status: i < 10 ? 'suspended' : 'success' }),
              createdAt: dateAt(i * 1000),
            }),
          ),
        );
      }
    });

    /**
     * @param {string} what
     * @param {Cost} cost
     * @param {() => Promise<unknown>} operation
     */
    const costs = (what, cost, operation) =>
      it(`${what} costs ${JSON.stringify(cost)}`, async () => {
        counter.reset();
        await operation();
        const kinds = Object.entries({
          gets: counter.count('get'),
          bulkGets: counter.count('getBulk'),
          lists: counter.count('list'),
          puts: counter.count('put'),
          deletes: counter.count('delete'),
        });
        const actual = { ...Object.fromEntries(kinds.filter(([, count]) => count > 0)), rounds: counter.rounds };
        assert.deepEqual(actual, cost, `\n${counter}`);
      });

    const id = { workflowName: 'one', runId: 'r' };
    const read = { bulkGets: 1, rounds: 1 };
    const persist = (/** @type {Workflows} */ to, /** @type {object} */ args = {}) =>
      to.persistWorkflowSnapshot({ ...id, snapshot: makeSnapshot(), ...args });
    const update = (/** @type {Workflows} */ to) =>
      to.updateWorkflowResults({ ...id, stepId: 'a', result: { status: 'success' }, requestContext: {} });

    costs('loadWorkflowSnapshot of nothing', read, () => store.loadWorkflowSnapshot(id));
    costs('persistWorkflowSnapshot', { bulkGets: 1, puts: 1, rounds: 2 }, () => persist(store));
    costs('persistWorkflowSnapshot again', { bulkGets: 1, puts: 1, rounds: 2 }, () => persist(store));
    costs('loadWorkflowSnapshot', read, () => store.loadWorkflowSnapshot(id));
    costs('getWorkflowRunById', read, () => store.getWorkflowRunById(id));
    costs('getWorkflowRunById by the id alone', { bulkGets: 1, lists, rounds: 1 + lists }, () =>
      store.getWorkflowRunById({ runId: 'r0' }),
    );
    costs('updateWorkflowState of nothing', read, () =>
      store.updateWorkflowState({ ...id, runId: 'no', opts: { status: 'failed' } }),
    );
    costs('updateWorkflowState that expects another status', read, () =>
      store.updateWorkflowState({ ...id, opts: { status: 'failed', expectedStatus: 'waiting' } }),
    );
    costs('the first update', { bulkGets: 1, puts: 2, rounds: 2 }, () => update(store));
    costs('loadWorkflowSnapshot after an update', { gets: 1, bulkGets: 1, lists: 1, rounds: 3 }, () =>
      store.loadWorkflowSnapshot(id),
    );
    costs('the second update', { gets: 1, bulkGets: 1, lists: 1, puts: 2, rounds: 4 }, () => update(store));
    costs('the third update', { bulkGets: 2, lists: 1, puts: 2, rounds: 4 }, () => update(store));
    costs('persistWorkflowSnapshot over three', { bulkGets: 1, lists: 1, puts: 1, deletes: 3, rounds: 4 }, () =>
      persist(store),
    );
    costs('loadWorkflowSnapshot thereafter', read, () => store.loadWorkflowSnapshot(id));
    costs('persistWorkflowSnapshot thereafter', { bulkGets: 1, puts: 1, rounds: 2 }, () => persist(store));
    // The marker still names the three updates, which a list may not show yet.
    costs('deleteWorkflowRunById after updates', { gets: 1, lists: 1, deletes: 5, rounds: 5 }, () =>
      store.deleteWorkflowRunById(id),
    );
    costs('deleteWorkflowRunById', { gets: 1, deletes: 1, rounds: 2 }, () => store.deleteWorkflowRunById(id));

    const pages = { page: 0, perPage: 10 };
    const page = { bulkGets: 1, lists, rounds: 1 + lists };
    costs('listWorkflowRuns, a page', page, () => store.listWorkflowRuns(pages));
    costs('listWorkflowRuns, a page of a workflow', page, () =>
      store.listWorkflowRuns({ ...pages, workflowName: 'many', resourceId: 'u0', fromDate: dateAt(0) }),
    );
    // The updates are listed, too.
    costs('listWorkflowRuns, a page of a status', { ...page, lists: lists + 1, rounds: page.rounds + 1 }, () =>
      store.listWorkflowRuns({ ...pages, status: 'suspended' }),
    );
    costs('listWorkflowRuns of nobody', { lists: 1, rounds: 1 }, () => store.listWorkflowRuns({ workflowName: 'no' }));
    costs('listWorkflowRuns, all', { lists, bulkGets: Math.ceil(runCount / 50), rounds: 1 + lists }, () =>
      store.listWorkflowRuns(),
    );
    costs(
      `listWorkflowRuns, ${few} of which have an update`,
      {
        ...page,
        bulkGets: 2 - Number(few === 1),
        lists: lists + few,
        rounds: 3 + lists,
        ...(few === 1 && { gets: 1 }),
      },
      async () => {
        const done = Array.from({ length: few }, (_, i) =>
          store.updateWorkflowState({
            workflowName: 'many',
            runId: `r${runCount - 1 - i}`,
            opts: { status: 'canceled' },
          }),
        );
        await Promise.all(done);
        counter.reset();
        const { runs } = await store.listWorkflowRuns(pages);
        assert.ok(runs.every((/** @type {any} */ run) => run.snapshot.status === 'canceled'));
      },
    );

    costs('with a binding for metadata, loadWorkflowSnapshot', { gets: 2, rounds: 1 }, () =>
      apart.loadWorkflowSnapshot(id),
    );
    costs('with a binding for metadata, persistWorkflowSnapshot', { gets: 2, puts: 1, rounds: 2 }, () =>
      persist(apart),
    );

    costs('what an agent does every turn', { bulkGets: 1, puts: 2, deletes: 1, rounds: 4 }, async () => {
      const turn = { workflowName: 'agentic-loop', runId: 'turn' };
      await persist(remembering, turn);
      await remembering.getWorkflowRunById(turn);
      await persist(remembering, turn);
      await remembering.loadWorkflowSnapshot(turn);
      await remembering.deleteWorkflowRunById(turn);
    });
  });
}

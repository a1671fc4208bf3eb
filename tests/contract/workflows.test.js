/* Workflow runs, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MastraError } from '@mastra/core/error';
import { KVStore } from '../../js-shim/kv-store.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';
import { RUN, makeSnapshot, runIdsOf, workflowFlavours } from '../support/workflows.js';

const PENDING = { __mastra_pending__: true };

/** What JSON can hold, and stores tend to spoil. */
const AWKWARD = {
  text: 'Größe "1"\n\u0000\ud800 {"not":"parsed"}',
  empty: ['', {}, [], null],
  numbers: [0, -0.5, 1e21, 1e-7, 123456789012345680000, Number.MAX_SAFE_INTEGER],
  'a key: with "all"': { 1: 'one', __mastra_pending__: true, status: null },
  nested: [[[{ deep: [{ er: true }] }]]],
};

/**
 * A store, and what a failure looks like through it.
 * @param {boolean} isMastra
 */
const failure = (isMastra) => (/** @type {string} */ id, /** @type {string} */ code, /** @type {RegExp} */ message) =>
  isMastra
    ? (/** @type {any} */ error) => {
        assert.ok(error instanceof MastraError);
        assert.equal(error.id, `MASTRA_STORAGE_CLOUDFLARE_${id}`);
        assert.equal(error.details?.code, code);
        assert.match(error.message, message);
        return true;
      }
    : { name: 'StoreError', code, message };

describeOnEachBackend('workflows', (backend) => {
  for (const { name, isMastra, make } of workflowFlavours) {
    const fails = failure(isMastra);
    describe(name, () => {
      const bindings = () => ({ threads: backend.current.threads, messages: backend.current.messages });
      const open = () => make({ bindings: bindings(), keyPrefix: newPrefix() });

      describe('persistWorkflowSnapshot and loadWorkflowSnapshot', () => {
        it('give back what was persisted, and null where nothing was', async () => {
          const store = open();
          const snapshot = makeSnapshot({ result: AWKWARD, error: AWKWARD });
          assert.equal(await store.loadWorkflowSnapshot(RUN), null);
          assert.equal(await store.persistWorkflowSnapshot({ ...RUN, snapshot }), undefined);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), snapshot);
          const text = 'x'.repeat(1 << 20);
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: { text } });
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), { text });
        });

        it('share nothing with the caller', async () => {
          const store = open();
          const snapshot = makeSnapshot();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot });
          snapshot.context.input = 'changed';
          const loaded = await store.loadWorkflowSnapshot(RUN);
          loaded.context.input = 'changed as well';
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), makeSnapshot());
        });

        it('replace the snapshot as a whole, and keep the resource and the time of the first', async () => {
          const store = open();
          await store.persistWorkflowSnapshot({
            ...RUN,
            resourceId: 'u1',
            snapshot: makeSnapshot(),
            createdAt: dateAt(0),
          });
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: { status: 'success' }, updatedAt: dateAt(5) });
          assert.deepEqual(await store.getWorkflowRunById(RUN), {
            ...RUN,
            resourceId: 'u1',
            snapshot: { status: 'success' },
            createdAt: dateAt(0),
            updatedAt: dateAt(5),
          });
          // What is given wins; a date may be text.
          const createdAt = dateAt(-9).toISOString();
          await store.persistWorkflowSnapshot({ ...RUN, resourceId: 'u2', snapshot: {}, createdAt });
          const run = await store.getWorkflowRunById(RUN);
          assert.deepEqual([run.resourceId, run.createdAt, run.snapshot], ['u2', dateAt(-9), {}]);
          assert.ok(run.updatedAt > dateAt(5));
        });

        it('take now for the times that were not given', async () => {
          const store = open();
          const before = Date.now();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: {}, createdAt: undefined, resourceId: undefined });
          const { createdAt, updatedAt, ...run } = await store.getWorkflowRunById(RUN);
          assert.deepEqual(run, { ...RUN, snapshot: {} });
          assert.ok(createdAt instanceof Date && updatedAt instanceof Date);
          assert.ok(createdAt.getTime() >= before && createdAt.getTime() < before + 60_000);
          assert.deepEqual(updatedAt, createdAt);
        });

        it('refuse what is no run, and write nothing', async () => {
          const store = open();
          const persist = (/** @type {object} */ args) =>
            store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot(), ...args });
          const id = 'PERSIST_WORKFLOW_SNAPSHOT_FAILED';
          for (const [args, message] of /** @type {[object, RegExp][]} */ ([
            [{ workflowName: undefined }, /workflowName must be a non-empty string/],
            [{ runId: '' }, /runId must be a non-empty string/],
            [{ runId: 7 }, /runId must be a non-empty string/],
            [{ snapshot: 'text' }, /snapshot must be an object/],
            [{ snapshot: [1] }, /snapshot must be an object/],
            [{ createdAt: 'soon' }, /createdAt must be a Date/],
            [{ resourceId: 7 }, /resourceId must be a string/],
          ])) {
            await assert.rejects(persist(args), fails(id, 'INVALID_ARGUMENT', message));
          }
          const tooLong = isMastra ? id.replace('FAILED', 'KEY_TOO_LONG') : id;
          await assert.rejects(persist({ runId: 'x'.repeat(500) }), fails(tooLong, 'KEY_TOO_LONG', /512 bytes/));
          assert.deepEqual(await store.listWorkflowRuns(), { runs: [], total: 0 });
        });
      });

      describe('getWorkflowRunById', () => {
        it('finds the newest run of an id where no workflow is named', async () => {
          const store = open();
          assert.equal(await store.getWorkflowRunById({ runId: 'run-1' }), null);
          for (const [workflowName, at] of /** @type {[string, number][]} */ ([
            ['a', 1],
            ['b', 3],
            ['c', 2],
          ])) {
            await store.persistWorkflowSnapshot({ workflowName, runId: 'run-1', snapshot: {}, createdAt: dateAt(at) });
            await store.persistWorkflowSnapshot({ workflowName, runId: 'run-10', snapshot: {} });
          }
          assert.equal((await store.getWorkflowRunById({ runId: 'run-1' })).workflowName, 'b');
          assert.equal((await store.getWorkflowRunById({ runId: 'run-1', workflowName: 'c' })).workflowName, 'c');
          assert.equal(await store.getWorkflowRunById({ runId: 'run-1', workflowName: 'd' }), null);
          await store.deleteWorkflowRunById({ runId: 'run-1', workflowName: 'b' });
          assert.equal((await store.getWorkflowRunById({ runId: 'run-1' })).workflowName, 'c');
        });

        it('asks for a run', async () => {
          const wrong = fails('GET_WORKFLOW_RUN_BY_ID_FAILED', 'INVALID_ARGUMENT', /runId must be a non-empty string/);
          await assert.rejects(open().getWorkflowRunById({ workflowName: 'pipeline' }), wrong);
        });
      });

      describe('deleteWorkflowRunById', () => {
        it('makes a run be gone, and no other', async () => {
          const store = open();
          const other = { ...RUN, runId: 'run-2' };
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot() });
          await store.persistWorkflowSnapshot({ ...other, snapshot: makeSnapshot() });
          assert.equal(await store.deleteWorkflowRunById(RUN), undefined);
          await store.deleteWorkflowRunById(RUN);
          assert.equal(await store.loadWorkflowSnapshot(RUN), null);
          assert.equal(await store.getWorkflowRunById(RUN), null);
          const { runs, total } = await store.listWorkflowRuns();
          assert.deepEqual([runIdsOf(runs), total], [['run-2'], 1]);
        });

        it('leaves nothing that a later run of the same id would show', async () => {
          const store = open();
          await store.persistWorkflowSnapshot({ ...RUN, resourceId: 'u1', snapshot: makeSnapshot() });
          await store.updateWorkflowResults({ ...RUN, stepId: 'a', result: { status: 'success' }, requestContext: {} });
          await store.updateWorkflowState({ ...RUN, opts: { status: 'suspended' } });
          await store.deleteWorkflowRunById(RUN);
          assert.equal(await store.loadWorkflowSnapshot(RUN), null);
          const late = { ...RUN, stepId: 'b', result: {}, requestContext: {} };
          assert.deepEqual(await store.updateWorkflowResults(late), {});
          assert.equal(await store.updateWorkflowState({ ...RUN, opts: { status: 'failed' } }), undefined);
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot() });
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), makeSnapshot());
          assert.equal('resourceId' in (await store.getWorkflowRunById(RUN)), false);
          assert.equal((await store.listWorkflowRuns({ status: 'suspended' })).total, 0);
        });
      });

      it('runs are told apart by name and id, whatever characters these hold', async () => {
        const store = open();
        const names = [
          'a',
          'a:b',
          'b',
          'a-b',
          'a%3Ab',
          'ab',
          '*',
          'workflow_snapshot:a',
          'ä\u0000\ud800',
          ' ',
          '7',
          '__proto__',
        ];
        const pairs = names.flatMap((workflowName) => names.map((runId) => ({ workflowName, runId })));
        await Promise.all(
          pairs.map((pair, i) => store.persistWorkflowSnapshot({ ...pair, snapshot: { i, context: {} } })),
        );
        await Promise.all(
          pairs.map((pair, i) =>
            store.updateWorkflowResults({ ...pair, stepId: 's', result: { i }, requestContext: {} }),
          ),
        );
        for (const [i, pair] of pairs.entries()) {
          const run = await store.getWorkflowRunById(pair);
          assert.deepEqual([run.workflowName, run.runId, run.snapshot.i], [pair.workflowName, pair.runId, i]);
          assert.deepEqual(run.snapshot.context, { s: { i } });
        }
        for (const workflowName of names) {
          const { runs, total } = await store.listWorkflowRuns({ workflowName });
          assert.equal(total, names.length);
          assert.deepEqual(runIdsOf(runs).sort(), [...names].sort());
        }
        await store.deleteWorkflowRunById({ workflowName: 'a', runId: 'b' });
        assert.equal((await store.listWorkflowRuns()).total, pairs.length - 1);
      });

      describe('listWorkflowRuns', () => {
        const statuses = ['success', 'running', 'suspended'];
        /** Twelve runs a second apart, of two workflows, three statuses and two resources. */
        async function filled() {
          const store = open();
          await Promise.all(
            Array.from({ length: 12 }, (_, i) =>
              store.persistWorkflowSnapshot({
                workflowName: i % 2 === 0 ? 'even' : 'odd',
                runId: `r${i}`,
                ...(i % 4 < 3 && { resourceId: `u${i % 4}` }),
                snapshot: makeSnapshot({ status: statuses[i % 3] }),
                createdAt: dateAt(i * 1000),
              }),
            ),
          );
          return store;
        }
        const listed = async (/** @type {any} */ store, /** @type {object} */ args) => {
          const { runs, total, ...rest } = await store.listWorkflowRuns(args);
          assert.deepEqual(rest, {});
          return [runs.map((/** @type {any} */ run) => Number(run.runId.slice(1))), total];
        };

        it('gives all runs, newest first, unless asked otherwise', async () => {
          const store = await filled();
          const all = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
          assert.deepEqual(await listed(store, {}), [all, 12]);
          assert.deepEqual(runIdsOf((await store.listWorkflowRuns()).runs).length, 12);
          assert.deepEqual(await listed(store, { workflowName: 'even' }), [[10, 8, 6, 4, 2, 0], 6]);
          assert.deepEqual(await listed(store, { workflowName: 'eve' }), [[], 0]);
          assert.deepEqual(await listed(store, { status: 'running' }), [[10, 7, 4, 1], 4]);
          assert.deepEqual(await listed(store, { resourceId: 'u1' }), [[9, 5, 1], 3]);
          assert.deepEqual(await listed(store, { resourceId: 'u3' }), [[], 0]);
          assert.deepEqual(await listed(store, { fromDate: dateAt(9000) }), [[11, 10, 9], 3]);
          assert.deepEqual(await listed(store, { toDate: dateAt(2000) }), [[2, 1, 0], 3]);
          assert.deepEqual(await listed(store, { fromDate: dateAt(3000), toDate: dateAt(4000) }), [[4, 3], 2]);
          assert.deepEqual(await listed(store, { fromDate: dateAt(4000), toDate: dateAt(3000) }), [[], 0]);
          const both = { workflowName: 'odd', status: 'running', resourceId: 'u1', fromDate: dateAt(0) };
          assert.deepEqual(await listed(store, both), [[1], 1]);
          const nothing = { workflowName: '', status: '', resourceId: '' };
          assert.deepEqual(await listed(store, nothing), [all, 12]);
          const [run] = (await store.listWorkflowRuns({ resourceId: 'u2' })).runs;
          assert.deepEqual(run, await store.getWorkflowRunById(run));
          assert.ok(run.createdAt instanceof Date && run.updatedAt instanceof Date);
        });

        it('gives pages where both page and perPage are given', async () => {
          const store = await filled();
          assert.deepEqual(await listed(store, { page: 0, perPage: 5 }), [[11, 10, 9, 8, 7], 12]);
          assert.deepEqual(await listed(store, { page: 2, perPage: 5 }), [[1, 0], 12]);
          assert.deepEqual(await listed(store, { page: 3, perPage: 5 }), [[], 12]);
          assert.deepEqual(await listed(store, { page: 1, perPage: 2, status: 'running' }), [[4, 1], 4]);
          assert.deepEqual(await listed(store, { page: 0, perPage: 0 }), [[], 12]);
          assert.deepEqual((await listed(store, { page: 0, perPage: false }))[0].length, 12);
          assert.deepEqual(await listed(store, { page: 1, perPage: false }), [[], 12]);
          assert.deepEqual((await listed(store, { page: 3 }))[0].length, 12);
          assert.deepEqual((await listed(store, { perPage: 3 }))[0].length, 12);
          assert.deepEqual(await listed(store, { page: 2 ** 52, perPage: 2 ** 30 }), [[], 12]);
        });

        it('refuses pages that are none', async () => {
          const store = open();
          for (const [args, text] of /** @type {[object, RegExp][]} */ ([
            [{ page: -1 }, /^page must be >= 0$/],
            [{ page: -1, perPage: 10 }, /^page must be >= 0$/],
            [{ page: 0.5, perPage: 10 }, /^page must be >= 0$/],
            [{ page: 0, perPage: -1 }, /^perPage must be >= 0$/],
            [{ page: 0, perPage: NaN }, /^perPage must be >= 0$/],
          ])) {
            const wrong = fails('LIST_WORKFLOW_RUNS_INVALID_PAGE', 'INVALID_ARGUMENT', text);
            await assert.rejects(store.listWorkflowRuns(args), wrong);
          }
        });

        it('lists a status as updates changed it', async () => {
          const store = await filled();
          const of = (/** @type {number} */ i) => ({ workflowName: i % 2 === 0 ? 'even' : 'odd', runId: `r${i}` });
          await store.updateWorkflowState({ ...of(1), opts: { status: 'canceled' } });
          await store.updateWorkflowState({ ...of(3), opts: { status: 'running' } });
          await store.updateWorkflowState({ ...of(5), opts: { status: 'running' } });
          await store.updateWorkflowState({ ...of(5), opts: { status: 'canceled' } });
          await store.updateWorkflowResults({ ...of(4), stepId: 's', result: {}, requestContext: {} });
          assert.deepEqual(await listed(store, { status: 'running' }), [[10, 7, 4, 3], 4]);
          assert.deepEqual(await listed(store, { status: 'canceled' }), [[5, 1], 2]);
          assert.deepEqual(await listed(store, { status: 'suspended' }), [[11, 8, 2], 3]);
          assert.deepEqual(await listed(store, { status: 'canceled', page: 1, perPage: 1 }), [[1], 2]);
          // A later snapshot says what its own status is.
          await store.persistWorkflowSnapshot({ ...of(5), snapshot: makeSnapshot({ status: 'suspended' }) });
          assert.deepEqual(await listed(store, { status: 'canceled' }), [[1], 1]);
          assert.deepEqual(await listed(store, { status: 'suspended' }), [[11, 8, 5, 2], 4]);
        });

        it('finds statuses and resources that are too long for what KV keeps with a key', async () => {
          const store = open();
          const long = 'ä'.repeat(400);
          const snapshot = (/** @type {unknown} */ status) => makeSnapshot({ status });
          await store.persistWorkflowSnapshot({ ...RUN, runId: 'a', resourceId: long, snapshot: snapshot('running') });
          await store.persistWorkflowSnapshot({ ...RUN, runId: 'b', resourceId: 'u', snapshot: snapshot(long) });
          await store.persistWorkflowSnapshot({ ...RUN, runId: 'c', resourceId: 'u', snapshot: snapshot('running') });
          await store.updateWorkflowState({ ...RUN, runId: 'c', opts: { status: long } });
          await store.persistWorkflowSnapshot({ ...RUN, runId: 'd', snapshot: { status: null, context: {} } });
          await store.persistWorkflowSnapshot({ ...RUN, runId: 'e', snapshot: { context: {} } });
          await store.updateWorkflowState({ ...RUN, runId: 'e', opts: { result: 1 } });
          const ids = async (/** @type {object} */ args) => runIdsOf((await store.listWorkflowRuns(args)).runs).sort();
          assert.deepEqual(await ids({ resourceId: long }), ['a']);
          assert.deepEqual(await ids({ status: 'running' }), ['a']);
          assert.deepEqual(await ids({ status: long }), ['b', 'c']);
          assert.deepEqual(await ids({ resourceId: 'u' }), ['b', 'c']);
          assert.equal((await store.listWorkflowRuns({ status: long, page: 0, perPage: 1 })).total, 2);
        });

        it('leaves out no run that a threadId could mean', async () => {
          const store = open();
          const context = { input: { messageListState: { memoryInfo: { threadId: 't1' } } } };
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ context }) });
          assert.deepEqual(runIdsOf((await store.listWorkflowRuns({ threadId: 't1' })).runs), ['run-1']);
        });
      });

      describe('updateWorkflowResults', () => {
        /** @param {any} context @param {object} [fields] */
        async function begun(context, fields) {
          const store = open();
          await store.persistWorkflowSnapshot({
            ...RUN,
            resourceId: 'u1',
            snapshot: makeSnapshot({ context, ...fields }),
            createdAt: dateAt(0),
            updatedAt: dateAt(1),
          });
          const update = (/** @type {unknown} */ result, requestContext = {}, stepId = 's') =>
            store.updateWorkflowResults({ ...RUN, stepId, result, requestContext });
          return { store, update };
        }

        it('adds a step, keeps the others, and merges the request context', async () => {
          const { store, update } = await begun({ input: AWKWARD }, { requestContext: { a: 1, b: 1 } });
          const first = { status: 'success', output: AWKWARD };
          assert.deepEqual(await update(first, { b: 2 }, 'one'), { input: AWKWARD, one: first });
          const context = await update({ status: 'failed' }, { c: AWKWARD }, 'two');
          assert.deepEqual(context, { input: AWKWARD, one: first, two: { status: 'failed' } });
          /** @type {any} */ (context).one = 'changed';
          assert.deepEqual(await update({ status: 'running' }, {}, 'one'), {
            input: AWKWARD,
            one: { status: 'running' },
            two: { status: 'failed' },
          });
          const run = await store.getWorkflowRunById(RUN);
          assert.deepEqual([run.resourceId, run.createdAt], ['u1', dateAt(0)]);
          assert.deepEqual(run.snapshot.requestContext, { a: 1, b: 2, c: AWKWARD });
          assert.equal(run.snapshot.status, 'running');
          assert.deepEqual((await store.listWorkflowRuns()).runs, [run]);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), run.snapshot);
        });

        it('merges the arrays of foreach steps by index', async () => {
          const { update } = await begun({ s: { status: 'running', output: [1, null], payload: 'p' } });
          const s = async (/** @type {unknown} */ result) => (await update(result)).s;
          assert.deepEqual(await s({ output: [null, 2] }), { status: 'running', output: [1, 2], payload: 'p' });
          const longer = { status: 'success', output: [null, null, null, 4] };
          assert.deepEqual(await s(longer), { status: 'success', output: [1, 2, null, 4], payload: 'p' });
          assert.deepEqual(await s({ output: [9], more: 1 }), {
            status: 'success',
            output: [9, 2, null, 4],
            payload: 'p',
            more: 1,
          });
          assert.deepEqual(await s({ output: 'no array' }), { output: 'no array' });
          assert.deepEqual(await s({ output: [] }), { output: [] });
          assert.deepEqual(await s({ output: [] }), { output: [] });
          assert.deepEqual(await s(null), null);
          assert.deepEqual(await s({ output: [1] }), { output: [1] });
        });

        it('lets pending markers empty what is suspended, and nothing else', async () => {
          const suspended = { status: 'suspended', suspendPayload: {} };
          const output = [suspended, { status: 'success' }, null, { status: 'suspended' }, PENDING];
          const { store, update } = await begun({ s: { status: 'running', output } });
          const marked = { status: 'changed', output: [PENDING, PENDING, 'new', PENDING, PENDING, PENDING, 'newer'] };
          const expected = {
            status: 'running',
            output: [null, { status: 'success' }, null, { status: 'suspended' }, null, null, null],
          };
          assert.deepEqual((await update(marked)).s, expected);
          // Not quite markers:
          const odd = [{ ...PENDING, more: 1 }, { __mastra_pending__: 'true' }];
          assert.deepEqual((await update({ output: odd })).s.output.slice(0, 2), odd);
          assert.deepEqual((await store.loadWorkflowSnapshot(RUN)).context.s.output.slice(0, 2), odd);
        });

        it('makes no run, and needs a context', async () => {
          const store = open();
          const args = { ...RUN, stepId: 's', result: { status: 'success' }, requestContext: { a: 1 } };
          assert.deepEqual(await store.updateWorkflowResults(args), {});
          assert.equal(await store.loadWorkflowSnapshot(RUN), null);
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: { status: 'running' } });
          const wrong = fails('UPDATE_WORKFLOW_RESULTS_FAILED', 'NOT_FOUND', /^Snapshot not found for runId run-1$/);
          await assert.rejects(store.updateWorkflowResults(args), wrong);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), { status: 'running' });
          const nameless = fails('UPDATE_WORKFLOW_RESULTS_FAILED', 'INVALID_ARGUMENT', /stepId must be/);
          await assert.rejects(store.updateWorkflowResults({ ...args, stepId: undefined }), nameless);
        });

        it('begins with an empty snapshot where a run has none', async () => {
          const store = open();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: undefined });
          assert.equal(await store.loadWorkflowSnapshot(RUN), null);
          const args = { ...RUN, stepId: 's', result: { status: 'success' }, requestContext: { a: 1 } };
          assert.deepEqual(await store.updateWorkflowResults(args), { s: { status: 'success' } });
          const { timestamp, ...snapshot } = await store.loadWorkflowSnapshot(RUN);
          assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
          assert.deepEqual(snapshot, {
            context: { s: { status: 'success' } },
            activePaths: [],
            activeStepsPath: {},
            suspendedPaths: {},
            resumeLabels: {},
            serializedStepGraph: [],
            value: {},
            waitingPaths: {},
            status: 'pending',
            runId: 'run-1',
            requestContext: { a: 1 },
          });
          assert.equal((await store.loadWorkflowSnapshot(RUN)).timestamp, timestamp);
          assert.equal((await store.listWorkflowRuns({ status: 'pending' })).total, 1);
        });
      });

      describe('updateWorkflowState', () => {
        it('merges into the snapshot what it is given', async () => {
          const store = open();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ result: 'old', error: 'old' }) });
          const opts = { status: 'suspended', suspendedPaths: { s: [1] }, result: AWKWARD, error: undefined };
          const { error: _error, ...expected } = { ...makeSnapshot(), ...opts };
          assert.deepEqual(await store.updateWorkflowState({ ...RUN, opts }), expected);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), expected);
          const again = await store.updateWorkflowState({ ...RUN, opts: { status: 'success', suspendedPaths: {} } });
          assert.deepEqual(again, { ...expected, status: 'success', suspendedPaths: {} });
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), again);
        });

        it('does nothing where another status was expected', async () => {
          const store = open();
          const update = (/** @type {object} */ opts) => store.updateWorkflowState({ ...RUN, opts });
          assert.equal(await update({ status: 'running' }), undefined);
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ status: 'suspended' }) });
          assert.equal(await update({ status: 'failed', expectedStatus: 'running' }), undefined);
          assert.equal(await update({ status: 'failed', expectedStatus: ['running', 'waiting'] }), undefined);
          assert.equal(await update({ status: 'failed', expectedStatus: [] }), undefined);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), makeSnapshot({ status: 'suspended' }));
          const claimed = await update({ status: 'running', expectedStatus: ['waiting', 'suspended'] });
          assert.deepEqual(claimed, makeSnapshot({ status: 'running' }));
          assert.equal(await update({ status: 'running', expectedStatus: 'suspended' }), undefined);
          assert.deepEqual(await store.loadWorkflowSnapshot(RUN), makeSnapshot({ status: 'running' }));
          const { status: _status, ...statusless } = makeSnapshot();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: statusless });
          assert.equal(await update({ status: 'running', expectedStatus: 'pending' }), undefined);
        });

        it('needs a context, and options', async () => {
          const store = open();
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: {} });
          const wrong = fails('UPDATE_WORKFLOW_STATE_FAILED', 'NOT_FOUND', /^Snapshot not found for runId run-1$/);
          await assert.rejects(store.updateWorkflowState({ ...RUN, opts: { status: 'running' } }), wrong);
          const nothing = fails('UPDATE_WORKFLOW_STATE_FAILED', 'INVALID_ARGUMENT', /opts must be an object/);
          await assert.rejects(store.updateWorkflowState({ ...RUN }), nothing);
        });
      });

      it('a snapshot absorbs the updates before it, and later ones are laid over it', async () => {
        const prefix = newPrefix();
        const store = make({ bindings: bindings(), keyPrefix: prefix });
        const update = (/** @type {string} */ stepId, /** @type {unknown} */ result) =>
          store.updateWorkflowResults({ ...RUN, stepId, result, requestContext: {} });
        await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ context: {} }) });
        for (let round = 1; round <= 3; round++) {
          await update('a', { round });
          await update('b', { round });
          assert.deepEqual((await store.loadWorkflowSnapshot(RUN)).context, { a: { round }, b: { round } });
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ context: { a: 'absorbed' } }) });
          assert.deepEqual((await store.loadWorkflowSnapshot(RUN)).context, { a: 'absorbed' });
          for (const run of [await store.getWorkflowRunById(RUN), ...(await store.listWorkflowRuns()).runs]) {
            const own = Object.keys(run).filter((name) => name.startsWith('_'));
            assert.deepEqual(own, [], 'what the store keeps with a run is not shown');
          }
          const { keys } = await backend.current.threads.list({
            prefix: `${prefix}metadata:workflow_updates:`,
            limit: 9,
          });
          assert.deepEqual(keys, [], 'what a snapshot has absorbed is deleted');
        }
      });

      it('dangerouslyClearAll removes all runs of this store, and nothing else', async () => {
        const keyPrefix = newPrefix();
        const options = { bindings: bindings(), keyPrefix };
        const [mine, other] = [make(options), make({ ...options, keyPrefix: newPrefix() })];
        const memory = new KVStore({ ...options, overlay: false });
        await memory.saveThread({ thread: makeThread() });
        await memory.saveMessages({ messages: [makeMessage('m1')] });
        for (const store of [mine, other]) {
          await store.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot() });
          await store.updateWorkflowState({ ...RUN, opts: { status: 'canceled' } });
        }
        if (isMastra) await mine.dangerouslyClearAll();
        else await memory.dangerouslyClearAll('workflows');
        assert.equal(await mine.loadWorkflowSnapshot(RUN), null);
        assert.deepEqual(await mine.listWorkflowRuns(), { runs: [], total: 0 });
        const { keys } = await backend.current.threads.list({ prefix: keyPrefix, limit: 1000 });
        assert.deepEqual(
          keys.filter(({ name }) => name.includes('workflow')),
          [],
        );
        assert.equal((await memory.listMessages({ threadId: 't1' })).total, 1);
        assert.equal((await other.loadWorkflowSnapshot(RUN)).status, 'canceled');
        assert.equal((await other.listWorkflowRuns()).total, 1);
      });
    });
  }
});

/* Workflow runs, compared with Mastra's own in-memory store by random calls. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InMemoryStore, mergeWorkflowStepResult } from '@mastra/core/storage';
import fc from 'fast-check';
import { WorkflowsStorageCloudflare } from '../../js-shim/index.js';
import { FakeKV } from '../support/fake-kv.js';
import { newSeed } from '../support/random.js';
import { dateAt } from '../support/samples.js';

/** @import { Workflows } from '../support/workflows.js' */

const RUNS = 2500;

/** What both stores have in common: JSON. @param {any} value */
const asJson = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

const scalar = fc.constantFrom(null, 0, 1, '', 'text', '{"a":1}', true, 1e21, 'ä\u0000');
const status = fc.constantFrom('running', 'suspended', 'success', 'failed', 'completed');
const PENDING = { __mastra_pending__: true };

/** An element of a foreach step's output. */
const element = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.constant(PENDING) },
  fc.record({ status, suspendPayload: scalar, suspendedAt: scalar, output: scalar }, { requiredKeys: [] }),
  fc.constantFrom({ ...PENDING, more: 1 }, { __mastra_pending__: 1 }, [], [PENDING], {}),
);
const output = fc.oneof({ weight: 4, arbitrary: fc.array(element, { maxLength: 5 }) }, scalar);
const stepResult = fc.record(
  {
    status,
    output,
    payload: scalar,
    suspendPayload: fc.record({ a: scalar }),
    more: fc.array(scalar, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const stepId = fc.constantFrom('input', 'a', 'b', 'a.b', '7', 'a "quoted" one', 'ä\ud800');
const requestContext = fc.dictionary(fc.constantFrom('a', 'b', '1', 'key with "quotes"'), scalar);
const context = fc.dictionary(stepId, stepResult, { maxKeys: 4 });
const snapshot = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ status, context, requestContext, value: scalar }, { requiredKeys: ['context'] }),
  },
  fc.record({ status, value: scalar }, { requiredKeys: [] }), // without a context
);
const opts = fc.record(
  {
    status,
    result: stepResult,
    error: scalar,
    suspendedPaths: fc.dictionary(stepId, fc.array(fc.nat(3))),
    activePaths: fc.array(fc.nat(3)),
    expectedStatus: fc.oneof(status, fc.array(status, { maxLength: 3 })),
  },
  { requiredKeys: ['status'] },
);

const workflowName = fc.constantFrom('w', 'w:1', 'ä');
const runId = fc.constantFrom('r', 'r:1', '%');
const run = fc.record({ workflowName, runId });
const resourceId = fc.constantFrom('u', 'u:1');

/** One call: the method's name and its arguments. `at` becomes a date that no other run has. */
const call = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('persistWorkflowSnapshot'),
      fc.record(
        { run, resourceId, snapshot, keepsTime: fc.boolean() },
        { requiredKeys: ['run', 'snapshot', 'keepsTime'] },
      ),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('updateWorkflowResults'),
      fc.record({
        run,
        stepId,
        result: fc.oneof({ weight: 8, arbitrary: stepResult }, fc.constant(null)),
        requestContext,
      }),
    ),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constant('updateWorkflowState'), fc.record({ run, opts })) },
  fc.tuple(fc.constant('loadWorkflowSnapshot'), fc.record({ run })),
  fc.tuple(fc.constant('getWorkflowRunById'), fc.record({ run })),
  fc.tuple(fc.constant('getWorkflowRunById'), fc.record({ runId })),
  fc.tuple(fc.constant('deleteWorkflowRunById'), fc.record({ run })),
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('listWorkflowRuns'),
      fc.record(
        {
          workflowName,
          status,
          resourceId,
          from: fc.nat(12),
          to: fc.nat(12),
          page: fc.nat(2),
          perPage: fc.oneof(fc.nat(3), fc.constant(false)),
        },
        { requiredKeys: [] },
      ),
    ),
  },
);

/** An answer as both give it: a run's fields and no others, and an error by its text. @param {() => Promise<any>} ask */
async function answerOf(ask) {
  const plain = (/** @type {any} */ found) =>
    found && {
      workflowName: found.workflowName,
      runId: found.runId,
      resourceId: found.resourceId,
      createdAt: found.createdAt,
      updatedAt: found.updatedAt,
      snapshot: found.snapshot,
    };
  try {
    const answer = await ask();
    if (answer?.runs) return asJson({ ...answer, runs: answer.runs.map(plain) });
    return asJson(answer?.createdAt ? plain(answer) : answer);
  } catch (error) {
    return { error: /** @type {Error} */ (error).message };
  }
}

describe('workflow runs', () => {
  it(`are those of Mastra's in-memory store, whatever is called`, async (t) => {
    const seed = newSeed();
    t.diagnostic(`seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 14 }), async (calls) => {
        const reference = /** @type {Workflows} */ (/** @type {any} */ (new InMemoryStore().stores).workflows);
        const kv = new FakeKV();
        // Two stores in turn: nothing is kept anywhere but in KV.
        const stores = [0, 1].map(() => {
          const bindings = { threads: kv.location(), messages: kv.location() };
          return /** @type {Workflows} */ (new WorkflowsStorageCloudflare({ bindings, overlay: false }));
        });
        for (const [i, [method, made]] of calls.entries()) {
          const { run: id, keepsTime, from, to, ...rest } = /** @type {any} */ (made);
          const args = { ...id, ...rest };
          if (method === 'persistWorkflowSnapshot') {
            // Without a time it is now where there is no run yet, and that cannot be compared.
            if (!keepsTime || !(await reference.getWorkflowRunById(id))) args.createdAt = dateAt(i);
            args.updatedAt = dateAt(100 + i);
          }
          if (from !== undefined) args.fromDate = dateAt(from);
          if (to !== undefined) args.toDate = dateAt(to);
          // The reference keeps the very objects that it is given.
          const expected = await answerOf(() => /** @type {any} */ (reference)[method](structuredClone(args)));
          const actual = await answerOf(() => /** @type {any} */ (stores[i % 2])[method](args));
          assert.deepEqual(actual, expected, `call ${i}, ${method}`);
        }
      }),
      { seed, numRuns: RUNS },
    );
  });

  it(`merge results as Mastra's mergeWorkflowStepResult does, however many there are`, async (t) => {
    const seed = newSeed();
    t.diagnostic(`seed ${seed}`);
    const results = fc.array(fc.tuple(fc.constantFrom('a', 'b'), stepResult, requestContext), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.record({ context }), results, fc.boolean(), async (begun, updates, readsBetween) => {
        const kv = new FakeKV();
        const bindings = { threads: kv.location(), messages: kv.location() };
        const store = /** @type {Workflows} */ (new WorkflowsStorageCloudflare({ bindings, overlay: false }));
        const id = { workflowName: 'w', runId: 'r' };
        await store.persistWorkflowSnapshot({ ...id, snapshot: begun });
        const expected = structuredClone(/** @type {any} */ (begun));
        for (const [step, result, requests] of updates) {
          const merged = mergeWorkflowStepResult({
            snapshot: expected,
            stepId: step,
            result: structuredClone(/** @type {any} */ (result)),
            requestContext: requests,
          });
          const context = await store.updateWorkflowResults({ ...id, stepId: step, result, requestContext: requests });
          assert.deepEqual(context, asJson(merged));
          if (readsBetween) assert.deepEqual(await store.loadWorkflowSnapshot(id), asJson(expected));
        }
        assert.deepEqual(await store.loadWorkflowSnapshot(id), asJson(expected));
      }),
      { seed, numRuns: 500 },
    );
  });
});

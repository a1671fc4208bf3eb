/* KV fails under scores, background tasks and thread state: the store says so, nothing is taken for absent, and the
 * same call made again completes what is missing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeScore, makeTask, openDomain, openFaulty } from '../support/domains.js';
import { dateAt } from '../support/samples.js';

/** @import { Domain, DomainStore } from '../support/domains.js' */

/**
 * Every operation, with what it is prepared by.
 * @typedef {object} Operation
 * @property {Domain} domain
 * @property {(store: DomainStore) => Promise<unknown>} [prepare]
 * @property {(store: DomainStore) => Promise<unknown>} run
 */

const PAGE = { page: 0, perPage: 2 };
const LONG = 'ü'.repeat(200);

/** @param {DomainStore} store */
async function saveScores(store) {
  for (const id of ['a', 'b', 'c']) await store.saveScore(makeScore({ id, organizationId: LONG, projectId: LONG }));
}

/** @param {DomainStore} store */
async function createTasks(store) {
  for (const [i, id] of ['a', 'b', 'c'].entries()) {
    await store.createTask(makeTask({ id, status: 'running', agentId: LONG, runId: LONG, createdAt: dateAt(i) }));
  }
}

/** @type {Record<string, Operation>} */
const operations = {
  'saveScore, a new one': { domain: 'scores', run: (store) => store.saveScore(makeScore({ id: 'new' })) },
  'saveScore, again': {
    domain: 'scores',
    prepare: saveScores,
    run: (store) => store.saveScore(makeScore({ id: 'b' })),
  },
  'saveScore, elsewhere': {
    domain: 'scores',
    prepare: saveScores,
    run: (store) =>
      store.saveScore(makeScore({ id: 'b', runId: 'x', scorerId: 'y', entityType: 'STEP', traceId: 'z' })),
  },
  getScoreById: { domain: 'scores', prepare: saveScores, run: (store) => store.getScoreById({ id: 'b' }) },
  listScoresByScorerId: {
    domain: 'scores',
    prepare: saveScores,
    run: (store) =>
      store.listScoresByScorerId({ scorerId: 'relevancy', pagination: PAGE, filters: { projectId: LONG } }),
  },
  listScoresByRunId: {
    domain: 'scores',
    prepare: saveScores,
    run: (store) => store.listScoresByRunId({ runId: 'run', pagination: PAGE }),
  },
  listScoresByEntityId: {
    domain: 'scores',
    prepare: saveScores,
    run: (store) => store.listScoresByEntityId({ entityId: 'agent', entityType: 'AGENT', pagination: PAGE }),
  },
  listScoresBySpan: {
    domain: 'scores',
    prepare: saveScores,
    run: (store) => store.listScoresBySpan({ traceId: 'trace', spanId: 'span', pagination: PAGE }),
  },
  'dangerouslyClearAll of scores': {
    domain: 'scores',
    prepare: saveScores,
    run: (store) => store.dangerouslyClearAll(),
  },
  createTask: { domain: 'backgroundTasks', run: (store) => store.createTask(makeTask()) },
  updateTask: {
    domain: 'backgroundTasks',
    prepare: createTasks,
    run: (store) => store.updateTask('b', { status: 'completed', completedAt: dateAt(9), startedAt: undefined }),
  },
  getTask: { domain: 'backgroundTasks', prepare: createTasks, run: (store) => store.getTask('b') },
  listTasks: {
    domain: 'backgroundTasks',
    prepare: createTasks,
    run: (store) => store.listTasks({ status: 'running', runId: LONG, ...PAGE }),
  },
  deleteTask: { domain: 'backgroundTasks', prepare: createTasks, run: (store) => store.deleteTask('b') },
  deleteTasks: {
    domain: 'backgroundTasks',
    prepare: createTasks,
    run: (store) => store.deleteTasks({ runId: LONG, toDate: dateAt(2) }),
  },
  getRunningCount: { domain: 'backgroundTasks', prepare: createTasks, run: (store) => store.getRunningCount() },
  getRunningCountByAgent: {
    domain: 'backgroundTasks',
    prepare: createTasks,
    run: (store) => store.getRunningCountByAgent(LONG),
  },
  getState: {
    domain: 'threadState',
    prepare: (store) => store.setState({ threadId: 't', type: 'task', value: 1 }),
    run: (store) => store.getState({ threadId: 't', type: 'task' }),
  },
  setState: { domain: 'threadState', run: (store) => store.setState({ threadId: 't', type: 'task', value: [1] }) },
  deleteState: {
    domain: 'threadState',
    prepare: (store) => store.setState({ threadId: 't', type: 'task', value: 1 }),
    run: (store) => store.deleteState({ threadId: 't', type: 'task' }),
  },
};

/** An answer without its times of now. @param {unknown} answer */
const comparable = (answer) =>
  JSON.parse(JSON.stringify(answer ?? null), (name, member) =>
    ['createdAt', 'updatedAt'].includes(name) ? undefined : member,
  );

/** What is stored, without the times, which scores have in their keys. @param {Record<string, any>[]} dumped */
const withoutTimes = (dumped) =>
  comparable(dumped.map((kv) => Object.entries(kv).map(([key, value]) => [key.replace(/:\d{17}:/, ':time:'), value])));

/**
 * @param {Operation} operation
 * @param {{ attempts?: number }} [options]
 */
async function prepared({ domain, prepare }, options) {
  const world = openFaulty(options);
  const store = openDomain(domain, { bindings: world.bindings, retry: world.retry });
  await prepare?.(store);
  world.faults.clear();
  return { ...world, store };
}

for (const [name, operation] of Object.entries(operations)) {
  describe(name, () => {
    for (const isDone of [false, true]) {
      const how = isDone ? 'only its answer is lost' : 'it is not done';
      it(`fails when any call fails, and completes when it is made again; ${how}`, async () => {
        const plain = await prepared(operation);
        const expected = comparable(await operation.run(plain.store));
        const calls = plain.faults.calls;
        assert.ok(calls > 0);
        for (let nth = 1; nth <= calls; nth++) {
          const world = await prepared(operation);
          world.faults.add({ nth, isDone });
          await assert.rejects(operation.run(world.store), { code: 'KV_FAILED' }, `call ${nth} of ${calls}`);
          world.faults.clear();
          assert.deepEqual(comparable(await operation.run(world.store)), expected, `after call ${nth} of ${calls}`);
          assert.deepEqual(withoutTimes(world.dump()), withoutTimes(plain.dump()), `after call ${nth} of ${calls}`);
        }
      });
    }

    it('is tried again', async () => {
      const plain = await prepared(operation);
      const expected = comparable(await operation.run(plain.store));
      for (let nth = 1; nth <= plain.faults.calls; nth++) {
        const world = await prepared(operation, { attempts: 3 });
        world.faults.add({ nth, times: 1, status: nth % 2 ? 503 : 429 });
        assert.deepEqual(comparable(await operation.run(world.store)), expected);
        assert.equal(world.faults.failures, 1);
        assert.deepEqual(withoutTimes(world.dump()), withoutTimes(plain.dump()));
      }
    });
  });
}

describe('saveScore without an id', () => {
  it('leaves nothing in the lists when the score itself was not written', async () => {
    const world = openFaulty();
    const store = openDomain('scores', { bindings: world.bindings, retry: world.retry });
    world.faults.add({ operation: 'put', nth: 1 });
    await assert.rejects(store.saveScore(makeScore()), { code: 'KV_FAILED' });
    assert.deepEqual(world.dump(), [{}, {}]);
  });
});

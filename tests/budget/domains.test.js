/* What scores, background tasks and thread state cost, in KV calls and rounds of waiting. The numbers are exact, so
 * that a change that costs more fails here, and one that costs less is noticed. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { makeScore, makeTask, openDomain, openFaulty } from '../support/domains.js';
import { dateAt } from '../support/samples.js';

/** @import { Domain } from '../support/domains.js' */

/** Scores of the run that is listed, however many there are in all. */
const LISTED = 30;

/** @param {Domain} domain */
function measure(domain) {
  const { bindings, counter, threads } = openFaulty();
  const store = openDomain(domain, { bindings });
  // Its calls are not held back to count their rounds.
  const filler = openDomain(domain, { bindings: { threads: threads.location(), messages: threads.location() } });
  /** @type {Record<string, string>} */
  const names = { get: 'gets', getBulk: 'bulkGets', list: 'lists', put: 'puts', delete: 'deletes' };
  /**
   * @param {string} what
   * @param {Record<string, number>} cost
   * @param {() => Promise<unknown>} operation
   */
  const costs = (what, cost, operation) =>
    it(`${what} costs ${JSON.stringify(cost)}`, async () => {
      counter.reset();
      await operation();
      /** @type {Record<string, number>} */
      const measured = { rounds: counter.rounds };
      for (const [kind, name] of Object.entries(names)) {
        const calls = counter.count(/** @type {any} */ (kind));
        if (calls > 0) measured[name] = calls;
      }
      assert.deepEqual(measured, cost, `\n${counter}`);
    });
  return { store, filler, costs };
}

/**
 * @param {number} count
 * @param {(i: number) => Promise<unknown>} save
 */
async function fill(count, save) {
  for (let at = 0; at < count; at += 8) {
    await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, i) => save(at + i)));
  }
}

for (const count of [1, 1000, 10_000]) {
  describe(`with ${count} stored scores`, () => {
    const { store, filler, costs } = measure('scores');
    const listed = Math.min(count, LISTED);
    const selected = [
      /** @type {const} */ (['listScoresByScorerId', { scorerId: 's0' }]),
      /** @type {const} */ (['listScoresByRunId', { runId: 'r0' }]),
      /** @type {const} */ (['listScoresByEntityId', { entityId: 'e0', entityType: 'AGENT' }]),
      /** @type {const} */ (['listScoresBySpan', { traceId: 't0', spanId: 's0' }]),
    ];
    const scoreOf = (/** @type {number} */ i) => {
      const group = i < LISTED ? 0 : i % 97 === 0 ? 'other' : 'many';
      const ids = {
        scorerId: `s${group}`,
        runId: `r${group}`,
        entityId: `e${group}`,
        traceId: `t${group}`,
        spanId: `s${group}`,
      };
      return makeScore({ id: `${i}`, source: i % 2 ? 'LIVE' : 'TEST', ...ids });
    };

    before(() => fill(count, (i) => filler.saveScore(scoreOf(i))));

    costs('getScoreById', { gets: 1, rounds: 1 }, () => store.getScoreById({ id: '0' }));
    costs('getScoreById of nobody', { gets: 1, rounds: 1 }, () => store.getScoreById({ id: 'no' }));
    costs('saveScore without an id', { puts: 5, rounds: 2 }, () => store.saveScore(makeScore()));
    costs('saveScore with a new id', { gets: 1, puts: 5, rounds: 3 }, () => store.saveScore(makeScore({ id: 'new' })));
    costs('saveScore again', { gets: 1, puts: 5, rounds: 2 }, () =>
      store.saveScore(makeScore({ id: 'new', score: 1 })),
    );
    costs('saveScore elsewhere', { gets: 1, deletes: 3, puts: 4, rounds: 3 }, () => {
      const { traceId: _traceId, ...moved } = makeScore({ id: 'new', runId: 'x', scorerId: 'y' });
      return store.saveScore(moved);
    });
    /** @param {number} size @returns {Record<string, number>} */
    const bulkOf = (size) => (size === 1 ? { gets: 1 } : { bulkGets: Math.ceil(size / 100) });
    for (const [method, args] of selected) {
      costs(`${method}, a page of 10 of ${listed}`, { lists: 1, ...bulkOf(Math.min(listed, 10)), rounds: 2 }, () =>
        store[method]({ ...args, pagination: { page: 0, perPage: 10 } }),
      );
    }
    costs(`all ${listed} of a run`, { lists: 1, ...bulkOf(listed), rounds: 2 }, () =>
      store.listScoresByRunId({ runId: 'r0', pagination: { page: 0, perPage: false } }),
    );
    costs('only their number', { lists: 1, rounds: 1 }, () =>
      store.listScoresByScorerId({ scorerId: 's0', source: 'LIVE', pagination: { page: 0, perPage: 0 } }),
    );
    costs('a run that nobody knows', { lists: 1, rounds: 1 }, () =>
      store.listScoresByRunId({ runId: 'no', pagination: { page: 0, perPage: 10 } }),
    );
    if (count < 10_000) return;
    costs('a page of 100 of most', { lists: 10, bulkGets: 1, rounds: 11 }, () =>
      store.listScoresByScorerId({ scorerId: 'smany', source: 'LIVE', pagination: { page: 3, perPage: 100 } }),
    );
  });

  describe(`with ${count} stored background tasks`, () => {
    const { store, filler, costs } = measure('backgroundTasks');
    const lists = Math.max(1, count / 1000);
    const taskOf = (/** @type {number} */ i) =>
      makeTask({ id: `${i}`, createdAt: dateAt(i), status: i < 30 ? 'running' : 'completed' });

    before(() => fill(count, (i) => filler.createTask(taskOf(i))));

    costs('getTask', { gets: 1, rounds: 1 }, () => store.getTask('0'));
    costs('updateTask', { gets: 1, puts: 1, rounds: 2 }, () => store.updateTask('0', { status: 'running' }));
    costs('updateTask of another status', { gets: 1, rounds: 1 }, () =>
      store.updateTask('0', { status: 'failed' }, { expectedStatus: 'pending' }),
    );
    costs('getRunningCount', { lists, rounds: lists }, () => store.getRunningCount());
    costs('getRunningCountByAgent', { lists, rounds: lists }, () => store.getRunningCountByAgent('agent'));
    costs(
      'listTasks, a page of 10',
      { lists, ...(count === 1 ? { gets: 1 } : { bulkGets: 1 }), rounds: lists + 1 },
      () => store.listTasks({ status: 'running', orderDirection: 'desc', page: 0, perPage: 10 }),
    );
    costs('listTasks of nothing', { lists, rounds: lists }, () => store.listTasks({ agentId: 'nobody' }));
    costs('deleteTasks of one', { lists, gets: 1, deletes: 1, rounds: lists + 2 }, () =>
      store.deleteTasks({ status: 'running', toDate: dateAt(1) }),
    );
    costs('createTask', { puts: 1, rounds: 1 }, () => store.createTask(makeTask()));
    costs('deleteTask', { deletes: 1, rounds: 1 }, () => store.deleteTask('task'));
    if (count === 1000) {
      costs('deleteTasks of 969', { lists, bulkGets: 11, deletes: 970, rounds: 6 }, () =>
        store.deleteTasks({ status: 'completed' }),
      );
    }
  });
}

describe('thread state', () => {
  const { store, costs } = measure('threadState');
  const place = { threadId: 't', type: 'task' };

  costs('getState', { gets: 1, rounds: 1 }, () => store.getState(place));
  costs('setState', { puts: 1, rounds: 1 }, () => store.setState({ ...place, value: [] }));
  costs('deleteState', { deletes: 1, rounds: 1 }, () => store.deleteState(place));
});

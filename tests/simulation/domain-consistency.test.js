/* Scores, background tasks and thread state of several stores over one KV whose reads and lists are behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeScore, makeTask } from '../support/domains.js';
import { randomLatency } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { idsOf } from '../support/samples.js';
import { STALE_MS, World, forSeeds, inWorld } from '../support/world.js';

const BEHIND = { getCacheMs: STALE_MS, listLagMs: STALE_MS };
const ALL = { page: 0, perPage: false };

/** @param {World} world @param {object} [location] @returns {any} */
const storeOf = (world, location = BEHIND) => world.store(location);

describe('a store whose KV is a minute behind', () => {
  it(
    'sees its own writes at once',
    inWorld({}, async (world) => {
      const store = storeOf(world, { ...BEHIND, seesOwnWrites: false });
      for (const id of ['a', 'b']) await store.saveScore(makeScore({ id }));
      await store.saveScore(makeScore({ id: 'a', runId: 'other' }));
      assert.deepEqual(idsOf((await store.listScoresByRunId({ runId: 'run', pagination: ALL })).scores), ['b']);
      assert.deepEqual(idsOf((await store.listScoresByRunId({ runId: 'other', pagination: ALL })).scores), ['a']);
      for (const id of ['a', 'b', 'c']) await store.createTask(makeTask({ id }));
      await store.updateTask('a', { status: 'running' });
      await store.deleteTask('b');
      assert.equal(await store.getRunningCount(), 1);
      assert.deepEqual(idsOf((await store.listTasks({})).tasks), ['a', 'c']);
      assert.equal(await store.updateTask('a', { status: 'failed' }, { expectedStatus: 'pending' }), false);
      assert.equal(await store.getState({ threadId: 't', type: 'task' }), undefined);
      await store.setState({ threadId: 't', type: 'task', value: [1] });
      assert.deepEqual(await store.getState({ threadId: 't', type: 'task' }), [1]);
    }),
  );

  it(
    'gets what was made elsewhere by its id, and lists it a minute later',
    inWorld({}, async (world) => {
      const [here, there] = [storeOf(world), storeOf(world)];
      await there.createTask(makeTask({ status: 'running' }));
      await there.saveScore(makeScore({ id: 's' }));
      assert.equal((await here.getTask('task')).status, 'running');
      assert.equal((await here.getScoreById({ id: 's' })).id, 's');
      assert.equal(await here.getRunningCount(), 0);
      assert.equal((await here.listScoresByRunId({ runId: 'run', pagination: ALL })).pagination.total, 0);
      world.advance(STALE_MS + 1000);
      assert.equal(await here.getRunningCount(), 1);
      assert.equal((await here.listScoresByRunId({ runId: 'run', pagination: ALL })).pagination.total, 1);
    }),
  );

  it(
    'answers expectedStatus by what it sees: the exact guarantee',
    inWorld({}, async (world) => {
      const [here, there] = [storeOf(world), storeOf(world)];
      await here.createTask(makeTask());
      await there.getTask('task');
      const claim = (/** @type {any} */ store, /** @type {string} */ by) =>
        store.updateTask('task', { status: 'running', claimedBy: by }, { expectedStatus: 'pending' });
      // One store after another call of its own: one wins. Two stores within the minute: both do, the last one stays.
      assert.deepEqual([await claim(here, 'here'), await claim(here, 'again')], [true, false]);
      assert.equal(await claim(there, 'there'), true);
      world.advance(STALE_MS + 1000);
      assert.equal(await claim(there, 'later'), false);
      assert.equal((await storeOf(world, {}).getTask('task')).claimedBy, 'there');
    }),
  );
});

describe('two stores that save one score at once', () => {
  it('leave it once in every list, a minute later', () =>
    forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      const world = new World({ latency: randomLatency(random) });
      try {
        const stores = [storeOf(world, { ...BEHIND, random }), storeOf(world, { ...BEHIND, random })];
        const ids = ['a', 'b', 'c'];
        // Each stays in its lists: of two stores that move it to different ones, the index cannot tell who came last
        // (docs/scores-and-tasks.md).
        const scoreOf = (/** @type {string} */ id, /** @type {number} */ score) =>
          makeScore({ id, runId: id === 'a' ? 'r' : 'run', score });
        for (let round = 0; round < 4; round++) {
          await Promise.all(stores.map((store, i) => store.saveScore(scoreOf(random.pick(ids), i))));
          world.advance(random.integer(STALE_MS));
        }
        world.advance(STALE_MS * 2);
        /** @type {any} */
        const observer = world.observer();
        const stored = (await Promise.all(ids.map((id) => observer.getScoreById({ id })))).filter(Boolean);
        for (const runId of ['r', 'run']) {
          const { scores, pagination } = await observer.listScoresByRunId({ runId, pagination: ALL });
          const expected = stored.filter((score) => score.runId === runId);
          assert.deepEqual(idsOf(scores).sort(), idsOf(expected).sort());
          assert.equal(pagination.total, expected.length);
        }
      } finally {
        world.close();
      }
    }));
});

/* Workflow runs with several writers, with readers that are behind, and with a KV that fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { WorkflowsStorageCloudflare } from '../../js-shim/index.js';
import { FakeKV, randomLatency } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';
import { withMethods } from '../support/harness.js';
import { makeRandom } from '../support/random.js';
import { STALE_MS, forSeeds, inWorld } from '../support/world.js';
import { RUN, makeSnapshot } from '../support/workflows.js';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */
/** @import { Workflows } from '../support/workflows.js' */
/** @import { World } from '../support/world.js' */

/** A store at a place of its own. @param {World} world @param {object} [location] @param {object} [options] */
const storeOf = (world, location, options) =>
  /** @type {Workflows} */ (/** @type {unknown} */ (world.store(location, options)));

/** @param {Workflows} store @param {string} stepId @param {unknown} [result] */
const update = (store, stepId, result = { status: 'success' }) =>
  store.updateWorkflowResults({ ...RUN, stepId, result, requestContext: { [stepId]: true } });

const snapshotWith = (/** @type {object} */ context) => makeSnapshot({ context });

describe('writers at the same time', () => {
  it('lose none of their updates, in one store and in several', async () => {
    await forSeeds(40, async (seed) => {
      const random = makeRandom(seed);
      const run = inWorld({ latency: randomLatency(random) }, async (world) => {
        const stores = [0, 1, 2].map(() => storeOf(world, {}, { overlay: random.chance(0.5) }));
        const output = Array(9).fill(null);
        await stores[0]?.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({ each: { output } }) });
        world.advance(2000);
        await Promise.all(
          Array.from({ length: 9 }, async (_, i) => {
            const store = /** @type {Workflows} */ (stores[i % 3]);
            const mine = output.with(i, { at: i });
            await Promise.all([
              update(store, `step ${i}`, { i }),
              update(store, 'each', { output: mine }),
              store.updateWorkflowState({ ...RUN, opts: { status: 'running', [`own ${i}`]: i } }),
            ]);
          }),
        );
        for (const store of [...stores, storeOf(world)]) {
          world.advance(2000);
          const { context, requestContext, ...snapshot } = await store.loadWorkflowSnapshot(RUN);
          assert.deepEqual(
            context.each.output,
            output.map((_, i) => ({ at: i })),
          );
          for (const i of output.keys()) {
            assert.deepEqual(context[`step ${i}`], { i });
            assert.equal(requestContext[`step ${i}`], true);
            assert.equal(snapshot[`own ${i}`], i);
          }
        }
      });
      await run();
    });
  });

  it('and snapshots: an update that began after a snapshot is kept, one that ended before it is covered', async () => {
    await forSeeds(150, async (seed) => {
      const random = makeRandom(seed);
      const run = inWorld({ latency: randomLatency(random) }, async (world) => {
        let clock = 0;
        const tick = () => ++clock;
        const snapshots = { began: 0, ended: 0 };
        /** @type {{ id: string, began: number, ended: number }[]} */
        const updates = [];
        const stores = [0, 1, 2].map(() => storeOf(world, {}, { overlay: false }));
        const [persister] = /** @type {[Workflows]} */ (/** @type {unknown} */ (stores));
        const persist = async () => {
          const began = tick();
          await persister.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
          Object.assign(snapshots, { began, ended: tick() });
        };
        await persist();
        const persisting = async () => {
          for (let i = random.integer(4); i > 0; i--) {
            for (let turns = random.integer(30); turns > 0; turns--) await new Promise(setImmediate);
            await persist();
          }
        };
        const updating = async (/** @type {Workflows} */ store, /** @type {string} */ name) => {
          for (let i = 0; i < 5; i++) {
            for (let turns = random.integer(20); turns > 0; turns--) await new Promise(setImmediate);
            const id = `${name}${i}`;
            const began = tick();
            await update(store, id);
            updates.push({ id, began, ended: tick() });
          }
        };
        await Promise.all([persisting(), ...stores.map((store, i) => updating(store, 'abc'.charAt(i)))]);
        const { context } = await storeOf(world).loadWorkflowSnapshot(RUN);
        for (const { id, began, ended } of updates) {
          if (began > snapshots.ended) assert.ok(id in context, `${id} is missing`);
          if (ended < snapshots.began) assert.ok(!(id in context), `${id} was covered`);
        }
        // What is there stays: nothing comes and goes with the markers of those that were slower.
        assert.deepEqual((await storeOf(world).loadWorkflowSnapshot(RUN)).context, context);
        await persist();
        assert.deepEqual((await storeOf(world).loadWorkflowSnapshot(RUN)).context, {});
      });
      await run();
    });
  });

  it(
    'do not hide a later update by a marker that arrives late',
    inWorld({}, async (world) => {
      const fast = storeOf(world, {}, { overlay: false });
      await fast.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
      /** @type {() => void} */
      let letGo = () => {};
      const held = new Promise((resolve) => (letGo = () => resolve(undefined)));
      const { threads, messages } = world.place();
      const slowThreads = withMethods(/** @type {KVNamespaceLike} */ (threads), {
        put: async (/** @type {string} */ key, /** @type {string} */ value, /** @type {any} */ options) => {
          if (key.startsWith('metadata:workflow_snapshot:')) await held;
          return threads.put(key, value, options);
        },
      });
      const bindings = { threads: slowThreads, messages: /** @type {KVNamespaceLike} */ (messages) };
      const slow = /** @type {Workflows} */ (new KVStore({ bindings, overlay: false }));
      const late = update(slow, 'covered');
      await new Promise(setImmediate);
      await fast.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
      await update(fast, 'kept');
      letGo();
      await late;
      assert.deepEqual(Object.keys((await fast.loadWorkflowSnapshot(RUN)).context), ['kept']);
    }),
  );

  it(
    'can both claim a run, and need not see each other: why supportsConcurrentUpdates is false',
    inWorld({}, async (world) => {
      const [one, two] = [storeOf(world), storeOf(world)];
      await one.persistWorkflowSnapshot({ ...RUN, snapshot: makeSnapshot({ status: 'suspended' }) });
      const claim = (/** @type {Workflows} */ store, /** @type {string} */ by) =>
        store.updateWorkflowState({ ...RUN, opts: { status: 'running', expectedStatus: 'suspended', by } });
      const claims = await Promise.all([claim(one, 'one'), claim(two, 'two')]);
      assert.deepEqual(
        claims.map((snapshot) => snapshot?.by),
        ['one', 'two'],
      );
      const contexts = await Promise.all([update(one, 'a'), update(two, 'b')]);
      assert.deepEqual(
        contexts.map((context) => 'a' in context && 'b' in context),
        [false, false],
      );
      assert.equal(WorkflowsStorageCloudflare.prototype.supportsConcurrentUpdates(), false);
      // One after the other, the second is told.
      await one.updateWorkflowState({ ...RUN, opts: { status: 'suspended' } });
      world.advance(2000);
      assert.ok(await claim(one, 'one'));
      world.advance(2000);
      assert.equal(await claim(two, 'two'), undefined);
    }),
  );
});

describe('a reader that is behind', () => {
  it(
    'undoes nothing by its own update',
    inWorld({}, async (world) => {
      const behind = storeOf(world, { getCacheMs: STALE_MS, listLagMs: STALE_MS }, { overlay: false });
      const writer = storeOf(world);
      await writer.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({ old: {} }) });
      assert.ok(await behind.loadWorkflowSnapshot(RUN));
      world.advance(1000);
      await update(writer, 'unseen');
      await writer.updateWorkflowState({ ...RUN, opts: { status: 'suspended', suspendedPaths: { a: [0] } } });
      assert.deepEqual(Object.keys(await update(behind, 'own')), ['old', 'own']);
      await behind.updateWorkflowState({ ...RUN, opts: { status: 'success' } });
      const expected = makeSnapshot({
        context: { old: {}, unseen: { status: 'success' }, own: { status: 'success' } },
        requestContext: { unseen: true, own: true },
        status: 'success',
        suspendedPaths: { a: [0] },
      });
      assert.deepEqual(await storeOf(world).loadWorkflowSnapshot(RUN), expected);
      world.advance(STALE_MS + 1);
      assert.deepEqual(await behind.loadWorkflowSnapshot(RUN), expected);
    }),
  );

  it(
    'of lists alone finds the updates of the last minutes by the marker',
    inWorld({}, async (world) => {
      const behind = { listLagMs: STALE_MS };
      const writer = storeOf(world, behind);
      await writer.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
      for (let i = 0; i < 4; i++) {
        world.advance(1000);
        await update(writer, `step ${i}`);
      }
      const reader = storeOf(world, behind, { overlay: false });
      assert.deepEqual(Object.keys((await reader.loadWorkflowSnapshot(RUN)).context), [
        'step 0',
        'step 1',
        'step 2',
        'step 3',
      ]);
      await reader.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
      assert.deepEqual((await reader.loadWorkflowSnapshot(RUN)).context, {});
      assert.deepEqual(
        world.threads.keys().filter((key) => key.startsWith('metadata:workflow_updates:')),
        [],
      );
    }),
  );

  it(
    'whose snapshot does not know of an update covers it, and not those after it',
    inWorld({}, async (world) => {
      const behind = storeOf(world, { getCacheMs: STALE_MS }, { overlay: false });
      const writer = storeOf(world);
      await writer.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({}) });
      await behind.loadWorkflowSnapshot(RUN);
      world.advance(1000);
      await update(writer, 'before');
      world.advance(1000);
      await behind.persistWorkflowSnapshot({ ...RUN, snapshot: snapshotWith({ full: {} }) });
      assert.deepEqual(Object.keys((await storeOf(world).loadWorkflowSnapshot(RUN)).context), ['full']);
      world.advance(2000);
      await update(writer, 'after');
      assert.deepEqual(Object.keys((await storeOf(world).loadWorkflowSnapshot(RUN)).context), ['full', 'after']);
    }),
  );

  it(
    'drops runs from its lists that are gone, or are no longer what was asked for',
    inWorld({}, async (world) => {
      const behind = storeOf(world, { listLagMs: STALE_MS }, { overlay: false });
      const writer = storeOf(world);
      for (const runId of ['a', 'b', 'c', 'd']) {
        await writer.persistWorkflowSnapshot({ ...RUN, runId, resourceId: 'u', snapshot: makeSnapshot() });
      }
      world.advance(STALE_MS + 1);
      await writer.deleteWorkflowRunById({ ...RUN, runId: 'b' });
      await writer.persistWorkflowSnapshot({ ...RUN, runId: 'c', snapshot: makeSnapshot({ status: 'success' }) });
      await writer.updateWorkflowState({ ...RUN, runId: 'd', opts: { status: 'failed' } });
      const { runs, total } = await behind.listWorkflowRuns({ status: 'running', page: 0, perPage: 4 });
      assert.deepEqual([runs.map((/** @type {any} */ run) => run.runId), total], [['a'], 1]);
    }),
  );
});

/** Every operation, with what it is prepared by. Each may be made again after a failure with the same outcome. */
const operations =
  /** @type {Record<string, { prepare?: (store: Workflows) => Promise<unknown>, run: (store: Workflows) => Promise<unknown> }>} */ ({
    'persistWorkflowSnapshot, new': { run: (store) => persist(store) },
    'persistWorkflowSnapshot, over updates': { prepare: fill, run: (store) => persist(store) },
    loadWorkflowSnapshot: { prepare: fill, run: (store) => store.loadWorkflowSnapshot(RUN) },
    getWorkflowRunById: { prepare: fill, run: (store) => store.getWorkflowRunById(RUN) },
    'getWorkflowRunById, without a workflow': {
      prepare: fill,
      run: (store) => store.getWorkflowRunById({ runId: RUN.runId }),
    },
    listWorkflowRuns: { prepare: fill, run: (store) => store.listWorkflowRuns() },
    'listWorkflowRuns, of a status': { prepare: fill, run: (store) => store.listWorkflowRuns({ status: 'suspended' }) },
    updateWorkflowResults: { prepare: fill, run: (store) => update(store, 'again', { output: [1, null] }) },
    updateWorkflowState: {
      prepare: fill,
      run: (store) => store.updateWorkflowState({ ...RUN, opts: { status: 'failed', error: {} } }),
    },
    deleteWorkflowRunById: { prepare: fill, run: (store) => store.deleteWorkflowRunById(RUN) },
    dangerouslyClearAll: { prepare: fill, run: (store) => store.dangerouslyClearAll() },
  });

/** @param {Workflows} store */
const persist = (store) =>
  store.persistWorkflowSnapshot({ ...RUN, resourceId: 'u1', snapshot: snapshotWith({ full: {} }) });

/** @param {Workflows} store */
async function fill(store) {
  for (const workflowName of [RUN.workflowName, 'other']) {
    await store.persistWorkflowSnapshot({
      ...RUN,
      workflowName,
      snapshot: snapshotWith({ again: { output: [null, 2] } }),
    });
  }
  await update(store, 'first');
  await store.updateWorkflowState({ ...RUN, opts: { status: 'suspended' } });
}

/** What a user sees of all runs, without the times of now. @param {Workflows} store */
const view = async (store) =>
  comparable([
    await store.listWorkflowRuns(),
    await store.listWorkflowRuns({ status: 'suspended' }),
    await store.loadWorkflowSnapshot(RUN),
  ]);

/** @param {unknown} answer */
const comparable = (answer) =>
  JSON.parse(JSON.stringify(answer ?? null), (name, member) =>
    ['createdAt', 'updatedAt'].includes(name) ? undefined : member,
  );

/** What KV holds of the one run. @param {FakeKV} kv */
const keysOf = (kv) => kv.keys().filter((key) => key.includes(`:${RUN.workflowName}:${RUN.runId}`));

describe('a deleted run', () => {
  it(
    'is gone with all its updates, whatever lists show by then',
    inWorld({}, async (world) => {
      const [writer, deleter] = [0, 1].map(() => storeOf(world, { listLagMs: STALE_MS }, { overlay: false }));
      for (let i = 0; i < 3; i++) {
        await fill(writer);
        world.advance(1000);
        await deleter.deleteWorkflowRunById(RUN);
        assert.deepEqual(keysOf(world.threads), []);
        assert.equal(await writer.loadWorkflowSnapshot(RUN), null);
      }
    }),
  );

  it(
    'stays deleted for writers that are behind, and the next deletion takes what they left',
    inWorld({}, async (world) => {
      const behind = storeOf(world, { getCacheMs: STALE_MS, listLagMs: STALE_MS }, { overlay: false });
      const writer = storeOf(world);
      await fill(writer);
      await behind.loadWorkflowSnapshot(RUN);
      world.advance(1000);
      await writer.deleteWorkflowRunById(RUN);
      assert.deepEqual(keysOf(world.threads), []);
      await update(behind, 'late');
      assert.notDeepEqual(keysOf(world.threads), []);
      assert.equal(await storeOf(world).loadWorkflowSnapshot(RUN), null);
      assert.equal((await storeOf(world).listWorkflowRuns({ workflowName: RUN.workflowName })).total, 0);
      world.advance(STALE_MS + 1);
      assert.equal(await behind.loadWorkflowSnapshot(RUN), null);
      await writer.deleteWorkflowRunById(RUN);
      assert.deepEqual(keysOf(world.threads), []);
    }),
  );
});

describe('a failure of KV', () => {
  const open = () => {
    const faults = new Faults();
    const kv = new FakeKV({ faults });
    const make = (overlay = false) => {
      const bindings = { threads: kv.location(), messages: kv.location() };
      return /** @type {Workflows} */ (new WorkflowsStorageCloudflare({ bindings, overlay, retry: { attempts: 1 } }));
    };
    return { faults, make, kv };
  };

  for (const [name, { prepare, run }] of Object.entries(operations)) {
    for (const isDone of [false, true]) {
      it(`at any call, ${isDone ? 'though it was done' : 'before it was done'}, is an error that the same call mends: ${name}`, async () => {
        const plain = open();
        const undisturbed = plain.make();
        await prepare?.(undisturbed);
        const expected = comparable(await run(undisturbed));
        const seen = await view(undisturbed);
        for (let nth = 1; ; nth++) {
          const { faults, make, kv } = open();
          const store = make(nth % 2 === 0);
          await prepare?.(store);
          faults.clear();
          faults.add({ nth, isDone });
          const error = await run(store).then(
            () => null,
            (cause) => cause,
          );
          assert.equal(error !== null, faults.failures === 1, 'a failure is an error');
          faults.clear();
          if (error === null) {
            assert.ok(nth > 1);
            break;
          }
          const id = String(name.split(',')[0])
            .replace(/[A-Z]/g, (letter) => `_${letter}`)
            .toUpperCase();
          assert.equal(error.id, `MASTRA_STORAGE_CLOUDFLARE_${id}_FAILED`);
          assert.equal(error.details.code, 'KV_FAILED');
          const again = nth % 3 === 0 ? make() : store;
          assert.deepEqual(comparable(await run(again)), expected, `call ${nth}`);
          assert.deepEqual(await view(make()), seen, `call ${nth}`);
          if (name === 'deleteWorkflowRunById') assert.deepEqual(keysOf(kv), [], `call ${nth}`);
        }
      });
    }
  }
});

describe('a stored value that is not what the store writes', () => {
  for (const [key, value] of /** @type {[string, string][]} */ ([
    ['workflow_snapshot:pipeline:run-1', 'no JSON'],
    ['workflow_snapshot:pipeline:run-1', '[]'],
    ['metadata:workflow_snapshot:pipeline:run-1', 'no JSON'],
    ['metadata:workflow_snapshot:pipeline:run-1', '{"_writtenAt":1}'],
    ['metadata:workflow_snapshot:pipeline:run-1', '{"_writtenAt":1,"_recent":[]}'],
    ['metadata:workflow_snapshot:pipeline:run-1', '{"_writtenAt":1,"_recent":["x",7]}'],
  ])) {
    it(`is an error that names its key: ${key} = ${value}`, async () => {
      const kv = new FakeKV();
      const bindings = { threads: kv.location(), messages: kv.location() };
      const store = /** @type {Workflows} */ (new KVStore({ bindings, overlay: false }));
      await fill(store);
      kv.write(key, value);
      for (const read of [store.loadWorkflowSnapshot(RUN), store.listWorkflowRuns(), update(store, 'x')]) {
        await assert.rejects(read, { code: 'CORRUPT_RECORD', details: { key } });
      }
    });
  }

  it('but an update is an error as well, and other keys are passed over', async () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    const store = /** @type {Workflows} */ (new KVStore({ bindings, overlay: false }));
    await fill(store);
    const beginning = 'metadata:workflow_updates:pipeline:run-1:';
    for (const end of ['soon:x', '08638204561708440', '08638204561708440:a:b', '']) {
      kv.write(beginning + end, 'not ours');
    }
    kv.write('workflow_snapshot:pipeline', 'not ours');
    kv.write('workflow_snapshot:pipeline:run-1:x', 'not ours');
    assert.equal((await store.loadWorkflowSnapshot(RUN)).status, 'suspended');
    assert.equal((await store.listWorkflowRuns({ status: 'suspended' })).total, 1);
    const newest = kv.keys().findLast((key) => key.startsWith(beginning) && kv.read(key)?.value !== 'not ours') ?? '';
    for (const value of ['no JSON', '{"_writtenAt":1}']) {
      kv.write(newest, value);
      await assert.rejects(store.loadWorkflowSnapshot(RUN), { code: 'CORRUPT_RECORD', details: { key: newest } });
    }
  });
});

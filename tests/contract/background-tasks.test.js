/* Background tasks, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MastraError } from '@mastra/core/error';
import { BackgroundTasksStorageCloudflare, KVStore } from '../../js-shim/index.js';
import { AWKWARD_IDS, EXACT_TEXTS, domainFlavours, makeTask, openDomain } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { dateAt, idsOf } from '../support/samples.js';

/** @import { DomainStore } from '../support/domains.js' */

/** @param {DomainStore} store @param {object} [filter] */
const list = async (store, filter = {}) => {
  const { tasks, total } = await store.listTasks(filter);
  return `${idsOf(tasks).join()} of ${total}`;
};

/** Save tasks named 0, 1, … @param {DomainStore} store @param {Record<string, unknown>[]} all */
async function createTasks(store, all) {
  for (const [i, fields] of all.entries()) await store.createTask(makeTask({ id: `${i}`, ...fields }));
}

describeOnEachBackend('background tasks', (backend) => {
  const bindings = () => ({ threads: backend.current.threads, messages: backend.current.messages });

  for (const { name, make } of domainFlavours('backgroundTasks')) {
    describe(name, () => {
      const open = (keyPrefix = newPrefix()) => make({ bindings: bindings(), keyPrefix });

      it('give back what was saved, with Dates', async () => {
        const store = open();
        const task = makeTask({
          status: 'suspended',
          startedAt: dateAt(1),
          suspendedAt: dateAt(2),
          completedAt: dateAt(3),
          result: { a: [null] },
          error: { message: 'no', stack: 'at' },
          suspendPayload: { ask: 1 },
          suspendData: { more: '2026-03-01T09:00:00.000Z' },
        });
        assert.equal(await store.createTask(task), undefined);
        assert.deepEqual(await store.getTask('task'), task);
        assert.deepEqual(await store.listTasks({}), { tasks: [task], total: 1 });
        assert.equal(await store.getTask('nobody'), null);
      });

      it('leave out what was never set', async () => {
        const store = open();
        const { threadId: _threadId, resourceId: _resourceId, ...task } = makeTask();
        for (const nothing of [undefined, null]) {
          const optional = ['threadId', 'resourceId', 'error', 'startedAt', 'suspendedAt', 'completedAt'];
          await store.createTask({ ...task, ...Object.fromEntries(optional.map((column) => [column, nothing])) });
          assert.deepEqual(await store.getTask('task'), task);
        }
        await store.createTask({ ...task, result: undefined, suspendPayload: undefined });
        assert.deepEqual(await store.getTask('task'), task);
      });

      it('replace a task as a whole', async () => {
        const store = open();
        await store.createTask(makeTask({ result: 1, suspendData: 1, status: 'running' }));
        await store.createTask(makeTask());
        assert.deepEqual(await store.listTasks({}), { tasks: [makeTask()], total: 1 });
        assert.equal(await store.getRunningCount(), 0);
      });

      it('keep every value to the letter', async () => {
        const store = open();
        for (const text of EXACT_TEXTS) {
          const value = JSON.parse(text);
          await store.createTask(makeTask({ args: value, suspendPayload: value, other: value }));
          await store.updateTask('task', { result: value });
          const found = await store.getTask('task');
          for (const key of ['args', 'suspendPayload', 'other', 'result']) {
            assert.equal(JSON.stringify(found[key]), JSON.stringify(value), key);
          }
        }
        for (const result of [null, 0, '', false, [], {}, '{"a":1}', '2026-03-01T09:00:00.000Z', 1e21]) {
          await store.createTask(makeTask({ result }));
          assert.deepEqual((await store.getTask('task')).result, result);
          await store.updateTask('task', { result: 'x', suspendPayload: result });
          await store.updateTask('task', { result });
          const found = await store.getTask('task');
          assert.deepEqual([found.result, found.suspendPayload], [result, result]);
        }
      });

      describe('updateTask', () => {
        it('merges, and clears what is undefined', async () => {
          const store = open();
          const task = makeTask({ suspendPayload: 1, suspendData: 2, error: { message: 'no' }, startedAt: dateAt(1) });
          await store.createTask(task);
          const { error: _error, suspendData: _suspendData, startedAt: _startedAt, ...kept } = task;
          const change = { status: 'running', retryCount: 1, completedAt: dateAt(5), error: undefined };
          assert.equal(await store.updateTask('task', { ...change, suspendData: undefined, startedAt: null }), true);
          const expected = { ...kept, status: 'running', retryCount: 1, completedAt: dateAt(5) };
          assert.deepEqual(await store.getTask('task'), expected);
          assert.equal(await list(store, { status: 'running' }), 'task of 1');
          assert.equal(await list(store, { fromDate: dateAt(0), dateFilterBy: 'startedAt' }), ' of 0');
          assert.equal(await store.updateTask('task', {}), true);
          assert.deepEqual(await store.getTask('task'), expected);
        });

        it('does nothing to a task that is not there, or of another status', async () => {
          const store = open();
          assert.equal(await store.updateTask('task', { status: 'running' }), false);
          assert.equal(await store.getTask('task'), null);
          await store.createTask(makeTask());
          assert.equal(await store.updateTask('task', { status: 'failed' }, { expectedStatus: 'running' }), false);
          assert.deepEqual(await store.getTask('task'), makeTask());
          assert.equal(await store.updateTask('task', { status: 'running' }, { expectedStatus: 'pending' }), true);
          assert.equal(await store.updateTask('task', { status: 'running' }, { expectedStatus: 'pending' }), false);
          assert.equal(await store.updateTask('task', { status: 'failed' }, { expectedStatus: undefined }), true);
          assert.equal((await store.getTask('task')).status, 'failed');
        });

        it('changes neither the id nor what a task must have', async () => {
          const store = open();
          await store.createTask(makeTask());
          await store.updateTask('task', { id: 'other', status: undefined, createdAt: undefined, agentId: undefined });
          assert.deepEqual(await store.getTask('task'), makeTask());
          assert.equal(await store.getTask('other'), null);
        });

        it('refuses what is of the wrong type, and writes nothing', async () => {
          const store = open();
          await store.createTask(makeTask());
          /** @type {[any, RegExp][]} */
          const cases = [
            [{ status: 5 }, /status must be a string/],
            [{ status: null }, /status must be a string/],
            [{ startedAt: 'yesterday' }, /startedAt must be a Date/],
            [{ error: 'no' }, /error must be an object/],
            [{ retryCount: '1' }, /retryCount must be a finite number/],
            [undefined, /it must be an object/],
          ];
          for (const [change, message] of cases) {
            await assert.rejects(store.updateTask('task', change), { message });
          }
          assert.deepEqual(await store.getTask('task'), makeTask());
        });
      });

      it('refuse a task that is none', async () => {
        const store = open();
        for (const column of ['id', 'status', 'createdAt', 'agentId', 'runId', 'toolName', 'toolCallId']) {
          await assert.rejects(store.createTask(makeTask({ [column]: undefined })), {
            message: new RegExp(`^Invalid background task: ${column} must be`),
          });
        }
        await assert.rejects(store.createTask(makeTask({ id: '' })), { message: /id must be a non-empty string/ });
        await assert.rejects(store.createTask(makeTask({ createdAt: 'now' })), { message: /createdAt must be a Date/ });
        await assert.rejects(store.createTask(null), { message: /it must be an object/ });
        assert.equal(await list(store), ' of 0');
      });

      describe('listTasks', () => {
        it('filters by status and ids', async () => {
          const store = open();
          await createTasks(store, [
            { status: 'pending', agentId: 'a', threadId: 't', toolName: 'x' },
            { status: 'running', agentId: 'a', threadId: undefined, resourceId: 'r2' },
            { status: 'running', agentId: 'b', runId: 'ö:' },
            { status: 'completed', agentId: 'b', toolCallId: 'c2' },
          ]);
          assert.equal(await list(store), '0,1,2,3 of 4');
          assert.equal(await list(store, { status: 'running' }), '1,2 of 2');
          assert.equal(await list(store, { status: ['pending', 'completed', 'timed_out'] }), '0,3 of 2');
          assert.equal(await list(store, { status: [] }), ' of 0');
          assert.equal(await list(store, { status: 'run' }), ' of 0');
          assert.equal(await list(store, { agentId: 'a' }), '0,1 of 2');
          assert.equal(await list(store, { agentId: 'a', status: 'running' }), '1 of 1');
          assert.equal(await list(store, { threadId: 't' }), '0 of 1');
          assert.equal(await list(store, { resourceId: 'r2' }), '1 of 1');
          assert.equal(await list(store, { toolName: 'x' }), '0 of 1');
          assert.equal(await list(store, { toolCallId: 'c2' }), '3 of 1');
          assert.equal(await list(store, { runId: 'ö:' }), '2 of 1');
          assert.equal(await list(store, { runId: 'ö' }), ' of 0');
          const nothing = { status: '', agentId: '', threadId: undefined, resourceId: null, toolName: '', runId: '' };
          assert.equal(await list(store, nothing), '0,1,2,3 of 4');
          assert.equal(await store.getRunningCount(), 2);
          assert.equal(await store.getRunningCountByAgent('b'), 1);
          assert.equal(await store.getRunningCountByAgent('c'), 0);
        });

        it('filters by dates, from inclusive, to exclusive', async () => {
          const store = open();
          await createTasks(store, [
            { createdAt: dateAt(1000), completedAt: dateAt(9000) },
            { createdAt: dateAt(2000) },
            { createdAt: dateAt(3000), completedAt: dateAt(4000) },
          ]);
          assert.equal(await list(store, { fromDate: dateAt(2000) }), '1,2 of 2');
          assert.equal(await list(store, { toDate: dateAt(2000) }), '0 of 1');
          assert.equal(await list(store, { fromDate: dateAt(1000), toDate: dateAt(3000) }), '0,1 of 2');
          assert.equal(await list(store, { fromDate: dateAt(2000), toDate: dateAt(2000) }), ' of 0');
          assert.equal(await list(store, { fromDate: dateAt(0), dateFilterBy: 'completedAt' }), '0,2 of 2');
          assert.equal(await list(store, { toDate: dateAt(9000), dateFilterBy: 'completedAt' }), '2 of 1');
          assert.equal(await list(store, { fromDate: dateAt(2000).toISOString() }), '1,2 of 2');
          assert.equal(await list(store, { dateFilterBy: 'completedAt' }), '0,1,2 of 3');
        });

        it('orders, with what lacks the date first', async () => {
          const store = open();
          await createTasks(store, [
            { createdAt: dateAt(3000), startedAt: dateAt(1000) },
            { createdAt: dateAt(1000), startedAt: dateAt(2000) },
            { createdAt: dateAt(2000) },
          ]);
          assert.equal(await list(store), '1,2,0 of 3');
          assert.equal(await list(store, { orderDirection: 'desc' }), '0,2,1 of 3');
          assert.equal(await list(store, { orderBy: 'startedAt' }), '2,0,1 of 3');
          assert.equal(await list(store, { orderBy: 'startedAt', orderDirection: 'desc' }), '1,0,2 of 3');
          assert.equal(await list(store, { orderBy: 'completedAt', orderDirection: 'desc' }), '0,1,2 of 3');
        });

        it('pages', async () => {
          const store = open();
          await createTasks(
            store,
            Array.from({ length: 5 }, (_, i) => ({ createdAt: dateAt(i) })),
          );
          assert.equal(await list(store, { page: 0, perPage: 2 }), '0,1 of 5');
          assert.equal(await list(store, { page: 2, perPage: 2 }), '4 of 5');
          assert.equal(await list(store, { page: 3, perPage: 2 }), ' of 5');
          assert.equal(await list(store, { perPage: 3 }), '0,1,2 of 5');
          assert.equal(await list(store, { page: 1 }), '0,1,2,3,4 of 5');
          assert.equal(await list(store, { perPage: 0 }), ' of 5');
          assert.equal(await list(store, { page: 2 ** 50, perPage: 2 ** 50 }), ' of 5');
          for (const perPage of [-1, 1.5, NaN, null]) {
            await assert.rejects(list(store, { perPage }), { message: 'perPage must be >= 0' });
          }
          await assert.rejects(list(store, { page: -1, perPage: 1 }), { message: 'page must be >= 0' });
        });

        it('refuses filters that could mean all tasks by mistake', async () => {
          const store = open();
          await store.createTask(makeTask());
          /** @type {[any, RegExp][]} */
          const cases = [
            [undefined, /filter must be an object/],
            [null, /filter must be an object/],
            [{ toDate: new Date(NaN) }, /toDate of a date range must be/],
            [{ fromDate: 5 }, /fromDate of a date range must be/],
            [{ orderBy: 'status' }, /orderBy must be createdAt, startedAt, suspendedAt or completedAt/],
            [{ dateFilterBy: 'updatedAt' }, /dateFilterBy must be/],
          ];
          for (const [filter, message] of cases) {
            await assert.rejects(store.listTasks(filter), { message });
            await assert.rejects(store.deleteTasks(filter), { message });
          }
          assert.equal(await list(store), 'task of 1');
        });

        it('finds what KV metadata has no room for', async () => {
          const store = open();
          const long = (/** @type {string} */ end) => `${'ü'.repeat(150)}${end}`;
          await createTasks(
            store,
            Array.from({ length: 6 }, (_, i) => ({
              agentId: long(`${i % 2}`),
              toolName: long('tool'),
              runId: long(`${i % 3}`),
              status: i < 4 ? 'running' : 'pending',
            })),
          );
          assert.equal(await list(store, { agentId: long('1') }), '1,3,5 of 3');
          assert.equal(await list(store, { runId: long('0'), perPage: 1 }), '0 of 2');
          assert.equal(await list(store, { runId: long('0'), agentId: long('1') }), '3 of 1');
          assert.equal(await list(store, { runId: long('') }), ' of 0');
          assert.equal(await store.getRunningCount(), 4);
          assert.equal(await store.getRunningCountByAgent(long('1')), 2);
        });
      });

      describe('deleteTask and deleteTasks', () => {
        it('delete, and know nothing of what is not there', async () => {
          const store = open();
          await createTasks(store, [{}, {}]);
          assert.equal(await store.deleteTask('0'), undefined);
          assert.equal(await store.deleteTask('0'), undefined);
          assert.equal(await store.getTask('0'), null);
          assert.equal(await list(store), '1 of 1');
        });

        it('delete what listTasks would answer', async () => {
          const store = open();
          const all = Array.from({ length: 8 }, (_, i) => ({
            status: i % 2 ? 'completed' : 'running',
            completedAt: i % 2 ? dateAt(i) : undefined,
          }));
          await createTasks(store, all);
          await store.deleteTasks({ status: 'completed', toDate: dateAt(5), dateFilterBy: 'completedAt' });
          assert.equal(await list(store), '0,2,4,5,6,7 of 6');
          await store.deleteTasks({ status: 'running', page: 1, perPage: 2 });
          assert.equal(await list(store), '0,2,5,7 of 4');
          await store.deleteTasks({ status: [] });
          await store.deleteTasks({ perPage: 0 });
          assert.equal(await list(store), '0,2,5,7 of 4');
          await store.deleteTasks({});
          assert.equal(await list(store), ' of 0');
        });
      });

      it('keeps stores of two prefixes apart', async () => {
        const keyPrefix = newPrefix();
        const stores = [open(keyPrefix), open(`${keyPrefix}x_`), open('')];
        for (const [i, store] of stores.entries()) {
          await store.createTask(makeTask({ retryCount: i, status: 'running' }));
        }
        for (const [i, store] of stores.entries()) {
          assert.equal((await store.getTask('task')).retryCount, i);
          assert.equal(await list(store), 'task of 1');
          assert.equal(await store.getRunningCount(), 1);
        }
        await stores[0].deleteTasks({});
        await stores[2].dangerouslyClearAll();
        assert.deepEqual(await Promise.all(stores.map((store) => list(store))), [' of 0', 'task of 1', ' of 0']);
        await stores[1].dangerouslyClearAll();
      });

      it('keeps ids of every shape apart', async () => {
        const store = open();
        const ids = AWKWARD_IDS;
        await Promise.all(
          ids.map((id, i) => store.createTask(makeTask({ id, agentId: id, runId: id, retryCount: i }))),
        );
        for (const [i, id] of ids.entries()) {
          assert.equal((await store.getTask(id)).retryCount, i, JSON.stringify(id));
          const { tasks, total } = await store.listTasks({ agentId: id, runId: id });
          assert.deepEqual([idsOf(tasks), total], [[id], 1], JSON.stringify(id));
        }
        for (const id of ids.slice(0, 10)) await store.deleteTask(id);
        assert.equal((await store.listTasks({})).total, ids.length - 10);
      });

      it('lose no update of different tasks at once', async () => {
        const store = open();
        const ids = Array.from({ length: 30 }, (_, i) => `${i}`);
        await Promise.all(ids.map((id) => store.createTask(makeTask({ id }))));
        const done = await Promise.all(ids.map((id) => store.updateTask(id, { status: 'running', result: id })));
        assert.ok(done.every(Boolean));
        assert.equal(await store.getRunningCount(), 30);
      });
    });
  }
});

describe('background tasks in a KV of their own', () => {
  const open = () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    return { kv, bindings, store: openDomain('backgroundTasks', { bindings }) };
  };

  it('are one key each, with all that lists ask for in its KV metadata', async () => {
    const { kv, store } = open();
    await store.createTask(makeTask({ threadId: 'größe', startedAt: dateAt(1000) }));
    assert.deepEqual(kv.keys(), ['background_tasks:task']);
    assert.deepEqual(JSON.parse(/** @type {any} */ (kv.read('background_tasks:task')).metadata), {
      createdAt: '2026-03-01T09:00:00.000Z',
      startedAt: '2026-03-01T09:00:01.000Z',
      status: 'pending',
      agentId: 'agent',
      threadId: 'gr%C3%B6%C3%9Fe',
      resourceId: 'user',
      toolName: 'search',
      toolCallId: 'call',
      runId: 'run',
    });
  });

  it('are listed, counted and deleted beyond 1,000', async () => {
    const { store } = open();
    const count = 2345;
    for (let at = 0; at < count; at += 8) {
      const ids = Array.from({ length: Math.min(8, count - at) }, (_, i) => at + i);
      await Promise.all(
        ids.map((i) =>
          store.createTask(makeTask({ id: `${i}`, createdAt: dateAt(i), status: i % 3 ? 'completed' : 'running' })),
        ),
      );
    }
    const { tasks, total } = await store.listTasks({});
    assert.deepEqual([tasks.length, total], [count, count]);
    assert.deepEqual(
      tasks.map((/** @type {any} */ { id }) => Number(id)),
      Array.from({ length: count }, (_, i) => i),
    );
    assert.equal(await store.getRunningCount(), 782);
    assert.deepEqual(idsOf((await store.listTasks({ page: 23, perPage: 100 })).tasks).at(-1), '2344');
    await store.deleteTasks({ status: 'completed' });
    assert.equal((await store.listTasks({ perPage: 0 })).total, 782);
  });

  it('are listed as they are, not as their metadata was', async () => {
    const { kv, store } = open();
    for (let i = 0; i < 5; i++) {
      await store.createTask(makeTask({ id: `${i}`, status: 'running', createdAt: dateAt(i) }));
    }
    const stale = (/** @type {string} */ id, /** @type {object | null} */ fields) => {
      const { value, metadata } = /** @type {any} */ (kv.read(`background_tasks:${id}`));
      kv.write(`background_tasks:${id}`, fields && JSON.stringify({ ...JSON.parse(value), ...fields }), { metadata });
    };
    stale('0', { status: 'completed' }); // a list that is behind
    kv.write('background_tasks:1', /** @type {any} */ (kv.read('background_tasks:1')).value); // metadata got lost
    kv.write('background_tasks:x:y', '{}'); // not ours
    assert.equal(await list(store, { status: 'running', perPage: 2 }), '1,2 of 4');
    await store.deleteTasks({ status: 'running' });
    assert.equal(await list(store), '0 of 1');
  });

  it('fail as Mastra has it', async () => {
    const { kv, bindings } = open();
    const domain = new BackgroundTasksStorageCloudflare({ bindings });
    await assert.rejects(domain.getTask(''), (/** @type {any} */ error) => {
      assert.ok(error instanceof MastraError);
      assert.deepEqual([error.id, error.category], ['MASTRA_STORAGE_CLOUDFLARE_GET_TASK_FAILED', 'USER']);
      return true;
    });
    await assert.rejects(domain.createTask(/** @type {any} */ (makeTask({ id: 'x'.repeat(500) }))), {
      id: 'MASTRA_STORAGE_CLOUDFLARE_CREATE_TASK_KEY_TOO_LONG',
    });
    assert.deepEqual(kv.keys(), []);
    kv.write('background_tasks:task', '[]');
    await assert.rejects(domain.getTask('task'), { category: 'THIRD_PARTY', message: /"background_tasks:task"/ });
    await assert.rejects(domain.listTasks({}), { category: 'THIRD_PARTY' });
    await assert.rejects(domain.updateTask('task', { retryCount: 1 }), { category: 'THIRD_PARTY' });
    await assert.rejects(domain.deleteTasks({}), { category: 'THIRD_PARTY' });
    assert.deepEqual(kv.keys(), ['background_tasks:task']);
  });

  it('leave the other domains alone when they are cleared', async () => {
    const { kv, bindings, store } = open();
    const all = new KVStore({ bindings });
    await all.setState({ threadId: 't', type: 'goal', value: 1 });
    const others = kv.keys();
    await store.createTask(makeTask());
    await store.dangerouslyClearAll();
    assert.deepEqual(kv.keys(), others);
    await store.createTask(makeTask());
    await all.dangerouslyClearAll();
    assert.deepEqual(kv.keys(), []);
    await assert.rejects(all.dangerouslyClearAll(/** @type {any} */ ('tasks')), { code: 'INVALID_ARGUMENT' });
  });
});

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  eraseResource,
  exportRecords,
  importRecords,
  prune,
  repair,
  stats,
  upgrade,
  verify,
} from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { buffer, observing, start } from '../support/observations.js';
import { makeMessages, makeThread } from '../support/samples.js';

/* docs/care.md tells these costs: KV calls, by 1,000 keys. */

describe('the calls that 1,000 keys take', () => {
  /** @type {KVStore} */
  let store;
  /** What an empty store costs: a list for everything that there could be. @type {number} */
  let empty;

  before(async () => {
    const open = () =>
      new KVStore({ bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() } });
    store = open();
    empty = (await stats(open())).calls;
    for (let i = 0; i < 1000; i++) await store.saveThread({ thread: makeThread({ id: `t${i}` }) });
    await store.saveMessages({ messages: makeMessages(1000) });
    for (let i = 0; i < 250; i++) {
      await store.saveScore({
        ...{ scorerId: 's', runId: 'r', score: 1, scorer: {}, entity: {}, source: 'LIVE', output: {} },
        ...{ entityType: 'AGENT', entityId: 'e', traceId: 't', spanId: `${i}` },
      });
    }
  });

  /**
   * @param {string} table
   * @param {typeof verify | typeof stats} task
   */
  const callsOf = async (table, task) => {
    const { calls, tables } = await task(store, { tables: [table] });
    return { calls, keys: tables[table].keys };
  };

  test('stats: 20', async () => {
    const { calls, keys } = await callsOf('messages', stats);
    assert.equal(keys, 2000);
    assert.equal(calls, 40 + 2, 'and the schema document, and a list that finds no families');
  });

  test('verify of messages with their locators, and whether their threads were deleted: 35 by 1,000 keys', async () => {
    const { calls } = await callsOf('messages', verify);
    assert.equal(calls, 70 + 2, 'and the schema document, and a list that finds no families');
  });

  test('verify of threads with their index, and whether they were deleted: 35 by 1,000 keys', async () => {
    const { calls, keys } = await callsOf('threads', verify);
    assert.equal(keys, 2001);
    assert.equal(calls, 70 + 3 + 2, 'three for the one family, the schema document, and a list that finds no marks');
  });

  test('verify of 250 scores, 1,250 keys with their four indexes', async () => {
    const { calls, keys } = await callsOf('scorers', verify);
    assert.equal(keys, 1250);
    assert.ok(calls <= 3 * 6 + 4 * 3 * 3, `${calls}`);
  });

  test('verify of observational memory: 40 by 1,000 keys', async () => {
    const memory = observing(new KVStore({ bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() } })); // prettier-ignore
    for (let i = 0; i < 250; i++) {
      const { id } = await start(memory, { threadId: `t${i}` });
      await buffer(memory, id, 'a');
      await memory.setObservingFlag(id, true);
    }
    const { calls, tables, problems } = await verify(/** @type {any} */ (memory), { tables: ['observational_memory'] });
    assert.deepEqual([tables.observational_memory.keys, problems], [1500, []]);
    assert.ok(calls <= 60, `${calls}`);
  });

  test('an empty store: the schema document, and a list for everything that there could be', () =>
    assert.ok(empty <= 31, `${empty}`));
});

describe('the calls of what writes, and of an export', () => {
  /** The schema document and the lists of an empty store, at most. */
  const empty = 31;

  /**
   * @param {KVStore} store
   * @param {{ resourceId?: string }} options
   */
  const linesOf = async (store, options) => {
    const lines = [];
    for await (const line of exportRecords(store, options)) lines.push(line);
    return lines;
  };

  /** A thread with 1,000 messages: 2,000 keys of messages, and few others. */
  const fill = async () => {
    const calls = new CallCounter();
    const bindings = {
      threads: calls.wrap(new FakeKV().location()),
      messages: calls.wrap(new FakeKV().location()),
    };
    const store = new KVStore({ bindings, overlay: false });
    await store.saveThread({ thread: makeThread() });
    await store.saveMessages({ messages: makeMessages(1000) });
    calls.reset();
    return { store, calls };
  };

  /** @param {CallCounter} calls */
  const written = (calls) => calls.count('put') + calls.count('delete');

  test('exportRecords: 20 by 1,000 keys, and of one person no more than a bulk get a page', async () => {
    const { store, calls } = await fill();
    const lines = await linesOf(store, {});
    assert.ok(lines.length > 1000, `${lines.length}`);
    assert.equal(written(calls), 0);
    assert.ok(calls.cost.calls <= 40 + empty, `${calls.cost.calls}`);
    calls.reset();
    assert.equal((await linesOf(store, { resourceId: 'u1' })).length, lines.length);
    assert.ok(calls.cost.calls <= 60 + empty, `${calls.cost.calls}`);
  });

  test('importRecords: a put for each record and each locator, and little else', async () => {
    const { store } = await fill();
    const lines = await linesOf(store, {});
    const calls = new CallCounter();
    const bindings = {
      threads: calls.wrap(new FakeKV().location()),
      messages: calls.wrap(new FakeKV().location()),
    };
    const report = await importRecords(new KVStore({ bindings, overlay: false }), lines);
    assert.equal(report.calls, calls.cost.calls);
    assert.ok(calls.count('put') <= 2000 + 5, `${calls.count('put')}`);
    assert.ok(calls.cost.calls <= calls.count('put') + 5, `${calls.cost.calls}`);
  });

  test('repair of what is whole: as verify, and nothing is written', async () => {
    const { store, calls } = await fill();
    assert.equal((await repair(store)).calls, calls.cost.calls);
    assert.ok(calls.cost.calls <= 70 + empty, `${calls.cost.calls}`);
    assert.equal(written(calls), 0);
  });

  test('upgrade: 40 by 1,000 threads, whatever their messages are, and a put for each entry that is missing', async () => {
    const kv = new FakeKV();
    const store = new KVStore({ bindings: { threads: kv.location(), messages: new FakeKV().location() } });
    for (let i = 0; i < 1000; i++) await store.saveThread({ thread: makeThread({ id: `t${i}` }) });
    await store.saveMessages({ messages: makeMessages(1000) });
    kv.write('metadata:schema', '{"version":1}');
    const { calls, written } = await upgrade(store, { dryRun: true });
    assert.deepEqual([calls, written], [40 + 2, 0], 'and the schema document, and a list that finds no scores');
    assert.equal((await upgrade(store)).calls, 40 + 6, 'and what init and the end read and write');
  });

  test('eraseResource: 40 by 1,000 keys, and a delete for each key', async () => {
    const { store, calls } = await fill();
    assert.equal((await eraseResource(store, { resourceId: 'u1' })).calls, calls.cost.calls);
    assert.equal(calls.count('put'), 0);
    assert.ok(calls.count('delete') <= 2000 + 5, `${calls.count('delete')}`);
    assert.ok(calls.cost.calls - calls.count('delete') <= 80 + 2 * empty, `${calls.cost.calls}`);
  });

  test('prune: a list, the threads that lose messages, and 2 deletes for each of them', async () => {
    const { store, calls } = await fill();
    assert.deepEqual(await prune(store, { maxAge: { messages: 1 }, maxRows: 100 }), [
      { table: 'messages', deleted: 100, done: false },
    ]);
    assert.equal(calls.count('delete'), 200);
    assert.equal(calls.count('put'), 0);
    assert.ok(calls.cost.calls - 200 <= 10, `${calls.cost.calls}`);
  });
});

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { stats, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
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
    assert.equal(calls, 40 + 1, 'and a list that finds no families');
  });

  test('verify of messages with their locators, and whether their threads were deleted: 35 by 1,000 keys', async () => {
    const { calls } = await callsOf('messages', verify);
    assert.equal(calls, 70 + 1, 'and a list that finds no families');
  });

  test('verify of threads with their index: 30 by 1,000 keys', async () => {
    const { calls, keys } = await callsOf('threads', verify);
    assert.equal(keys, 2001);
    assert.equal(calls, 60 + 3 + 1, 'three for the one family there is, and a list that finds no marks');
  });

  test('verify of 250 scores, 1,250 keys with their four indexes', async () => {
    const { calls, keys } = await callsOf('scorers', verify);
    assert.equal(keys, 1250);
    assert.ok(calls <= 3 * 6 + 4 * 3 * 3, `${calls}`);
  });

  test('an empty store: a list for everything that there could be', () => assert.ok(empty <= 30, `${empty}`));
});

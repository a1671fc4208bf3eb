/* Stores of different key prefixes in the same namespaces: whatever one of them does, data care and clearing included, the
 * other's keys stay as they are, and none of them is in its answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eraseResource, exportRecords, importRecords, prune, repair, stats, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump } from '../support/dump.js';
import { FakeKV } from '../support/fake-kv.js';
import { fill } from '../support/full-store.js';

/** The tenant who acts, and the other: a prefix that begins the other's, that ends it, and names of tables. */
const PAIRS = [
  ['dev', 'dev_'],
  ['dev_', 'dev'],
  ['', 'dev_'],
  ['dev_', ''],
  ['', 'threads'],
  ['metadata', ''],
  ['', 'metadata'],
  ['quarantine', ''],
  ['a', 'a%3A'],
  ['t:', 't:t:'],
];

/** @param {AsyncIterable<string>} lines */
const collect = async (lines) => {
  const all = [];
  for await (const line of lines) all.push(line);
  return all;
};

describe('tenants of one namespace', () => {
  for (const [mine, others] of PAIRS) {
    test(`${JSON.stringify(mine)} never meets ${JSON.stringify(others)}`, async () => {
      const kv = new FakeKV();
      const bindings = { threads: kv.location(), messages: kv.location() };
      const store = /** @type {any} */ (new KVStore({ bindings, keyPrefix: mine, overlay: false }));
      const other = /** @type {any} */ (new KVStore({ bindings, keyPrefix: others, overlay: false }));
      await fill(other, { resources: ['ada', 'mallory'], messages: 2 });
      await other.init();
      kv.write(`${others}threads:broken`, '{');
      await repair(other); // what it sets aside is the other's as well
      const before = dump(kv);
      const isUntouched = (/** @type {string} */ after) => {
        const now = dump(kv);
        for (const [key, held] of Object.entries(before)) assert.deepEqual(now[key], held, `${key} after ${after}`);
      };

      await fill(store, { resources: ['ada'], messages: 2 });
      await store.init();
      isUntouched('writes');
      const own = Object.keys(dump(kv)).length - Object.keys(before).length;
      const { tables } = await stats(store);
      const counted = Object.values(tables).reduce((sum, { keys }) => sum + keys, 0);
      assert.equal(counted, own - 1, 'all but the schema document');
      assert.deepEqual((await verify(store)).problems, []);
      kv.write(`${mine}threads:broken`, '{');
      await repair(store);
      isUntouched('repair');
      const lines = await collect(exportRecords(store));
      assert.ok(lines.every((line) => !line.includes('mallory')));
      assert.ok(lines.length > 20);
      await importRecords(store, lines);
      isUntouched('import');
      assert.equal((await store.listThreads({})).total, 2);
      assert.deepEqual((await store.listThreads({ filter: { resourceId: 'mallory' } })).threads, []);
      await eraseResource(store, { resourceId: 'mallory' });
      await eraseResource(store, { resourceId: 'ada' });
      isUntouched('erase');
      await prune(store, { maxAge: { threads: '1d', messages: '1d', resources: '1d' } });
      isUntouched('prune');
      await fill(store, { resources: ['ada'], messages: 2 });
      await store.deleteThread({ threadId: 'ada-1' });
      await store.dangerouslyClearAll();
      isUntouched('clear');
    });
  }

  test('whose prefix would put its keys among those of another is refused', () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    for (const keyPrefix of ['quarantine:', 'dev_quarantine:', 'threads:', 'dev_metadata:', 'x_scorers:y']) {
      assert.throws(() => new KVStore({ bindings, keyPrefix }), { code: 'INVALID_ARGUMENT' }, keyPrefix);
    }
  });
});

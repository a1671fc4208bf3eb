/* A store's namespaces are found by their titles, those of all its tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { fill } from '../support/full-store.js';
import { envOf, mkv } from '../support/mkv.js';
import { RestApiOver } from '../support/rest-api.js';
import { startRestServer } from '../support/rest-server.js';
import { restStore } from '../support/rest-store.js';

test('what is looked after is all of it, and nothing of a person who is erased is left in any namespace', async () => {
  const { kvs } = restStore();
  const namespaces = Object.entries(kvs).map(([table, kv]) => [`memory_${table}`, kv.location()]);
  const api = new RestApiOver(Object.fromEntries(namespaces));
  await fill(new KVStore(/** @type {any} */ ({ ...api.options, namespacePrefix: 'memory_', overlay: false })), {
    resources: ['ada'],
  });
  for (const [table, kv] of Object.entries(kvs)) assert.ok(kv.keys().length > 0, table);
  const { options, close } = await startRestServer({ api });
  try {
    const run = (/** @type {string[]} */ ...args) =>
      mkv([...args, '--namespace-prefix', 'memory_', '--json'], { env: envOf(options) });
    const { stdout, stderr } = await run('stats');
    assert.equal(stderr, '');
    assert.deepEqual(Object.keys(JSON.parse(stdout).tables).filter((table) => table in kvs).toSorted(), Object.keys(kvs).toSorted()); // prettier-ignore
    const erased = await run('erase', 'ada', '--yes');
    assert.equal(erased.status, 0, erased.stderr);
    const left = Object.values(kvs).flatMap((kv) => kv.keys().map((key) => `${key} ${kv.read(key)?.value}`));
    assert.deepEqual(left.filter((text) => text.includes('ada')), []); // prettier-ignore
  } finally {
    await close();
  }
});

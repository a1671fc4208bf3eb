/* Data care where calls are few: in workerd, step after step, each a request of its own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { KVStore } from '../../js-shim/kv-store.js';
import { MastraLayout, at } from '../support/mastra-layout.js';
import { bundledModules, wrangler } from '../support/worker.js';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */

const BUNDLE = fileURLToPath(new URL('../../build/care-worker', import.meta.url));
const CONFIG = fileURLToPath(new URL('worker/wrangler.toml', import.meta.url));

/** @type {Miniflare} */
let miniflare;

before(async () => {
  await wrangler('deploy', '--dry-run', '--config', CONFIG, '--outdir', BUNDLE);
  miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    modulesRoot: BUNDLE,
    modules: await bundledModules(BUNDLE),
    kvNamespaces: ['THREADS', 'MESSAGES', 'OLD'],
  });
  await miniflare.ready;
});
after(() => miniflare?.dispose());

/**
 * Ask for steps until the task is done.
 * @param {string} path
 * @param {number} maxCalls
 */
async function inSteps(path, maxCalls) {
  const query = new URLSearchParams({ maxCalls: String(maxCalls) });
  for (let steps = 1; ; steps++) {
    const response = await miniflare.dispatchFetch(`http://worker${path}?${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const report = JSON.parse(text);
    assert.ok(report.calls <= maxCalls, `${report.calls} calls`);
    if (report.done) return { ...report, steps };
    query.set('cursor', report.cursor);
  }
}

/** @param {string} name @returns {Promise<KVNamespaceLike>} */
const namespace = async (name) => /** @type {any} */ (await miniflare.getKVNamespace(name));

test("Mastra's own adapter's data is moved, and is sound", async () => {
  const old = new MastraLayout({ isOneNamespace: true });
  for (const id of ['t:1', 't:2']) {
    old.thread({ id, createdAt: at(0), updatedAt: at(9) });
    const ids = Array.from({ length: 20 }, (_, i) => `${id}:${String.fromCharCode(97 + ((i * 7) % 20))}`);
    for (const message of ids) old.message(id, { id: message, createdAt: at(1) });
    old.order(id, ids.map((message, score) => ({ id: message, score }))); // prettier-ignore
  }
  // A bulk read in workerd leaves out names that look like the indexes of an array.
  old.resource({ id: '42', workingMemory: 'Knows', createdAt: at(1), updatedAt: at(2) });
  const [kv, OLD] = [old.kvs.mastra_threads, await namespace('OLD')];
  for (const key of kv.keys()) await OLD.put(key, String(kv.read(key)?.value));

  const { tables, problems, steps } = await inSteps('/migrate', 60);
  assert.deepEqual(problems, []);
  assert.ok(steps > 2, `${steps} steps`);
  const written = Object.entries(tables).map(([table, { written: count }]) => [table, count]);
  assert.deepEqual(Object.fromEntries(written), { threads: 2, messages: 40, resources: 1 });
  const { problems: wrong } = await inSteps('/verify', 60);
  assert.deepEqual(wrong, []);

  const bindings = { threads: await namespace('THREADS'), messages: await namespace('MESSAGES') };
  const store = new KVStore({ bindings });
  const { messages } = await store.listMessages({ threadId: 't:1', perPage: false });
  const order = JSON.parse(String(kv.read('mastra_messages:t:1:messages')?.value)).map(
    (/** @type {any} */ { id }) => id,
  );
  assert.deepEqual(messages.map(({ id }) => id), order); // prettier-ignore
  assert.deepEqual((await store.getThreadById({ threadId: 't:1' }))?.updatedAt, new Date(at(9)));
  assert.equal((await store.getResourceById({ resourceId: '42' }))?.workingMemory, 'Knows');
});

/* The REST way in where it is hardest: in workerd, which allows no I/O while a store is built and no request to wait for
 * another's promise; and under `wrangler dev`, whose Worker's data it reads and writes from outside. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Miniflare, Response as MiniflareResponse } from 'miniflare';
import { KVStore } from '../../js-shim/kv-store.js';
import { ACCOUNT_ID, API_TOKEN, RestApi, startRestApi } from '../support/rest-api.js';
import { idsOf, makeMessage, makeThread } from '../support/samples.js';
import { bundledModules, makeTemporaryDirectory, startWranglerDev, wrangler } from '../support/worker.js';

const BUNDLE = fileURLToPath(new URL('../../build/rest-worker', import.meta.url));
const CONFIG = fileURLToPath(new URL('worker/wrangler.toml', import.meta.url));

describe('a Worker without bindings', () => {
  /** @type {Awaited<ReturnType<typeof startRestApi>>} */
  let server;
  /** @type {Miniflare} */
  let miniflare;

  before(async () => {
    await wrangler('deploy', '--dry-run', '--config', CONFIG, '--outdir', BUNDLE);
    server = await startRestApi();
    miniflare = new Miniflare({
      cf: false,
      compatibilityDate: '2026-07-01',
      modulesRoot: BUNDLE,
      modules: await bundledModules(BUNDLE),
      bindings: { ACCOUNT_ID, API_TOKEN },
      // All that the Worker fetches.
      outboundService: async (/** @type {any} */ request) => {
        const { url, method, headers } = request;
        const body = method === 'GET' ? undefined : await request.text();
        const answer = await server.api.fetch(url, { method, headers: Object.fromEntries(headers), body });
        return new MiniflareResponse(await answer.arrayBuffer(), {
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
        });
      },
    });
    await miniflare.ready;
  });
  after(async () => {
    await miniflare?.dispose();
    await server?.close();
  });

  /** @param {string} id @param {any} [init] */
  const ask = async (id, init) => {
    const response = await miniflare.dispatchFetch(`http://worker/${id}`, init);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };

  it('serves many requests at once, from its first on', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await Promise.all(ids.map((id) => ask(id, { method: 'PUT', body: `Hello from ${id}` })));
    const lists = await Promise.all(ids.map((id) => ask(id)));
    assert.deepEqual(
      lists.map(({ messages }) => messages.map((/** @type {any} */ { content }) => content.content)),
      ids.map((id) => [`Hello from ${id}`]),
    );
    const titles = server.api.namespaces.map(({ title }) => title).sort();
    assert.deepEqual(titles, ['worker_messages', 'worker_threads']);
  });

  it('and a program outside see the same data', async () => {
    const store = new KVStore({ ...server.api.options, namespacePrefix: 'worker_' });
    assert.deepEqual(idsOf((await store.listMessages({ threadId: 't3' })).messages), ['t3-1']);
    assert.equal((await store.listThreads({ filter: { resourceId: 'u1' } })).total, 12);
  });
});

describe('the Worker of make dev', () => {
  it('and a program outside share their data', async () => {
    const state = await makeTemporaryDirectory();
    const worker = await startWranglerDev(state);
    try {
      const said = await worker.ask('POST', '/api/chat', {
        threadId: 'from-worker',
        resourceId: 'ada',
        message: 'Hello',
      });
      assert.equal(said.status, 200, said.text);

      const explorer = `${worker.url}/cdn-cgi/explorer/api`;
      const { result } = /** @type {any} */ (await (await fetch(`${explorer}/storage/kv/namespaces`)).json());
      const api = new RestApi(explorer, []);
      api.namespaces.push(...result);
      const id = (/** @type {string} */ title) => result.find((/** @type {any} */ each) => each.title === title)?.id;
      const namespaces = { threads: id('THREADS_KV'), messages: id('MESSAGES_KV') };
      const store = new KVStore({ ...api.options, namespaces });

      const { messages } = await store.listMessages({ threadId: 'from-worker' });
      assert.deepEqual([messages.length, messages[0].role], [2, 'user']);
      const { threads } = await store.listThreads({ filter: { resourceId: 'ada' } });
      assert.deepEqual(idsOf(threads), ['from-worker']);

      await store.saveThread({ thread: makeThread({ id: 'from-afar', resourceId: 'ada' }) });
      await store.saveMessages({ messages: [makeMessage('m1', { threadId: 'from-afar', resourceId: 'ada' })] });
      const seen = await worker.ask('GET', '/api/threads/from-afar/messages');
      assert.deepEqual(idsOf(seen.json.messages), ['m1']);
      const listed = await worker.ask('GET', '/api/threads?resourceId=ada');
      assert.deepEqual(idsOf(listed.json.threads).sort(), ['from-afar', 'from-worker']);
    } finally {
      await worker.stop();
      await rm(state, { recursive: true, force: true });
    }
  });
});

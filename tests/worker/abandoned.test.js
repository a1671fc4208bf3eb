/* Requests that end while the store still works for them: what they leave behind must not stand in the way of others.
 * workerd never goes on with what such a request was waiting for, so that a promise of its would be waited for in vain. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Miniflare, Response as MiniflareResponse } from 'miniflare';
import { ACCOUNT_ID, API_TOKEN, startRestApi } from '../support/rest-api.js';
import { bundledModules, wrangler } from '../support/worker.js';

const BUNDLE = fileURLToPath(new URL('../../build/abandoned-worker', import.meta.url));
const CONFIG = fileURLToPath(new URL('abandoned/wrangler.toml', import.meta.url));

describe('requests that are given up', () => {
  /** @type {Awaited<ReturnType<typeof startRestApi>>} */
  let server;
  /** @type {Miniflare} */
  let miniflare;
  /** How many more requests the API answers, before it answers none. */
  let answered = Infinity;
  /** Called when a request is left unanswered. */
  let onUnanswered = () => {};

  before(async () => {
    await wrangler('deploy', '--dry-run', '--config', CONFIG, '--outdir', BUNDLE);
    server = await startRestApi();
    miniflare = new Miniflare({
      cf: false,
      compatibilityDate: '2026-07-01',
      handleStructuredLogs: () => {},
      modulesRoot: BUNDLE,
      modules: await bundledModules(BUNDLE),
      kvNamespaces: ['THREADS_KV', 'MESSAGES_KV'],
      bindings: { ACCOUNT_ID, API_TOKEN },
      outboundService: async (/** @type {any} */ request) => {
        if (answered-- <= 0) {
          onUnanswered();
          await new Promise(() => {});
        }
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

  /** @param {string} path @param {RequestInit} [init] */
  const ask = async (path, init) => {
    const response = await fetch(new URL(path, await miniflare.ready), init);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };

  /** Saves and lists, many at once. @param {string} way @param {string} name */
  const work = async (way, name) => {
    const ids = Array.from({ length: 8 }, (_, i) => `${name}-${i}`);
    await Promise.all(ids.map((id) => ask(`${way}/save/${id}`)));
    const lists = await Promise.all(ids.map((id) => ask(`${way}/list/${id}`)));
    assert.deepEqual(
      lists.map(({ messages }) => messages.map((/** @type {any} */ { id }) => id)),
      ids.map((id) => [`${id}-1`]),
    );
  };

  for (const way of ['bindings', 'rest']) {
    it(`by their own answers leave the store as it was, over ${way}`, { timeout: 120_000 }, async () => {
      // The very first ones: nothing is initialized, and no namespace has been looked for.
      await Promise.all(Array.from({ length: 15 }, (_, i) => ask(`${way}/leave/left-${i}`)));
      await work(way, 'after');
      await Promise.all([...Array.from({ length: 15 }, (_, i) => ask(`${way}/leave/again-${i}`)), work(way, 'beside')]);
      await work(way, 'finally');
    });
  }

  it('go on to the end of their operations where the store was given waitUntil', { timeout: 120_000 }, async () => {
    const ids = Array.from({ length: 15 }, (_, i) => `kept-${i}`);
    await Promise.all(ids.map((id) => ask(`kept/leave/${id}`)));
    for (const id of ids) {
      const saved = async () => (await ask(`bindings/list/${id}`)).messages.length;
      for (let tries = 0; (await saved()) === 0 && tries < 100; tries++) await sleep(100);
      assert.equal(await saved(), 1, id);
    }
  });

  it('by their clients, at any of their requests to the API, do so as well', { timeout: 120_000 }, async () => {
    for (let nth = 0; nth < 5; nth++) {
      const controllers = Array.from({ length: 4 }, () => new AbortController());
      const isUnanswered = new Promise((resolve) => {
        onUnanswered = () => resolve(undefined);
      });
      answered = nth * controllers.length;
      const outcomes = controllers.map(({ signal }, i) => ask(`rest/save/cut-${nth}-${i}`, { signal }));
      await isUnanswered;
      controllers.forEach((controller) => controller.abort());
      assert.ok((await Promise.allSettled(outcomes)).some(({ status }) => status === 'rejected'));
      answered = Infinity;
      await work('rest', `after-cut-${nth}`);
    }
  });
});

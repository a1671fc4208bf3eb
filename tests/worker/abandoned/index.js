/* A Worker with stores over bindings and over REST, built at the top level, whose requests are given up halfway. */
import { env, waitUntil } from 'cloudflare:workers';
import { KVStore } from '../../../js-shim/kv-store.js';

const {
  THREADS_KV: threads,
  MESSAGES_KV: messages,
  ACCOUNT_ID: accountId,
  API_TOKEN: apiToken,
} = /** @type {Record<string, any>} */ (/** @type {unknown} */ (env));

const stores = /** @type {Record<string, KVStore>} */ ({
  bindings: new KVStore({ bindings: { threads, messages } }),
  rest: new KVStore({ accountId, apiToken }),
  kept: new KVStore({ bindings: { threads, messages }, waitUntil }),
});

/** @param {KVStore} store @param {string} id */
async function save(store, id) {
  const now = new Date();
  await store.init();
  await store.saveThread({ thread: { id, resourceId: 'u1', createdAt: now, updatedAt: now } });
  await store.saveMessages({
    messages: [{ id: `${id}-1`, threadId: id, resourceId: 'u1', role: 'user', content: id, createdAt: now }],
  });
}

export default {
  /** @param {Request} request */
  async fetch(request) {
    const [, way = '', action, id = ''] = new URL(request.url).pathname.split('/');
    const store = stores[way];
    if (!store) return new Response(null, { status: 404 });
    try {
      if (action === 'list') return Response.json(await store.listMessages({ threadId: id }));
      const saved = save(store, id);
      // An answer ends the request, and with it whatever it was still waiting for.
      if (action === 'leave') return Response.json({});
      await saved;
      return Response.json({});
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};

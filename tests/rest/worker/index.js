/* A store over REST, built at the top level, as Workers without bindings would have it. */
import { env } from 'cloudflare:workers';
import { KVStore } from '../../../js-shim/kv-store.js';

const { ACCOUNT_ID: accountId, API_TOKEN: apiToken } = /** @type {Record<string, string>} */ (
  /** @type {unknown} */ (env)
);
const store = new KVStore({ accountId, apiToken, namespacePrefix: 'worker_', overlay: false });

export default {
  /** @param {Request} request */
  async fetch(request) {
    const id = new URL(request.url).pathname.slice(1);
    const now = new Date();
    try {
      if (request.method === 'GET') return Response.json(await store.listMessages({ threadId: id }));
      await store.saveThread({ thread: { id, resourceId: 'u1', createdAt: now, updatedAt: now } });
      const content = await request.text();
      const message = { id: `${id}-1`, threadId: id, resourceId: 'u1', role: 'user', content, createdAt: now };
      return Response.json(await store.saveMessages({ messages: [message] }));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};

import { migrateFromMastra, verify } from '../../../js-shim/care.js';
import { KVStore } from '../../../js-shim/kv-store.js';

/** @import { KVNamespaceLike } from '../../../js-shim/kv/namespace.js' */

/** A step a request: what an invocation may call is bounded, and the next one goes on. */
export default {
  /**
   * @param {Request} request
   * @param {Record<'THREADS' | 'MESSAGES' | 'OLD', KVNamespaceLike>} env
   */
  async fetch(request, { THREADS, MESSAGES, OLD }) {
    const { pathname, searchParams: query } = new URL(request.url);
    const store = new KVStore({ bindings: { threads: THREADS, messages: MESSAGES } });
    const options = { maxCalls: Number(query.get('maxCalls')), cursor: query.get('cursor') ?? undefined };
    if (pathname === '/verify') return Response.json(await verify(store, options));
    const bindings = { mastra_threads: OLD, mastra_messages: OLD, mastra_resources: OLD };
    return Response.json(await migrateFromMastra(store, { from: { bindings }, ...options }));
  },
};

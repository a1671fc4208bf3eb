/* A Worker without Mastra, to see what the store adds to a bundle. */
import { KVStore } from '../../js-shim/kv-store.js';

/** @param {unknown} _request @param {any} env */
const fetch = async (_request, env) => {
  const store = new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } });
  return Response.json(await store.getThreadById({ threadId: 't1' }));
};
export default { fetch };

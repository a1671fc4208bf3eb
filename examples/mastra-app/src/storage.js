import { env, waitUntil } from 'cloudflare:workers';
import { CloudflareStore } from 'mastra-kv-wasm';

/** One store for all requests: building it does no I/O. */
export const storage = new CloudflareStore({
  id: 'mastra-app',
  bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV },
  // In a Worker no request must wait for another's promise, as Mastra's own init() would have it.
  disableInit: true,
  // What a client that went away had begun is ended, and leaves nothing in memory.
  waitUntil,
});

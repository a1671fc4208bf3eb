// The store that the agent's memory is kept in.

import { env } from 'cloudflare:workers';
import { CloudflareStore } from '../index.js';
import { noteFailures } from './store-failures.js';

export const storage = new CloudflareStore({
  id: 'mastra-kv-wasm',
  bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV },
  // Otherwise Mastra calls init() in the first request and has all others wait for that one's promise. In a Worker a
  // request that waits for another's promise can hang: when the other is cancelled, nothing settles it any more.
  disableInit: true,
});

/** Its memory domain, for what the routes ask of threads and messages without the agent. */
export const memory = noteFailures(storage.stores.memory);
storage.stores.memory = memory;

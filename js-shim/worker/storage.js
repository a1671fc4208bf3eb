// The store that the agent's memory is kept in.

import { env, waitUntil } from 'cloudflare:workers';
import { CloudflareStore } from '../index.js';
import { noteFailures } from './store-failures.js';
import { traceMethods, traceNamespaces } from './trace.js';

/** Whether `/` is the page. It shows all that is stored to whoever asks, so that only `make dev` switches it on. */
export const hasPage = env.PAGE === 'on';

const { THREADS_KV, MESSAGES_KV } = env;

/** What the store keeps its data in. For the page, calls are observed, above an overlay and below. */
export const namespaces = hasPage ? traceNamespaces({ THREADS_KV, MESSAGES_KV }) : { THREADS_KV, MESSAGES_KV };

export const storage = new CloudflareStore({
  id: 'mastra-kv-wasm',
  bindings: { threads: namespaces.THREADS_KV, messages: namespaces.MESSAGES_KV },
  overlay: !hasPage, // else the observed namespaces have it inside
  // Otherwise Mastra calls init() in the first request and has all others wait for that one's promise. In a Worker a
  // request that waits for another's promise can hang: when the other is cancelled, nothing settles it any more.
  disableInit: true,
  // What a client that went away had begun is ended, and leaves nothing in memory.
  waitUntil,
});

/** Its memory domain, for what the routes ask of threads and messages without the agent. */
export const memory = traceMethods(noteFailures(storage.stores.memory));
storage.stores.memory = memory;

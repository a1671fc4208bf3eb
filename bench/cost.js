/* What some work costs in KV calls, rounds of waiting and time.
 *
 * Calls and rounds are what the store really does, over a namespace that counts. The time follows from them by a model
 * of the network: each call takes as long as every other, and waits for one of six connections. It holds neither the
 * engine's own time (cpu.js) nor a language model's, and nothing of it is measured on Cloudflare's network, where a
 * call's time depends on the place, the key and how lately it was read there. */
import { KVStore } from '../js-shim/kv-store.js';
import { CallCounter } from '../tests/support/counting-kv.js';
import { inVirtualTime, Network } from './virtual-time.js';

/** @import { Bindings } from './data.js' */

/** What a Worker may have open at once (Workers documentation, "Limits"). Bulk reads need not count; here they do. */
const CONNECTIONS = 6;

/** In a table's order. */
export const COUNTED_KINDS = /** @type {const} */ ([
  { kind: 'get', title: 'gets' },
  { kind: 'getBulk', title: 'bulk gets' },
  { kind: 'list', title: 'lists' },
  { kind: 'put', title: 'puts' },
  { kind: 'delete', title: 'deletes' },
]);

/**
 * @param {Bindings} bindings
 * @param {{ overlay: boolean, latencyMs: number }} circumstances
 * @param {(store: KVStore) => Promise<unknown>} work
 */
export async function costOf(bindings, { overlay, latencyMs }, work) {
  const counter = new CallCounter();
  const network = new Network({ latencyMs, connections: CONNECTIONS });
  const store = new KVStore({
    overlay,
    bindings: {
      threads: counter.wrap(network.wrap(bindings.threads)),
      messages: counter.wrap(network.wrap(bindings.messages)),
    },
  });
  const elapsedMs = await inVirtualTime(() => work(store));
  const kinds = Object.fromEntries(COUNTED_KINDS.map(({ kind }) => [kind, counter.count(kind)]));
  return { ...counter.cost, kinds, keysRead: counter.keysRead, elapsedMs };
}

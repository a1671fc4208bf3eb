/** What stands behind each store that is open, for those who look after its data (js-shim/care.js). */

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { RetryOptions } from '../kv/retry.js' */
/** @import { StoreOptions } from './options.js' */

/**
 * @typedef {object} OpenStore
 * @property {StoreOptions} options that it was built with
 * @property {KVNamespaceLike[]} namespaces by the engine's namespace number, as the store itself uses them: what is
 *   written through them is seen by the store at once
 * @property {{ retry?: RetryOptions, maxConcurrency?: number, waitUntil?: (work: Promise<unknown>) => void }} limits
 */

/** By store: a KVStore, or a CloudflareStore. @type {WeakMap<object, OpenStore>} */
export const open = new WeakMap();

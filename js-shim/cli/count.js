/** How many keys there are: a thousand a list. */
import { open } from '../store/open.js';

/** @import { KVStore } from '../kv-store.js' */
/** @import { KVNamespaceLike } from '../kv/namespace.js' */

const LIST_KEYS_MAX = 1000;

/**
 * All keys under a store's prefix.
 * @param {KVStore} store
 */
export async function countKeys(store) {
  const { namespaces, options } = /** @type {import('../store/open.js').OpenStore} */ (open.get(store));
  const counts = await Promise.all(namespaces.map((kv) => countPrefix(kv, options.keyPrefix ?? '')));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * @param {KVNamespaceLike} kv
 * @param {string} prefix
 */
async function countPrefix(kv, prefix) {
  let count = 0;
  for (let cursor; ;) {
    const page = await kv.list({ prefix, limit: LIST_KEYS_MAX, ...(cursor !== undefined && { cursor }) });
    count += page.keys.length;
    if (page.list_complete) return count;
    cursor = page.cursor;
  }
}

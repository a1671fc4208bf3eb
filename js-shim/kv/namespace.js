/**
 * As much of a KVNamespace as the store uses: a Worker's binding, miniflare's namespaces, the overlay, a test's fake.
 *
 * @typedef {object} KVNamespaceLike
 * @property {KVGet} get
 * @property {(key: string, value: string, options?: KVPutOptions) => Promise<void>} put
 * @property {(key: string) => Promise<void>} delete
 * @property {(options: KVListOptions) => Promise<KVListResult>} list
 */

/**
 * One key, or up to 100 in one call.
 * @typedef {{
 *   (key: string, type: 'text'): Promise<string | null>,
 *   (keys: string[], type: 'text'): Promise<Map<string, string | null>>
 * }} KVGet
 */

/** @typedef {{ metadata?: unknown, expiration?: number }} KVPutOptions */
/** @typedef {{ prefix: string, limit: number, cursor?: string }} KVListOptions */
/** @typedef {{ name: string, metadata?: unknown, expiration?: number }} KVListKey */
/** @typedef {{ keys: KVListKey[], list_complete: boolean, cursor?: string }} KVListResult */

/**
 * Whether a binding has a KVNamespace's methods. A binding of another kind, or a name that is not in wrangler.toml
 * (undefined), has not.
 * @param {unknown} binding
 * @returns {binding is KVNamespaceLike}
 */
export function isKVNamespace(binding) {
  if (binding === null || (typeof binding !== 'object' && typeof binding !== 'function')) return false;
  const methods = /** @type {Record<string, unknown>} */ (binding);
  return ['get', 'put', 'delete', 'list'].every((name) => typeof methods[name] === 'function');
}

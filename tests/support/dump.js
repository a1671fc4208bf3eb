/** @import { FakeKV } from './fake-kv.js' */

/**
 * All that a KV holds, key by key, with metadata and expiration.
 * @param {FakeKV} kv
 * @returns {Record<string, { value: string, metadata?: string, expiration?: number }>}
 */
export function dump(kv) {
  return Object.fromEntries(
    kv.keys().map((key) => {
      const { value, metadata, expiration } = /** @type {any} */ (kv.read(key));
      return [key, { value: String(value), metadata, expiration }];
    }),
  );
}

/**
 * Let a KV hold what another one held, and nothing else.
 * @param {FakeKV} kv
 * @param {ReturnType<typeof dump>} held
 */
export function restore(kv, held) {
  for (const key of kv.keys()) if (!(key in held)) kv.write(key, null);
  for (const [key, { value, metadata, expiration }] of Object.entries(held)) {
    kv.write(key, value, { metadata, expiration });
  }
}

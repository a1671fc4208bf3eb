import { KVStore } from './kv-store.js';
import { toInitError, toMastraError } from './mastra-errors.js';

/** @typedef {import('./kv-store.js').KVStoreOptions} KVStoreOptions */
/** @typedef {KVStoreOptions | { store: KVStore }} DomainOptions what a domain is built from: options, or a store */

/**
 * @param {DomainOptions} options
 * @returns {KVStore}
 */
export function openStore(options) {
  if ('store' in options) return options.store;
  try {
    return new KVStore(options);
  } catch (cause) {
    throw toInitError(cause);
  }
}

/**
 * The result of an operation, or its failure as a MastraError.
 * @template T
 * @param {string} operation in camel case
 * @param {Promise<T>} result
 * @returns {Promise<T>}
 */
export async function forward(operation, result) {
  try {
    return await result;
  } catch (cause) {
    throw toMastraError(operation, cause);
  }
}

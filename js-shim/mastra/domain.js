import { TABLE_OBSERVATIONAL_MEMORY, TABLE_SCHEMAS } from '@mastra/core/storage';
import { KVStore } from '../kv-store.js';
import { toInitError, toMastraError } from './errors.js';

/** @typedef {import('../kv-store.js').KVStoreOptions} KVStoreOptions */
/** @typedef {KVStoreOptions | { store: KVStore }} DomainOptions what a domain is built from: options, or a store */

/** Users of Mastra may bind all its tables, also those that no domain of this store has. */
const MASTRA_TABLES = [...Object.keys(TABLE_SCHEMAS), TABLE_OBSERVATIONAL_MEMORY];

/**
 * @param {DomainOptions} options
 * @returns {KVStore}
 */
export function openStore(options) {
  if (options && 'store' in options) return options.store;
  try {
    return new KVStore({ unusedTables: MASTRA_TABLES, ...options });
  } catch (cause) {
    throw toInitError(cause);
  }
}

/**
 * The result of an operation, or its failure as a MastraError.
 * @param {string} operation in camel case
 * @param {Promise<any>} result whose types are the store's own; the classes have Mastra's
 * @returns {Promise<any>}
 */
export async function forward(operation, result) {
  try {
    return await result;
  } catch (cause) {
    throw toMastraError(operation, cause);
  }
}

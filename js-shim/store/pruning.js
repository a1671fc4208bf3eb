import { StoreError } from './errors.js';

/** @import { KVStore } from '../kv-store.js' */

/**
 * Deletes the oldest records of a table, at most so many a call; fewer only when there are no more.
 * @callback DeleteOld
 * @param {number} most
 * @returns {Promise<number>} how many
 */

/**
 * Deleting by age is part of data care, which Workers that do not ask for it are not to carry. So the entry
 * `mastra-kv-wasm/care` leaves it here when it is loaded.
 * @type {{ open?: (store: KVStore, table: string, cutoffMs: number) => DeleteOld }}
 */
export const pruning = {};

/** What deletes by age. Where the code is not bundled, its entry is loaded; a bundler does not follow this name. */
export async function loadPruning() {
  if (!pruning.open) {
    const entry = '../care.js';
    await import(/* webpackIgnore: true */ entry).catch(() => undefined);
  }
  if (!pruning.open) {
    throw new StoreError({
      code: 'MISSING_MODULE',
      message:
        "Deleting by age is in an entry of its own: import 'mastra-kv-wasm/care' in the program that calls prune(), and " +
        'in a Worker it is bundled.',
    });
  }
  return pruning.open;
}

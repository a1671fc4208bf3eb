import * as storage from '@mastra/core/storage';
import { loadPruning } from '../store/pruning.js';

/** @import { PruneOptions, PruneResult, RetentionTablesDescriptor, TableRetentionPolicy } from '@mastra/core/storage' */

/**
 * Delete what is older than a domain's policies say. Mastra's own loop keeps the bounds; older versions of Mastra have
 * none, and never ask for it. (They are named one by one where they are used: taken out of the whole, a bundler would
 * keep all of Mastra's storage.)
 * @param {import('../kv-store.js').KVStore} store
 * @param {string} domain
 * @param {RetentionTablesDescriptor} tables of the domain, in the order in which they are pruned
 * @param {Record<string, TableRetentionPolicy>} policies
 * @param {PruneOptions} [options]
 * @returns {Promise<PruneResult[]>}
 */
export async function pruneDomain(store, domain, tables, policies, options) {
  const targets = storage.resolveRetentionTargets({ policies, descriptor: tables, order: Object.keys(tables) });
  if (targets.length === 0) return [];
  const open = await loadPruning();
  /** @type {Map<string, import('../store/pruning.js').DeleteOld>} */
  const opened = new Map();
  return storage.executeRetentionPrune({
    domain,
    targets,
    ...(options && { options }),
    cutoffFor: ({ policy }, now) => storage.retentionCutoffMs(policy, now),
    deleteBatch: async ({ table }, cutoff, limit) => {
      const deleteOld = opened.get(table) ?? open(store, table, cutoff);
      opened.set(table, deleteOld);
      return deleteOld(limit);
    },
  });
}

/**
 * How a domain tells which of its tables can be pruned.
 * @param {string} table Mastra's name
 * @param {string} column that tells a record's age
 */
export const agedBy = (table, column) => ({ table, column, indexed: false });

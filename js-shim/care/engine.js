import { careModule } from '#care-module';
import { Engine } from '../engine/engine.js';
import { StoreError } from '../store/errors.js';
import { open } from '../store/open.js';
import { describe } from '../store/options.js';

/** @import { Meter } from './meter.js' */

/**
 * A store whose data is looked after: a CloudflareStore or a KVStore.
 * @typedef {import('../kv-store.js').KVStore | import('../index.js').CloudflareStore} CareStore
 */

/**
 * An engine with the operations of data care, on a store's namespaces.
 * @param {CareStore} store
 * @param {Meter} meter counts its KV calls
 */
export function careEngine(store, meter) {
  const opened = open.get(store);
  if (!opened) throw invalid('store must be a CloudflareStore or a KVStore');
  const { options, namespaces, limits } = opened;
  const count = () => namespaces.map((namespace) => meter.count(namespace));
  return new Engine(careModule(), describe(options), count, limits);
}

/**
 * @param {string} message
 * @param {string} [reason]
 */
export const invalid = (message, reason) =>
  new StoreError({ code: 'INVALID_ARGUMENT', message, ...(reason && { reason }) });

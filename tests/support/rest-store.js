import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from './fake-kv.js';
import { RestApiOver } from './rest-api.js';

const TABLES = [
  'threads',
  'messages',
  'resources',
  'workflow_snapshot',
  'scorers',
  'background_tasks',
  'thread_state',
  'observational_memory',
];

/**
 * A store over REST, over namespaces that are fakes.
 * @param {Partial<import('../../js-shim/kv-store.js').KVStoreOptions>} [options]
 * @param {Record<string, FakeKV>} [kvs] by table; new ones when omitted
 */
export function restStore(options, kvs = Object.fromEntries(TABLES.map((table) => [table, new FakeKV()]))) {
  const api = new RestApiOver(Object.fromEntries(Object.entries(kvs).map(([table, kv]) => [table, kv.location()])));
  return { store: new KVStore(/** @type {any} */ ({ ...api.options, overlay: false, ...options })), kvs };
}

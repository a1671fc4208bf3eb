/** Where the data of Mastra's own Cloudflare adapter lies: by its bindings, or by the titles of its namespaces. */
import { isKVNamespace } from '../kv/namespace.js';
import { RestAccount } from '../kv/rest/account.js';
import { invalid } from './engine.js';
import { MASTRA_TABLES } from './mastra-records.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { RetryOptions } from '../kv/retry.js' */
/** @import { Table } from './mastra-records.js' */
/** @import { Meter } from './meter.js' */

/**
 * @typedef {object} MastraBindings
 * @property {Record<string, KVNamespaceLike>} bindings by the adapter's tables, `mastra_threads` or `threads`; several
 *   may be one namespace
 */
/**
 * @typedef {object} MastraRest
 * @property {string} accountId
 * @property {string} apiToken
 * @property {string} [namespacePrefix] of the titles, `{namespacePrefix}_mastra_threads`
 * @property {Record<string, string>} [namespaces] ids by table, instead of titles
 * @property {string} [baseUrl]
 * @property {typeof globalThis.fetch} [fetch]
 * @property {RetryOptions} [retry]
 */
/** @typedef {(MastraBindings | MastraRest) & { keyPrefix?: string }} MastraSourceOptions */

/** @typedef {Map<Table, KVNamespaceLike>} Namespaces tables that share one have the same object */

/**
 * @param {MastraSourceOptions} options
 * @param {Meter} meter counts the calls to them
 * @returns {Promise<Namespaces>}
 */
export async function openNamespaces(options, meter) {
  const given = /** @type {any} */ (Object(options));
  const found = 'bindings' in given ? bound(given) : await titled(given, meter);
  if (found.size === 0) {
    throw invalid(
      'from must name a namespace of the other store: bindings by table, such as mastra_threads; or accountId and ' +
        'apiToken, with the namespacePrefix that the other store has. None of its tables was found',
    );
  }
  const counted = new Map([...new Set(found.values())].map((kv) => [kv, meter.count(kv)]));
  return new Map([...found].map(([table, kv]) => [table, /** @type {KVNamespaceLike} */ (counted.get(kv))]));
}

/**
 * @param {MastraBindings} options
 * @returns {Namespaces}
 */
function bound({ bindings }) {
  /** @type {Namespaces} */
  const namespaces = new Map();
  for (const [table, name] of entriesOfTables()) {
    const kv = Object(bindings)[name] ?? Object(bindings)[table];
    if (kv === undefined) continue;
    if (!isKVNamespace(kv)) throw invalid(`from.bindings.${name} must be a KV namespace`);
    namespaces.set(table, kv);
  }
  return namespaces;
}

/**
 * Unlike this store's own namespaces, these are not made where they are missing.
 * @param {MastraRest} options
 * @param {Meter} meter
 * @returns {Promise<Namespaces>}
 */
async function titled({ accountId, apiToken, namespacePrefix = '', namespaces: ids, ...rest }, meter) {
  if (typeof accountId !== 'string' || typeof apiToken !== 'string') {
    throw invalid('from must have bindings, or accountId and apiToken');
  }
  const account = new RestAccount({ accountId, apiToken, ...rest });
  if (!ids) meter.calls++; // to list them, a hundred a call
  const titles = ids ? new Map(Object.entries(ids)) : await account.titles();
  /** @type {Map<string, KVNamespaceLike>} */
  const opened = new Map();
  /** @type {Namespaces} */
  const namespaces = new Map();
  for (const [table, name] of entriesOfTables()) {
    const title = ids || namespacePrefix === '' ? name : `${namespacePrefix}_${name}`;
    const id = titles.get(title) ?? (ids && titles.get(table));
    if (id === undefined) continue;
    const kv = opened.get(id) ?? account.namespaceWithId(id);
    opened.set(id, kv);
    namespaces.set(table, kv);
  }
  return namespaces;
}

/** @returns {[Table, string][]} */
const entriesOfTables = () => /** @type {[Table, string][]} */ (Object.entries(MASTRA_TABLES));

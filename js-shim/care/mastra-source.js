/**
 * The namespaces of Mastra's own Cloudflare adapter, for reading only.
 *
 *   {prefix}:mastra_threads:{threadId}
 *   {prefix}:mastra_messages:{threadId}:{messageId}          {prefix}:mastra_messages:{threadId}:messages   its order
 *   {prefix}:mastra_workflow_snapshot:{workflow}:{run}       or, older, {workflow}:{run}:{resourceId}
 *   {resourceId}   {scoreId}   {taskId}                      in the namespaces of their tables
 *
 * Ids stand there as they are and may hold ':', so which record a key is of, the record says.
 */
import { withRetries } from '../kv/retry.js';
import { messageOf, statusOf } from '../kv/status.js';
import { StoreError } from '../store/errors.js';
import { MASTRA_TABLES, tableOfBare, textOf } from './mastra-records.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { Members, Table } from './mastra-records.js' */

/** Keys of one list (Workers KV documentation, "List keys"). */
const LIST_KEYS_MAX = 1000;
const TOO_LARGE = 413;

/** Names that a bulk read of a Worker leaves out: it takes them for the indexes of an array, or a prototype. */
const LEFT_OUT = /^(\d+|__proto__)$/;
/** How keys begin that other stores and tables have in a namespace, whatever their prefix. */
const OF_A_TABLE = /(^|:)(mastra_[a-z_]+|schema):/;

/** Tables whose keys begin with their name, and those whose keys are ids. */
const NAMED = /** @type {const} */ (['threads', 'messages', 'workflow_snapshot']);
const BARE = /** @type {const} */ (['resources', 'scorers', 'background_tasks']);

/**
 * Part of the source that is listed at once.
 * @typedef {object} Unit
 * @property {Table} table that its progress counts for
 * @property {KVNamespaceLike} kv
 * @property {string} prefix of the keys to list
 */

export class MastraSource {
  /** @type {Unit[]} */
  units = [];
  /** Begins the keys of named tables. */
  #prefix;
  /** @type {Map<Table, KVNamespaceLike>} */
  #tables;

  /**
   * @param {Map<Table, KVNamespaceLike>} tables
   * @param {string} [keyPrefix]
   */
  constructor(tables, keyPrefix = '') {
    this.#tables = tables;
    this.#prefix = keyPrefix === '' ? '' : `${keyPrefix}:`;
    for (const table of NAMED) {
      const kv = tables.get(table);
      if (kv) this.units.push({ table, kv, prefix: this.#beginning(table) });
    }
    const listed = new Set();
    for (const table of BARE) {
      const kv = tables.get(table);
      if (kv && !listed.has(kv)) this.units.push({ table, kv, prefix: '' });
      listed.add(kv);
    }
  }

  /** @param {Table} table */
  #beginning(table) {
    return `${this.#prefix}${MASTRA_TABLES[table]}:`;
  }

  /**
   * Whether a key is another unit's to read.
   * @param {Unit} unit
   * @param {string} key
   */
  isElsewhere(unit, key) {
    if (unit.prefix !== '') return false;
    return this.units.some(({ kv, prefix }) => prefix !== '' && kv === unit.kv && key.startsWith(prefix));
  }

  /**
   * Which table a record is of, by what it says itself; undefined: its key is not that of such a record.
   * @param {Unit} unit
   * @param {string} key
   * @param {Members} members
   * @returns {Table | undefined}
   */
  tableOf(unit, key, members) {
    const id = textOf(members, 'id');
    if (unit.prefix !== '' && this.#isNamedKey(unit.table, key, id, members)) return unit.table;
    const isBare = id === key && BARE.some((table) => this.#tables.get(table) === unit.kv);
    return isBare ? tableOfBare(members) : undefined;
  }

  /**
   * @param {Table} table
   * @param {string} key
   * @param {string | undefined} id
   * @param {Members} members
   */
  #isNamedKey(table, key, id, members) {
    const beginning = this.#beginning(table);
    if (table === 'threads') return key === `${beginning}${id}`;
    if (table === 'messages') return key === `${beginning}${textOf(members, 'threadId')}:${id}`;
    const run = `${beginning}${textOf(members, 'workflow_name')}:${textOf(members, 'run_id')}`;
    return key === run || key.startsWith(`${run}:`);
  }

  /**
   * Whether a key that holds none of the unit's records may well be something else's.
   * @param {Unit} unit
   * @param {string} key
   */
  isForeign(unit, key) {
    return unit.prefix === '' && OF_A_TABLE.test(key);
  }

  /** @param {string} threadId @returns {string} the key of its messages' order */
  orderKey(threadId) {
    return this.messageKey(threadId, 'messages');
  }

  /**
   * @param {string} threadId
   * @param {string} id
   */
  messageKey(threadId, id) {
    return `${this.#beginning('messages')}${threadId}:${id}`;
  }

  /**
   * A page of a unit's keys.
   * @param {Unit} unit
   * @param {string | undefined} cursor KV's
   * @returns {Promise<{ keys: string[], next: string | undefined }>}
   */
  async list({ kv, prefix }, cursor) {
    const options = { prefix, limit: LIST_KEYS_MAX, ...(cursor !== undefined && { cursor }) };
    const page = await sourceCall(`list of "${prefix}"`, () => kv.list(options));
    return { keys: page.keys.map(({ name }) => name), next: page.list_complete ? undefined : page.cursor };
  }

  /**
   * The values of keys; of the first of them only, where all would be more than one answer holds.
   * @param {KVNamespaceLike} kv
   * @param {string[]} keys at least one, at most 100
   * @returns {Promise<Map<string, string | null>>}
   */
  async read(kv, keys) {
    if (keys.length === 1) return new Map([[keys[0], await this.readOne(kv, keys[0])]]);
    let values;
    try {
      values = await sourceCall('bulk get', () => kv.get(keys, 'text'));
    } catch (cause) {
      if (statusOf(/** @type {Error} */ (cause).cause) !== TOO_LARGE) throw cause;
      return this.read(kv, keys.slice(0, keys.length / 2));
    }
    // A Worker's bulk read leaves out names that it takes for the indexes of an array.
    const each = async (/** @type {string} */ key) =>
      /** @type {[string, string | null]} */ ([key, values.get(key) ?? (await this.#lacking(kv, key, values))]);
    return new Map(await Promise.all(keys.map(each)));
  }

  /**
   * @param {KVNamespaceLike} kv
   * @param {string} key
   * @param {Map<string, string | null>} values
   */
  async #lacking(kv, key, values) {
    return values.has(key) ? null : this.readOne(kv, key);
  }

  /**
   * @param {KVNamespaceLike} kv
   * @param {string} key
   */
  readOne(kv, key) {
    return sourceCall(`get of "${key}"`, () => kv.get(key, 'text'));
  }

  /** Whether reading a key may take a call of its own. @param {string} key */
  static isReadAlone(key) {
    return LEFT_OUT.test(key);
  }
}

/**
 * A call to the other store, again while that may help.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
async function sourceCall(what, call) {
  try {
    return await withRetries(call, {});
  } catch (cause) {
    const code = statusOf(cause) === 429 ? 'KV_RATE_LIMITED' : 'KV_FAILED';
    throw new StoreError({ code, message: `KV ${what} of the other store failed: ${messageOf(cause)}` }, { cause });
  }
}

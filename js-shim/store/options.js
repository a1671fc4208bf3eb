/** From a store's options to what the engine is to know of them, and to the namespaces. */
import { isKVNamespace } from '../kv/namespace.js';
import { RestAccount } from '../kv/rest/account.js';
import { StoreError } from './errors.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { RetryOptions } from '../kv/retry.js' */
/** @import { ByTable } from './tables.js' */

/**
 * @typedef {'threads' | 'messages' | 'resources' | 'workflow_snapshot' | 'scorers' | 'background_tasks'
 *   | 'thread_state'} ExpiringTable
 */

/**
 * What both ways in have.
 * @typedef {object} CommonOptions
 * @property {string} [keyPrefix] begins every key, so that stores can share namespaces
 * @property {boolean} [overlay] whether this store sees its own writes at once whatever KV's caches say; true when
 *   omitted
 * @property {RetryOptions} [retry] how calls are repeated that KV answers with 429 or 5xx, and how long they wait
 * @property {number} [maxConcurrency] operations that run at once, 256 when omitted; those beyond it wait for their turn,
 *   half a minute at the most
 * @property {(work: Promise<unknown>) => void} [waitUntil] in a Worker that of `cloudflare:workers`: an operation then ends
 *   although its request was cancelled. See docs/production.md
 * @property {WebAssembly.Module} [module] the compiled engine, where a bundler keeps the package from finding its own:
 *   mastra-kv-wasm/store.wasm, or mastra-kv-wasm/store.asyncify.wasm for runtimes without JSPI
 * @property {Partial<Record<ExpiringTable, number | string>>} [expiration] how long records are kept, by table, in
 *   milliseconds or as '90d', '12h': KV drops them by itself. See docs/care.md
 * @property {readonly string[]} [unusedTables] names that bindings may hold without being a table of this store
 */

/**
 * In a Worker: its bindings.
 * @typedef {object} BindingsOptions
 * @property {ByTable<KVNamespaceLike>} bindings KV namespaces by table: `threads` and `messages`, and more as
 *   wanted; Mastra's names (`mastra_threads`) do as well
 */

/**
 * Anywhere else: Cloudflare's REST API.
 * @typedef {object} RestConnectionOptions
 * @property {string} accountId
 * @property {string} apiToken with the permission Workers KV Storage: Edit
 * @property {string} [namespacePrefix] begins the titles of the namespaces, `{namespacePrefix}{table}`; they are made
 *   when missing
 * @property {ByTable<string>} [namespaces] ids of namespaces by table, instead of their titles: those that a
 *   Worker has bound
 * @property {string} [baseUrl] `https://api.cloudflare.com/client/v4` when omitted
 * @property {typeof globalThis.fetch} [fetch] the runtime's own when omitted
 * @property {number} [timeoutMs] after which a request counts as failed; 30 s when omitted
 */

/**
 * The same, with the token and address of a client of Cloudflare's SDK. The client itself is not used.
 * @typedef {Omit<RestConnectionOptions, 'apiToken'> & { client: CloudflareClient }} ClientOptions
 */
/** @typedef {{ apiToken: string | null, baseURL?: string }} CloudflareClient */

/** @typedef {CommonOptions & (BindingsOptions | RestConnectionOptions | ClientOptions)} StoreOptions */

/**
 * @param {object} options
 * @returns {options is BindingsOptions}
 */
export const hasBindings = (options) => 'bindings' in options;

/** @param {StoreOptions} options */
export function waitUntilOf({ waitUntil }) {
  if (waitUntil === undefined || typeof waitUntil === 'function') return waitUntil;
  throw new StoreError({
    code: 'INVALID_ARGUMENT',
    message: 'waitUntil must be a function: in a Worker that of cloudflare:workers.',
  });
}

/**
 * What the engine is to know. It judges the API token by its shape alone: characters that a token may have are masked.
 * @param {StoreOptions} options
 */
export function describe(options) {
  const { keyPrefix, maxConcurrency, retry, expiration, unusedTables = [] } = options;
  if (hasBindings(options)) {
    const { accountId, apiToken, namespacePrefix, namespaces, client } = /** @type {any} */ (options);
    const bindings = entries(options.bindings, isKVNamespace, unusedTables) ?? null;
    return {
      keyPrefix,
      maxConcurrency,
      retry,
      expiration,
      bindings,
      accountId,
      apiToken: apiToken && 'x',
      namespacePrefix,
      namespaces,
      client: client && true,
    };
  }
  const { accountId, apiToken, baseUrl, client } = connection(options);
  const { namespaces, namespacePrefix, fetch, timeoutMs } = options;
  return {
    keyPrefix,
    maxConcurrency,
    retry,
    expiration,
    accountId,
    apiToken: typeof apiToken === 'string' ? apiToken.replace(/[!-~]/g, 'x') : apiToken,
    client,
    namespacePrefix,
    namespaces: namespaces && (entries(namespaces, isId, unusedTables) ?? false),
    baseUrl,
    fetch: fetch === undefined ? undefined : typeof fetch === 'function',
    timeoutMs,
  };
}

/**
 * The namespaces that the engine chose by their names, which are those of bindings, ids or titles.
 * @param {StoreOptions} options that the engine found to be right
 * @param {string[]} names
 * @returns {KVNamespaceLike[]}
 */
export function connect(options, names) {
  if (hasBindings(options)) return pick(options.bindings, names);
  const { namespaces, fetch, timeoutMs, retry } = options;
  const account = new RestAccount({ .../** @type {any} */ (connection(options)), fetch, timeoutMs, retry });
  if (!namespaces) return names.map((name) => account.namespaceTitled(name));
  return pick(namespaces, names).map((id) => account.namespaceWithId(id));
}

/**
 * @template T
 * @param {ByTable<T>} tables
 * @param {string[]} names which the engine took from there
 */
const pick = (tables, names) => names.map((name) => /** @type {Record<string, T>} */ (tables)[name]);

/**
 * @param {RestConnectionOptions | ClientOptions} options
 * @returns {{ accountId: unknown, apiToken: unknown, baseUrl: unknown, client: boolean | undefined }}
 */
function connection(options) {
  const { accountId, apiToken, baseUrl, client } = /** @type {RestConnectionOptions & ClientOptions} */ (options);
  return {
    accountId: trimmed(accountId),
    apiToken: trimmed(apiToken ?? client?.apiToken),
    baseUrl: trimmed(baseUrl ?? client?.baseURL),
    client: client === undefined ? undefined : true,
  };
}

/** @param {unknown} value */
function trimmed(value) {
  return typeof value === 'string' ? value.trim() : value;
}

/** @param {unknown} id */
function isId(id) {
  return typeof id === 'string' && id.trim() !== '';
}

/**
 * Names of tables, and whether what they stand for is right. Undefined where this is no object.
 * @param {unknown} tables
 * @param {(value: unknown) => boolean} isValid
 * @param {readonly string[]} unused
 */
function entries(tables, isValid, unused) {
  if (tables === null || typeof tables !== 'object') return undefined;
  return Object.entries(tables).map(([name, value]) => ({
    name,
    valid: isValid(value),
    ...(unused.includes(name) && { unused: true }),
  }));
}

/** From a command's options to the store it works on. */
import { Option } from 'commander';
import { KVStore } from '../kv-store.js';
import { RestAccount } from '../kv/rest/account.js';
import { UsageError } from './errors.js';
import { openLocal } from './local.js';
import { TABLES } from './tables.js';

/** @import { Command } from 'commander' */
/** @import { KVNamespaceLike } from '../kv/namespace.js' */

/** A long task over REST comes to the API's limit of requests, and waits then rather than fail. */
const RETRY = { maxWaitMs: 600_000 };

/**
 * @typedef {object} ConnectionOptions
 * @property {string} [accountId]
 * @property {string} [namespacePrefix]
 * @property {Record<string, string>} [namespace] ids by table
 * @property {string} [keyPrefix]
 * @property {boolean} [local]
 * @property {string} [config]
 * @property {string} [env]
 * @property {string} [persistTo]
 * @property {boolean} [json]
 * @property {Record<string, string>} [binding] names by table
 */

/**
 * @typedef {object} Connection
 * @property {KVStore} store
 * @property {Record<string, KVNamespaceLike>} [bindings] all that the configuration has, of a local store
 * @property {() => Promise<void>} close
 */

/**
 * Whether the store's namespaces must be there, are made where they are missing, or count as empty then; `grown`: the store
 * must be there, and namespaces that it lacks are made.
 * @typedef {'there' | 'made' | 'empty' | 'grown'} Expected
 */

/** A REST store holds nothing that would have to be let go. */
const close = async () => {};

/** A namespace without keys. @type {KVNamespaceLike} */
const NOTHING = {
  get: /** @type {any} */ (
    async (/** @type {string | string[]} */ keys) =>
      Array.isArray(keys) ? new Map(keys.map((key) => [key, null])) : null
  ),
  put: async () => {},
  delete: async () => {},
  list: async () => ({ keys: [], list_complete: true }),
};

/**
 * Give a command the options that say where to.
 * @param {Command} command
 * @returns {Command}
 */
export function withConnection(command) {
  return command
    .addOption(new Option('--account-id <id>', 'Cloudflare account').env('CLOUDFLARE_ACCOUNT_ID'))
    .option('--namespace-prefix <prefix>', "begins the namespaces' titles, {prefix}threads and so on")
    .option('--namespace <table=id>', 'a namespace by its id; once for each table', collect)
    .option('--key-prefix <prefix>', "begins the store's keys")
    .option('--local', 'the state of wrangler dev in this directory')
    .option('--config <file>', 'with --local: the wrangler configuration, when it has another name')
    .option('--env <name>', 'with --local: an environment of that configuration')
    .option('--binding <table=name>', 'with --local: the binding of a table, when its name does not tell', collect)
    .option('--persist-to <directory>', 'with --local: where wrangler dev keeps its state')
    .option('--json', 'answer in JSON');
}

/**
 * An option that may be given several times, `name=value` each.
 * @param {string} text
 * @param {Record<string, string>} [before]
 * @returns {Record<string, string>}
 */
export function collect(text, before = {}) {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`"${text}" must be name=value, such as threads=THREADS_KV`);
  }
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** An option that may be given several times. @param {string} text @param {string[]} [before] */
export const collectAll = (text, before = []) => [...before, text];

/**
 * Do something with the store that the options name.
 * @param {ConnectionOptions} options
 * @param {(connection: Connection) => Promise<void>} work
 * @param {Expected} [expected]
 */
export async function withStore(options, work, expected) {
  const connection = await connect(options, expected);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

/**
 * @param {ConnectionOptions} options
 * @param {Expected} [expected]
 * @returns {Promise<Connection>}
 */
async function connect(options, expected = 'there') {
  const { keyPrefix } = options;
  if (options.local) {
    const { tables, bindings, close } = await openLocal(options);
    return { store: new KVStore({ bindings: /** @type {any} */ (tables), keyPrefix }), bindings, close };
  }
  const rest = restOptions(options.accountId);
  const { namespacePrefix } = options;
  let { namespace: namespaces } = options;
  if (!namespaces && expected !== 'made') {
    const titles = await new RestAccount(rest).titles();
    namespaces = namespacesTitled(titles, namespacePrefix ?? '');
    if (!namespaces && expected !== 'empty') throw noNamespaces(titles, namespacePrefix ?? '');
    if (expected === 'grown') namespaces = undefined;
    else if (!namespaces) {
      return { store: new KVStore({ bindings: { threads: NOTHING, messages: NOTHING }, keyPrefix }), close };
    }
  }
  // Which tables there are, and which are required, is for the store to say.
  const place = namespaces ? { namespaces: /** @type {any} */ (namespaces) } : { namespacePrefix };
  const store = new KVStore({ ...rest, ...place, keyPrefix });
  return { store, close };
}

/**
 * What reaching an account takes. The token comes from the environment alone: command lines are seen by others, and kept.
 * @param {string | undefined} accountId
 */
export function restOptions(accountId) {
  const { CLOUDFLARE_API_TOKEN: apiToken, CLOUDFLARE_API_BASE_URL: baseUrl } = process.env;
  if (!accountId) throw new UsageError('Say where to: --local, or --account-id (CLOUDFLARE_ACCOUNT_ID).');
  if (!apiToken) {
    throw new UsageError(
      'Put a token with the permission Workers KV Storage: Edit into the variable CLOUDFLARE_API_TOKEN.',
    );
  }
  return { accountId, apiToken, retry: RETRY, ...(baseUrl && { baseUrl }) };
}

/**
 * The ids of those of a store's namespaces that there are. A store of titles makes what it lacks, and looking must not.
 * @param {Map<string, string>} titles ids by title
 * @param {string} prefix
 * @returns {Record<string, string> | undefined} by table; undefined: there is no such store
 */
function namespacesTitled(titles, prefix) {
  const found = TABLES.flatMap((table) => {
    const id = titles.get(`${prefix}${table}`);
    return id === undefined ? [] : [[table, id]];
  });
  const namespaces = Object.fromEntries(found);
  return namespaces.threads && namespaces.messages ? namespaces : undefined;
}

/**
 * @param {Map<string, string>} titles
 * @param {string} prefix
 */
function noNamespaces(titles, prefix) {
  const others = [...titles.keys()].filter((title) => title.endsWith('threads')).map((title) => `"${title}"`);
  const advice = others.length > 0 ? ` It has ${others.join(', ')}: see --namespace-prefix and --namespace.` : '';
  return new UsageError(`The account has no namespaces titled "${prefix}threads" and "${prefix}messages".${advice}`);
}

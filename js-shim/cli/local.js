/** The KV namespaces of `wrangler dev`, as wrangler itself opens them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './errors.js';
import { TABLES } from './tables.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { ConnectionOptions } from './connection.js' */

/** What a binding's name may have besides the table's. */
const AFFIXES = /^(kv_)?(.*?)(_kv|_namespace)?$/;

/**
 * @param {ConnectionOptions} options
 * @returns {Promise<{
 *   tables: Record<string, KVNamespaceLike>, bindings: Record<string, KVNamespaceLike>, close: () => Promise<void>,
 * }>} the namespaces by table of a store, and by their bindings' names
 */
export async function openLocal({ config, env, persistTo, binding }) {
  // What wrangler has to tell is not what the command was asked for.
  process.env.WRANGLER_LOG ??= 'error';
  process.env.WRANGLER_SEND_METRICS ??= 'false';
  const wrangler = await importWrangler();
  /** @type {string[]} */
  const names = wrangler.unstable_readConfig({ config, env }, { hideWarnings: true }).kv_namespaces.map(nameOf);
  const chosen = bindingsByTable(names, binding);
  const proxy = await wrangler.getPlatformProxy({
    configPath: config,
    environment: env,
    persist: persistTo === undefined ? true : { path: join(persistTo, 'v3') },
    remoteBindings: false,
  });
  const namespace = (/** @type {string} */ name) => /** @type {KVNamespaceLike} */ (proxy.env[name]);
  return {
    tables: Object.fromEntries(Object.entries(chosen).map(([table, name]) => [table, namespace(name)])),
    bindings: Object.fromEntries(names.map((name) => [name, namespace(name)])),
    close: () => proxy.dispose(),
  };
}

/** @param {{ binding: string }} namespace */
const nameOf = ({ binding }) => binding;

/** The project's wrangler, which wrote the state, or else one that this package finds. */
async function importWrangler() {
  const candidates = [join(process.cwd(), 'package.json'), import.meta.url];
  for (const from of candidates) {
    let path;
    try {
      path = createRequire(from).resolve('wrangler');
    } catch {
      continue;
    }
    return import(pathToFileURL(path).href);
  }
  throw new UsageError('--local needs wrangler, which is not installed here: npm install --save-dev wrangler');
}

/**
 * Which binding is for which table: as it is said, or else by the names, THREADS_KV or threads. A single one is for all.
 * @param {string[]} names of the bindings that there are
 * @param {Record<string, string>} [said] names by table
 * @returns {Record<string, string>} names by table
 */
function bindingsByTable(names, said) {
  if (names.length === 0) throw new UsageError('The wrangler configuration of this directory has no kv_namespaces.');
  for (const [table, name] of Object.entries(said ?? {})) {
    if (!names.includes(name)) throw new UsageError(`--binding ${table}=${name}: there are ${names.join(', ')}`);
  }
  const guessed = names.map((name) => [AFFIXES.exec(name.toLowerCase())?.[2] ?? '', name]);
  const chosen =
    said ?? Object.fromEntries(guessed.filter(([table]) => table === 'metadata' || TABLES.includes(table)));
  const [only] = names;
  const { threads, messages } = { ...(names.length === 1 && { threads: only, messages: only }), ...chosen };
  if (threads && messages) return { ...chosen, threads, messages };
  throw new UsageError(
    `Which of the bindings ${names.join(', ')} are the store's? Say it: --binding threads=${only} --binding messages=…`,
  );
}

/* Stores to test, over every kind of KV there is. */
import { after, before, describe } from 'node:test';
import { Miniflare } from 'miniflare';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { RestAccount } from '../../js-shim/kv/rest/account.js';
import { FakeKV } from './fake-kv.js';
import { patientClock, startRestApi } from './rest-api.js';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */
/** @typedef {import('../../js-shim/kv-store.js').KVStoreOptions} KVStoreOptions */

/**
 * Two namespaces.
 * @typedef {object} Backend
 * @property {KVNamespaceLike} threads
 * @property {KVNamespaceLike} messages
 * @property {() => Promise<void>} close
 */

/**
 * The kinds of KV that a store is tested over. Each is opened once a test file: tests keep apart by their key prefixes.
 * `slowness` is how many times slower than the fake it is: a property is tried that many times less often.
 * @type {{ name: string, slowness: number, open: () => Promise<Backend> }[]}
 */
const allBackends = [
  { name: 'the fake KV', slowness: 1, open: openFake },
  { name: "miniflare's KV", slowness: 20, open: openMiniflare },
  { name: "Cloudflare's REST API", slowness: 50, open: openRest },
];
/** All of them, but where what is tried is all the same to the kinds of KV (without-jspi.js, oldest-core.js). */
export const backends = allBackends.slice(0, Number(process.env.TEST_BACKENDS ?? allBackends.length));

/** A reason to skip what an older Mastra has otherwise: its own checks, and helpers of its base classes. */
export const newestCoreOnly = { skip: process.env.TEST_CORE === 'oldest' ? 'of the newest @mastra/core' : false };

/** Those that have all methods of a KVNamespace, also what the store does not use. */
export const namespaces = backends.slice(0, 2);

/** @returns {Promise<Backend>} */
async function openFake() {
  return { threads: new FakeKV().location(), messages: new FakeKV().location(), close: async () => {} };
}

/** @returns {Promise<Backend>} */
async function openMiniflare() {
  const miniflare = new Miniflare({
    cf: false,
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    kvNamespaces: ['THREADS_KV', 'MESSAGES_KV'],
  });
  const namespace = async (/** @type {string} */ name) =>
    /** @type {KVNamespaceLike} */ (/** @type {unknown} */ (await miniflare.getKVNamespace(name)));
  return {
    threads: await namespace('THREADS_KV'),
    messages: await namespace('MESSAGES_KV'),
    close: () => miniflare.dispose(),
  };
}

/** @returns {Promise<Backend>} */
async function openRest() {
  const { api, close } = await startRestApi();
  // A suite makes more requests than the API allows in five minutes.
  const account = new RestAccount({ ...api.options, retry: { maxWaitMs: Infinity } }, patientClock());
  return { threads: account.namespaceTitled('threads'), messages: account.namespaceTitled('messages'), close };
}

/**
 * The operations as both kinds of store have them. What a store takes and gives is for its own tests to say, so that
 * they may also give what its types forbid.
 * @typedef {object} Memory
 * @property {(args: any) => Promise<any>} saveThread
 * @property {(args: any) => Promise<any>} getThreadById
 * @property {(args: any) => Promise<any>} updateThread
 * @property {(args: any) => Promise<void>} deleteThread
 * @property {(args?: any) => Promise<any>} listThreads
 * @property {(args: any) => Promise<any>} copyThread
 * @property {(args: any) => Promise<any>} saveMessages
 * @property {(args: any) => Promise<any>} updateMessages
 * @property {(args: any) => Promise<any>} listMessages
 * @property {(args: any) => Promise<any>} listMessagesById
 * @property {(args: any) => Promise<any>} listMessagesByResourceId
 * @property {(messageIds?: any) => Promise<void>} deleteMessages
 * @property {() => Promise<void>} dangerouslyClearAll
 */

/**
 * The classes that have the operations, with the overlay and without.
 * @type {{ name: string, make: (options: KVStoreOptions) => Memory }[]}
 */
export const flavours = [
  { name: 'KVStore without its overlay', make: (options) => new KVStore({ ...options, overlay: false }) },
  {
    name: 'CloudflareStore',
    make: (options) => /** @type {any} */ (new CloudflareStore({ id: 'store', ...options }).stores).memory,
  },
];

/**
 * A namespace with some methods of its own, and the rest of another's.
 * @param {KVNamespaceLike} kv
 * @param {Record<string, Function>} methods
 * @returns {KVNamespaceLike}
 */
export const withMethods = (kv, methods) =>
  new Proxy(kv, { get: (target, name) => methods[String(name)] ?? Reflect.get(target, name).bind(target) });

let prefixes = 0;
/** A key prefix that no other test of this file has. */
export const newPrefix = () => `t${++prefixes}_`;

/**
 * Describe a suite once for every kind of KV.
 * @param {string} title
 * @param {(backend: { current: Backend, slowness: number }) => void} suite `backend.current` is there when the tests run
 * @param {typeof backends} [wanted] all when omitted
 */
export function describeOnEachBackend(title, suite, wanted = backends) {
  for (const { name, slowness, open } of wanted) {
    describe(`${title}, over ${name}`, () => {
      const backend = { current: /** @type {Backend} */ (/** @type {unknown} */ (undefined)), slowness };
      before(async () => {
        backend.current = await open();
      });
      after(() => backend.current?.close());
      suite(backend);
    });
  }
}

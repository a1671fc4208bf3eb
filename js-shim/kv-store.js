import module from '#store-module';
import { Engine } from './engine.js';
import { StoreError } from './errors.js';
import { isKVNamespace } from './kv-namespace.js';
import { Overlay } from './overlay.js';

export { StoreError };

/** @import { KVNamespaceLike } from './kv-namespace.js' */

/**
 * @typedef {object} KVStoreOptions
 * @property {Record<string, KVNamespaceLike>} bindings KV namespaces by table: `threads` and `messages`, and more as
 *   wanted; Mastra's names (`mastra_threads`) do as well
 * @property {string} [keyPrefix] begins every key, so that stores can share namespaces
 * @property {boolean} [overlay] whether this store sees its own writes at once whatever KV's caches say; true when
 *   omitted
 * @property {import('./retry.js').RetryOptions} [retry] how calls are repeated that KV answers with 429 or 5xx
 */

/**
 * An agent's memory in Workers KV, for any Worker or Node program. The Mastra classes (index.js) are the same
 * operations under Mastra's types.
 *
 * Every method may throw a StoreError.
 */
export class KVStore {
  #engine;

  /** @param {KVStoreOptions} options */
  constructor({ bindings, keyPrefix, overlay = true, retry }) {
    this.#engine = new Engine(
      module,
      { bindings: describe(bindings), keyPrefix },
      (names) => names.map((name) => (overlay ? new Overlay(bindings[name]) : bindings[name])),
      retry,
    );
  }

  // Threads

  /** @param {object} args `{ thread }` */
  saveThread(args) {
    return this.#engine.call('saveThread', args);
  }

  /** @param {object} args `{ threadId, resourceId? }` */
  getThreadById(args) {
    return this.#engine.call('getThreadById', args);
  }

  /** @param {object} args `{ id, title?, metadata? }` */
  updateThread(args) {
    return this.#engine.call('updateThread', args);
  }

  /** @param {object} args `{ threadId }` */
  async deleteThread(args) {
    await this.#engine.call('deleteThread', args);
  }

  /** @param {object} [args] `{ page?, perPage?, orderBy?, filter? }` */
  listThreads(args = {}) {
    const { filter } = /** @type {{ filter?: { metadata?: object } }} */ (args);
    const lacking = undefinedNames(filter?.metadata);
    return this.#engine.call('listThreads', { ...args, ...(lacking.length > 0 && { lacking }) });
  }

  /** @param {object} args `{ sourceThreadId, newThreadId?, resourceId?, title?, metadata?, options? }` */
  copyThread(args) {
    return this.#engine.call('copyThread', args);
  }

  // Messages

  /** @param {object} args `{ messages }` */
  saveMessages(args) {
    return this.#engine.call('saveMessages', args);
  }

  /** @param {object} args `{ threadId, resourceId?, include?, filter?, page?, perPage?, orderBy?, includeTotal? }` */
  listMessages(args) {
    return this.#engine.call('listMessages', args);
  }

  /** @param {object} args `{ resourceId, include?, filter?, page?, perPage?, orderBy? }` */
  listMessagesByResourceId(args) {
    return this.#engine.call('listMessagesByResourceId', args);
  }

  /** @param {object} args `{ messageIds }` */
  listMessagesById(args) {
    return this.#engine.call('listMessagesById', args);
  }

  /** @param {object} args `{ messages }`, each with an id and what changes */
  updateMessages(args) {
    return this.#engine.call('updateMessages', args);
  }

  /** @param {string[]} [messageIds] */
  async deleteMessages(messageIds = []) {
    await this.#engine.call('deleteMessages', { messageIds });
  }

  // Resources

  /** @param {object} args `{ resourceId }` */
  getResourceById(args) {
    return this.#engine.call('getResourceById', args);
  }

  /** @param {object} args `{ resource }` */
  saveResource(args) {
    return this.#engine.call('saveResource', args);
  }

  /** @param {object} args `{ resourceId, workingMemory?, metadata? }` */
  updateResource(args) {
    return this.#engine.call('updateResource', args);
  }

  /** Delete all threads, messages and resources under this store's key prefix. */
  async dangerouslyClearAll() {
    await this.#engine.call('clearMemory', {});
  }
}

/**
 * The names of an object's undefined members, which JSON cannot hold.
 * @param {object | undefined} object
 */
function undefinedNames(object) {
  return Object.entries(object ?? {}).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/**
 * What the engine is to know of the bindings: their names, and whether they are KV namespaces.
 * @param {unknown} bindings
 */
function describe(bindings) {
  if (bindings === null || typeof bindings !== 'object') return undefined;
  return Object.entries(bindings).map(([name, binding]) => ({ name, valid: isKVNamespace(binding) }));
}

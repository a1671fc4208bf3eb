/** @import { KVNamespaceLike } from '../kv/namespace.js' */

/**
 * Counts the KV calls of one task, and refuses more than it may make: also those that are made again because KV failed.
 */
export class Meter {
  calls = 0;
  /** Whether a call was refused. */
  isUsedUp = false;
  #callsMax;

  /** @param {number} callsMax */
  constructor(callsMax) {
    this.#callsMax = callsMax;
  }

  get left() {
    return this.#callsMax - this.calls;
  }

  /**
   * The same namespace, counted.
   * @param {KVNamespaceLike} namespace
   * @returns {KVNamespaceLike}
   */
  count(namespace) {
    return {
      get: /** @type {KVNamespaceLike['get']} */ (
        async (/** @type {any} */ keys, /** @type {'text'} */ type) => this.#admit(() => namespace.get(keys, type))
      ),
      put: async (key, value, options) => this.#admit(() => namespace.put(key, value, options)),
      delete: async (key) => this.#admit(() => namespace.delete(key)),
      list: async (options) => this.#admit(() => namespace.list(options)),
    };
  }

  /**
   * @template T
   * @param {() => T} call
   * @returns {T}
   */
  #admit(call) {
    if (this.left <= 0) {
      this.isUsedUp = true;
      throw Object.assign(new Error('maxCalls are made'), { isTransient: false });
    }
    this.calls++;
    return call();
  }
}

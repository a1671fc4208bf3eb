/* A KVNamespace in memory that computes as little as possible, in Node and in workerd: what is measured is the store. */

/** @import { KVNamespaceLike } from '../js-shim/kv/namespace.js' */

const LIST_KEYS_MAX = 1000;

/** @implements {KVNamespaceLike} */
export class MemoryKV {
  /** @type {Map<string, { value: string, metadata: unknown }>} */
  #entries = new Map();
  /** @type {Map<string, any>} pages that were listed, by prefix, limit and cursor */
  #pages = new Map();
  #isFrozen = false;

  /** From now on writes succeed and change nothing, so that each run finds the same. */
  freeze() {
    this.#isFrozen = true;
  }

  /** @param {string} beginning of keys */
  forget(beginning) {
    for (const key of this.#entries.keys()) if (key.startsWith(beginning)) this.#entries.delete(key);
  }

  /** @param {string} beginning of keys */
  values(beginning) {
    return [...this.#entries].filter(([key]) => key.startsWith(beginning)).map(([, { value }]) => value);
  }

  /**
   * @param {any} keys
   * @returns {Promise<any>}
   */
  async get(keys) {
    const valueOf = (/** @type {string} */ key) => this.#entries.get(key)?.value ?? null;
    return Array.isArray(keys) ? new Map(keys.map((key) => [key, valueOf(key)])) : valueOf(keys);
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {{ metadata?: unknown }} [options]
   */
  async put(key, value, { metadata } = {}) {
    if (!this.#isFrozen) this.#entries.set(key, { value, metadata });
  }

  /** @param {string} key */
  async delete(key) {
    if (!this.#isFrozen) this.#entries.delete(key);
  }

  /**
   * @param {{ prefix: string, limit?: number, cursor?: string }} options
   * @returns {Promise<any>}
   */
  async list({ prefix, limit = LIST_KEYS_MAX, cursor = '' }) {
    const page = `${limit} ${cursor} ${prefix}`;
    const known = this.#pages.get(page);
    if (known) return known;
    const names = [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = names.findIndex((name) => name > cursor);
    const shown = from < 0 ? [] : names.slice(from, from + limit);
    const keys = shown.map((name) => ({ name, metadata: this.#entries.get(name)?.metadata }));
    const isComplete = from < 0 || from + limit >= names.length;
    const answer = { keys, list_complete: isComplete, ...(!isComplete && { cursor: shown[shown.length - 1] }) };
    if (this.#isFrozen) this.#pages.set(page, answer);
    return answer;
  }
}

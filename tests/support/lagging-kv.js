/* A KV namespace that shows the past: what was put or deleted through it shows up in its gets and lists a minute later.
 * For Workers, over the namespaces that wrangler dev has; everywhere else fake-kv.js knows more. */

/** How far it is behind, in milliseconds: as far as KV's documentation says. */
const LAG_MS = 60_000;

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */

/** @implements {KVNamespaceLike} */
export class LaggingKV {
  /** What keys held before they were written, and when that was. @type {Map<string, { value: string | null, at: number }[]>} */
  #past = new Map();
  /** What keys hold that were written. @type {Map<string, string | null>} */
  #now = new Map();
  #inner;

  /** @param {any} inner */
  constructor(inner) {
    this.#inner = inner;
  }

  /** What a key held a minute ago, if it was written since. @param {string} key */
  #was(key) {
    return this.#past.get(key)?.find(({ at }) => Date.now() - at < LAG_MS);
  }

  /**
   * @param {any} keys
   * @param {any} type
   * @returns {Promise<any>}
   */
  async get(keys, type) {
    if (typeof keys === 'string') return this.#was(keys) ? this.#was(keys)?.value : this.#inner.get(keys, type);
    const settled = keys.filter((/** @type {string} */ key) => !this.#was(key));
    const values = settled.length > 0 ? await this.#inner.get(settled, type) : new Map();
    return new Map(
      keys.map((/** @type {string} */ key) => [key, this.#was(key) ? this.#was(key)?.value : values.get(key)]),
    );
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {any} [options]
   */
  async put(key, value, options) {
    await this.#remember(key, value);
    await this.#inner.put(key, value, options);
  }

  /** @param {string} key */
  async delete(key) {
    await this.#remember(key, null);
    await this.#inner.delete(key);
  }

  /**
   * @param {string} key
   * @param {string | null} value what it holds from now on
   */
  async #remember(key, value) {
    const known = this.#now.get(key);
    const before = known === undefined ? await this.#inner.get(key, 'text') : known;
    this.#past.set(key, [...(this.#past.get(key) ?? []), { value: before, at: Date.now() }]);
    this.#now.set(key, value);
  }

  /**
   * Keys that were made in the last minute are missing. Deleted ones are, too: this KV does not know them any more.
   * @param {any} options
   */
  async list(options) {
    const page = await this.#inner.list(options);
    const isOld = (/** @type {{ name: string }} */ { name }) => this.#was(name)?.value !== null;
    return { ...page, keys: page.keys.filter(isOld) };
  }
}

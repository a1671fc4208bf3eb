import { joinCursor, splitCursor } from '../cursor.js';
import { NAMESPACE_NOT_FOUND, elementsOf } from './answer.js';
import { RestError } from './error.js';
import { WriteQueue } from './write-queue.js';

/** @import { KVListKey, KVListOptions, KVListResult, KVNamespaceLike, KVPutOptions } from '../namespace.js' */
/** @import { RestClient } from './client.js' */

/** The least that a list of keys may be limited to ("List a Namespace's Keys"). */
const LIST_LIMIT_MIN = 10;

/**
 * One namespace of an account.
 * @implements {KVNamespaceLike}
 */
export class RestNamespace {
  #client;
  #id;
  #writes;

  /**
   * @param {RestClient} client
   * @param {{ find: () => Promise<string>, forget: () => void }} id how its id is found, and found anew
   */
  constructor(client, id) {
    this.#client = client;
    this.#id = id;
    this.#writes = new WriteQueue(client, (use) => this.#in(use));
  }

  /**
   * @overload
   * @param {string} keys
   * @param {'text'} [type]
   * @returns {Promise<string | null>}
   */
  /**
   * @overload
   * @param {string[]} keys at most 100
   * @param {'text'} [type]
   * @returns {Promise<Map<string, string | null>>}
   */
  /**
   * @param {string | string[]} keys
   * @returns {Promise<any>}
   */
  get(keys) {
    return this.#in(async (path) => {
      if (typeof keys === 'string') return this.#client.value(`${path}/values/${encodeURIComponent(keys)}`);
      const body = JSON.stringify({ keys, type: 'text' });
      const { result } = await this.#client.request('POST', `${path}/bulk/get`, body);
      const values = new Map(Object.entries(Object(result?.values)));
      // Only null says that a key is not there. What the answer leaves out is asked for by itself.
      const lacking = keys.filter((key) => !values.has(key));
      for (const key of lacking) values.set(key, await this.get(key));
      return values;
    });
  }

  /**
   * @param {KVListOptions} options
   * @returns {Promise<KVListResult>}
   */
  list({ prefix, limit, cursor }) {
    // A page that was cut, as the API gives no fewer than ten, begins where that page did, after what was shown of it.
    const [after, pageCursor] = splitCursor(cursor);
    return this.#in(async (path) => {
      const asked = Math.max(limit, LIST_LIMIT_MIN);
      const query = new URLSearchParams({ prefix, limit: String(asked) });
      if (pageCursor !== '') query.set('cursor', pageCursor);
      const { result, result_info: info } = await this.#client.request('GET', `${path}/keys?${query}`);
      const page = elementsOf(result, 'keys');
      // Nobody can tell then whether there are more, and a list that breaks off looks like a short thread.
      if (!info && page.length >= asked) throw new RestError("the API's answer to a list of keys holds no result_info");
      const rest = page.filter(({ name }) => name > after);
      const keys = /** @type {KVListKey[]} */ (rest.slice(0, limit));
      if (keys.length < rest.length) {
        return { keys, list_complete: false, cursor: joinCursor(keys[keys.length - 1].name, pageCursor) };
      }
      if (!info?.cursor) return { keys, list_complete: true };
      return { keys, list_complete: false, cursor: joinCursor('', info.cursor) };
    });
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {KVPutOptions} [options]
   */
  put(key, value, { metadata, expiration } = {}) {
    const hasMetadata = Object.keys(Object(metadata)).length > 0; // the API refuses empty metadata
    return this.#writes.put({ key, value, ...(hasMetadata && { metadata }), ...(expiration && { expiration }) });
  }

  /** @param {string} key */
  delete(key) {
    return this.#writes.delete(key);
  }

  /**
   * @template T
   * @param {(path: string) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async #in(use) {
    try {
      return await use(`/${encodeURIComponent(await this.#id.find())}`);
    } catch (cause) {
      if (cause instanceof RestError && cause.codes.includes(NAMESPACE_NOT_FOUND)) this.#id.forget();
      throw cause;
    }
  }
}

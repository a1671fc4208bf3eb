import { risingNow } from './clock.js';
import { joinCursor, splitCursor } from './cursor.js';
import { OverlayMemory, READS_KEPT_MS } from './overlay-memory.js';
import { withRetries } from './retry.js';

/** @import { KVNamespaceLike, KVListKey, KVListOptions, KVListResult, KVPutOptions } from './namespace.js' */
/** @import { Entry } from './overlay-memory.js' */
/** @import { RetryOptions } from './retry.js' */

/** KV answers with what it held before a write of ours, and what we wrote was too large to keep. */
class StaleAnswer extends Error {
  /** It was asked again here already. */
  isTransient = false;
}

/**
 * A KVNamespace that shows this program its own writes at once, whatever KV's caches say.
 *
 * For a second, what was written or read is answered without asking KV. For a minute, what was written is laid over
 * KV's answers: a get answers the newer of both, a list shows what was put and hides what was deleted or has expired.
 * Another program's later write is the newer one and is seen as soon as KV shows it. Values tell their age: the engine
 * begins every value with its `_writtenAt` (wasm/src/record/record.h).
 *
 * Of a value too large to keep, the age is remembered: KV is asked for it, and asked again, with growing pauses, while
 * it answers with an older one. When it still does in the end, that is an error, and never an old or missing record.
 *
 * It holds data only, no promises, so that requests may share it.
 *
 * @implements {KVNamespaceLike}
 */
export class Overlay {
  #inner;
  #memory;
  #reads;
  #writes;
  #retry;

  /**
   * @param {KVNamespaceLike} inner
   * @param {{ memory?: OverlayMemory, retry?: RetryOptions }} [options] `memory`: the one that all namespaces of a store
   *   have together; `retry`: how KV is asked again that answers from the past
   */
  constructor(inner, { memory = new OverlayMemory(), retry = {} } = {}) {
    this.#inner = inner;
    this.#memory = memory;
    this.#retry = retry;
    ({ reads: this.#reads, writes: this.#writes } = memory.part());
  }

  /**
   * @overload
   * @param {string} keys
   * @param {'text'} type
   * @returns {Promise<string | null>}
   */
  /**
   * @overload
   * @param {string[]} keys
   * @param {'text'} type
   * @returns {Promise<Map<string, string | null>>}
   */
  /**
   * @param {string | string[]} keys
   * @param {'text'} type
   * @returns {Promise<any>}
   */
  async get(keys, type) {
    this.#memory.forgetOld();
    /** @type {Map<string, string | null>} */
    const values = new Map();
    const asked = [];
    for (const key of typeof keys === 'string' ? [keys] : keys) {
      const value = this.#known(key);
      if (value === undefined) asked.push(key);
      else values.set(key, value);
    }
    if (asked.length > 0) await this.#ask(asked, type, values);
    return typeof keys === 'string' ? values.get(keys) : values;
  }

  /**
   * What a key held within the last second, undefined where that is not known.
   * @param {string} key
   */
  #known(key) {
    const written = this.#writes.get(key);
    if (written && !written.mayBeGone && Date.now() - written.at < READS_KEPT_MS) return shownBy(written);
    const read = this.#reads.get(key);
    return read && shownBy(read);
  }

  /**
   * Ask KV for keys, and again for those of which it answers something older than what was written here.
   * @param {string[]} keys
   * @param {'text'} type
   * @param {Map<string, string | null>} values takes the answers; a key that KV leaves out is left out
   */
  async #ask(keys, type, values) {
    let left = keys;
    await withRetries(
      async () => {
        const stale = [];
        const answers = await this.#askOnce(left, type);
        this.#memory.forgetOld();
        for (const [key, value] of answers) {
          const newest = this.#newest(key, value);
          const shown = shownBy(newest);
          if (shown === undefined) stale.push(key);
          else {
            values.set(key, shown);
            this.#reads.set(key, newest);
          }
        }
        left = stale;
        if (left.length > 0) throw new StaleAnswer(this.#complaint(left[0]));
      },
      { ...this.#retry, isTransient: (cause) => cause instanceof StaleAnswer },
    );
  }

  /**
   * @param {string[]} keys
   * @param {'text'} type
   * @returns {Promise<Iterable<[string, string | null]>>}
   */
  async #askOnce(keys, type) {
    return keys.length === 1 ? [[keys[0], await this.#inner.get(keys[0], type)]] : this.#inner.get(keys, type);
  }

  /**
   * The newer of what KV answered and what was written here.
   * @param {string} key
   * @param {string | null} value
   * @returns {Entry}
   */
  #newest(key, value) {
    const answered = { value, at: Date.now(), version: value === null ? -Infinity : versionOf(value) };
    const written = this.#writes.get(key);
    if (!written) return answered;
    if (answered.version > written.version) {
      written.isOver = true;
      return answered;
    }
    if (value === null && (written.mayBeGone || written.isOver)) return answered;
    const { value: kept, version, expiration } = written;
    const isSame = kept === undefined && version === answered.version;
    return { value: isSame ? value : kept, at: answered.at, version, expiration };
  }

  /** @param {string} key */
  #complaint(key) {
    const secondsAgo = Math.round((Date.now() - (this.#writes.get(key)?.at ?? Date.now())) / 1000);
    return (
      `KV still answers with what "${key}" held before this store wrote it ${secondsAgo} s ago, ` +
      'which it may do for a minute or so; try again then'
    );
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {KVPutOptions} [options]
   */
  async put(key, value, options = {}) {
    this.#memory.forgetOld();
    try {
      await this.#inner.put(key, value, options);
    } catch (cause) {
      // It may have happened or not: KV will show something newer than the write before, or that one is still the last.
      this.#reads.delete(key);
      throw cause;
    }
    const { metadata, expiration } = options;
    this.#remember(key, {
      value,
      at: Date.now(),
      version: versionOf(value),
      ...(metadata !== undefined && { metadata }),
      ...(expiration !== undefined && { expiration }),
    });
  }

  /** @param {string} key */
  async delete(key) {
    this.#memory.forgetOld();
    const version = risingNow(); // what another program writes from now on may come after
    try {
      await this.#inner.delete(key);
    } catch (cause) {
      // It may have happened or not: when KV shows nothing, that is so. What is older than the write before is not.
      this.#reads.delete(key);
      const written = this.#writes.get(key);
      if (written) written.mayBeGone = true;
      throw cause;
    }
    this.#remember(key, { value: null, at: Date.now(), version });
  }

  /**
   * @param {string} key
   * @param {Entry} entry
   */
  #remember(key, entry) {
    this.#reads.delete(key);
    this.#writes.set(key, entry);
  }

  /**
   * A page may hold more keys than `limit`. The cursor also tells where this page ended, for what was put behind that
   * point belongs to the next.
   * @param {KVListOptions} options
   * @returns {Promise<KVListResult>}
   */
  async list({ prefix, limit, cursor }) {
    const [after, innerCursor] = splitCursor(cursor);
    const page = await this.#inner.list({ prefix, limit, ...(innerCursor !== '' && { cursor: innerCursor }) });
    this.#memory.forgetOld();
    const last = page.keys.at(-1)?.name ?? after;
    /** @type {Map<string, KVListKey>} */
    const keys = new Map(page.keys.map((key) => [key.name, key]));
    for (const [name, written] of this.#writes) {
      const isInPage = name > after && (page.list_complete || name <= last);
      if (!name.startsWith(prefix) || !isInPage || written.mayBeGone) continue;
      if (shownBy(written) === null) keys.delete(name);
      else keys.set(name, listed(name, written));
    }
    // Keys are ASCII, so that JavaScript's order of strings is KV's order of bytes.
    const sorted = [...keys.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (page.list_complete) return { keys: sorted, list_complete: true };
    return { keys: sorted, list_complete: false, cursor: joinCursor(last, page.cursor) };
  }
}

/**
 * What an entry shows now: once it has expired, nothing.
 * @param {Entry} entry
 */
function shownBy({ value, expiration }) {
  return expiration !== undefined && expiration * 1000 <= Date.now() ? null : value;
}

/**
 * A write as a list shows it.
 * @param {string} name
 * @param {Entry} written
 * @returns {KVListKey}
 */
function listed(name, { metadata, expiration }) {
  return {
    name,
    ...(metadata !== undefined && { metadata }),
    ...(expiration !== undefined && { expiration }),
  };
}

/**
 * When a value was written; 0 where something else than the engine wrote it.
 * @param {string} value
 */
function versionOf(value) {
  return Number(/^\{"_writtenAt":(\d+)/.exec(value)?.[1] ?? 0);
}

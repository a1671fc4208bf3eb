import { risingNow } from '../engine/wasi.js';
import { joinCursor, splitCursor } from './cursor.js';

/** @import { KVNamespaceLike, KVListKey, KVListOptions, KVListResult, KVPutOptions } from './namespace.js' */

/** How long KV may show the past (Workers KV documentation, "How KV works": 60 seconds or more). */
const WRITES_KEPT_MS = 60_000;
/** How long a get's answer is used again: one agent turn reads the same thread up to eight times. */
const READS_KEPT_MS = 1_000;
/** The bounds of each of the two memories: the oldest entries go first. */
const ENTRIES_MAX = 4_096;
const CHARACTERS_MAX = 4 << 20;

/**
 * @typedef {object} Entry
 * @property {string | null} value null: not there
 * @property {unknown} [metadata]
 * @property {number} at when it was remembered, ms
 * @property {number} version the write's time, by which two values of a key are compared
 */

/**
 * A KVNamespace that shows this program its own writes at once, whatever KV's caches say.
 *
 * For a second, what was written or read is answered without asking KV. For a minute, what was written is laid over
 * KV's answers: a get answers the newer of both, a list shows what was put and hides what was deleted. Another
 * program's later write is the newer one and is seen as soon as KV shows it. Values tell their age: the engine begins
 * every value with its `_writtenAt` (wasm/src/record/record.h).
 *
 * It holds data only, no promises, so that requests may share it.
 *
 * @implements {KVNamespaceLike}
 */
export class Overlay {
  #inner;
  #writes = new Entries(WRITES_KEPT_MS);
  #reads = new Entries(READS_KEPT_MS);

  /** @param {KVNamespaceLike} inner */
  constructor(inner) {
    this.#inner = inner;
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
    const all = typeof keys === 'string' ? [keys] : keys;
    /** @type {Map<string, string | null>} */
    const values = new Map();
    const asked = [];
    for (const key of all) {
      const read = this.#reads.get(key);
      if (read) values.set(key, read.value);
      else asked.push(key);
    }
    if (asked.length === 1) {
      values.set(asked[0], this.#newer(asked[0], await this.#inner.get(asked[0], type)));
    } else if (asked.length > 1) {
      for (const [key, value] of await this.#inner.get(asked, type)) values.set(key, this.#newer(key, value));
    }
    return typeof keys === 'string' ? values.get(keys) : values;
  }

  /**
   * The newer of what KV answered and what was written here; it is used again for a second.
   * @param {string} key
   * @param {string | null} value
   */
  #newer(key, value) {
    const written = this.#writes.get(key);
    const newest = written && (value === null || versionOf(value) <= written.version) ? written.value : value;
    this.#reads.set(key, { value: newest, at: Date.now(), version: 0 });
    return newest;
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {KVPutOptions} [options]
   */
  async put(key, value, options) {
    await this.#write(key, () => this.#inner.put(key, value, options));
    this.#remember(key, { value, metadata: options?.metadata, at: Date.now(), version: versionOf(value) });
  }

  /** @param {string} key */
  async delete(key) {
    await this.#write(key, () => this.#inner.delete(key));
    this.#remember(key, { value: null, at: Date.now(), version: risingNow() });
  }

  /**
   * @param {string} key
   * @param {() => Promise<void>} write
   */
  async #write(key, write) {
    try {
      await write();
    } catch (cause) {
      // It may have happened or not: only KV can tell.
      this.#writes.delete(key);
      this.#reads.delete(key);
      throw cause;
    }
  }

  /**
   * @param {string} key
   * @param {Entry} entry
   */
  #remember(key, entry) {
    this.#writes.set(key, entry);
    this.#reads.set(key, entry);
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
    const last = page.keys.at(-1)?.name ?? after;
    /** @type {Map<string, KVListKey>} */
    const keys = new Map(page.keys.map((key) => [key.name, key]));
    for (const [name, { value, metadata }] of this.#writes) {
      const isInPage = name > after && (page.list_complete || name <= last);
      if (!name.startsWith(prefix) || !isInPage) continue;
      if (value === null) keys.delete(name);
      else keys.set(name, { name, metadata });
    }
    // Keys are ASCII, so that JavaScript's order of strings is KV's order of bytes.
    const sorted = [...keys.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (page.list_complete) return { keys: sorted, list_complete: true };
    return { keys: sorted, list_complete: false, cursor: joinCursor(last, page.cursor) };
  }
}

/**
 * When a value was written; 0 where something else than the engine wrote it.
 * @param {string} value
 */
function versionOf(value) {
  return Number(/^\{"_writtenAt":(\d+)/.exec(value)?.[1] ?? 0);
}

/** Entries by key, for a time and within bounds; the oldest first. */
class Entries {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #characters = 0;
  #keptMs;

  /** @param {number} keptMs */
  constructor(keptMs) {
    this.#keptMs = keptMs;
  }

  /** @param {string} key */
  get(key) {
    const entry = this.#entries.get(key);
    if (!entry || Date.now() - entry.at < this.#keptMs) return entry;
    this.delete(key);
    return undefined;
  }

  /**
   * @param {string} key
   * @param {Entry} entry
   */
  set(key, entry) {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#characters += sizeOf(key, entry);
    for (const [oldKey, old] of this.#entries) {
      const isFull = this.#entries.size > ENTRIES_MAX || this.#characters > CHARACTERS_MAX;
      if (!isFull && entry.at - old.at < this.#keptMs) break;
      this.delete(oldKey);
    }
  }

  /** @param {string} key */
  delete(key) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#characters -= sizeOf(key, entry);
  }

  /** Those that are not too old. */
  *[Symbol.iterator]() {
    const now = Date.now();
    for (const [key, entry] of this.#entries) {
      if (now - entry.at < this.#keptMs) yield /** @type {[string, Entry]} */ ([key, entry]);
    }
  }
}

/**
 * @param {string} key
 * @param {Entry} entry
 */
function sizeOf(key, entry) {
  return key.length + (entry.value?.length ?? 0);
}

/* Workers KV, as far as a store can tell.
 *
 * FakeKV is the store of record, a location of it a KVNamespace: its rules, limits and error texts are those of the
 * real one (tests/contract/fake-kv.test.js runs the same checks against Miniflare's), and what Miniflare leaves out can
 * be switched on: reads and lists that are behind, pages that are empty or short, one write a second for a key, calls
 * that fail or take their time. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Faults, kvError } from './faults.js';

/** @import { KVOperation } from './faults.js' */
/** @import { Random } from './random.js' */

const KEY_BYTES_MAX = 512;
const METADATA_BYTES_MAX = 1024;
const VALUE_BYTES_MAX = 25 * 1024 * 1024;
const LIST_KEYS_MAX = 1000;
const BULK_KEYS_MAX = 100;
const EXPIRATION_TTL_S_MIN = 60;
const CACHE_TTL_S_MIN = 30;
/** How long what was overwritten is kept for those who are behind. */
const PAST_MS = 60 * 60 * 1000;

/** @typedef {'text' | 'json' | 'arrayBuffer' | 'stream'} ValueType */
/** @typedef {{ type?: ValueType, cacheTtl?: number }} GetOptions */
/** @typedef {{ metadata?: unknown, expiration?: number, expirationTtl?: number }} PutOptions */
/** @typedef {{ prefix?: string | null, limit?: number | null, cursor?: string | null }} ListOptions */

/**
 * What a key held from some time on.
 * @typedef {object} Version
 * @property {number} at
 * @property {string | Uint8Array | null} value null: deleted
 * @property {string} [metadata] its JSON text
 * @property {number} [expiration] seconds since 1970
 * @property {Map<Location, number>} listedAt when it shows up in a location's lists, where that was settled
 */

/**
 * @typedef {object} FakeKVOptions
 * @property {() => number} [now] the time in milliseconds; Date.now, mocked or not, when omitted
 * @property {Faults} [faults] what is to go wrong; nothing when omitted
 * @property {() => Promise<void>} [latency] what a call waits for, on its way there and on its way back
 * @property {boolean} [hasEmptyPages] every page of a list comes after an empty one, as where many keys were deleted
 * @property {number} [pageKeysMax] the most keys in a page of a list, whatever limit was asked for
 * @property {number} [writeIntervalMs] how soon a key may be put again; 0, which is at once, when omitted
 */

/**
 * How far a location is behind.
 * @typedef {object} LocationOptions
 * @property {number} [getCacheMs] how long it answers a get, also of a key that is not there, with what it read before
 * @property {number} [listLagMs] how old its lists are
 * @property {boolean} [seesOwnWrites] a write goes into its cache, as it usually does; true when omitted. Its lists lag
 *   behind for its own writes, too
 * @property {Random} [random] each write takes a random time to reach the lists, at most listLagMs, instead of all
 */

/** A latency of one microtask, the default. */
export const microtask = () => Promise.resolve();
/** A latency of one turn of the event loop. @returns {Promise<void>} */
export const macrotask = () => nextTurn();
/**
 * Latencies from none to several turns of the event loop: calls overtake each other.
 * @param {Random} random
 */
export const randomLatency = (random) => async () => {
  for (let turns = random.integer(4); turns > 0; turns--) await (random.chance(0.5) ? microtask() : macrotask());
};

export class FakeKV {
  /** By the bytes of the key. @type {Map<string, Version[]>} */
  #versions = new Map();
  /** Keys in order, with those that were deleted. @type {string[]} */
  #order = [];
  #isOrdered = true;

  /** @param {FakeKVOptions} [options] */
  constructor(options = {}) {
    this.options = options;
    this.now = options.now ?? (() => Date.now());
    this.faults = options.faults ?? new Faults();
    this.latency = options.latency ?? microtask;
  }

  /**
   * The namespace as it is seen from one place in the world, by default one that is never behind.
   * @param {LocationOptions} [options]
   */
  location(options = {}) {
    return new Location(this, options);
  }

  /**
   * Write at once and without checks; null deletes.
   * @param {string} key
   * @param {string | Uint8Array | null} value
   * @param {{ metadata?: string, expiration?: number }} [rest]
   * @returns {Version}
   */
  write(key, value, rest) {
    const bytes = bytesOf(key);
    const version = { at: this.now(), value, ...rest, listedAt: new Map() };
    const versions = this.#versions.get(bytes);
    if (versions) {
      // The newest version that is older than the past stays: it is what the past begins with.
      while (versions.length > 1 && versions[1].at <= version.at - PAST_MS) versions.shift();
      versions.push(version);
    } else {
      this.#versions.set(bytes, [version]);
      this.#order.push(bytes);
      this.#isOrdered = false;
    }
    return version;
  }

  /**
   * What a key holds, null if nothing.
   * @param {string} key
   */
  read(key) {
    return this.alive(this.#versions.get(bytesOf(key))?.at(-1));
  }

  /** When a key was last put. @param {string} key */
  lastPut(key) {
    return this.#versions.get(bytesOf(key))?.findLast(({ value }) => value !== null)?.at ?? -Infinity;
  }

  /**
   * A version, unless it is deleted or expired.
   * @param {Version | undefined} version
   */
  alive(version) {
    if (!version || version.value === null) return null;
    return version.expiration !== undefined && version.expiration * 1000 <= this.now() ? null : version;
  }

  /** All keys there are, in order. */
  keys() {
    return this.#orderedKeys()
      .filter((bytes) => this.alive(this.#versions.get(bytes)?.at(-1)))
      .map(keyOf);
  }

  /**
   * The keys with a prefix after another key, each with what a location's lists say of it.
   * @param {string} prefix
   * @param {string} after bytes
   * @param {Location} location
   */
  *listed(prefix, after, location) {
    const keys = this.#orderedKeys();
    const start = bytesOf(prefix);
    for (let i = firstAfter(keys, start, after); i < keys.length && keys[i].startsWith(start); i++) {
      const versions = /** @type {Version[]} */ (this.#versions.get(keys[i]));
      const version = this.alive(versions.findLast((candidate) => location.lists(candidate)));
      if (version) yield { bytes: keys[i], version };
    }
  }

  #orderedKeys() {
    // JavaScript compares the characters of these strings, which are the bytes.
    if (!this.#isOrdered) this.#order.sort((a, b) => (a < b ? -1 : Number(a > b)));
    this.#isOrdered = true;
    return this.#order;
  }
}

/** A KVNamespace: what one place in the world sees of a FakeKV. */
export class Location {
  #kv;
  #options;
  /** @type {Map<string, { at: number, version: Version | undefined }>} */
  #cache = new Map();

  /**
   * @param {FakeKV} kv
   * @param {LocationOptions} options
   */
  constructor(kv, options) {
    this.#kv = kv;
    this.#options = options;
  }

  /**
   * Whether a version has reached this location's lists.
   * @param {Version} version
   */
  lists(version) {
    const { listLagMs = 0, random } = this.#options;
    let at = version.listedAt.get(this);
    if (at === undefined) {
      at = version.at + (random ? random.integer(listLagMs + 1) : listLagMs);
      version.listedAt.set(this, at);
    }
    return at <= this.#kv.now();
  }

  /**
   * @param {string | string[]} key
   * @param {ValueType | GetOptions} [options]
   * @returns {Promise<any>}
   */
  async get(key, options) {
    const { type, cacheTtl } = getOptions(options);
    if (Array.isArray(key)) return this.#getBulk(key, type, cacheTtl, (_, value) => value);
    const version = await this.#getOne(key, type, cacheTtl);
    return version ? valueAs(version, type) : null;
  }

  /**
   * @param {string | string[]} key
   * @param {ValueType | GetOptions} [options]
   * @returns {Promise<any>}
   */
  async getWithMetadata(key, options) {
    const { type, cacheTtl } = getOptions(options);
    if (Array.isArray(key)) {
      return this.#getBulk(
        key,
        type,
        cacheTtl,
        (version, value) => version && { value, metadata: metadataOf(version) },
      );
    }
    const version = await this.#getOne(key, type, cacheTtl);
    return version
      ? { value: valueAs(version, type), metadata: metadataOf(version), cacheStatus: null }
      : { value: null, metadata: null, cacheStatus: null };
  }

  /**
   * @param {string} key
   * @param {string | ArrayBuffer | ArrayBufferView | ReadableStream} value
   * @param {PutOptions} [options]
   * @returns {Promise<void>}
   */
  async put(key, value, options = {}) {
    const name = checkKey('put', key);
    const stored = await storable(value);
    const metadata = options.metadata === undefined ? undefined : JSON.stringify(options.metadata);
    return this.#call('put', [name], () => {
      const nowS = Math.floor(this.#kv.now() / 1000);
      const expiration = checkExpiration(options, nowS);
      const size = typeof stored === 'string' ? Buffer.byteLength(stored) : stored.byteLength;
      checkLength('Value', size, VALUE_BYTES_MAX);
      checkLength('Metadata', Buffer.byteLength(metadata ?? ''), METADATA_BYTES_MAX);
      if (this.#kv.now() < this.#kv.lastPut(name) + (this.#kv.options.writeIntervalMs ?? 0)) throw kvError('put', 429);
      this.#write(name, stored, { metadata, expiration });
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<void>}
   */
  async delete(key) {
    const name = checkKey('delete', key);
    return this.#call('delete', [name], () => this.#write(name, null));
  }

  /**
   * @param {ListOptions} [options]
   * @returns {Promise<{
   *   keys: { name: string, expiration?: number, metadata?: unknown }[],
   *   list_complete: boolean,
   *   cursor?: string,
   *   cacheStatus: null,
   * }>}
   */
  async list({ prefix, limit, cursor } = {}) {
    const start = prefix ?? '';
    const asked = limit && limit > 0 ? limit : LIST_KEYS_MAX;
    return this.#call('list', [start], () => {
      checkKeyLength('list', start);
      if (asked > LIST_KEYS_MAX) {
        const rule = `Invalid key_count_limit of ${asked}. Please specify an integer less than ${LIST_KEYS_MAX}.`;
        throw kvError('list', 400, rule);
      }
      return this.#page(start, Math.min(asked, this.#kv.options.pageKeysMax ?? LIST_KEYS_MAX), cursor ?? '');
    });
  }

  /**
   * @param {string} prefix
   * @param {number} limit
   * @param {string} cursor
   */
  #page(prefix, limit, cursor) {
    const { after = '', wasEmpty = false } = parseCursor(cursor);
    if (this.#kv.options.hasEmptyPages && !wasEmpty) {
      const next = formatCursor({ after, wasEmpty: true });
      return { keys: [], list_complete: false, cursor: next, cacheStatus: null };
    }
    const keys = [];
    let last = after;
    for (const { bytes, version } of this.#kv.listed(prefix, after, this)) {
      if (keys.length === limit) {
        return { keys, list_complete: false, cursor: formatCursor({ after: last }), cacheStatus: null };
      }
      last = bytes;
      const { expiration } = version;
      const metadata = metadataOf(version);
      keys.push({
        name: keyOf(bytes),
        ...(expiration !== undefined && { expiration }),
        ...(metadata !== null && { metadata }),
      });
    }
    return { keys, list_complete: true, cacheStatus: null };
  }

  /**
   * @param {string} key
   * @param {ValueType} type
   * @param {number | undefined} cacheTtl
   */
  async #getOne(key, type, cacheTtl) {
    if (!['text', 'json', 'arrayBuffer', 'stream'].includes(type)) {
      throw new TypeError('Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".');
    }
    const name = checkKey('get', key);
    return this.#call('get', [name], () => {
      checkCacheTtl('get', cacheTtl);
      return this.#read(name);
    });
  }

  /**
   * @param {string[]} keys
   * @param {ValueType} type
   * @param {number | undefined} cacheTtl
   * @param {(version: Version | null, value: any) => any} answer
   * @returns {Promise<Map<string, any>>}
   */
  async #getBulk(keys, type, cacheTtl, answer) {
    return this.#call('getBulk', keys, () => {
      checkBulk(keys, type);
      checkCacheTtl('getBulk', cacheTtl);
      const answers = new Map();
      let bytes = 0;
      for (const key of keys) {
        const version = this.#read(key);
        const value = version && bulkValue(version, type);
        bytes += typeof value === 'string' ? Buffer.byteLength(value) : 0;
        // workerd walks the members of a JSON object and skips those whose names look like an index of an array.
        if (!isArrayIndex(key) && key !== '__proto__') answers.set(key, answer(version, value));
      }
      if (bytes > VALUE_BYTES_MAX) {
        throw kvError('getBulk', 413, `Total size of request exceeds the limit of ${VALUE_BYTES_MAX / 1024 / 1024}MB`);
      }
      return answers;
    });
  }

  /**
   * @param {string} key
   * @returns {Version | null}
   */
  #read(key) {
    const { getCacheMs = 0 } = this.#options;
    const now = this.#kv.now();
    const cached = this.#cache.get(key);
    if (cached && now - cached.at < getCacheMs) return this.#kv.alive(cached.version);
    const version = this.#kv.read(key) ?? undefined;
    if (getCacheMs > 0) this.#cache.set(key, { at: now, version });
    return this.#kv.alive(version);
  }

  /**
   * @param {string} key
   * @param {string | Uint8Array | null} value
   * @param {{ metadata?: string, expiration?: number }} [rest]
   */
  #write(key, value, rest) {
    const version = this.#kv.write(key, value, rest);
    const { getCacheMs = 0, seesOwnWrites = true } = this.#options;
    if (getCacheMs > 0 && seesOwnWrites) this.#cache.set(key, { at: version.at, version });
  }

  /**
   * A call that takes its time and may fail.
   * @template T
   * @param {KVOperation} operation
   * @param {string[]} keys
   * @param {() => T} work
   * @returns {Promise<T>}
   */
  async #call(operation, keys, work) {
    const { faults, latency } = this.#kv;
    const fault = faults.next(operation, keys);
    await latency();
    if (fault && !fault.isDone) throw fault.error;
    const result = work();
    await latency();
    if (fault) throw fault.error;
    return result;
  }
}

/**
 * A key as a string of its UTF-8 bytes, which JavaScript compares as KV does.
 * @param {string} key
 */
const bytesOf = (key) => Buffer.from(key, 'utf8').toString('latin1');
/** @param {string} bytes */
const keyOf = (bytes) => Buffer.from(bytes, 'latin1').toString('utf8');

/**
 * The index of the first key that is at least `start` and greater than `after`.
 * @param {string[]} keys in order
 * @param {string} start
 * @param {string} after
 */
function firstAfter(keys, start, after) {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < start || keys[middle] <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {{ after: string, wasEmpty?: boolean }} place
 * @returns {string}
 */
const formatCursor = (place) => Buffer.from(JSON.stringify(place)).toString('base64');

/**
 * @param {string} cursor
 * @returns {{ after?: string, wasEmpty?: boolean }}
 */
function parseCursor(cursor) {
  if (cursor === '') return {};
  try {
    return JSON.parse(Buffer.from(cursor, 'base64').toString());
  } catch {
    throw kvError('list', 400, 'Invalid cursor');
  }
}

/**
 * @param {ValueType | GetOptions | undefined} options
 * @returns {{ type: ValueType, cacheTtl?: number }}
 */
function getOptions(options) {
  return typeof options === 'string' ? { type: options } : { ...options, type: options?.type ?? 'text' };
}

/**
 * @param {KVOperation} operation
 * @param {string} key
 * @returns {string}
 */
function checkKey(operation, key) {
  const name = String(key);
  if (name === '') throw new TypeError('Key name cannot be empty.');
  if (name === '.' || name === '..') throw new TypeError(`"${name}" is not allowed as a key name.`);
  if (!name.isWellFormed()) throw kvError(operation, 400, 'Could not URL-decode key name');
  checkKeyLength(operation, name);
  return name;
}

/**
 * @param {KVOperation} operation
 * @param {string} key
 */
function checkKeyLength(operation, key) {
  const size = Buffer.byteLength(key);
  if (size > KEY_BYTES_MAX) {
    throw kvError(operation, 414, `UTF-8 encoded length of ${size} exceeds key length limit of ${KEY_BYTES_MAX}.`);
  }
}

/**
 * @param {string[]} keys
 * @param {ValueType} type
 */
function checkBulk(keys, type) {
  const fail = (/** @type {string} */ reason) => kvError('getBulk', 400, reason);
  if (keys.length > BULK_KEYS_MAX) throw fail(`You can request a maximum of ${BULK_KEYS_MAX} keys`);
  if (keys.length < 1) throw fail('You must request a minimum of 1 key');
  if (type !== 'text' && type !== 'json') throw fail(`"${type}" is not a valid type. Use "json" or "text"`);
  for (const key of keys) {
    if (key === '') throw fail('Key names must not be empty');
    if (key === '.' || key === '..') throw fail(`Illegal key name "${key}". Please use a different name.`);
    checkKeyLength('getBulk', key);
  }
}

/**
 * @param {KVOperation} operation
 * @param {number | undefined} seconds
 */
function checkCacheTtl(operation, seconds) {
  if (seconds !== undefined && seconds < CACHE_TTL_S_MIN) {
    const rule = `Invalid cache_ttl of ${seconds}. Cache TTL must be at least ${CACHE_TTL_S_MIN}.`;
    throw kvError(operation, 400, rule);
  }
}

/**
 * @param {string} what
 * @param {number} size
 * @param {number} limit
 */
function checkLength(what, size, limit) {
  if (size > limit) throw kvError('put', 413, `${what} length of ${size} exceeds limit of ${limit}.`);
}

/**
 * @param {PutOptions} options
 * @param {number} nowS
 * @returns {number | undefined} seconds since 1970
 */
function checkExpiration({ expiration, expirationTtl }, nowS) {
  const fail = (/** @type {string} */ rule) => kvError('put', 400, `Invalid ${rule}`);
  if (expirationTtl !== undefined) {
    if (!(expirationTtl > 0)) {
      throw fail(`expiration_ttl of ${expirationTtl}. Please specify integer greater than 0.`);
    }
    if (expirationTtl < EXPIRATION_TTL_S_MIN) {
      throw fail(`expiration_ttl of ${expirationTtl}. Expiration TTL must be at least ${EXPIRATION_TTL_S_MIN}.`);
    }
    return nowS + Math.floor(expirationTtl);
  }
  if (expiration === undefined) return undefined;
  if (!(expiration > nowS)) {
    const rule = 'Please specify integer greater than the current number of seconds since the UNIX epoch.';
    throw fail(`expiration of ${expiration}. ${rule}`);
  }
  if (expiration < nowS + EXPIRATION_TTL_S_MIN) {
    const rule = `Expiration times must be at least ${EXPIRATION_TTL_S_MIN} seconds in the future.`;
    throw fail(`expiration of ${expiration}. ${rule}`);
  }
  return Math.floor(expiration);
}

/**
 * @param {unknown} value
 * @returns {Promise<string | Uint8Array>}
 */
async function storable(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    return Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (value instanceof ReadableStream) return new Uint8Array(await new Response(value).arrayBuffer());
  if (typeof value === 'object' && value !== null) {
    throw new TypeError(
      'KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
    );
  }
  return String(value).toWellFormed();
}

/** @param {Version} version */
const textOf = ({ value }) => (typeof value === 'string' ? value : Buffer.from(value ?? []).toString('utf8'));

/**
 * @param {Version} version
 * @param {ValueType} type
 */
function valueAs(version, type) {
  if (type === 'text') return textOf(version);
  if (type === 'json') return JSON.parse(textOf(version));
  const bytes = Uint8Array.from(typeof version.value === 'string' ? Buffer.from(version.value) : (version.value ?? []));
  return type === 'arrayBuffer' ? bytes.buffer : new Response(bytes).body;
}

/**
 * @param {Version} version
 * @param {ValueType} type
 */
function bulkValue(version, type) {
  try {
    return valueAs(version, type);
  } catch {
    throw kvError('getBulk', 400, 'At least one of the requested keys corresponds to a non-json value');
  }
}

/** A new copy of a version's metadata, null where it has none. @param {Version} version */
const metadataOf = ({ metadata }) => (metadata === undefined ? null : JSON.parse(metadata));

/** @param {string} key */
const isArrayIndex = (key) => /^(0|[1-9]\d*)$/.test(key) && Number(key) < 2 ** 32 - 1;

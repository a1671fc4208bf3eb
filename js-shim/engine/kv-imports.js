/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { Suspension } from './suspend.js' */
import { messageOf, statusOf } from '../kv/status.js';
import { withRetries } from '../kv/retry.js';
import { StoreError } from '../store/errors.js';
import { REFERENCE, sizeOf } from './payloads.js';
import { countBytes, encodeInto } from './utf8.js';

/**
 * The module `kv` that the engine imports (wasm/src/host/kv.h is the other side; a test compares the two).
 *
 * `get`, `put`, `delete` and `list` start a call and return a ticket; `wait` suspends the engine until all that was
 * started has settled; then results are read by ticket. Nothing here knows what a key means.
 */

const DONE = 0;
const ABSENT = 1;
const FAILED = -1;
/** The most keys one bulk get takes (Workers KV documentation, "Read key-value pairs"). */
const BULK_GET_KEYS_MAX = 100;
const TOO_LARGE = 413;
const DIGIT_0 = 0x30;

const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** The outcome of a call. @typedef {{ status: number, key: string, text: string, retryAfterMs?: number }} Ticket */
/** @typedef {import('../kv/retry.js').RetryOptions} RetryOptions */

export class KvImports {
  /** @type {Ticket[]} */
  #tickets = [];
  /** How many of them are payloads: the first ones. */
  #payloadCount = 0;
  /** @type {Promise<void>[]} */
  #started = [];
  /** Gets not started yet, by namespace number. @type {Map<number, { key: string, ticket: Ticket }[]>} */
  #gets = new Map();
  #namespaces;
  #memory;
  #retry;
  /** Called when all that was waited for has settled. */
  onHeard = () => {};

  /**
   * @param {() => WebAssembly.Memory} memory asked for at each use, for its buffer changes when it grows
   * @param {KVNamespaceLike[]} namespaces by the engine's namespace number; may be filled later
   * @param {RetryOptions} retry
   */
  constructor(memory, namespaces, retry) {
    this.#memory = memory;
    this.#namespaces = namespaces;
    this.#retry = retry;
  }

  /**
   * Forget the last operation's tickets, and begin with those of the next one's payloads.
   * @param {string[]} [payloads]
   */
  reset(payloads = []) {
    this.#tickets = payloads.map((payload) => ({ status: DONE, key: '', text: payload }));
    this.#payloadCount = payloads.length;
  }

  /** How long the operation's failures ask to wait; 0 where none says. */
  get retryAfterMs() {
    return this.#tickets.reduce((longest, { retryAfterMs = 0 }) => Math.max(longest, retryAfterMs), 0);
  }

  /**
   * The import object's member `kv`.
   * @param {Suspension} suspension
   */
  imports(suspension) {
    return {
      get: this.#get.bind(this),
      put: this.#put.bind(this),
      delete: this.#delete.bind(this),
      list: this.#list.bind(this),
      wait: suspension.suspending(this.#wait.bind(this)),
      status: (/** @type {number} */ ticket) => this.#tickets[ticket].status,
      size: this.#size.bind(this),
      head: this.#head.bind(this),
      forget: (/** @type {number} */ ticket) => void (this.#tickets.length = ticket),
      read: this.#read.bind(this),
    };
  }

  /**
   * @param {number} at
   * @param {number} size
   */
  #text(at, size) {
    return text.decode(new Uint8Array(this.#memory().buffer, at, size));
  }

  /**
   * A text of the engine's with the payloads that it refers to.
   * @param {number} at
   * @param {number} size
   * @param {(ticket: number) => string} [textOf] what stands for a payload; its own text when omitted
   */
  joined(at, size, textOf = (ticket) => this.#tickets[ticket].text) {
    const bytes = new Uint8Array(this.#memory().buffer, at, size);
    let whole = '';
    let from = 0;
    for (;;) {
      const mark = this.#payloadCount > 0 ? bytes.indexOf(REFERENCE, from) : -1;
      if (mark < 0) return whole + text.decode(from > 0 ? bytes.subarray(from) : bytes);
      whole += text.decode(bytes.subarray(from, mark));
      let ticket = 0;
      for (from = mark + 1; isDigit(bytes[from]); from++) ticket = 10 * ticket + bytes[from] - DIGIT_0;
      whole += textOf(ticket);
    }
  }

  /** @param {number} ticket */
  #size(ticket) {
    const { text: result } = this.#tickets[ticket];
    return ticket < this.#payloadCount ? sizeOf(result) : countBytes(result);
  }

  /** @param {string} [key] */
  #ticket(key = '') {
    const ticket = { status: FAILED, key, text: '' };
    this.#tickets.push(ticket);
    return ticket;
  }

  /**
   * Start a call whose outcome goes to `ticket`. Never rejects: a failure is an outcome.
   * @param {Ticket} ticket
   * @param {() => Promise<string | null | void>} call resolves to the result's text, null where there is none
   */
  #start(ticket, call) {
    this.#started.push(
      withRetries(call, this.#retry).then(
        (result) => settle(ticket, result),
        (cause) => fail(ticket, cause),
      ),
    );
    return this.#tickets.length - 1;
  }

  /**
   * @param {number} ns
   * @param {number} keyAt
   * @param {number} keySize
   */
  #get(ns, keyAt, keySize) {
    const key = this.#text(keyAt, keySize);
    const get = { key, ticket: this.#ticket(key) };
    const gets = this.#gets.get(ns);
    if (gets) gets.push(get);
    else this.#gets.set(ns, [get]);
    return this.#tickets.length - 1;
  }

  /**
   * @param {number} ns
   * @param {number} keyAt
   * @param {number} keySize
   * @param {number} valueAt
   * @param {number} valueSize
   * @param {number} metadataAt
   * @param {number} metadataSize
   * @param {number} expiration seconds since 1970; 0: never
   */
  #put(ns, keyAt, keySize, valueAt, valueSize, metadataAt, metadataSize, expiration) {
    const key = this.#text(keyAt, keySize);
    const value = this.joined(valueAt, valueSize);
    const options = {
      ...(metadataSize > 0 && { metadata: JSON.parse(this.#text(metadataAt, metadataSize)) }),
      ...(expiration !== 0 && { expiration: expiration >>> 0 }), // an i32, which is negative from 2038 on
    };
    return this.#start(this.#ticket(), () => this.#namespaces[ns].put(key, value, options));
  }

  /**
   * @param {number} ns
   * @param {number} keyAt
   * @param {number} keySize
   */
  #delete(ns, keyAt, keySize) {
    const key = this.#text(keyAt, keySize);
    return this.#start(this.#ticket(), () => this.#namespaces[ns].delete(key));
  }

  /**
   * @param {number} ns
   * @param {number} prefixAt
   * @param {number} prefixSize
   * @param {number} limit
   * @param {number} cursorAt
   * @param {number} cursorSize
   */
  #list(ns, prefixAt, prefixSize, limit, cursorAt, cursorSize) {
    const prefix = this.#text(prefixAt, prefixSize);
    const cursor = cursorSize > 0 ? this.#text(cursorAt, cursorSize) : undefined;
    return this.#start(this.#ticket(), async () =>
      JSON.stringify(await this.#namespaces[ns].list({ prefix, limit, cursor })),
    );
  }

  /** Start the gets, and return when everything has settled. */
  async #wait() {
    for (const [ns, gets] of this.#gets) {
      for (let at = 0; at < gets.length; at += BULK_GET_KEYS_MAX) {
        this.#started.push(this.#getMany(ns, gets.slice(at, at + BULK_GET_KEYS_MAX)));
      }
    }
    this.#gets = new Map();
    const started = this.#started;
    this.#started = [];
    await Promise.all(started);
    this.onHeard();
  }

  /**
   * Get keys of one namespace in one call. An answer that is too large together is asked for in halves.
   * @param {number} ns
   * @param {{ key: string, ticket: Ticket }[]} gets
   * @returns {Promise<void>}
   */
  async #getMany(ns, gets) {
    const namespace = this.#namespaces[ns];
    try {
      if (gets.length === 1) {
        const [{ key, ticket }] = gets;
        settle(ticket, await withRetries(() => namespace.get(key, 'text'), this.#retry));
        return;
      }
      const keys = [...new Set(gets.map(({ key }) => key))];
      const values = await withRetries(() => namespace.get(keys, 'text'), this.#retry);
      for (const { key, ticket } of gets) {
        const value = values.get(key);
        // KV answers null for what is not there; a key that it leaves out is one it could not answer.
        if (value === undefined) fail(ticket, new Error('the bulk read left this key out'));
        else settle(ticket, value);
      }
    } catch (cause) {
      if (gets.length > 1 && statusOf(cause) === TOO_LARGE) {
        const half = Math.ceil(gets.length / 2);
        await Promise.all([this.#getMany(ns, gets.slice(0, half)), this.#getMany(ns, gets.slice(half))]);
        return;
      }
      for (const { ticket } of gets) fail(ticket, cause);
    }
  }

  /**
   * The beginning of a get's value.
   * @param {number} ticket
   * @param {number} outAt
   * @param {number} size
   * @returns {number} the bytes it took, or ~bytes where that is all
   */
  #head(ticket, outAt, size) {
    const { text: value } = this.#tickets[ticket];
    const { read, written } = encodeInto(
      value.length > size ? value.slice(0, size) : value,
      new Uint8Array(this.#memory().buffer, outAt, size),
    );
    return read < value.length ? written : ~written;
  }

  /**
   * @param {number} ticket
   * @param {number} outAt
   */
  #read(ticket, outAt) {
    const of = this.#tickets[ticket];
    encodeInto(of.text, new Uint8Array(this.#memory().buffer, outAt));
    // A list's, which nothing asks for again: a long listing has hundreds of them.
    if (of.key === '') of.text = '';
  }

  /**
   * A record that the engine's answer names by its ticket: KV's own text, parsed on its own.
   * @param {number} ticket
   * @param {string} own the member that is the store's own, a whole number, and is left out
   * @returns {Record<string, unknown>}
   */
  record(ticket, own) {
    const { key, text: value } = this.#tickets[ticket];
    const stored = parsed(value);
    if (stored === null || typeof stored !== 'object' || Array.isArray(stored)) {
      throw corrupt(key, 'is not a JSON object');
    }
    const { [own]: number = 0, ...record } = stored; // `delete` would make it an object that is slow to use
    if (!Number.isSafeInteger(number)) throw corrupt(key, `has a ${own} that is no whole number`);
    return record;
  }
}

/** @param {number} byte */
const isDigit = (byte) => byte >= DIGIT_0 && byte <= DIGIT_0 + 9;

/**
 * @param {string} value
 * @returns {any} null where it is no JSON
 */
function parsed(value) {
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

/**
 * What the engine says of such a record (mk_fail_corrupt).
 * @param {string} key
 * @param {string} what
 */
function corrupt(key, what) {
  return new StoreError({
    code: 'CORRUPT_RECORD',
    message:
      `The value stored under "${key}" ${what}. Something else than this store wrote it: look at it with ` +
      '`wrangler kv key get`, then repair or delete it.',
    details: { key },
  });
}

/**
 * @param {Ticket} ticket
 * @param {string | null | void} result
 */
function settle(ticket, result) {
  ticket.status = result === null ? ABSENT : DONE;
  ticket.text = result ?? '';
}

/**
 * @param {Ticket} ticket
 * @param {unknown} cause
 */
function fail(ticket, cause) {
  ticket.status = -statusOf(cause) || FAILED;
  ticket.text = messageOf(cause);
  ticket.retryAfterMs = Object(cause).retryAfterMs;
}

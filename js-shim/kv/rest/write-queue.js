import { RestError } from './error.js';

/** @import { RestClient } from './client.js' */

/** Of one bulk write or delete ("Write multiple key-value pairs"): pairs, and bytes of the whole body. */
const BULK_PAIRS_MAX = 10_000;
const BULK_BYTES_MAX = 100_000_000;

const utf8 = new TextEncoder();

/**
 * @typedef {object} Write
 * @property {string} key
 * @property {string} text JSON, as it stands in the request's array
 * @property {boolean} isPut
 * @property {{ resolve: () => void, reject: (cause: unknown) => void }[]} waiting
 */

/** A namespace's puts and deletes: those of one turn of the event loop travel together, in the bulk requests. */
export class WriteQueue {
  #client;
  #inNamespace;
  /** Of this turn, by key; of several writes of a key the last one counts. @type {Map<string, Write> | undefined} */
  #writes;

  /**
   * @param {RestClient} client
   * @param {(use: (path: string) => Promise<void>) => Promise<void>} inNamespace calls with the namespace's path
   */
  constructor(client, inNamespace) {
    this.#client = client;
    this.#inNamespace = inNamespace;
  }

  /** @param {{ key: string, value: string, metadata?: unknown, expiration?: number }} pair */
  put(pair) {
    return this.#add(pair.key, JSON.stringify(pair), true);
  }

  /** @param {string} key */
  delete(key) {
    return this.#add(key, JSON.stringify(key), false);
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {boolean} isPut
   * @returns {Promise<void>}
   */
  #add(key, text, isPut) {
    if (!this.#writes) {
      this.#writes = new Map();
      // Before another request of the same Worker can run: what is collected is of one request.
      queueMicrotask(() => this.#flush());
    }
    const waiting = this.#writes.get(key)?.waiting ?? [];
    this.#writes.set(key, { key, text, isPut, waiting });
    return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
  }

  #flush() {
    const writes = [...(this.#writes ?? new Map()).values()];
    this.#writes = undefined;
    for (const isPut of [true, false]) {
      for (const batch of batches(writes.filter((write) => write.isPut === isPut))) void this.#send(batch, isPut);
    }
  }

  /**
   * Send writes in one request; those that the API did not do are sent again.
   * @param {Write[]} batch
   * @param {boolean} isPut
   */
  async #send(batch, isPut) {
    let left = batch;
    try {
      await this.#inNamespace((path) =>
        this.#client.retried(async (patience) => {
          const body = `[${left.map(({ text }) => text).join(',')}]`;
          const { result } = await (isPut
            ? this.#client.requestOnce(patience, 'PUT', `${path}/bulk`, body)
            : this.#client.requestOnce(patience, 'POST', `${path}/bulk/delete`, body));
          const failed = new Set(result?.unsuccessful_keys);
          for (const { key, waiting } of left) if (!failed.has(key)) waiting.forEach(({ resolve }) => resolve());
          left = left.filter(({ key }) => failed.has(key));
          if (left.length > 0) {
            throw new RestError('the API names it among its unsuccessful_keys', { isTransient: true });
          }
        }),
      );
    } catch (cause) {
      for (const { waiting } of left) waiting.forEach(({ reject }) => reject(cause));
    }
  }
}

/**
 * Cut writes into requests that are not too large.
 * @param {Write[]} writes
 */
function* batches(writes) {
  /** @type {Write[]} */
  let batch = [];
  let bytes = 0;
  for (const write of writes) {
    const size = utf8.encode(write.text).length + 1;
    if (batch.length >= BULK_PAIRS_MAX || bytes + size >= BULK_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(write);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

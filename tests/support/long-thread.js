/* A thread of any length that takes no memory: its messages are computed when they are asked for. The newest is made at
 * the end of 2025, and each one before it some time earlier. */

const DATE_MS_MAX = 8_640_000_000_000_000;
const NEWEST_MS = Date.UTC(2025, 11, 31);
const PREFIX = 'messages:t1:';
const LIST_KEYS_MAX = 1000;

/** A KV namespace that holds messages of the thread t1 of resource u1, and nothing else. */
export class LongThreadKV {
  #count;
  #everyMs;
  #gone;

  /** @param {{ count: number, everyMs: number, gone?: number }} options gone: so many of the newest are listed and not there */
  constructor({ count, everyMs, gone = 0 }) {
    this.#count = count;
    this.#everyMs = everyMs;
    this.#gone = gone;
  }

  /** When the message was made before which there are so many newer ones. @param {number} newer */
  dateOf(newer) {
    return new Date(NEWEST_MS - newer * this.#everyMs);
  }

  /** @param {number} newer */
  #keyOf(newer) {
    const falling = String(DATE_MS_MAX - this.dateOf(newer).getTime()).padStart(17, '0');
    return `${PREFIX}${falling}:m${this.#count - 1 - newer}`;
  }

  /** @param {any} keys @returns {Promise<any>} */
  async get(keys) {
    const valueOf = (/** @type {string} */ key) => {
      const [, createdAt, id] = /^messages:t1:(\d+):(.*)$/.exec(key) ?? [];
      if (createdAt === undefined || Number(id.slice(1)) >= this.#count - this.#gone) return null;
      return JSON.stringify({
        _writtenAt: 1,
        id,
        threadId: 't1',
        resourceId: 'u1',
        role: 'user',
        type: 'v2',
        createdAt: new Date(DATE_MS_MAX - Number(createdAt)),
        content: { format: 2, parts: [] },
      });
    };
    return Array.isArray(keys) ? new Map(keys.map((key) => [key, valueOf(key)])) : valueOf(keys);
  }

  async put() {}

  async delete() {}

  /** The number of keys that come before a text. @param {string} text */
  #find(text) {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keyOf(middle) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {{ prefix: string, limit?: number, cursor?: string }} options @returns {Promise<any>} */
  async list({ prefix, limit = LIST_KEYS_MAX, cursor }) {
    const first = cursor ? Number(cursor) : this.#find(prefix);
    const end = this.#find(`${prefix}~`);
    const last = Math.min(first + limit, end);
    const keys = [];
    for (let newer = first; newer < last; newer++) {
      keys.push({ name: this.#keyOf(newer), metadata: { savedAt: 1, seq: 0, resourceId: 'u1' } });
    }
    return last < end ? { keys, list_complete: false, cursor: String(last) } : { keys, list_complete: true };
  }
}

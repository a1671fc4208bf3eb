/* Any number of threads of the resource u1 that take no memory: they are computed when they are asked for. */

const DATE_MS_MAX = 8_640_000_000_000_000;
const NEWEST_MS = Date.UTC(2025, 11, 31);
const MINUTE_MS = 60_000;
const LIST_KEYS_MAX = 1000;
const ALL = 'threads:';
const OF_RESOURCE = 'metadata:threads_by_resource:u1:';

/**
 * What a thread is like by its age, the number of threads that were made after it.
 * @typedef {{ updatedMs?: number, color?: string, isGone?: boolean, isElsewhere?: boolean }} Trait updatedMs: how long
 *   after it was made it was updated; isGone: the lists still show it; isElsewhere: it went to another resource
 */

/** A KV namespace that holds threads, one a minute, and their index, and nothing else. */
export class ManyThreadsKV {
  #count;
  #traitOf;

  /**
   * @param {number} count
   * @param {(age: number) => Trait} [traitOf]
   */
  constructor(count, traitOf = () => ({})) {
    this.#count = count;
    this.#traitOf = traitOf;
  }

  /** @param {number} age */
  static idOf(age) {
    return `t${String(age).padStart(7, '0')}`;
  }

  /** @param {string} key */
  #valueOf(key) {
    const [, id, digits] = /^threads:(t(\d{7}))$/.exec(key) ?? [];
    const age = Number(digits);
    if (id === undefined || age >= this.#count) return null;
    const { updatedMs = 0, color = 'blue', isGone, isElsewhere } = this.#traitOf(age);
    if (isGone) return null;
    const createdMs = NEWEST_MS - age * MINUTE_MS;
    return JSON.stringify({
      _writtenAt: 1,
      id,
      resourceId: isElsewhere ? 'u2' : 'u1',
      title: `Thread ${age}`,
      metadata: { color },
      createdAt: new Date(createdMs),
      updatedAt: new Date(createdMs + updatedMs),
    });
  }

  /** @param {any} keys @returns {Promise<any>} */
  async get(keys) {
    return Array.isArray(keys) ? new Map(keys.map((key) => [key, this.#valueOf(key)])) : this.#valueOf(keys);
  }

  async put() {}

  async delete() {}

  /** @param {{ prefix: string, limit?: number, cursor?: string }} options @returns {Promise<any>} */
  async list({ prefix, limit = LIST_KEYS_MAX, cursor }) {
    const first = Number(cursor ?? 0);
    const end = prefix === ALL || prefix === OF_RESOURCE ? this.#count : 0;
    const last = Math.min(first + limit, end);
    const keys = [];
    for (let age = first; age < last; age++) {
      const createdMs = NEWEST_MS - age * MINUTE_MS;
      const falling = String(DATE_MS_MAX - createdMs).padStart(17, '0');
      keys.push(
        prefix === ALL
          ? { name: ALL + ManyThreadsKV.idOf(age), metadata: { createdAt: new Date(createdMs).toISOString() } }
          : { name: `${OF_RESOURCE}${falling}:${ManyThreadsKV.idOf(age)}` },
      );
    }
    return last < end ? { keys, list_complete: false, cursor: String(last) } : { keys, list_complete: true };
  }
}

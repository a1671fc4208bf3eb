import { TITLE_IS_TAKEN, elementsOf } from './answer.js';
import { RestError } from './error.js';

/** @import { RestClient } from './client.js' */

/** Of one list of namespaces (API documentation, "List Namespaces": per_page). */
const NAMESPACES_PER_PAGE = 100;

/** An account's namespaces by title. They are looked for when they are first used, and made where they are missing. */
export class Directory {
  #client;
  /** Ids by title. @type {Map<string, string>} */
  #ids = new Map();
  /** Titles that are asked for in this turn of the event loop. @type {{ titles: Set<string>, found: Promise<void> } | undefined} */
  #lookup;

  /** @param {RestClient} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * @param {string} title
   * @returns {Promise<string>}
   */
  async idOf(title) {
    if (!this.#ids.has(title)) await this.#find(title);
    return /** @type {string} */ (this.#ids.get(title));
  }

  /** Look the namespace up again when it is used next. @param {string} title */
  forget(title) {
    this.#ids.delete(title);
  }

  /**
   * Those who ask in one turn of the event loop belong to one request, and one search answers them all. The promise
   * does not outlive that turn: a Worker's request must not wait for another's.
   * @param {string} title
   */
  #find(title) {
    if (!this.#lookup) {
      const titles = new Set([title]);
      const begin = async () => {
        await undefined;
        this.#lookup = undefined;
        await this.#client.retried(() => this.#findAll(titles));
      };
      this.#lookup = { titles, found: begin() };
    }
    this.#lookup.titles.add(title);
    return this.#lookup.found;
  }

  /** @param {Set<string>} titles */
  async #findAll(titles) {
    const existing = await this.list();
    const missing = [...titles].filter((title) => !existing.has(title));
    const created = await Promise.all(missing.map((title) => this.#create(title)));
    // Somebody else may have created the same one at the same time. Whoever looks now sees the same.
    const all = missing.length > 0 ? await this.list() : existing;
    for (const [title, id] of all) this.#ids.set(title, id);
    for (const title of titles) {
      const id = all.get(title) ?? created[missing.indexOf(title)];
      if (!id) {
        const message = `the account has a namespace titled "${title}", and does not list it yet`;
        throw new RestError(message, { isTransient: true });
      }
      this.#ids.set(title, id);
    }
  }

  /**
   * All namespaces, page after page.
   * @returns {Promise<Map<string, string>>} their ids by title; of two with one title always the same one
   */
  async list() {
    /** @type {Map<string, string>} */
    const ids = new Map();
    const seen = new Set();
    for (let page = 1; ; page++) {
      const query = `?page=${page}&per_page=${NAMESPACES_PER_PAGE}`;
      const { result, result_info: info } = await this.#client.request('GET', query);
      const namespaces = elementsOf(result, 'namespaces');
      const before = seen.size;
      for (const { id, title } of namespaces) {
        seen.add(id);
        const known = ids.get(title);
        if (known === undefined || id < known) ids.set(title, id);
      }
      // A page may be shorter than asked for; the total tells, where there is one.
      const isLast = info?.total_count > 0 ? seen.size >= info.total_count : namespaces.length < NAMESPACES_PER_PAGE;
      if (isLast || seen.size === before) return ids;
    }
  }

  /**
   * @param {string} title
   * @returns {Promise<string | undefined>} undefined: somebody else was faster
   */
  async #create(title) {
    try {
      const { result } = await this.#client.request('POST', '', JSON.stringify({ title }));
      return result?.id;
    } catch (cause) {
      if (cause instanceof RestError && cause.codes.includes(TITLE_IS_TAKEN)) return undefined;
      throw cause;
    }
  }
}

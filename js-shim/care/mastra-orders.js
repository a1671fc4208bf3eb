/**
 * In which order messages of one time belong. The other adapter keeps a list a thread, `[{ "id", "score" }, …]`, in
 * which a score is the message's place within the call that saved it.
 */
import { textOf } from './mastra-records.js';
import { isObject, parsed } from './spans.js';

/** @import { Members } from './mastra-records.js' */
/** @import { MastraSource } from './mastra-source.js' */

const BULK_GET_KEYS_MAX = 100;

export class MessageOrders {
  /** The places of messages by id, by thread. @type {Map<string, Map<string, number>>} */
  #places = new Map();
  #source;

  /** @param {MastraSource} source */
  constructor(source) {
    this.#source = source;
  }

  /**
   * Read the lists of threads, and forget those of all others.
   * @param {string[]} threadIds
   */
  async load(threadIds) {
    const unit = this.#source.units.find(({ table }) => table === 'messages');
    const wanted = new Set(threadIds);
    for (const threadId of this.#places.keys()) if (!wanted.has(threadId)) this.#places.delete(threadId);
    let lacking = [...wanted].filter((threadId) => !this.#places.has(threadId));
    while (unit && lacking.length > 0) {
      const keys = lacking.slice(0, BULK_GET_KEYS_MAX).map((threadId) => this.#source.orderKey(threadId));
      const values = [...(await this.#source.read(unit.kv, keys)).values()];
      for (const [i, value] of values.entries()) this.#places.set(lacking[i], placesOf(value));
      lacking = lacking.slice(values.length);
    }
  }

  /**
   * The place of a message among all of its thread, by score, then by place in the list; behind them all where it is in
   * no list.
   * @param {Members} members
   */
  placeOf(members) {
    const places = this.#places.get(textOf(members, 'threadId') ?? '');
    return places?.get(textOf(members, 'id') ?? '') ?? places?.size ?? 0;
  }
}

/**
 * @param {string | null} list
 * @returns {Map<string, number>}
 */
function placesOf(list) {
  const entries = parsed(list ?? '');
  const known = (Array.isArray(entries) ? entries : []).filter(isObject);
  const scored = known.map(({ id, score }) => ({ id, score: typeof score === 'number' ? score : Infinity }));
  scored.sort((a, b) => (a.score === b.score ? 0 : a.score - b.score)); // stable
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const { id } of scored) if (typeof id === 'string' && !places.has(id)) places.set(id, places.size);
  return places;
}

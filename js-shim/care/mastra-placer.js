/** Placing the records of Mastra's own Cloudflare adapter in a store of this package. */
import { StoreError } from '../store/errors.js';
import { recordOf, textOf, toRecord } from './mastra-records.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { MessageOrders } from './mastra-orders.js' */
/** @import { Members, Table } from './mastra-records.js' */
/** @import { MastraSource, Unit } from './mastra-source.js' */
/** @import { Meter } from './meter.js' */

/** What the engine's operation must be allowed at least (wasm/src/care/place.h). */
const PLACING_CALLS_MIN = 16;
/** What the operation is given at most, unless a single record is larger. */
const TEXT_AT_ONCE_MAX = 8 << 20;

/**
 * A key of the other store, and what becomes of it.
 * @typedef {object} Item
 * @property {string} key
 * @property {Table} table
 * @property {Members} [members] of a record that is to be placed
 * @property {number} bytes
 * @property {'written' | 'unchanged' | 'newer'} [outcome]
 * @property {{ kind: string, advice: string }} [problem]
 */

/**
 * What the engine says of a record (wasm/src/care/place.h).
 * @typedef {'written' | 'unchanged' | 'newer' | { elsewhere: string, isNewer: boolean } | { code: string, message: string }} Outcome
 */

export class Placer {
  #engine;
  #source;
  #orders;
  #meter;
  #isDry;

  /**
   * @param {{ engine: Engine, source: MastraSource, orders: MessageOrders, meter: Meter, isDry: boolean }} parts
   */
  constructor({ engine, source, orders, meter, isDry }) {
    this.#engine = engine;
    this.#source = source;
    this.#orders = orders;
    this.#meter = meter;
    this.#isDry = isDry;
  }

  /**
   * Place the records among items, and note what became of them.
   * @param {Unit} unit
   * @param {Item[]} items
   * @returns {Promise<number>} how many of the items, from the first, are done
   */
  async place(unit, items) {
    let done = 0;
    while (done < items.length && this.#meter.left >= PLACING_CALLS_MIN) {
      const placed = await this.#placeRun(unit, runOf(items, done));
      if (placed === 0) break;
      done += placed;
    }
    return done;
  }

  /**
   * The same for records of one table.
   * @param {Unit} unit
   * @param {Item[]} items
   * @returns {Promise<number>} how many of the items, from the first, are done
   */
  async #placeRun(unit, items) {
    const placeable = items.filter(({ members }) => members);
    if (placeable.length === 0) return items.length;
    const { table } = placeable[0];
    const outcomes = await this.#placeRecords(
      table,
      placeable.map((item) => this.#recordText(item)),
    );
    let settled = 0;
    for (const outcome of outcomes) {
      const item = placeable[settled];
      const isSettled = settle(item, outcome) || (await this.#placeAgain(unit, item, Object(outcome)));
      if (!isSettled) break;
      settled++;
    }
    return settled === placeable.length ? items.length : items.indexOf(placeable[settled]);
  }

  /**
   * A message's id is taken by one of another thread: either the message has moved in the other store since it was
   * moved here, or there are two of one id.
   * @param {Unit} unit
   * @param {Item} item
   * @param {{ elsewhere: string, isNewer: boolean }} outcome
   * @returns {Promise<boolean>} whether it is done
   */
  async #placeAgain(unit, item, { elsewhere, isNewer }) {
    if (this.#meter.left < PLACING_CALLS_MIN + 1) return false;
    const members = /** @type {Members} */ (item.members);
    const key = this.#source.messageKey(elsewhere, /** @type {string} */ (textOf(members, 'id')));
    const other = recordOf((await this.#source.readOne(unit.kv, key)) ?? '');
    if (other && this.#source.tableOf(unit, key, other) === 'messages') {
      const advice = `There is another message of this id under "${key}", and that one was moved. Delete one of the two.`;
      item.problem = { kind: 'duplicate', advice };
      return true;
    }
    if (isNewer) return settle(item, 'newer');
    const [outcome] = await this.#placeRecords('messages', [this.#recordText(item, true)]);
    return outcome !== undefined && settle(item, outcome);
  }

  /**
   * @param {Item} item
   * @param {boolean} [isMoved]
   */
  #recordText(item, isMoved = false) {
    const members = /** @type {Members} */ (item.members);
    const seq = item.table === 'messages' ? this.#orders.placeOf(members) : 0;
    return `{"record":${toRecord(item.table, members)},"seq":${seq}${isMoved ? ',"isMoved":true' : ''}}`;
  }

  /**
   * @param {Table} table
   * @param {string[]} records at least one
   * @returns {Promise<Outcome[]>} of the first of the records
   */
  async #placeRecords(table, records) {
    let size = 0;
    const fitting = records.filter((record, i) => (size += record.length) <= TEXT_AT_ONCE_MAX || i === 0);
    const maxCalls = Math.min(this.#meter.left, Number.MAX_SAFE_INTEGER);
    const rest = JSON.stringify({ table, maxCalls, dryRun: this.#isDry }).slice(1);
    try {
      return (await this.#engine.callText('carePlace', `{"records":[${fitting.join(',')}],${rest}`)).outcomes;
    } catch (cause) {
      if (!(cause instanceof StoreError) || cause.code !== 'OUT_OF_MEMORY') throw cause;
      const { code, message } = cause;
      return fitting.length === 1 ? [{ code, message }] : this.#placeRecords(table, halfOf(fitting));
    }
  }
}

/**
 * The items from one on that can be placed by one operation: their records are of one table.
 * @param {Item[]} items
 * @param {number} start
 */
function runOf(items, start) {
  const rest = items.slice(start);
  const first = rest.find(({ members }) => members);
  const end = rest.findIndex(({ members, table }) => members && table !== first?.table);
  return end < 0 ? rest : rest.slice(0, end);
}

/**
 * Note what became of an item.
 * @param {Item} item
 * @param {Outcome} outcome
 * @returns {boolean} false: nothing yet, for its id is taken
 */
function settle(item, outcome) {
  if (typeof outcome === 'string') item.outcome = outcome;
  else if ('code' in outcome) item.problem = { kind: kindOf(outcome.code), advice: outcome.message };
  return item.outcome !== undefined || item.problem !== undefined;
}

/** @param {string[]} records */
const halfOf = (records) => records.slice(0, Math.ceil(records.length / 2));

/** @param {string} code of an error of the engine's */
function kindOf(code) {
  if (['KEY_TOO_LONG', 'VALUE_TOO_LARGE', 'OUT_OF_MEMORY'].includes(code)) return 'too_large';
  return code === 'CORRUPT_RECORD' ? 'occupied' : 'invalid';
}

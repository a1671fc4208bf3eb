import { formatCursor, parseCursor } from './cursor.js';
import { careEngine, invalid } from './engine.js';
import { openNamespaces } from './mastra-namespaces.js';
import { MessageOrders } from './mastra-orders.js';
import { Placer } from './mastra-placer.js';
import { recordOf, textOf } from './mastra-records.js';
import { MastraSource } from './mastra-source.js';
import { Meter } from './meter.js';
import { parsed } from './spans.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { CareStore } from './engine.js' */
/** @import { MastraSourceOptions } from './mastra-namespaces.js' */
/** @import { Item } from './mastra-placer.js' */
/** @import { Table } from './mastra-records.js' */
/** @import { Unit } from './mastra-source.js' */
/** @import { TaskOptions } from './task.js' */

/** With fewer calls a step might not move one record. */
const MAX_CALLS_MIN = 50;
/** Left for the last record of a step: to read its key and its order, to place it, and to find out where it was. */
const RESERVE = 40;
/** Keys that are moved at once, and keys of one bulk read. */
const KEYS_AT_ONCE_MAX = 500;
const BULK_GET_KEYS_MAX = 100;
const utf8 = new TextEncoder();

/**
 * @typedef {TaskOptions & {
 *   from: MastraSourceOptions,
 *   dryRun?: boolean,
 *   signal?: AbortSignal,
 * }} MigrationOptions `from` is the store of Mastra's own Cloudflare adapter; a dry run judges all of it, and writes
 *   nothing; maxCalls is at least 50; a signal that is aborted ends the step early
 */

/**
 * What became of the records of a table.
 * @typedef {object} Moved
 * @property {number} records that were found
 * @property {number} written now; in a dry run, to be written
 * @property {number} unchanged since an earlier run wrote them
 * @property {number} newer here than there, which stay as they are
 * @property {number} bytes of the records as they are there
 */

/**
 * What could not be moved. `kind` is one of
 *   - unreadable: the value is not the JSON of an object
 *   - strange_key: the key is not the one that a record with these ids has
 *   - invalid: the record lacks what it must have
 *   - too_large: its key or value is more than KV holds
 *   - duplicate: two threads have a message of this id; the first one was moved
 *   - occupied: what is stored here under its keys cannot be read
 * @typedef {{ kind: string, table: Table, key: string, advice: string }} MigrationProblem
 */

/**
 * @typedef {object} MigrationReport
 * @property {boolean} done
 * @property {string | null} cursor where to go on; null when done
 * @property {number} calls to KV that this call made
 * @property {Partial<Record<Table, Moved>>} tables what was done since the migration began, also by the calls before
 * @property {MigrationProblem[]} problems that this call found
 */

/**
 * How far a migration is.
 * @typedef {object} Position
 * @property {Table} [unit] by its table; the first one when omitted
 * @property {string} [page] KV's cursor of the page
 * @property {string} [after] the last key of the page that is done
 */

/**
 * Move everything from Mastra's own Cloudflare adapter to this store. The other store is only read; what is moved keeps
 * its ids, times, order and content to the letter. It can be run again at any time: it writes what is missing or has
 * become newer there, and leaves alone what has become newer here.
 * @param {CareStore} to
 * @param {MigrationOptions} options
 * @returns {Promise<MigrationReport>}
 */
export async function migrateFromMastra(to, options) {
  const { from, cursor, maxCalls = Infinity } = options ?? {};
  if (typeof maxCalls !== 'number' || !(maxCalls >= MAX_CALLS_MIN)) {
    throw invalid(`maxCalls must be a number, at least ${MAX_CALLS_MIN}`);
  }
  const begun = cursor ? parseCursor('migrateFromMastra', cursor) : { at: null, totals: { tables: {}, seen: {} } };
  const meter = new Meter(maxCalls);
  const engine = careEngine(to, meter);
  const source = new MastraSource(await openNamespaces(from, meter), from.keyPrefix);
  return new Migration({ engine, source, meter, options }, begun).run();
}

/**
 * How many keys a migration has to look at.
 * @param {MastraSourceOptions} from
 */
export async function countSource(from) {
  const source = new MastraSource(await openNamespaces(from, new Meter(Infinity)), from.keyPrefix);
  let count = 0;
  for (const unit of source.units) {
    let next;
    do {
      /** @type {{ keys: string[], next: string | undefined }} */
      const page = await source.list(unit, next);
      count += page.keys.filter((key) => !source.isElsewhere(unit, key)).length;
      next = page.next;
    } while (next !== undefined);
  }
  return count;
}

class Migration {
  /** @type {MigrationProblem[]} */
  #problems = [];
  /** @type {Partial<Record<Table, Moved>>} */
  #tables;
  /** Looked at so far, by table of the unit. @type {Record<string, { keys: number, bytes: number }>} */
  #seen;
  /** @type {Position} */
  #position;
  /** Whether this call got any further. */
  #hasMoved = false;
  #source;
  #meter;
  #options;
  #orders;
  #placer;

  /**
   * @param {{ engine: Engine, source: MastraSource, meter: Meter, options: MigrationOptions }} parts
   * @param {{ at: Position | null, totals: Record<string, any> }} begun
   */
  constructor({ engine, source, meter, options }, { at, totals }) {
    this.#source = source;
    this.#meter = meter;
    this.#options = options;
    this.#orders = new MessageOrders(source);
    this.#placer = new Placer({ engine, source, orders: this.#orders, meter, isDry: options.dryRun === true });
    this.#position = at ?? {};
    this.#tables = totals.tables;
    this.#seen = totals.seen;
  }

  /** @returns {Promise<MigrationReport>} */
  async run() {
    const isDone = await this.#walkAll();
    const cursor = formatCursor('migrateFromMastra', this.#position, { tables: this.#tables, seen: this.#seen });
    return {
      done: isDone,
      cursor: isDone ? null : cursor,
      calls: this.#meter.calls,
      tables: this.#tables,
      problems: this.#problems,
    };
  }

  /** @returns {Promise<boolean>} whether all is done */
  async #walkAll() {
    const { units } = this.#source;
    const { unit: table = units[0].table } = this.#position;
    const first = units.findIndex((unit) => unit.table === table);
    if (first < 0) throw invalid(`cursor is at ${table}, of which "from" names no namespace`);
    try {
      for (const unit of units.slice(first)) {
        if (unit.table !== this.#position.unit) this.#position = { unit: unit.table };
        if (!(await this.#walk(unit))) return false;
      }
    } catch (cause) {
      // KV failed, and trying again took the calls that were left. The next step does what this one has not done.
      if (this.#meter.isUsedUp && this.#hasMoved) return false;
      throw cause;
    }
    return true;
  }

  /**
   * @param {Unit} unit
   * @returns {Promise<boolean>} whether it is done
   */
  async #walk(unit) {
    for (;;) {
      if (this.#meter.left <= RESERVE) return false;
      const { page, after } = this.#position;
      const { keys, next } = await this.#source.list(unit, page);
      let left = keys.filter((key) => after === undefined || comesAfter(key, after));
      left = left.filter((key) => !this.#source.isElsewhere(unit, key));
      while (left.length > 0) {
        const count = this.#affordable(left);
        const done = count > 0 ? await this.#move(unit, left.slice(0, count)) : 0;
        if (done === 0) return false;
        this.#hasMoved = true;
        this.#position = { unit: unit.table, page, after: left[done - 1] };
        left = left.slice(done);
        if (this.#options.signal?.aborted) return false;
      }
      if (next === undefined) return true;
      this.#position = { unit: unit.table, page: next };
    }
  }

  /**
   * How many of the first of some keys can be moved with the calls that are left.
   * @param {string[]} keys
   */
  #affordable(keys) {
    const calls = Math.max(0, this.#meter.left - RESERVE);
    // Two writes each, at least; what does not get its turn is read again in the next step.
    const most = Math.min(keys.length, KEYS_AT_ONCE_MAX, Math.ceil(calls / 2));
    const alone = keys.slice(0, most).findIndex((key) => MastraSource.isReadAlone(key));
    return alone < 0 ? most : Math.min(most, alone + Math.ceil(calls / 4));
  }

  /**
   * Move the records of some keys.
   * @param {Unit} unit
   * @param {string[]} keys
   * @returns {Promise<number>} how many of them, from the first, are done
   */
  async #move(unit, keys) {
    const values = await this.#read(unit, keys);
    /** @type {Item[]} */
    const items = keys.slice(0, values.size).map((key) => this.#judge(unit, key, values.get(key) ?? null));
    await this.#orders.load(items.flatMap((item) => (item.table === 'messages' && threadOf(item)) || []));
    const done = await this.#placer.place(unit, items);
    for (const item of items.slice(0, done)) this.#count(item);
    const seen = (this.#seen[unit.table] ??= { keys: 0, bytes: 0 });
    seen.keys += done;
    seen.bytes += items.slice(0, done).reduce((sum, { bytes }) => sum + bytes, 0);
    this.#options.onProgress?.({ table: unit.table, done: seen.keys, bytes: seen.bytes });
    return done;
  }

  /**
   * The values of the first of some keys.
   * @param {Unit} unit
   * @param {string[]} keys
   * @returns {Promise<Map<string, string | null>>}
   */
  async #read({ kv }, keys) {
    const reads = [];
    for (let at = 0; at < keys.length; at += BULK_GET_KEYS_MAX) {
      reads.push(this.#source.read(kv, keys.slice(at, at + BULK_GET_KEYS_MAX)));
    }
    /** @type {Map<string, string | null>} */
    const values = new Map();
    for (const read of await Promise.all(reads)) {
      if (values.size % BULK_GET_KEYS_MAX !== 0) break; // the one before is not whole
      for (const [key, value] of read) values.set(key, value);
    }
    return values;
  }

  /**
   * @param {Unit} unit
   * @param {string} key
   * @param {string | null} value null: gone since it was listed
   * @returns {Item}
   */
  #judge(unit, key, value) {
    const item = { key, table: unit.table, bytes: utf8.encode(value ?? '').length };
    const members = value === null ? undefined : recordOf(value);
    const table = members && this.#source.tableOf(unit, key, members);
    if (table) return { ...item, table, members };
    const isOrder = unit.table === 'messages' && key.endsWith(':messages') && Array.isArray(parsed(value ?? ''));
    if (value === null || isOrder || this.#source.isForeign(unit, key)) return item;
    const problem = members
      ? {
          kind: 'strange_key',
          advice: 'The ids in this record are not those in its key, so whose it is remains open. Read and judge it.',
        }
      : { kind: 'unreadable', advice: 'This value is not the JSON of an object. Nothing of it was moved.' };
    return { ...item, problem };
  }

  /** @param {Item} item that is done */
  #count({ key, table, members, bytes, outcome, problem }) {
    if (problem) this.#problems.push({ kind: problem.kind, table, key, advice: problem.advice });
    if (!members && !problem) return;
    const moved = (this.#tables[table] ??= { records: 0, written: 0, unchanged: 0, newer: 0, bytes: 0 });
    moved.records++;
    moved.bytes += bytes;
    if (outcome) moved[outcome]++;
  }
}

/** @param {Item} item */
const threadOf = ({ members }) => members && textOf(members, 'threadId');

/**
 * Whether a key comes after another one in KV's order, which is that of their bytes.
 * @param {string} key
 * @param {string} other
 */
function comesAfter(key, other) {
  const [a, b] = [utf8.encode(key), utf8.encode(other)];
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at >= 0 && (at >= b.length || a[at] > b[at]);
}

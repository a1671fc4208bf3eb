import { StoreError } from '../store/errors.js';
import { formatCursor, parseCursor } from './cursor.js';
import { careEngine, invalid } from './engine.js';
import { Meter } from './meter.js';

/** @typedef {import('./engine.js').CareStore} CareStore */

/**
 * What all long tasks take.
 * @typedef {object} TaskOptions
 * @property {number} [maxCalls] the most KV calls that this call makes; to the end when omitted
 * @property {string} [cursor] of the call before, which goes on where that one ended, also in another process
 * @property {(progress: Progress) => void} [onProgress] called after every step
 */

/**
 * How far a task is.
 * @typedef {object} Progress
 * @property {string} table what it is at
 * @property {number} done keys looked at there
 * @property {number} [total] how many there are, where that is known
 * @property {number} bytes read
 */

/**
 * What the engine answers to a step.
 * @typedef {{ cursor: object | null, needs?: number } & Record<string, any>} Step
 */

/** The most keys of a step. */
const LIMIT = 100;

/** A long task: step after step of one operation, as far as it may go. */
export class Task {
  #name;
  #engine;
  #meter;
  #isBounded;
  #at;
  /** Whether this call got any further. */
  #hasMoved = false;
  #isStopped = false;
  #limit = LIMIT;
  #reserved;

  /**
   * @param {string} name of the task: a cursor of another is refused
   * @param {CareStore} store
   * @param {TaskOptions} options
   * @param {Record<string, any>} totals what the task counts, carried from call to call by its cursor
   * @param {number} [reserved] KV calls that its steps leave for a note at the end
   */
  constructor(name, store, { maxCalls, cursor }, totals, reserved = 0) {
    if (maxCalls !== undefined && !(Number.isSafeInteger(maxCalls) && maxCalls > 0)) {
      throw invalid('maxCalls must be a whole number above 0');
    }
    const meter = new Meter(maxCalls ?? Infinity);
    this.#name = name;
    this.#reserved = reserved;
    this.#isBounded = maxCalls !== undefined;
    this.#meter = meter;
    this.#engine = careEngine(store, meter);
    /** @type {{ at: object | null, totals: Record<string, any> }} */
    const begun = cursor === undefined ? { at: null, totals } : parseCursor(name, cursor);
    this.#at = begun.at;
    this.totals = begun.totals;
  }

  /** KV calls made so far by this call. */
  get calls() {
    return this.#meter.calls;
  }

  /** Whether a step could not be made any more, for the calls that this call may make are made. */
  get isStopped() {
    return this.#isStopped;
  }

  /** Where another call goes on. */
  get cursor() {
    return formatCursor(this.#name, this.#at, this.totals);
  }

  /**
   * Make steps until the walk is done or no further step may be made.
   * @param {string} operation
   * @param {object} args
   * @param {(step: any) => void} take what to do with a step's answer, before the next one
   * @returns {Promise<{ done: boolean, cursor: string | null }>}
   */
  async run(operation, args, take) {
    for (;;) {
      const step = await this.step(operation, args);
      if (!step) return { done: false, cursor: this.cursor };
      take(step);
      if (step.cursor === null) return { done: true, cursor: null };
    }
  }

  /**
   * Make one step, and go on to the next; undefined where it may not be made any more.
   * @param {string} operation
   * @param {object} args
   * @returns {Promise<Step | undefined>}
   */
  async step(operation, args) {
    const step = await this.#try(operation, args);
    this.#isStopped = !step;
    if (!step) return undefined;
    this.#at = step.cursor;
    this.#hasMoved = true;
    return step;
  }

  /**
   * Tell the engine where the task is, without a step. Where the calls that are left do not suffice, nothing is lost.
   * @param {string} operation
   * @param {object} args
   */
  async note(operation, args) {
    try {
      await this.#engine.call(operation, { ...args, cursor: this.#at });
    } catch (cause) {
      if (!this.#meter.isUsedUp) throw cause;
    }
  }

  /**
   * @param {string} operation
   * @param {object} args
   * @returns {Promise<Step | undefined>}
   */
  async #try(operation, args) {
    const calls = this.#isBounded ? this.#meter.left - this.#reserved : undefined;
    try {
      const step = await this.#engine.call(operation, { ...args, cursor: this.#at, limit: this.#limit, calls });
      if (step.needs === undefined) return step;
      if (this.#hasMoved) return undefined;
      throw invalid(`maxCalls must be at least ${step.needs + this.#reserved}: as many as one step may take`);
    } catch (cause) {
      // Made again, a step does what it has not done yet: it writes whole values under keys that follow from the data.
      if (this.#meter.isUsedUp && this.#hasMoved) return undefined;
      if (!(cause instanceof StoreError) || cause.code !== 'OUT_OF_MEMORY' || this.#limit === 1) throw cause;
      this.#limit = Math.ceil(this.#limit / 2);
      return this.#try(operation, args);
    }
  }
}

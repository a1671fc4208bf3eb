/* The way from an isolate to KV: calls that take their time, that fail, and isolates that die meanwhile. */
import { kvError } from '../support/faults.js';
import { makeRandom } from '../support/random.js';

/** @import { KVOperation } from '../support/faults.js' */
/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */
/** @import { Location } from '../support/fake-kv.js' */
/** @import { Fault } from './history.js' */
/** @import { VirtualTime } from './virtual-time.js' */

/** The longest that a call is on its way, there or back. */
export const WAY_MS_MAX = 60;

/** An isolate's connection to KV, for all its namespaces. */
export class Connection {
  #time;
  #random = makeRandom(0);
  /** @type {Fault[]} */
  #faults = [];
  /** Which requests are still waited for: a new one whenever all of before are abandoned. */
  #epoch = {};
  /** Calls since the step began. */
  #stepCalls = 0;
  /** Calls since the isolate began. */
  calls = 0;

  /**
   * @param {VirtualTime} time
   * @param {(isDeath: boolean) => void} onEnd the requests are abandoned, or all of the isolate ends
   */
  constructor(time, onEnd) {
    this.#time = time;
    this.onEnd = onEnd;
  }

  /**
   * What a step's calls meet.
   * @param {number} seed of the times that they take
   * @param {Fault[]} faults
   */
  begin(seed, faults) {
    this.#random = makeRandom(seed);
    this.#faults = faults;
    this.#stepCalls = 0;
  }

  /** Whether the step's calls may fail. */
  get hasFaults() {
    return this.#faults.length > 0;
  }

  /** From now on no answer arrives, and nothing that was begun goes on. */
  abandon() {
    this.#epoch = {};
    this.#faults = [];
  }

  /** Whether requests that began now are waited for until `isWaited()` is false. */
  watch() {
    const epoch = this.#epoch;
    return () => this.#epoch === epoch;
  }

  /**
   * @param {Location} kv
   * @returns {KVNamespaceLike}
   */
  namespace(kv) {
    const through =
      (/** @type {KVOperation} */ operation, /** @type {(...args: any[]) => Promise<any>} */ call) =>
      (/** @type {any[]} */ ...args) =>
        this.#call(Array.isArray(args[0]) ? 'getBulk' : operation, () => call(...args));
    return {
      get: through('get', (key, type) => kv.get(key, type)),
      put: through('put', (key, value, options) => kv.put(key, value, options)),
      delete: through('delete', (key) => kv.delete(key)),
      list: through('list', (options) => kv.list(options)),
    };
  }

  /**
   * @param {KVOperation} operation
   * @param {() => Promise<any>} work
   */
  async #call(operation, work) {
    const isWaited = this.watch();
    const way = 1 + this.#random.integer(WAY_MS_MAX);
    const back = 1 + this.#random.integer(WAY_MS_MAX);
    const nth = ++this.#stepCalls;
    this.calls++;
    const fault = this.#faults.find(({ at, times }) => nth >= at && nth < at + times);
    if (fault?.kind === 'die' || fault?.kind === 'abandon') this.#end(fault, operation, work, way);
    else {
      await this.#time.sleep(way);
      const outcome = await this.#outcome(fault, operation, work);
      await this.#time.sleep(back);
      if (isWaited()) return outcome();
    }
    return new Promise(() => {});
  }

  /**
   * @param {Fault | undefined} fault
   * @param {KVOperation} operation
   * @param {() => Promise<any>} work
   * @returns {Promise<() => any>}
   */
  async #outcome(fault, operation, work) {
    const fail = (/** @type {unknown} */ cause) => () => {
      throw cause;
    };
    if (fault?.kind === 'busy') return fail(kvError(operation, 429));
    if (fault?.kind === 'lost') return fail(kvError(operation, 500));
    try {
      const result = await work();
      return fault ? fail(kvError(operation, 503)) : () => result;
    } catch (cause) {
      return fail(cause);
    }
  }

  /**
   * The isolate ends, or its requests do, before this call is sent or while it is on its way.
   * @param {Fault} fault
   * @param {KVOperation} operation
   * @param {() => Promise<any>} work
   * @param {number} way
   */
  #end(fault, operation, work, way) {
    if (fault.isSent) this.#time.after(way, () => void this.#outcome(undefined, operation, work));
    this.#time.after(0, () => this.onEnd(fault.kind === 'die'));
  }
}

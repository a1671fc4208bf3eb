/* Failures of KV, made to order. */

/** @typedef {'get' | 'getBulk' | 'put' | 'delete' | 'list'} KVOperation */

/**
 * @typedef {object} Fault
 * @property {KVOperation | KVOperation[]} [operation] any when omitted
 * @property {RegExp} [key] a key of the call must match; of a list, its prefix. Any when omitted
 * @property {number} [nth] the first of the matching calls that fails, counted from 1; 1 when omitted
 * @property {number} [times] how many calls fail from then on; 1 when omitted, Infinity for ever
 * @property {number} [status] the HTTP status that KV reports; 500 when omitted
 * @property {Error} [error] thrown instead of KV's error for the status
 * @property {boolean} [isDone] the call does its work, and only its answer is lost
 */

/** How KV's errors call an operation. A failed list is reported as a get. */
const NAMES = { get: 'GET', getBulk: 'GET_BULK', put: 'PUT', delete: 'DELETE', list: 'GET' };

/** @type {Record<number, string>} */
const REASONS = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/**
 * The error of a KVNamespace. It has no code: all it says is in its text.
 * @param {KVOperation} operation
 * @param {number} status
 * @param {string} [reason]
 */
export function kvError(operation, status, reason = REASONS[status] ?? 'Unknown') {
  return new Error(`KV ${NAMES[operation]} failed: ${status} ${reason}`);
}

/** The error of a namespace whose plan allows no more of these calls today. @param {KVOperation} operation */
export function quotaError(operation) {
  return new Error(`KV ${operation === 'getBulk' ? 'get' : operation}() limit exceeded for the day.`);
}

/** What is to go wrong. One object may serve several namespaces; their calls are then counted together. */
export class Faults {
  /** @type {{ fault: Fault, seen: number, failed: number }[]} */
  #faults = [];
  /** Calls so far, failed ones too. */
  calls = 0;

  /** @param {Fault} fault */
  add(fault) {
    this.#faults.push({ fault, seen: 0, failed: 0 });
  }

  /** Let nothing fail any more, and count calls from 0. */
  clear() {
    this.#faults = [];
    this.calls = 0;
  }

  /** How many calls have failed so far. */
  get failures() {
    return this.#faults.reduce((sum, { failed }) => sum + failed, 0);
  }

  /**
   * Say how a call is to fail, if it is.
   * @param {KVOperation} operation
   * @param {string[]} keys
   * @returns {{ error: Error, isDone: boolean } | null}
   */
  next(operation, keys) {
    this.calls++;
    let outcome = null;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (!matches(fault, operation, keys)) continue;
      const nth = fault.nth ?? 1;
      entry.seen++;
      if (outcome || entry.seen < nth || entry.seen >= nth + (fault.times ?? 1)) continue;
      entry.failed++;
      const error = fault.error ?? kvError(operation, fault.status ?? 500);
      outcome = { error, isDone: fault.isDone ?? false };
    }
    return outcome;
  }
}

/**
 * @param {Fault} fault
 * @param {KVOperation} operation
 * @param {string[]} keys
 */
function matches(fault, operation, keys) {
  const operations = fault.operation === undefined ? [operation] : [fault.operation].flat();
  const { key } = fault;
  return operations.includes(operation) && (!key || keys.some((name) => key.test(name)));
}

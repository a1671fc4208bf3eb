/* What an operation costs: KV calls, keys, and rounds of waiting. */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */
/** @typedef {'get' | 'getBulk' | 'put' | 'delete' | 'list'} CallKind */
/** @typedef {{ kind: CallKind, keys: string[], round: number }} Call a list's key is its prefix */

/**
 * Counts the calls to one or more namespaces.
 *
 * A round begins when a call starts while none is in flight. Every call is held back for one turn of the event loop, so
 * that calls which are started one after another before any of them could be answered over a network overlap here, too.
 */
export class CallCounter {
  /** @type {Call[]} */
  calls = [];
  rounds = 0;
  #inFlight = 0;

  /** Count from 0 again. */
  reset() {
    this.calls = [];
    this.rounds = 0;
  }

  /** @param {CallKind} kind */
  count(kind) {
    return this.calls.filter((call) => call.kind === kind).length;
  }

  /** How many keys were read, over all calls. */
  get keysRead() {
    return this.calls.reduce(
      (sum, { kind, keys }) => sum + (kind === 'get' || kind === 'getBulk' ? keys.length : 0),
      0,
    );
  }

  /** What a test compares with the budget. */
  get cost() {
    return { calls: this.calls.length, rounds: this.rounds };
  }

  /** For messages of failing tests: one line a call. */
  toString() {
    return this.calls
      .map(({ kind, keys, round }) => {
        const more = keys.length > 3 ? ` … (${keys.length})` : '';
        return `${round}. ${kind} ${keys.slice(0, 3).join(' ')}${more}`;
      })
      .join('\n');
  }

  /**
   * @template {KVNamespaceLike} T
   * @param {T} kv
   * @returns {T} the same namespace, with its calls counted
   */
  wrap(kv) {
    return new Proxy(kv, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function' || typeof name !== 'string') return method;
        return (/** @type {unknown[]} */ ...args) => this.#record(name, args, () => method.apply(target, args));
      },
    });
  }

  /**
   * @param {string} method
   * @param {unknown[]} args
   * @param {() => Promise<unknown>} call
   */
  async #record(method, args, call) {
    if (this.#inFlight === 0) this.rounds++;
    this.#inFlight++;
    this.calls.push({ ...describe(method, args[0]), round: this.rounds });
    try {
      return await call();
    } finally {
      await nextTurn();
      this.#inFlight--;
    }
  }
}

/**
 * @param {string} method
 * @param {any} subject a key, keys, or a list's options
 * @returns {{ kind: CallKind, keys: string[] }}
 */
function describe(method, subject) {
  if (method === 'list') return { kind: 'list', keys: [subject?.prefix ?? ''] };
  if (Array.isArray(subject)) return { kind: 'getBulk', keys: [...subject] };
  return { kind: /** @type {CallKind} */ (method === 'getWithMetadata' ? 'get' : method), keys: [subject] };
}

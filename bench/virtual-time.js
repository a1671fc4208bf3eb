/* Time that passes only in the books, so that an hour of waiting for KV takes no time to measure. */
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** @import { KVNamespaceLike } from '../js-shim/kv/namespace.js' */

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What the clock showed last. It never goes back, for the store's own does not either; and it lags behind the real one,
 * for what is measured in real time finds nothing from the future.
 */
let nowMs = Date.now() - 7 * DAY_MS;

/** How far the clock moves on at once. Latencies are multiples of it. */
const TICK_MS = 10;

/**
 * Let time pass in which nothing happens.
 * @param {number} ms
 */
export function skipTime(ms) {
  nowMs += ms;
}

/**
 * Run some work while Date and setTimeout follow a clock that moves on by a tick whenever the work has nothing left to do
 * but wait. What the work computes takes no time.
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} how many milliseconds it took by that clock
 */
export async function inVirtualTime(work) {
  const startMs = nowMs;
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: startMs });
  try {
    let isRunning = true;
    const running = work().finally(() => {
      isRunning = false;
    });
    // A failure is the caller's, and comes with `await running` below.
    running.catch(() => {});
    for (;;) {
      // Twice: a call that is counted is held back for one turn (CallCounter).
      await nextTurn();
      await nextTurn();
      if (!isRunning) break;
      mock.timers.tick(TICK_MS);
    }
    await running;
    nowMs = Date.now();
    return nowMs - startMs;
  } finally {
    mock.timers.reset();
  }
}

/**
 * A request's way to KV: every call takes `latencyMs` from when it has one of `connections`, for which it waits in line.
 */
export class Network {
  #latencyMs;
  #free;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {{ latencyMs: number, connections: number }} model */
  constructor({ latencyMs, connections }) {
    this.#latencyMs = latencyMs;
    this.#free = connections;
  }

  /**
   * @template {KVNamespaceLike} T
   * @param {T} kv
   * @returns {T} the same namespace, behind this network
   */
  wrap(kv) {
    return new Proxy(kv, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (/** @type {unknown[]} */ ...args) => this.#call(() => method.apply(target, args));
      },
    });
  }

  /** @param {() => Promise<unknown>} call */
  async #call(call) {
    if (this.#free > 0) this.#free--;
    else await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    try {
      await new Promise((resolve) => {
        setTimeout(resolve, this.#latencyMs);
      });
      return await call();
    } finally {
      // The connection goes to the next in line as it is.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

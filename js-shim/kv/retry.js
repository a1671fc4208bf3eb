import { isLost, isQuotaUsedUp, statusOf } from './status.js';

/**
 * @typedef {object} RetryOptions
 * @property {number} [attempts] how often a call is made at the most; 5 when omitted
 * @property {number} [firstPauseMs] the pause before the second attempt; each later one is twice as long, and all are
 *   shortened at random by up to half. 250 when omitted
 * @property {number} [maxWaitMs] how long a call waits at the most, all its pauses together; one that would have to wait
 *   longer fails at once, and says when to come back. 60,000 when omitted
 */

/** @typedef {(ms: number) => Promise<unknown>} Sleep */

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const MAX_WAIT_MS = 60_000;

/** The longest that a timer waits; one for longer rings at once (HTML standard, "Timers": a signed 32-bit number). */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** @type {Sleep} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, TIMER_MS_MAX)));

/** How much longer a call may wait. */
export class Patience {
  #leftMs;
  #sleep;

  /** @param {RetryOptions & { sleep?: Sleep }} options */
  constructor(options) {
    this.#leftMs = options.maxWaitMs ?? MAX_WAIT_MS;
    this.#sleep = options.sleep ?? sleep;
  }

  /** Whether it lasts for so long a wait. @param {number} ms */
  has(ms) {
    return ms <= this.#leftMs;
  }

  /** @param {number} ms that it has */
  async wait(ms) {
    this.#leftMs -= ms;
    await this.#sleep(ms);
  }
}

/**
 * Make a KV call, and again while KV answers that it is busy (429) or failing (5xx), or the call gets lost. All calls the
 * engine makes may be made twice: it writes whole values under keys that follow from the data.
 *
 * A failure may know better: `isTransient`, and `retryAfterMs`, which is waited on top of the pause.
 * @template T
 * @param {(patience: Patience) => Promise<T>} call may wait on its own, while the patience lasts
 * @param {RetryOptions & { sleep?: Sleep, isTransient?: (cause: unknown) => boolean }} options
 * @returns {Promise<T>}
 */
export async function withRetries(call, options) {
  const { attempts = ATTEMPTS, firstPauseMs = FIRST_PAUSE_MS } = options;
  const mayPass = options.isTransient ?? isTransient;
  const patience = new Patience(options);
  for (let attempt = 1; ; attempt++) {
    let pauseMs;
    try {
      return await call(patience);
    } catch (cause) {
      if (attempt >= attempts || !mayPass(cause)) throw cause;
      pauseMs = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2) + (Object(cause).retryAfterMs ?? 0);
      if (!patience.has(pauseMs)) throw cause;
    }
    await patience.wait(pauseMs);
  }
}

/** @param {unknown} cause */
function isTransient(cause) {
  const { isTransient: known } = Object(cause);
  if (typeof known === 'boolean') return known;
  const status = statusOf(cause);
  return (status === 429 && !isQuotaUsedUp(cause)) || (status >= 500 && status <= 599) || isLost(cause);
}

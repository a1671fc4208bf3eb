import { isQuotaUsedUp, statusOf } from './status.js';

/**
 * @typedef {object} RetryOptions
 * @property {number} [attempts] how often a call is made at the most; 5 when omitted
 * @property {number} [firstPauseMs] the pause before the second attempt; each later one is twice as long, and all are
 *   shortened at random by up to half. 250 when omitted
 */

/** @typedef {(ms: number) => Promise<unknown>} Sleep */

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;

/** @type {Sleep} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Make a KV call, and again while KV answers that it is busy (429) or failing (5xx). All calls the engine makes may be
 * made twice: it writes whole values under keys that follow from the data.
 *
 * A failure may know better: `isTransient`, and `retryAfterMs`, which is waited on top of the pause.
 * @template T
 * @param {() => Promise<T>} call
 * @param {RetryOptions & { sleep?: Sleep }} options
 * @returns {Promise<T>}
 */
export async function withRetries(call, options) {
  const { attempts = ATTEMPTS, firstPauseMs = FIRST_PAUSE_MS } = options;
  for (let attempt = 1; ; attempt++) {
    let askedMs;
    try {
      return await call();
    } catch (cause) {
      if (attempt >= attempts || !isTransient(cause)) throw cause;
      askedMs = Object(cause).retryAfterMs ?? 0;
    }
    const pauseMs = firstPauseMs * 2 ** (attempt - 1);
    await (options.sleep ?? sleep)(askedMs + pauseMs * (0.5 + Math.random() / 2));
  }
}

/** @param {unknown} cause */
function isTransient(cause) {
  const { isTransient: known } = Object(cause);
  if (typeof known === 'boolean') return known;
  const status = statusOf(cause);
  return (status === 429 && !isQuotaUsedUp(cause)) || (status >= 500 && status <= 599);
}

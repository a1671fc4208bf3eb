import { TOO_MANY_REQUESTS, seconds } from './answer.js';
import { RestError } from './error.js';

/** @import { Patience } from '../retry.js' */

/** What one token, or user, may ask for ("API rate limits"); beyond it all calls are refused for five minutes. */
const REQUESTS_MAX = 1_200;
const REQUESTS_WINDOW_MS = 300_000;

/** Lets no more requests pass than the API allows, and none while it refuses all. */
export class Limiter {
  /** When the last requests were sent, or are to be: each waits for a time of its own. @type {number[]} */
  #times = [];
  #blockedUntil = 0;

  /** @param {() => number} now */
  constructor(now) {
    this.now = now;
  }

  /** The API refuses all requests for so long. @param {number} ms */
  block(ms) {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.now() + ms);
  }

  /**
   * Return when the next request may be sent.
   * @param {Patience} patience
   */
  async pass(patience) {
    const oldest = this.#times.length < REQUESTS_MAX ? -Infinity : this.#times[0];
    const at = Math.max(this.now(), oldest + REQUESTS_WINDOW_MS);
    for (let isTaken = false; ; isTaken = true) {
      const blockedMs = this.#blockedUntil - this.now();
      const waitMs = Math.max(at - this.now(), blockedMs);
      if (waitMs > 0 && !patience.has(waitMs)) throw tooLong(blockedMs, waitMs);
      if (!isTaken) this.#take(at);
      if (waitMs <= 0) return;
      await patience.wait(waitMs);
    }
  }

  /** @param {number} at */
  #take(at) {
    this.#times.push(at);
    if (this.#times.length > REQUESTS_MAX) this.#times.shift();
  }
}

/**
 * @param {number} blockedMs
 * @param {number} waitMs
 */
function tooLong(blockedMs, waitMs) {
  const why =
    blockedMs === waitMs
      ? `429: the API refuses all requests for another ${seconds(waitMs)}`
      : `429: as many requests as the API allows are sent; the next is to be tried again in ${seconds(waitMs)}`;
  return new RestError(why, { status: TOO_MANY_REQUESTS, retryAfterMs: waitMs });
}

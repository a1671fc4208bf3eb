import { TOO_MANY_REQUESTS, seconds } from './answer.js';
import { RestError } from './error.js';

/** @import { Patience } from '../retry.js' */

/** What one token, or user, may ask for ("API rate limits"); beyond it all calls are refused for five minutes. */
const REQUESTS_MAX = 1_200;
const REQUESTS_WINDOW_MS = 300_000;

/** Lets no more requests pass than the API allows, and none while it refuses all. */
export class Limiter {
  /** Of the last requests. @type {number[]} */
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
    for (;;) {
      const now = this.now();
      const blockedMs = this.#blockedUntil - now;
      const oldest = this.#times.length < REQUESTS_MAX ? -Infinity : this.#times[0];
      const fullMs = oldest + REQUESTS_WINDOW_MS - now;
      if (blockedMs <= 0 && fullMs <= 0) {
        this.#times.push(now);
        if (this.#times.length > REQUESTS_MAX) this.#times.shift();
        return;
      }
      const waitMs = Math.max(blockedMs, fullMs);
      if (!patience.has(waitMs)) throw tooLong(blockedMs, waitMs);
      await patience.wait(waitMs);
    }
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

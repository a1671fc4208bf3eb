/** How many operations run at once, so that together they stay within an isolate's memory. */
import { StoreError } from '../store/errors.js';
import { sleep } from '../kv/retry.js';

/**
 * Operations at once when nothing else was said. An instance of the engine begins with 64 KiB, a page of 40 messages
 * and its strings take some hundred, and an isolate has 128 MB.
 */
const MAX_CONCURRENCY = 256;
/** The first pause of an operation that waits; each is twice as long as the one before, up to the last. */
const FIRST_PAUSE_MS = 5;
const LAST_PAUSE_MS = 80;
/** How long an operation waits before it fails. */
const WAIT_MS_MAX = 30_000;
/**
 * An operation that has heard nothing from KV in this time is taken for abandoned: when a request is cancelled, Workers
 * never go on with what it was waiting for. Less than others wait for a turn, so that requests that are cancelled by the
 * hundred make them wait and not fail; of one that is only slow, its turn is given to another while it goes on.
 */
const ABANDONED_MS = 10_000;

/** @typedef {{ heardMs: number }} Turn when it was taken, or its operation has heard from KV since */

/**
 * Turns to run an operation in. One that finds none waits by a timer of its own and looks again: Workers forbid waiting
 * for another request's promise, and a request that is cancelled while it waits leaves nothing behind this way.
 */
export class Turns {
  /** In the order of what they have heard last, as sets are. @type {Set<Turn>} */
  #taken = new Set();
  #max;

  /** @param {number} [max] */
  constructor(max = MAX_CONCURRENCY) {
    this.#max = max;
  }

  /** @returns {Turn | undefined} undefined when all are taken */
  take() {
    const nowMs = Date.now();
    for (const turn of this.#taken) {
      if (this.#taken.size < this.#max || nowMs - turn.heardMs < ABANDONED_MS) break;
      this.#taken.delete(turn);
    }
    if (this.#taken.size >= this.#max) return undefined;
    const turn = { heardMs: nowMs };
    this.#taken.add(turn);
    return turn;
  }

  /**
   * @param {string} operation
   * @returns {Promise<Turn>} rejects with TOO_BUSY
   */
  async wait(operation) {
    let pauseMs = FIRST_PAUSE_MS;
    for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += pauseMs) {
      await sleep(pauseMs);
      const turn = this.take();
      if (turn) return turn;
      pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS);
    }
    throw new StoreError({
      code: 'TOO_BUSY',
      message:
        `${operation} waited ${WAIT_MS_MAX / 1000} s while ${this.#max} other operations of this store were running, and ` +
        'did nothing. Start fewer at once, or raise maxConcurrency where there is memory for more.',
      details: { maxConcurrency: this.#max },
    });
  }

  /** Its operation has heard from KV. @param {Turn} turn */
  heard(turn) {
    if (!this.#taken.delete(turn)) return; // given to another meanwhile
    turn.heardMs = Date.now();
    this.#taken.add(turn);
  }

  /** @param {Turn} turn */
  giveBack(turn) {
    this.#taken.delete(turn);
  }
}

/* Time that passes as fast as the program that waits for it. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** @typedef {{ at: number, order: number, run: () => void }} Event */

/** A clock, and what is to happen when. Between two events everything that can run by itself has run. */
export class VirtualTime {
  /** Soonest first; of one time, in the order they were asked for. @type {Event[]} */
  #events = [];
  #order = 0;

  /** @param {number} now milliseconds since 1970 */
  constructor(now) {
    this.now = now;
  }

  /**
   * @param {number} ms from now
   * @param {() => void} run
   */
  after(ms, run) {
    const event = { at: this.now + Math.ceil(Math.max(0, ms)), order: this.#order++, run };
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1].at > event.at) index--;
    this.#events.splice(index, 0, event);
  }

  /** @param {number} ms @returns {Promise<void>} */
  sleep(ms) {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /**
   * Let time pass, event by event, until a promise has settled.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async until(promise) {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    for (await nextTurn(); !isSettled; await nextTurn()) {
      const event = this.#events.shift();
      if (!event) throw new Error('Nothing is to happen any more, and the history has not ended: a call hangs');
      this.now = event.at;
      event.run();
    }
    return promise;
  }
}

/* Random numbers that follow from a seed, so that a failure can be had again. */

/** A seed for a run: SEED from the environment, where a failure is to be had again, else a new one. */
export function newSeed() {
  return Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
}

/**
 * @typedef {object} Random
 * @property {() => number} next at least 0 and below 1
 * @property {(below: number) => number} integer a whole number from 0 on
 * @property {(probability: number) => boolean} chance
 * @property {<T>(items: readonly T[]) => T} pick
 */

/**
 * The generator mulberry32: 32 bits of state, every seed another sequence.
 * @param {number} seed
 * @returns {Random}
 */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (/** @type {number} */ below) => Math.floor(next() * below);
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (items) => items[integer(items.length)],
  };
}

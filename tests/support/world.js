/* One KV, seen by several stores from several places, and the clock they all have. */
import { mock } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from './fake-kv.js';

/** @import { FakeKVOptions, LocationOptions, Location } from './fake-kv.js' */
/** @import { Memory } from './harness.js' */

/** How far behind a place may be: as far as KV's documentation says. */
export const STALE_MS = 60_000;

/** When the last world ended: the engine's clock does not go back, so neither do the worlds of one program. */
let latest = 0;

/** @typedef {Omit<import('../../js-shim/kv-store.js').KVStoreOptions, 'bindings'>} StoreOptions */

export class World {
  /**
   * Stops the clock of the whole program at the present, until `close`.
   * @param {FakeKVOptions} [options]
   */
  constructor(options = {}) {
    mock.timers.enable({ apis: ['Date'], now: Math.max(Date.now(), latest) });
    this.threads = new FakeKV(options);
    this.messages = new FakeKV(options);
  }

  /** @param {number} ms */
  advance(ms) {
    mock.timers.tick(ms);
  }

  close() {
    // With room for the engine's clock, which runs ahead of a clock that stands still.
    latest = Date.now() + 100_000;
    mock.timers.reset();
  }

  /**
   * A store, at a place of its own.
   * @param {LocationOptions} [location]
   * @param {StoreOptions} [options]
   * @returns {Memory}
   */
  store(location, options) {
    return new KVStore({ bindings: this.place(location), ...options });
  }

  /**
   * @param {LocationOptions} [location]
   * @returns {{ threads: Location, messages: Location }}
   */
  place(location) {
    return { threads: this.threads.location(location), messages: this.messages.location(location) };
  }

  /** A store that sees everything as it is. */
  observer() {
    return this.store({}, { overlay: false });
  }
}

/**
 * Run a test in a world of its own.
 * @param {FakeKVOptions} options
 * @param {(world: World) => Promise<void>} test
 * @returns {() => Promise<void>}
 */
export const inWorld = (options, test) => async () => {
  const world = new World(options);
  try {
    await test(world);
  } finally {
    world.close();
  }
};

/**
 * Run a test for several seeds, and name the seed it fails with; SEED in the environment runs that one alone.
 * @param {number} count
 * @param {(seed: number) => Promise<void>} test
 */
export async function forSeeds(count, test) {
  const wanted = process.env.SEED;
  const first = wanted === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
  for (let seed = first; seed < first + (wanted === undefined ? count : 1); seed++) {
    try {
      await test(seed);
    } catch (cause) {
      const { message, stack } = /** @type {Error} */ (cause);
      throw new Error(`With SEED=${seed}: ${message}\n${stack}`, { cause });
    }
  }
}

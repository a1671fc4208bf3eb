/** The two WASI calls that the engine imports: a clock and random numbers. */

const SUCCESS = 0;
const NS_PER_MS = 1_000_000n;

let lastMs = 0;

/**
 * Milliseconds since 1970, at least one more with each reading. A Worker's own clock stands still between I/O, and
 * these times decide which of two writes is newer.
 */
export function risingNow() {
  lastMs = Math.max(Date.now(), lastMs + 1);
  return lastMs;
}

/**
 * The import object's member `wasi_snapshot_preview1`.
 * @param {() => WebAssembly.Memory} memory
 */
export function wasiImports(memory) {
  return {
    /**
     * @param {number} _clock
     * @param {bigint} _precision
     * @param {number} outAt
     */
    clock_time_get(_clock, _precision, outAt) {
      new DataView(memory().buffer).setBigUint64(outAt, BigInt(risingNow()) * NS_PER_MS, true);
      return SUCCESS;
    },
    /**
     * @param {number} outAt
     * @param {number} size
     */
    random_get(outAt, size) {
      crypto.getRandomValues(new Uint8Array(memory().buffer, outAt, size));
      return SUCCESS;
    },
  };
}

/** The two WASI calls that the engine imports: a clock and random numbers. */
import { risingNow } from '../kv/clock.js';

const SUCCESS = 0;
const NS_PER_MS = 1_000_000n;

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

/**
 * Waiting without JSPI: binaryen's Asyncify (its src/passes/Asyncify.cpp documents this interface). Every function that
 * may lead to `wait` can leave halfway, its locals saved, and be entered again to go on where it was:
 *
 *     call ─▶ … ─▶ wait: start_unwind ─▶ … (each function saves its locals and returns) ─▶ call returns
 *                                          stop_unwind, await, start_rewind
 *     call ─▶ … (each function restores its locals) ─▶ wait: stop_rewind ─▶ … goes on
 *
 * C's stack in linear memory stays as it is meanwhile, for its pointer is a global that nobody moves back. As with JSPI
 * an instance therefore runs one operation at a time.
 */

const UNWINDING = 1;
const REWINDING = 2;

/**
 * For saved locals, of which the deepest path to `wait` fills under 4 KiB (tests/engine/asyncify.test.js). Asyncify looks for an overflow only after it has written; it traps then, and the
 * instance is dropped with what was overwritten.
 */
export const ROOM_BYTES = 16 << 10;
/** Two addresses, of where the free part begins and ends, lie in front of the saved locals. */
const HEADER_BYTES = 8;

/**
 * Whether a module was built for Asyncify.
 * @param {WebAssembly.Module} module
 */
export const isAsyncified = (module) =>
  WebAssembly.Module.exports(module).some(({ name }) => name === 'asyncify_start_unwind');

/**
 * @typedef {object} AsyncifyExports
 * @property {WebAssembly.Memory} memory
 * @property {(size: number) => number} keep
 * @property {() => number} asyncify_get_state
 * @property {(data: number) => void} asyncify_start_unwind
 * @property {() => void} asyncify_stop_unwind
 * @property {(data: number) => void} asyncify_start_rewind
 * @property {() => void} asyncify_stop_rewind
 */

/** The waiting of one instance. */
export class Asyncify {
  #exports = /** @type {AsyncifyExports} */ (/** @type {unknown} */ (undefined));
  #data = 0;
  /** @type {Promise<void> | undefined} what the suspended engine waits for */
  #awaited;
  #bytes;

  /** @param {number} [bytes] for saved locals; less than all there is only in a test */
  constructor(bytes = ROOM_BYTES) {
    this.#bytes = bytes;
  }

  /**
   * @param {() => Promise<void>} method
   * @returns {() => void} the import
   */
  suspending(method) {
    return () => {
      if (this.#exports.asyncify_get_state() === REWINDING) {
        this.#exports.asyncify_stop_rewind();
        return;
      }
      this.#awaited = method();
      this.#startUnwinding();
    };
  }

  /**
   * @param {any} exports the instance's
   * @param {string} name
   * @returns {(...args: number[]) => Promise<number>} the export
   */
  promising(exports, name) {
    this.#exports = exports;
    this.#data = this.#exports.keep(ROOM_BYTES);
    return async (...args) => {
      let result = exports[name](...args);
      while (this.#exports.asyncify_get_state() === UNWINDING) {
        this.#exports.asyncify_stop_unwind();
        await this.#awaited;
        this.#exports.asyncify_start_rewind(this.#data);
        result = exports[name](...args); // which looks at no argument: its locals come back
      }
      return result;
    };
  }

  #startUnwinding() {
    const start = this.#data + HEADER_BYTES;
    new Uint32Array(this.#exports.memory.buffer, this.#data, 2).set([start, this.#data + this.#bytes]);
    this.#exports.asyncify_start_unwind(this.#data);
  }
}

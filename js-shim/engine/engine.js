import { dateImports } from './dates.js';
import { StoreError } from '../store/errors.js';
import { KvImports } from './kv-imports.js';
import { withOdd } from './odd.js';
import { encodeReferring, Payloads } from './payloads.js';
import { complete } from './records.js';
import { suspensionOf } from './suspend.js';
import { Turns } from './turns.js';
import { encode, encodeInto } from './utf8.js';
import { wasiImports } from './wasi.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { RetryOptions } from '../kv/retry.js' */
/** @import { Suspension } from './suspend.js' */
/** @import { Turn } from './turns.js' */

/** @typedef {(work: Promise<unknown>) => void} WaitUntil */

/** How much memory the instances that wait for the next operations may have together. */
const IDLE_BYTES_MAX = 8 << 20;
/** An instance whose memory grew beyond this is dropped, for linear memory never shrinks. */
const IDLE_INSTANCE_BYTES_MAX = 1 << 20;

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {() => void} _initialize
 * @property {(size: number) => number} input
 * @property {(at: number, size: number) => number} open
 * @property {(at: number, nameSize: number, argsSize: number) => number} call
 */

/**
 * One instance of the engine. It runs one operation at a time: waiting leaves C's stack in linear memory as it is, so
 * that two suspended calls in one instance would overwrite each other's variables.
 */
class Instance {
  #exports;
  #call;
  #kv;

  /**
   * @param {WebAssembly.Module} module
   * @param {KVNamespaceLike[]} namespaces
   * @param {RetryOptions} retry
   * @param {Suspension} suspension
   */
  constructor(module, namespaces, retry, suspension) {
    const memory = () => this.#exports.memory;
    this.#kv = new KvImports(memory, namespaces, retry);
    const instance = new WebAssembly.Instance(module, {
      kv: this.#kv.imports(suspension),
      wasi_snapshot_preview1: wasiImports(memory),
      date: dateImports(memory),
    });
    this.#exports = /** @type {Exports} */ (/** @type {unknown} */ (instance.exports));
    this.#exports._initialize();
    this.#call = suspension.promising(this.#exports, 'call');
  }

  /**
   * @param {string} name plain ASCII
   * @param {Uint8Array} args
   * @returns {number} where the engine finds them, one behind the other
   */
  #input(name, args) {
    const at = this.#exports.input(name.length + args.length);
    if (at === 0) {
      throw new StoreError({
        code: 'OUT_OF_MEMORY',
        message: 'The arguments are larger than the memory an operation may use. Save less in one call.',
      });
    }
    const memory = new Uint8Array(this.#exports.memory.buffer, at);
    memory.set(args, name.length);
    encodeInto(name, memory.subarray(0, name.length));
    return at;
  }

  /**
   * @param {number} at where the engine says where its answer's texts are (wasm/src/engine/abi.c)
   * @param {Payloads} [payloads]
   * @returns {any} the result
   */
  #output(at, payloads) {
    const [textAt, textSize, datesAt, datesSize] = new Uint32Array(this.#exports.memory.buffer, at, 4);
    /** @type {number[]} */
    const referred = [];
    const text = this.#kv.joined(textAt, textSize, (ticket) => {
      referred.push(ticket);
      return 'null';
    });
    const answer = JSON.parse(text);
    if (datesAt === 0) throw this.#failure(answer);
    const dates = JSON.parse(this.#kv.joined(datesAt, datesSize));
    const result = complete(answer, dates, this.#kv.record.bind(this.#kv));
    payloads?.putBack(result, referred);
    return result;
  }

  /**
   * The engine's error; where KV is too busy, also when to come back, which only the failed calls know.
   * @param {ConstructorParameters<typeof StoreError>[0]} error
   */
  #failure(error) {
    const { retryAfterMs } = this.#kv;
    if (error.code !== 'KV_RATE_LIMITED' || retryAfterMs === 0) return new StoreError(error);
    return new StoreError({ ...error, details: { ...error.details, retryAfterMs } });
  }

  /**
   * Configure the engine. Synchronous, so that a store can be built in a Worker's global scope.
   * @param {string} options
   */
  open(options) {
    const bytes = encode(options);
    return this.#output(this.#exports.open(this.#input('', bytes), bytes.length));
  }

  /**
   * @param {string} operation
   * @param {string} args
   * @param {Payloads} [payloads] that they refer to
   * @returns {Promise<any>}
   */
  async call(operation, args, payloads) {
    const input = payloads ? encodeReferring(args) : encode(args);
    this.#kv.reset(payloads?.texts);
    try {
      return this.#output(await this.#call(this.#input(operation, input), operation.length, input.length), payloads);
    } finally {
      this.#kv.reset(); // what KV gave may be large
    }
  }

  /** Called whenever KV has answered all that the operation was waiting for. @param {() => void} onHeard */
  set onHeard(onHeard) {
    this.#kv.onHeard = onHeard;
  }

  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }
}

/**
 * The engine behind one store: its compiled module, its configuration and a pool of instances.
 *
 * It holds no promise and no request's object between operations, so that a store built in a Worker's global scope
 * serves all its requests.
 */
export class Engine {
  /** @type {Instance[]} */
  #idle = [];
  #idleBytes = 0;
  #turns;
  #waitUntil;
  /** @type {KVNamespaceLike[]} */
  #namespaces = [];
  #module;
  #options;
  #retry;
  #suspension;
  /** By operation the path of what is treated apart in its arguments (wasm/src/base/operation.h). @type {Record<string, string>} */
  #paths = {};

  /**
   * @param {WebAssembly.Module} module
   * @param {object} options what the engine is to know of the store's options
   * @param {(names: string[]) => KVNamespaceLike[]} resolve the namespaces of the names that the engine chose
   * @param {{ retry?: RetryOptions, maxConcurrency?: number, waitUntil?: WaitUntil }} [limits] of its calls, of
   *   operations at once, and of what outlives its request
   */
  constructor(module, options, resolve, { retry = {}, maxConcurrency, waitUntil } = {}) {
    this.#waitUntil = waitUntil;
    this.#module = module;
    this.#options = JSON.stringify(options);
    this.#retry = retry;
    this.#suspension = suspensionOf(module);
    const instance = this.#instance();
    const { namespaces, paths } = instance.open(this.#options);
    this.#paths = paths;
    this.#namespaces.push(...resolve(namespaces));
    this.#turns = new Turns(maxConcurrency);
    this.#giveBack(instance);
  }

  #instance() {
    return new Instance(this.#module, this.#namespaces, this.#retry, this.#suspension());
  }

  #take() {
    const idle = this.#idle.pop();
    if (idle) {
      this.#idleBytes -= idle.memoryBytes;
      return idle;
    }
    const instance = this.#make();
    instance.open(this.#options);
    return instance;
  }

  #make() {
    try {
      return this.#instance();
    } catch (cause) {
      throw new StoreError(
        {
          code: 'TOO_BUSY',
          message:
            `The runtime has no room for one more instance of the engine: ${String(cause)}. Start fewer operations at ` +
            'once, or lower maxConcurrency.',
        },
        { cause },
      );
    }
  }

  /**
   * Run an operation, when it is its turn.
   * @param {string} operation
   * @param {object} args
   * @returns {Promise<any>}
   */
  async call(operation, args) {
    const path = this.#paths[operation];
    if (!path?.includes('*')) return this.callText(operation, toJson(operation, withOdd(operation, args, path)));
    const payloads = new Payloads(path);
    const text = payloads.print(args);
    return text === undefined
      ? this.callText(operation, toJson(operation, args))
      : this.callText(operation, text, payloads);
  }

  /**
   * The same for arguments that are JSON already: what comes from elsewhere is not parsed and printed again.
   * @param {string} operation
   * @param {string} input the text of an object
   * @param {Payloads} [payloads] that it refers to
   * @returns {Promise<any>}
   */
  async callText(operation, input, payloads) {
    const work = this.#inTurn(operation, input, payloads);
    this.#waitUntil?.(work.catch(() => {})); // its caller is told
    return work;
  }

  /**
   * @param {string} operation
   * @param {string} input
   * @param {Payloads} [payloads]
   * @returns {Promise<any>}
   */
  async #inTurn(operation, input, payloads) {
    const turn = this.#turns.take() ?? (await this.#turns.wait(operation));
    try {
      return await this.#run(turn, operation, input, payloads);
    } finally {
      this.#turns.giveBack(turn);
    }
  }

  /**
   * An instance that trapped, or whose request was abandoned, is not used again.
   * @param {Turn} turn
   * @param {string} operation
   * @param {string} input
   * @param {Payloads} [payloads]
   * @returns {Promise<any>}
   */
  async #run(turn, operation, input, payloads) {
    const instance = this.#take();
    instance.onHeard = () => this.#turns.heard(turn);
    try {
      const result = await instance.call(operation, input, payloads);
      this.#giveBack(instance);
      return result;
    } catch (cause) {
      if (cause instanceof StoreError) {
        this.#giveBack(instance);
        throw cause;
      }
      throw new StoreError(
        {
          code: 'ENGINE_FAILED',
          message: `${operation} stopped inside the engine: ${String(cause)}. Please report this.`,
        },
        { cause },
      );
    }
  }

  /** @param {Instance} instance */
  #giveBack(instance) {
    const bytes = instance.memoryBytes;
    if (bytes > IDLE_INSTANCE_BYTES_MAX || this.#idleBytes + bytes > IDLE_BYTES_MAX) return;
    this.#idle.push(instance);
    this.#idleBytes += bytes;
  }
}

/**
 * @param {string} operation
 * @param {object} args
 */
function toJson(operation, args) {
  try {
    return JSON.stringify(args ?? {});
  } catch (cause) {
    throw new StoreError(
      {
        code: 'INVALID_ARGUMENT',
        message: `The arguments of ${operation} cannot be written as JSON: ${String(cause)}`,
      },
      { cause },
    );
  }
}

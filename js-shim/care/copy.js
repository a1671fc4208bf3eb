import { StoreError } from '../store/errors.js';
import { formatCursor, parseCursor } from './cursor.js';
import { careEngine, invalid } from './engine.js';
import { Meter } from './meter.js';
import { addTally } from './report.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { CareStore } from './engine.js' */
/** @import { TableReport } from './report.js' */
/** @import { TaskOptions } from './task.js' */

/** With fewer calls a step might not copy one key. */
const MAX_CALLS_MIN = 50;
/** Left for reading the next keys (wasm/src/care/export.c), and what a key then takes to be written (import.c). */
const READING_CALLS = 30;
const WRITING_CALLS = 5;
/** The most keys of a step: one bulk read. */
const LIMIT = 100;

/**
 * Where a copy is: how far the one store is read, and what the engine knows of the lines read and written so far.
 * @typedef {{ walk: object | null, read: object | null, written: object | null }} Position
 */

/**
 * Copy all that a store holds to another one, which may have another key prefix, other namespaces, or lie in another
 * account: what an export holds, without the file. What is stored there under the same keys is written over, and what else
 * is there stays. It can be made again; interrupted, it goes on.
 * @param {CareStore} from which is only read
 * @param {CareStore} to
 * @param {TaskOptions & { tables?: string[], signal?: AbortSignal }} [options] `tables`: only these; maxCalls is at least
 *   50; a signal that is aborted ends the step early
 * @returns {Promise<{ done: boolean, cursor: string | null, calls: number, tables: Record<string, TableReport> }>} `tables`
 *   counts what was copied since the copy began
 */
export async function copy(from, to, options = {}) {
  const { maxCalls = Infinity, cursor } = options;
  if (typeof maxCalls !== 'number' || !(maxCalls >= MAX_CALLS_MIN)) {
    throw invalid(`maxCalls must be a number, at least ${MAX_CALLS_MIN}`);
  }
  /** @type {Position} */
  const start = { walk: null, read: null, written: null };
  const { at, totals } = cursor ? parseCursor('copy', cursor) : { at: start, totals: { tables: {} } };
  const meter = new Meter(maxCalls);
  const engines = { from: careEngine(from, meter), to: careEngine(to, meter) };
  return new Copy(engines, meter, options, totals.tables).run(/** @type {Position} */ (at));
}

class Copy {
  #engines;
  #meter;
  #options;
  #tables;
  #limit = LIMIT;
  /** Whether this call got any further. */
  #hasMoved = false;

  /**
   * @param {{ from: Engine, to: Engine }} engines
   * @param {Meter} meter
   * @param {{ tables?: string[], signal?: AbortSignal, onProgress?: TaskOptions['onProgress'] }} options
   * @param {Record<string, TableReport>} tables
   */
  constructor(engines, meter, options, tables) {
    this.#engines = engines;
    this.#meter = meter;
    this.#options = options;
    this.#tables = tables;
  }

  /** @param {Position} position */
  async run(position) {
    const { signal } = this.#options;
    let at = position;
    let isDone = false;
    while (!isDone && !(this.#hasMoved && (signal?.aborted || this.#meter.left < MAX_CALLS_MIN))) {
      const next = await this.#step(at);
      if (!next) break;
      this.#hasMoved = true;
      at = next;
      isDone = next.walk === null;
    }
    const cursor = isDone ? null : formatCursor('copy', at, { tables: this.#tables });
    return { done: isDone, cursor, calls: this.#meter.calls, tables: this.#tables };
  }

  /**
   * Read some keys, and write them. An interrupted step is made again as a whole.
   * @param {Position} at
   * @returns {Promise<Position | undefined>} undefined: it may not be made any more
   */
  async #step({ walk, read, written }) {
    const { from, to } = this.#engines;
    const { tables, onProgress } = this.#options;
    try {
      const limit = Math.min(this.#limit, Math.floor((this.#meter.left - READING_CALLS) / WRITING_CALLS));
      const step = await from.call('careExport', { tables, cursor: walk, state: read, limit });
      let state = written;
      for (let { lines } = step; lines.length > 0;) {
        const part = await to.call('careImport', { state, lines });
        state = part.state;
        lines = lines.slice(part.taken);
      }
      addTally(this.#tables, step, onProgress);
      return { walk: step.cursor, read: step.state, written: state };
    } catch (cause) {
      // KV failed, and trying again took the calls that were left.
      if (this.#meter.isUsedUp && this.#hasMoved) return undefined;
      if (!(cause instanceof StoreError) || cause.code !== 'OUT_OF_MEMORY' || this.#limit === 1) throw cause;
      this.#limit = Math.ceil(this.#limit / 2);
      return this.#step({ walk, read, written });
    }
  }
}

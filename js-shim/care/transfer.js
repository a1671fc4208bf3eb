import { invalid } from './engine.js';
import { addTally } from './report.js';
import { Task } from './task.js';

/** @import { CareStore, TaskOptions } from './task.js' */

/** Lines of one step of an import, and about as many characters as they may have. */
const LINES_MAX = 100;
const CHARACTERS_MAX = 1 << 20;

/**
 * All that a store holds, or all that belongs to one person, as JSON Lines without line ends: a header, the records with
 * their KV metadata, in order, exact to the byte, and an end. The same data gives the same lines, whatever prefix it lies
 * under. Each line has a checksum of all before it, so that an import refuses a file that was cut or altered.
 *
 * With `maxCalls` the lines may end before the export does: `done` and `cursor` of what is returned tell, once all lines
 * were taken. The lines of the calls, one behind the other, are the export.
 * @param {CareStore} store
 * @param {TaskOptions & { tables?: string[], resourceId?: string }} [options] `tables`: only these; `resourceId`: only
 *   what belongs to this person
 * @returns {RecordExport}
 */
export function exportRecords(store, options = {}) {
  return new RecordExport(store, options);
}

/**
 * The lines of an export, to be taken once.
 * @implements {AsyncIterable<string>}
 */
export class RecordExport {
  #task;
  #lines;
  /** Whether the export ended with the last of these lines. */
  done = false;
  /**
   * Where another call goes on: set when all lines of this one were taken, and more follow.
   * @type {string | null}
   */
  cursor = null;

  /**
   * @param {CareStore} store
   * @param {NonNullable<Parameters<typeof exportRecords>[1]>} options
   */
  constructor(store, { tables, resourceId, onProgress, ...options }) {
    this.#task = new Task('export', store, options, { tables: {}, state: null });
    this.#lines = this.#take({ tables, resourceId }, onProgress);
  }

  /** KV calls made so far. */
  get calls() {
    return this.#task.calls;
  }

  [Symbol.asyncIterator]() {
    return this.#lines;
  }

  /**
   * @param {object} args
   * @param {TaskOptions['onProgress']} onProgress
   * @returns {AsyncGenerator<string, void, void>}
   */
  async *#take(args, onProgress) {
    const { totals } = this.#task;
    for (;;) {
      const step = /** @type {any} */ (await this.#task.step('careExport', { ...args, state: totals.state }));
      if (!step) break;
      totals.state = step.state;
      addTally(totals.tables, step, onProgress);
      yield* step.lines;
      if (step.cursor === null) {
        this.done = true;
        return;
      }
    }
    this.cursor = this.#task.cursor;
  }
}

/**
 * Write what an export holds: records, what is derived from them, and KV metadata. An export of the import is the export.
 * What is already stored under the same keys is written over, so that it can be made again after a failure.
 * @param {CareStore} store
 * @param {Iterable<string> | AsyncIterable<string>} lines of the export, all of them also where a cursor goes on
 * @param {TaskOptions} [options]
 * @returns {Promise<{ done: boolean, cursor: string | null, calls: number, lines: number }>} how many lines were read
 *   since the import began. Rejects with INVALID_ARGUMENT, reason ALTERED, naming the line, where the file was cut or
 *   altered: what comes before that line may have been written
 */
export async function importRecords(store, lines, options = {}) {
  const task = new Task('import', store, options, { state: null });
  const { onProgress } = options;
  let skipped = task.totals.state?.lines ?? 0;
  /** @type {string[]} */
  let waiting = [];
  let characters = 0;
  for await (const line of lines) {
    if (typeof line !== 'string') throw invalid('lines must be texts');
    if (line === '') continue; // behind the last line's end
    if (skipped > 0) {
      skipped--;
      continue;
    }
    waiting.push(line);
    characters += line.length;
    if (waiting.length < LINES_MAX && characters < CHARACTERS_MAX) continue;
    waiting = await write(task, waiting, onProgress);
    characters = waiting.reduce((sum, { length }) => sum + length, 0);
    if (task.isStopped) return stopped(task);
  }
  while (waiting.length > 0) {
    waiting = await write(task, waiting, onProgress);
    if (task.isStopped) return stopped(task);
  }
  const { state } = task.totals;
  if (!state?.ended) {
    throw invalid(
      `Line ${(state?.lines ?? 0) + 1} of the export is missing, and all behind it: the file was cut.`,
      'ALTERED',
    );
  }
  return { done: true, cursor: null, calls: task.calls, lines: state.lines };
}

/**
 * Write lines; those that are left are returned.
 * @param {Task} task
 * @param {string[]} lines
 * @param {TaskOptions['onProgress']} onProgress
 */
async function write(task, lines, onProgress) {
  const step = /** @type {any} */ (await task.step('careImport', { state: task.totals.state, lines }));
  if (!step) return lines;
  task.totals.state = step.state;
  onProgress?.({ table: 'lines', done: step.state.lines, bytes: 0 });
  return lines.slice(step.taken);
}

/** @param {Task} task */
const stopped = (task) => ({
  done: false,
  cursor: task.cursor,
  calls: task.calls,
  lines: task.totals.state?.lines ?? 0,
});

/** Tasks that take long: shown as they go on, and stopped at a safe place. */
import { Interrupted, Unfinished } from './errors.js';
import { Progress } from './progress.js';

/** KV calls between two places where a task can be stopped. */
const CALLS_AT_ONCE = 100;

/** @typedef {{ cursor?: string, maxCalls: number, signal: AbortSignal, onProgress: Progress['show'] }} StepOptions */
/**
 * @typedef {object} LongTaskOptions
 * @property {string} [cursor] where to begin
 * @property {boolean} [json] whether only JSON is wanted
 * @property {() => Promise<number>} [count] how many keys there are, for the time that is left
 * @property {number} [callsAtOnce] KV calls of a step: more than of one that only reads, or can be stopped in between
 */

/**
 * Make the steps of a task until it is done.
 * @template {{ done: boolean, cursor: string | null }} Report
 * @param {(options: StepOptions) => Promise<Report>} makeStep
 * @param {LongTaskOptions} options
 * @returns {Promise<Report[]>} the reports of all steps, of which the last is done
 */
export async function runTask(makeStep, { cursor, json, count, callsAtOnce = CALLS_AT_ONCE }) {
  const progress = new Progress({ isQuiet: json === true });
  const interruption = listenForInterrupt();
  /** @type {Report[]} */
  const reports = [];
  let at = cursor;
  try {
    if (progress.isDrawn) progress.total = await count?.();
    for (;;) {
      const { signal } = interruption;
      const report = await makeStep({ cursor: at, maxCalls: callsAtOnce, signal, onProgress: progress.show });
      reports.push(report);
      if (report.done) return reports;
      at = report.cursor ?? undefined;
      if (interruption.signal.aborted) throw new Interrupted(at);
    }
  } catch (cause) {
    // Ctrl-C reaches the local KV as well, and what was under way fails. The step is made again when it goes on.
    if (interruption.signal.aborted) throw new Interrupted(at);
    throw at === cursor ? cause : new Unfinished(cause, at);
  } finally {
    progress.end();
    interruption.stop();
  }
}

/**
 * Run a task whose outcome is one whole thing, so that an interrupted one begins anew.
 * @template T
 * @param {(onProgress: Progress['show']) => Promise<T>} run
 * @param {LongTaskOptions} options
 * @returns {Promise<T>}
 */
export async function runWhole(run, { json, count }) {
  const progress = new Progress({ isQuiet: json === true });
  const interruption = listenForInterrupt();
  const { signal } = interruption;
  try {
    if (progress.isDrawn) progress.total = await count?.();
    return await run((step) => {
      if (signal.aborted) throw new Interrupted(undefined);
      progress.show(step);
    });
  } catch (cause) {
    throw signal.aborted ? new Interrupted(undefined) : cause;
  } finally {
    progress.end();
    interruption.stop();
  }
}

/** Ctrl-C asks to stop at the next safe place; a second one does not wait for it. Others who listen would end at once. */
function listenForInterrupt() {
  const controller = new AbortController();
  const others = process.listeners('SIGINT');
  const listen = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    process.stderr.write('\nStopping at the next safe place. Ctrl-C again stops at once.\n');
  };
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', listen);
  const stop = () => {
    process.off('SIGINT', listen);
    for (const other of others) process.on('SIGINT', other);
  };
  return { signal: controller.signal, stop };
}

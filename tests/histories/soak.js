/* Histories one after another, until one fails: node tests/histories/soak.js --seeds=2000.
 *
 *   --first=1          the first seed                 --seconds=3600   when to stop
 *   --keep-going       go on behind a seed that fails --jobs=2         so many side by side
 *   --no-shrink        print what it failed by alone  --module=path    over another store.wasm
 *
 * They run in processes of SEGMENT seeds. What stops it early, by a signal too, has its last line of counts. */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Outcome } from './segment.js' */

const PROGRESS_MS = 30_000;
const SEGMENT = 2000;
/** So many processes in a row that end before their first history, and there is no use in more. */
const DEATHS_MAX = 3;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    first: { type: 'string' },
    seconds: { type: 'string' },
    jobs: { type: 'string' },
    module: { type: 'string' },
    'keep-going': { type: 'boolean' },
    'no-shrink': { type: 'boolean' },
  },
});

/** What to run: SEED alone, or as many as are asked for. */
function range() {
  if (process.env.SEED !== undefined) return { first: Number(process.env.SEED), count: 1, ms: Infinity };
  const { seeds, seconds, first = '1' } = values;
  const count = seeds === undefined && seconds === undefined ? 1000 : Number(seeds ?? Infinity);
  return { first: Number(first), count, ms: 1000 * Number(seconds ?? Infinity) };
}

class Soak {
  #range = range();
  #next = this.#range.first;
  #begin = performance.now();
  #isOver = false;
  /** @type {Set<ChildProcess>} */
  #processes = new Set();
  #deathsInRow = 0;
  #total = { histories: 0, steps: 0, calls: 0 };
  /** The seeds that failed. @type {number[]} */
  #failed = [];

  /** Run all of them, and print what came of it. */
  async run() {
    const stop = () => this.#stop();
    const { ms } = this.#range;
    const alarm = ms < Infinity ? setTimeout(stop, ms) : undefined;
    const progress = setInterval(() => console.log(this.#sum()), PROGRESS_MS);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    await Promise.all(Array.from({ length: Number(values.jobs ?? 1) }, () => this.#segments()));
    clearTimeout(alarm);
    clearInterval(progress);
    console.log(this.#sum());
    if (this.#failed.length > 0) process.exitCode = 1;
  }

  #sum() {
    const { histories, steps, calls } = this.#total;
    const seconds = Math.round((performance.now() - this.#begin) / 1000);
    const failed = `${this.#failed.length} failed${this.#failed.map((seed) => ` ${seed}`).join('')}`;
    return `${histories} histories from seed ${this.#range.first}, ${steps} steps, ${calls} KV calls, ${seconds} s; ${failed}`;
  }

  #stop() {
    this.#isOver = true;
    for (const child of this.#processes) child.kill();
  }

  /** Segments one after another, as long as there are any. */
  async #segments() {
    const end = this.#range.first + this.#range.count;
    while (!this.#isOver && this.#next < end) {
      let seed = this.#next;
      const behind = Math.min(seed + SEGMENT, end);
      this.#next = behind;
      // A process that dies takes the seed with it that it was at, and no other.
      while (!this.#isOver && seed < behind) seed = await this.#segment(seed, behind - seed);
    }
  }

  /**
   * @param {number} first
   * @param {number} count
   * @returns {Promise<number>} the seed behind those that it has come to
   */
  #segment(first, count) {
    const shrinking = values['no-shrink'] ? 'no-shrink' : 'shrink';
    const args = [`${first}`, `${count}`, shrinking, ...(values.module ? [values.module] : [])];
    const child = fork(new URL('segment.js', import.meta.url), args);
    this.#processes.add(child);
    let seed = first;
    child.on('message', (/** @type {Outcome} */ outcome) => {
      if (this.#isOver) return;
      this.#deathsInRow = 0;
      this.#count(outcome);
      seed = outcome.seed + 1;
    });
    return new Promise((resolve) =>
      child.on('close', (code, signal) => {
        this.#processes.delete(child);
        if (this.#isOver || seed === first + count) return resolve(seed);
        this.#count({ seed, counts: { steps: 0, calls: 0 }, failure: `its process ended with ${signal ?? code}` });
        if (++this.#deathsInRow === DEATHS_MAX) this.#stop();
        resolve(seed + 1);
      }),
    );
  }

  /** @param {Outcome} outcome */
  #count({ seed, counts, failure }) {
    this.#total.histories++;
    this.#total.steps += counts.steps;
    this.#total.calls += counts.calls;
    if (failure === null) return;
    this.#failed.push(seed);
    console.log(`SEED=${seed} fails: ${failure}`);
    if (!values['keep-going']) this.#stop();
  }
}

await new Soak().run();

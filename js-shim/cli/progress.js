import { Presets, SingleBar } from 'cli-progress';
import { formatBytes, formatCount, formatDuration } from './output.js';

/** How often a line tells how far a task is, where there is no terminal to draw on. */
const LINE_MS = 5_000;

/** @typedef {{ table: string, done: number, bytes: number }} Step what a task has done of a table */

/** Shows how far a long task is: a bar with rate and time left on a terminal, else a line now and then. */
export class Progress {
  /** Of all keys, where it is known. @type {number | undefined} */
  total;
  #isQuiet;
  /** @type {SingleBar | undefined} */
  #bar;
  /** By table. @type {Map<string, Step>} */
  #steps = new Map();
  #began = Date.now();
  #toldAt = Date.now();

  /** @param {{ isQuiet: boolean }} options */
  constructor({ isQuiet }) {
    this.#isQuiet = isQuiet;
  }

  get isDrawn() {
    return !this.#isQuiet && process.stderr.isTTY === true;
  }

  /** @param {Step} step */
  show = (step) => {
    this.#steps.set(step.table, step);
    if (this.isDrawn) this.#draw(step);
    else if (!this.#isQuiet && Date.now() - this.#toldAt >= LINE_MS) this.#tell(step);
  };

  /** Over all tables. @param {'done' | 'bytes'} what */
  #sum(what) {
    return [...this.#steps.values()].reduce((sum, step) => sum + step[what], 0);
  }

  /** Keys a second. */
  #rate() {
    return Math.round((this.#sum('done') * 1000) / Math.max(1, Date.now() - this.#began));
  }

  /** @param {Step} step */
  #draw({ table }) {
    const done = this.#sum('done');
    const total = Math.max(this.total ?? 0, done);
    const rate = this.#rate();
    const shown = {
      ...{ table, done: formatCount(done), all: formatCount(total), rate: formatCount(rate) },
      ...{ size: formatBytes(this.#sum('bytes')), left: formatDuration((total - done) / Math.max(1, rate)) },
    };
    if (!this.#bar) {
      const known = '{bar} {percentage}%  {done} of {all} keys  {rate}/s  {left} left  {table}';
      const format = this.total ? known : '{done} keys  {size}  {rate}/s  {table}';
      this.#bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
      this.#bar.start(total, done, shown);
    }
    this.#bar.setTotal(total);
    this.#bar.update(done, shown);
  }

  /** @param {Step} step */
  #tell({ table }) {
    this.#toldAt = Date.now();
    const done = `${formatCount(this.#sum('done'))} keys, ${formatBytes(this.#sum('bytes'))}, ${formatCount(this.#rate())}/s`;
    process.stderr.write(`${done}, at ${table}\n`);
  }

  end() {
    this.#bar?.stop();
  }
}

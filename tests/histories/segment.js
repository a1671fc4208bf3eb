/* A process that runs the histories of some seeds and tells the one that started it of each: soak.js has many, one after
 * another, for a process that runs for hours ends in want of memory: V8 gives what it keeps of suspended calls back late.
 *
 *   node tests/histories/segment.js {first seed} {count} {shrink | no-shrink} [path of another store.wasm] */
import { loadProgram, readModules } from './isolate.js';
import { runSeed } from './seed.js';

/** @import { Counts } from './run.js' */

/**
 * What became of a seed.
 * @typedef {object} Outcome
 * @property {number} seed
 * @property {Counts} counts
 * @property {string | null} failure what to print of it, where it failed
 */

/** What to print of a history that was shrunk. @param {NonNullable<Awaited<ReturnType<typeof runSeed>>['failure']>} failure */
const describe = ({ history, error, shrinks }) =>
  `${error.stack}\nThe history, shrunk ${shrinks} times:\n${JSON.stringify(history)}`;

/**
 * @param {Outcome} outcome
 * @returns {Promise<void>} when it is sent
 */
const tell = (outcome) => new Promise((resolve) => process.send?.(outcome, undefined, {}, () => resolve()));

const [first, count, shrinking, module] = process.argv.slice(2);
const shrink = shrinking === 'shrink';
const pack = { program: await loadProgram(), modules: readModules(module) };
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const { counts, failure } = await runSeed(seed, pack, { shrink });
  await tell({ seed, counts, failure: failure && (shrink ? describe(failure) : failure.error.message) });
}
process.disconnect?.();

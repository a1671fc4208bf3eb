/* Runs histories with a mutant until one fails that does not fail without it: the process that run.js begins for some seeds.
 * Its argument is a Hunt, as JSON; what it found it sends as a Hunted. */
import { loadProgram, readModules } from '../histories/isolate.js';
import { runSeed } from '../histories/seed.js';

/**
 * @typedef {object} Hunt
 * @property {string} [module] the path of a store.wasm with a defect
 * @property {string} [root] the folder of a js-shim with one
 * @property {number} first
 * @property {number} count
 * @property {number[]} passedOver seeds that tell nothing
 */

/** @typedef {{ seed: number, says: string }} Caught */
/** @typedef {{ caught: Caught | null, failing: number[] }} Hunted failing: seeds that fail without the defect, too */

/** @type {Hunt} */
const { module, root, first, count, passedOver } = JSON.parse(process.argv[2] ?? '');
const mutant = { program: await loadProgram(root), modules: readModules(module) };
const sound = { program: await loadProgram(), modules: readModules() };

/** @returns {Promise<Hunted>} */
async function hunt() {
  const failing = [];
  for (let seed = first; seed < first + count; seed++) {
    if (passedOver.includes(seed)) continue;
    const { failure } = await runSeed(seed, mutant, { shrink: false });
    if (!failure) continue;
    if (!(await runSeed(seed, sound, { shrink: false })).failure) {
      return { caught: { seed, says: failure.error.message.split('\n', 1)[0] ?? '' }, failing };
    }
    failing.push(seed);
  }
  return { caught: null, failing };
}

process.send?.(await hunt(), () => process.disconnect());

/* The history of a seed, and where it fails, the shortest one that does. */
import fc from 'fast-check';
import { histories } from './history.js';
import { runHistory } from './run.js';

/** @import { History } from './history.js' */
/** @import { Package } from './run.js' */

/**
 * Run the history of a seed; where it fails, shrink it.
 * @param {number} seed
 * @param {Package} pack
 * @param {{ shrink?: boolean }} [options]
 */
export async function runSeed(seed, pack, { shrink = true } = {}) {
  let counts = { steps: 0, calls: 0 };
  const property = fc.asyncProperty(histories, async (history) => {
    counts = await runHistory(history, pack);
  });
  const details = await fc.check(property, { seed, numRuns: 1, endOnFailure: !shrink });
  if (!details.failed) return { counts, failure: null };
  const [history] = /** @type {[History]} */ (details.counterexample);
  const error = /** @type {Error} */ (details.errorInstance);
  return { counts, failure: { seed, history, error, shrinks: details.numShrinks } };
}

/* What an isolate must serve whose heap V8 bounds (docs/performance.md, "What fits into 128 MB"). */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { FITS } from '../../bench/fit-cases.js';
import { fitModules, HEAP_MIB, withFit } from '../../bench/fits.js';

/** By title the most linear memory that it may take, of what an isolate has beside the heap. */
const SERVED_MIB = {
  '10 messages of 1 MiB, mixed letters: list them': 0.125,
  'a message of 24 MiB: list it': 0.125,
  '1,000 pages of 40 × 2 kB at once': 64,
};
/** A heap in which nothing of the kind could be served: a bound that did not bind would show nothing. */
const TOO_SMALL_MIB = 24;
const MIB = 2 ** 20;

describe(`an isolate with a heap of ${HEAP_MIB} MiB`, () => {
  /** @type {Awaited<ReturnType<typeof fitModules>>} */
  let modules;
  before(async () => {
    modules = await fitModules();
  });

  /** @param {string} title */
  const fitOf = (title) =>
    /** @type {import('../../bench/fit-cases.js').Fit} */ (FITS.find((fit) => fit.title === title));

  for (const [title, mebibytes] of Object.entries(SERVED_MIB)) {
    it(`serves ${title}`, async (t) => {
      const served = await withFit(modules, fitOf(title), (run) => run(HEAP_MIB));
      assert.ok(served, 'not served');
      t.diagnostic(`${served.bytes} bytes of linear memory`);
      assert.ok(served.bytes <= mebibytes * MIB, `${served.bytes} bytes of linear memory`);
    });
  }

  it('is not one whose bound does not hold', async () => {
    const [title] = Object.keys(SERVED_MIB);
    assert.equal(await withFit(modules, fitOf(title), (run) => run(TOO_SMALL_MIB)), undefined);
  });
});

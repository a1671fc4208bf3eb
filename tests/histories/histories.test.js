/* Histories that anybody can have again: those of the first seeds, and those that once found a defect. `make soak` goes on. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadProgram, readModules } from './isolate.js';
import { runHistory } from './run.js';
import { runSeed } from './seed.js';
import { stories } from './stories.js';

/** @import { Package } from './run.js' */

const SEEDS = 320;
const GROUPS = 4;

/** @type {Package} */
let pack;
before(async () => {
  pack = { program: await loadProgram(), modules: readModules() };
});

describe('histories of many isolates', () => {
  for (let group = 0; group < GROUPS; group++) {
    const first = 1 + (group * SEEDS) / GROUPS;
    const last = ((group + 1) * SEEDS) / GROUPS;
    it(`are as the model has them, seeds ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { failure } = await runSeed(seed, pack);
        if (failure) assert.fail(`With SEED=${seed}: ${failure.error.stack}\n${JSON.stringify(failure.history)}`);
      }
    });
  }
});

describe('a history that found a defect', () => {
  for (const [story, history] of Object.entries(stories)) {
    it(`ends well: ${story}`, () => runHistory(history, pack).then(() => {}));
  }
});

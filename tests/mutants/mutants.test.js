/* The list of mutants keeps up with the sources. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mutated } from './apply.js';
import { MUTANTS } from './list.js';

describe('the mutants of the engine', () => {
  for (const mutant of MUTANTS) {
    it(`${mutant.name}: what it changes is there, once`, () => {
      const text = readFileSync(fileURLToPath(new URL(`../../${mutant.file}`, import.meta.url)), 'utf8');
      assert.notEqual(mutated(mutant, text), text);
    });
  }

  it('have names and stories of their own', () => {
    for (const part of /** @type {const} */ (['name', 'story'])) {
      assert.equal(new Set(MUTANTS.map((mutant) => mutant[part])).size, MUTANTS.length);
    }
  });

  it('cannot be made where the source is another', () => {
    const mutant = { name: 'n', file: 'f', find: 'a', replace: 'b', story: '' };
    assert.equal(mutated(mutant, 'xay'), 'xby');
    assert.throws(() => mutated(mutant, 'xy'), /n: f does not hold/);
    assert.throws(() => mutated(mutant, 'aa'), /n: f holds more than once/);
  });
});

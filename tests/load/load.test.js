/* A short run of `make load`, and that it would see what it is there to see. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newSeed } from '../support/random.js';
import { textContent } from '../support/samples.js';
import { Tally } from './client.js';
import { ExpectedThread } from './expected-thread.js';
import { load } from './load.js';
import { checkMemory, slopeOf } from './report.js';
import { startLoaded } from './workerd.js';

const CONVERSATIONS = 10;
const TURNS = 6;
/** Reads between two turns, and requests of which something may be left: those that workerd is not done with. */
const READS = 20;
const KEPT_MAX = 10;

it('nothing is lost, doubled or hung under load, with requests cancelled', async (t) => {
  const seed = newSeed();
  t.diagnostic(`SEED=${seed}`);
  const { tally } = await load({ conversations: CONVERSATIONS, seed, goesOn: (_, turns) => turns < TURNS });
  assert.deepEqual(Object.fromEntries(tally.violations), {}, `SEED=${seed}`);
  const kinds = [...tally.kinds.values()];
  assert.ok(kinds.some(({ cancelled }) => cancelled > 0));
  assert.ok((tally.kinds.get('chat')?.answered ?? 0) + (tally.kinds.get('stream')?.answered ?? 0) > CONVERSATIONS);
});

it('nothing is left of requests that were served', async () => {
  const worker = await startLoaded();
  try {
    const ask = async (/** @type {string} */ path, /** @type {object} */ body) => {
      const response = await fetch(worker.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await response.text();
      assert.equal(response.status, 200);
    };
    for (let i = 0; i < TURNS; i++) {
      const said = { threadId: `t${i}`, resourceId: 'r', message: 'Hello.' };
      await ask('/api/chat', said);
      await ask('/api/chat/stream', said);
      for (let reads = 0; reads < READS; reads++) await ask('/load/getThreadById', [{ threadId: `t${i}` }]);
    }
    await worker.heldMiB();
    const { served } = await worker.isolate();
    assert.ok(served.made >= TURNS * (READS + 2));
    assert.ok(served.made - served.collected < KEPT_MAX, `${served.made} served, nothing left of ${served.collected}`);
  } finally {
    await worker.stop();
  }
});

/** @param {string} id @param {string} text @param {string} [role] */
const listed = (id, text, role = 'user') => ({ id, role, content: textContent(text), createdAt: '' });

describe('what is expected of a thread', () => {
  /** Two that are there, and one whose request was cancelled. */
  const begin = () => {
    const thread = new ExpectedThread('t');
    thread.add(true, [{ role: 'user', text: 'one.' }]);
    thread.add(false, [{ role: 'user', text: 'two.' }]);
    thread.add(true, [{ role: 'user', text: 'three.' }]);
    return thread;
  };
  const [one, two, three] = [listed('a', 'one.'), listed('b', 'two.'), listed('c', 'three.')];

  for (const right of [
    [one, three],
    [one, two, three],
  ]) {
    it(`is right with ${right.length}`, () => assert.deepEqual(begin().compare(right, true), []));
  }

  /** @type {[string, ReturnType<typeof listed>[], RegExp][]} */
  const WRONG = [
    ['a lost message', [one], /three.* is missing/],
    ['nothing at all', [], /one.* is missing/],
    ['a message twice', [one, one, three], /a "one\." is there twice/],
    ['a message under two ids', [one, listed('d', 'one.'), three], /was never said here/],
    ['another order', [three, one], /behind a later/],
    ["someone else's message", [one, listed('x', 'hello'), three], /was never said here/],
    ['another role', [listed('a', 'one.', 'assistant'), three], /never said here/],
  ];
  for (const [what, wrong, complaint] of WRONG) {
    it(`is not ${what}`, () => assert.match(begin().compare(wrong, true).join('\n'), complaint));
  }

  it('is not an old text, nor a message that was seen and is gone, nor one that was deleted', () => {
    const thread = begin();
    thread.compare([one, two, three], true);
    assert.match(thread.compare([one, three], true).join(), /two.* is missing/);
    const [first, second] = thread.certain();
    first.texts = new Set(['edited.']);
    assert.match(thread.compare([one, two, three], true).join(), /should say edited\./);
    thread.remove(second);
    assert.match(thread.compare([listed('a', 'edited.'), two, three], true).join(), /was deleted or moved/);
  });

  it('is not a newest page that lacks one', () => {
    const thread = begin();
    thread.compare([one, two, three], true);
    assert.deepEqual(thread.compare([three], false), []);
    assert.match(thread.compare([one, three], false).join(), /^$/, 'one whose place is not known');
    thread.add(true, [{ role: 'user', text: 'four.' }]);
    assert.match(thread.compare([one, listed('d', 'four.')], false).join(), /three.* is missing/);
  });
});

describe('the memory of an isolate', () => {
  /** @param {(second: number) => number} mib @param {number} seconds */
  const samplesOf = (mib, seconds) =>
    Array.from({ length: seconds }, (_, i) => ({
      seconds: i,
      heldMiB: 2 * mib(i),
      restMiB: mib(i),
      processMiB: 3 * mib(i),
    }));
  const check = (/** @type {ReturnType<typeof samplesOf>} */ samples, served = { made: 1_000, collected: 990 }) => {
    const tally = new Tally();
    checkMemory(/** @type {any} */ ({ tally, samples, isolate: { served } }));
    return [...tally.violations.values()].flat();
  };

  it('may grow in the first third, and then stays', () => {
    assert.deepEqual(check(samplesOf((i) => 40 + Math.min(i, 100) / 10 + (i % 7), 300)), []);
    assert.match(check(samplesOf((i) => 40 + i / 10, 300)).join(), /grew by 6\.0 MiB a minute/);
  });

  it('keeps no request that it has served', () => {
    assert.match(check([], { made: 1_000, collected: 900 }).join(), /100 of 1000 that were served/);
  });

  it('has no slope in a short run', () => {
    assert.equal(
      slopeOf(
        samplesOf((i) => 40 + i, 30),
        'heldMiB',
      ),
      undefined,
    );
  });
});

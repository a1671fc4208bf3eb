/* Observational memory against Mastra's in-memory store: the same calls at random, and the same records afterwards.
 *
 * Ids are random and times that are "now" only have to be now. What differs by design (docs/observational-memory.md) is
 * not called for: nothing is started again that was only started, a cycle is buffered again only while it is buffered, a
 * swap is given all chunks that are, no id is inserted twice, texts of reflections are all different, and no text
 * replaces an equal one that was observed at the same time. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import { CloudflareStore } from '../../js-shim/index.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { forSeeds } from '../support/world.js';

const SEQUENCES = 2000;
const CALLS_MAX = 14;
const START = Date.UTC(2020, 0, 1);
/** Whatever is later than this is "now". */
const NOW = Date.UTC(2025, 0, 1);

/** @typedef {Record<string, (...args: any[]) => Promise<any>>} Memory */
/** @typedef {{ store: Memory, ids: string[] }} Side a store, and the ids of its records in the order of their making */

const OWNERS = /** @type {const} */ ([
  ['t', 'u'],
  ['t:1', 'u'],
  [null, 'u'],
  ['', 'v:ä'],
]);

class Sequence {
  #sides;
  #random;
  #texts = 0;

  /**
   * @param {Side[]} sides
   * @param {import('../support/random.js').Random} random
   */
  constructor(sides, random) {
    this.#sides = sides;
    this.#random = random;
  }

  /** A text of its own, now and then with what JSON and lines make hard. */
  #text() {
    const random = this.#random;
    const lines = Array.from({ length: 1 + random.integer(3) }, () =>
      random.pick(['* seen', ' ', '', '\tx ', '"\\n', '\u0000\ud800', 'ü']),
    );
    return `${lines.join('\n')}${random.chance(0.8) ? ++this.#texts : ''}`;
  }

  #date = () => new Date(START + this.#random.integer(10) * 1000);
  #count = () => this.#random.integer(400);

  /** One call, of both stores. */
  async step() {
    const random = this.#random;
    const count = this.#sides[0].ids.length;
    if (count === 0 || random.chance(0.08)) return this.#initialize();
    // Mostly the latest record.
    const at = random.chance(0.8) ? count - 1 : random.integer(count);
    const call = random.pick([
      () => this.#each(at, 'updateActiveObservations', this.#activeObservations()),
      ...Array(4).fill(() => this.#buffer(at)),
      ...Array(3).fill(() => this.#swap(at)),
      () => this.#reflect(at),
      () => this.#each(at, 'updateBufferedReflection', this.#bufferedReflection()),
      () => this.#swapReflection(at),
      () => this.#set(at),
      () => this.#set(at),
      () => this.#each(at, 'updateObservationalMemoryConfig', { config: this.#config() }),
      () => this.#insert(at),
      () => this.#all(({ store }) => store.clearObservationalMemory(...random.pick([OWNERS[0], OWNERS[0]]))),
    ]);
    return call();
  }

  /**
   * Do the same with each side; the outcomes must be the same.
   * @param {(side: Side) => Promise<any>} call
   */
  async #all(call) {
    const before = this.#sides.map(({ ids }) => ids.length);
    const [actual, expected] = [await outcome(call, this.#sides[0]), await outcome(call, this.#sides[1])];
    assert.deepEqual(comparable(actual), comparable(expected));
    if (actual.error) this.#sides.forEach((side, i) => (side.ids.length = before[i]));
  }

  /**
   * @param {number} at which record
   * @param {string} method
   * @param {object} args
   */
  #each = (at, method, args) => this.#all(({ store, ids }) => store[method]({ id: ids[at], ...args }));

  async #initialize() {
    const [threadId, resourceId] = this.#random.pick(OWNERS);
    const newest = await this.#sides[0].store.getObservationalMemory(threadId, resourceId);
    if (newest?.originType === 'initial') return;
    const observedTimezone = this.#random.pick(['UTC', undefined]);
    const scope = threadId ? 'thread' : 'resource';
    const config = this.#config();
    return this.#all(async ({ store, ids }) => {
      const record = await store.initializeObservationalMemory({
        threadId,
        resourceId,
        scope,
        config: structuredClone(config),
        observedTimezone,
      });
      ids.push(record.id);
      return record;
    });
  }

  #config = () =>
    this.#random.pick([
      {},
      { a: 1 },
      { a: { b: [1, 2], c: { d: 'x' } } },
      { a: { b: [3], c: { e: null } }, f: undefined },
      { a: { c: 'gone' } },
    ]);

  #activeObservations = () => ({
    observations: this.#text(),
    tokenCount: this.#count(),
    lastObservedAt: new Date(this.#date().getTime() + ++this.#texts),
    observedMessageIds: this.#random.pick([undefined, [], ['m1', 'm2']]),
  });

  #bufferedReflection = () => ({
    reflection: `${++this.#texts}${this.#text()}`,
    tokenCount: this.#count(),
    inputTokenCount: this.#count(),
    reflectedObservationLineCount: this.#random.integer(5),
  });

  /** @param {number} at */
  async #buffer(at) {
    const random = this.#random;
    const chunk = {
      cycleId: random.pick(['again', `c:${++this.#texts}`]),
      observations: this.#text(),
      tokenCount: this.#count(),
      messageIds: random.pick([[], ['m1'], ['m1', 'm2']]),
      messageTokens: random.pick([0, 50, 700, 3000]),
      lastObservedAt: this.#date(),
      suggestedContinuation: random.pick([undefined, 'go on']),
      currentTask: random.pick([undefined, 'task']),
      extractedValues: random.pick([undefined, { k: [1, null] }]),
    };
    // "again" only where it is buffered; otherwise it is a cycle that may have been activated.
    if (chunk.cycleId === 'again') {
      const chunks = (await this.#find(at))?.bufferedObservationChunks;
      if (!chunks) return;
      chunk.cycleId = chunks[0].cycleId;
    }
    const lastBufferedAtTime = random.pick([undefined, this.#date()]);
    return this.#each(at, 'updateBufferedObservations', { chunk, lastBufferedAtTime });
  }

  /** The record of the first store, if it is not cleared. @param {number} at */
  async #find(at) {
    const { store, ids } = this.#sides[0];
    return (await everything(store)).flat().find(({ id }) => id === ids[at]);
  }

  /** @param {number} at */
  async #swap(at) {
    const random = this.#random;
    const args = {
      activationRatio: random.pick([0, 0.2, 0.7, 0.8, 1]),
      messageTokensThreshold: random.pick([100, 1000, 3000]),
      currentPendingTokens: random.pick([0, 500, 2000, 9000]),
      forceMaxActivation: random.pick([undefined, false, true]),
      lastObservedAt: random.pick([undefined, this.#date()]),
    };
    const isGiven = random.chance(0.5);
    return this.#all(async (side) => {
      const record = (await everything(side.store)).flat().find(({ id }) => id === side.ids[at]);
      const bufferedChunks = isGiven ? record?.bufferedObservationChunks : undefined;
      return side.store.swapBufferedToActive({ id: side.ids[at], ...args, bufferedChunks });
    });
  }

  /** @param {number} at */
  async #reflect(at) {
    const args = { reflection: this.#text(), tokenCount: this.#count() };
    if (!(await this.#find(at))) return;
    return this.#all(async ({ store, ids }) => {
      const currentRecord = (await everything(store)).flat().find(({ id }) => id === ids[at]);
      const record = await store.createReflectionGeneration({ currentRecord, ...args });
      ids.push(record.id);
      return record;
    });
  }

  /** @param {number} at */
  async #swapReflection(at) {
    const tokenCount = this.#count();
    if (!(await this.#find(at))) return;
    return this.#all(async ({ store, ids }) => {
      const currentRecord = (await everything(store)).flat().find(({ id }) => id === ids[at]);
      const record = await store.swapBufferedReflectionToActive({ currentRecord, tokenCount });
      ids.push(record.id);
      return record;
    });
  }

  /** @param {number} at */
  #set(at) {
    const random = this.#random;
    const value = random.chance(0.5);
    const tokens = random.pick([undefined, 0, 77]);
    const call = random.pick([
      (/** @type {Memory} */ store, /** @type {string} */ id) => store.setReflectingFlag(id, value),
      (/** @type {Memory} */ store, /** @type {string} */ id) => store.setObservingFlag(id, value),
      (/** @type {Memory} */ store, /** @type {string} */ id) => store.setBufferingReflectionFlag(id, value),
      (/** @type {Memory} */ store, /** @type {string} */ id) => store.setBufferingObservationFlag(id, value, tokens),
      (/** @type {Memory} */ store, /** @type {string} */ id) => store.setPendingMessageTokens(id, tokens ?? 900),
    ]);
    return this.#all(({ store, ids }) => call(store, ids[at]));
  }

  /** A copy of a record, under an owner and of a generation of its own. @param {number} at */
  async #insert(at) {
    const random = this.#random;
    const [threadId, resourceId] = random.pick(OWNERS);
    const generationCount = random.integer(4);
    const createdAt = this.#date();
    const id = `inserted:${++this.#texts}`;
    if (!(await this.#find(at))) return;
    return this.#all(async ({ store, ids }) => {
      const record = (await everything(store)).flat().find((candidate) => candidate.id === ids[at]);
      const { metadata: _, ...rest } = structuredClone(record);
      await store.insertObservationalMemoryRecord({ ...rest, id, threadId, resourceId, generationCount, createdAt });
      ids.push(id);
    });
  }

  /** Compare all that is there, and what a page of history shows. */
  async compare() {
    const [actual, expected] = await Promise.all(this.#sides.map(({ store }) => everything(store)));
    assert.deepEqual(comparable(actual), comparable(expected));
    const [from, to] = [this.#date(), this.#date()];
    const options = this.#random.pick([undefined, { offset: 1 }, { from }, { from, to }, { to, offset: 0 }]);
    const limit = this.#random.pick([undefined, 0, 1, 2]);
    await this.#all(({ store }) => store.getObservationalMemoryHistory('t', 'u', limit, options));
    await this.#all(({ store }) => store.getObservationalMemory('t', 'u'));
  }
}

/** All records of all owners. @param {Memory} store @returns {Promise<any[][]>} */
const everything = (store) => Promise.all(OWNERS.map((owner) => store.getObservationalMemoryHistory(...owner)));

/**
 * @param {(side: Side) => Promise<any>} call
 * @param {Side} side
 */
async function outcome(call, side) {
  try {
    return { answer: await call(side) };
  } catch (error) {
    return { error: /** @type {Error} */ (error).message.replace(/: \S+$/, ': id') };
  }
}

/** An answer without what may differ. @param {any} value @returns {any} */
function comparable(value) {
  if (value instanceof Date) return value.getTime() > NOW ? 'now' : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(comparable);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [
        name,
        name === 'id' && !String(member).startsWith('inserted') ? 'id' : comparable(member),
      ]),
  );
}

it(`observational memory is the in-memory store's, after ${SEQUENCES} sequences of calls`, async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 1_000_000 });
  try {
    await forSeeds(SEQUENCES, async (seed) => {
      const random = makeRandom(seed);
      const [threads, messages] = [new FakeKV().location(), new FakeKV().location()];
      const ours = new CloudflareStore({ id: 'store', bindings: { threads, messages }, overlay: random.chance(0.5) });
      const stores = [ours.stores, new InMemoryStore().stores].map((domains) => /** @type {any} */ (domains).memory);
      const sequence = new Sequence(
        stores.map((store) => ({ store, ids: [] })),
        random,
      );
      for (let calls = 4 + random.integer(CALLS_MAX); calls > 0; calls--) {
        mock.timers.tick(100);
        await sequence.step();
        if (calls === 1 || random.chance(0.1)) await sequence.compare();
      }
    });
  } finally {
    mock.timers.reset();
  }
});

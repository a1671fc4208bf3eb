/* What listThreads costs at any size, in KV calls, rounds, linear memory and results that wait to be read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { THREAD_LISTS, threadsCostOf } from '../../bench/listings.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { ManyThreadsKV } from '../support/many-threads.js';

const RESOURCE = { filter: { resourceId: 'u1' } };

/** @param {any} kv @param {object} args */
const list = (kv, args) =>
  new KVStore({ bindings: { threads: kv, messages: kv }, overlay: false }).listThreads(/** @type {any} */ (args));

/** @param {{ threads: { id: string }[] }} page */
const agesOf = ({ threads }) => threads.map(({ id }) => Number(id.slice(1)));

/**
 * The most tickets of KV calls that some work has at once.
 * @param {() => Promise<unknown>} work
 */
async function ticketsOf(work) {
  const { Instance } = WebAssembly;
  let most = 0;
  Object.assign(WebAssembly, {
    Instance: class extends Instance {
      /**
       * @param {WebAssembly.Module} module
       * @param {any} imports
       */
      constructor(module, imports) {
        const { get } = imports.kv;
        const counted = (/** @type {number[]} */ ...args) => {
          const ticket = get(...args);
          most = Math.max(most, ticket + 1);
          return ticket;
        };
        super(module, { ...imports, kv: { ...imports.kv, get: counted } });
      }
    },
  });
  try {
    await work();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
  return most;
}

describe('listThreads', () => {
  for (const { name, args, judges, kib } of THREAD_LISTS) {
    it(`takes the same memory for 10,000 threads and for 100,000: ${name}`, async (t) => {
      const few = await threadsCostOf(10_000, args);
      const many = await threadsCostOf(100_000, args);
      t.diagnostic(`${few.kib} and ${many.kib} KiB`);
      assert.equal(many.kib, few.kib);
      assert.ok(many.kib <= kib, `${many.kib} KiB`);
      // A page of keys a round; where all threads are read, those of one page along with the next page.
      assert.deepEqual(
        { calls: many.calls, rounds: many.rounds },
        { calls: 100 + (judges ? 100 * 40 : 1), rounds: 101 },
      );
    });
  }

  it('lets go of what KV answered, page by page', async () => {
    const kv = new ManyThreadsKV(20_000);
    const tickets = await ticketsOf(() => list(kv, { ...RESOURCE, orderBy: { field: 'updatedAt', direction: 'ASC' } }));
    assert.ok(tickets <= 2 * 4000 + 1, `${tickets} tickets`); // of the last two pages
  });
});

describe('pages of thousands of threads are what they should be', () => {
  const count = 4321;
  const ages = Array.from({ length: count }, (_, age) => age);
  // Updated in another order than made, and some at the same time.
  const traitOf = (/** @type {number} */ age) => ({
    updatedMs: (age + (((age >> 1) * 1009) % count)) * 60_000,
    color: age % 7 === 3 ? 'red' : 'blue',
    isGone: age % 11 === 5,
    isElsewhere: age % 13 === 1,
  });
  const isThere = (/** @type {number} */ age) => !traitOf(age).isGone && !traitOf(age).isElsewhere;
  const updatedAt = (/** @type {number} */ age) => traitOf(age).updatedMs - age * 60_000;
  const kv = new ManyThreadsKV(count, traitOf);

  for (const direction of ['ASC', 'DESC']) {
    const turned = (/** @type {number[]} */ ascending) => (direction === 'ASC' ? ascending : [...ascending].reverse());
    const byUpdate = turned(ages.filter(isThere).sort((a, b) => updatedAt(a) - updatedAt(b) || a - b));
    const byCreation = turned(ages.filter(isThere).reverse());
    const red = byCreation.filter((age) => traitOf(age).color === 'red');
    for (const [name, args, expected] of /** @type {[string, object, number[]][]} */ ([
      ['by updatedAt', { ...RESOURCE, orderBy: { field: 'updatedAt', direction } }, byUpdate],
      [
        'of a colour',
        { filter: { resourceId: 'u1', metadata: { color: 'red' } }, orderBy: { field: 'createdAt', direction } },
        red,
      ],
      ['all', { ...RESOURCE, perPage: false, orderBy: { field: 'createdAt', direction } }, byCreation],
    ])) {
      it(`${name}, ${direction}`, async () => {
        for (const page of 'perPage' in args ? [0] : [0, 3, 17, 99]) {
          const perPage = 'perPage' in args ? count : 30;
          const listed = await list(kv, { perPage, page, ...args });
          assert.deepEqual(agesOf(listed), expected.slice(page * perPage, (page + 1) * perPage), `page ${page}`);
          assert.equal(listed.total, expected.length);
        }
      });
    }

    it(`by createdAt, ${direction}, where the lists show more than there is`, async () => {
      // What is left over is counted until a page comes upon it.
      const listed = await list(kv, { ...RESOURCE, perPage: 2000, orderBy: { field: 'createdAt', direction } });
      assert.deepEqual(agesOf(listed), byCreation.slice(0, 2000));
      assert.ok(listed.total >= byCreation.length && listed.total < count);
    });
  }

  it('a page is filled up when more than were kept prove to be gone', async () => {
    const gone = new ManyThreadsKV(5000, (age) => ({ isGone: age < 3000 }));
    const listed = await list(gone, { ...RESOURCE, perPage: 500 });
    assert.deepEqual(
      agesOf(listed),
      Array.from({ length: 500 }, (_, i) => 3000 + i),
    );
    assert.equal(listed.total, 2000);
    assert.equal(listed.hasMore, true);
  });

  it('threads of any resource', async () => {
    const listed = await list(new ManyThreadsKV(3500), { perPage: 5, page: 300 });
    assert.deepEqual(agesOf(listed), [1500, 1501, 1502, 1503, 1504]);
    assert.equal(listed.total, 3500);
  });
});

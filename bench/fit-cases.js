/* Operations that are large for the 128 MB of a Worker's isolate, for Node to name and for workerd to run. */
import { longContent, makeMessage, textContent, threadId } from './samples.js';

/** @import { KVStore } from '../js-shim/kv-store.js' */

/**
 * @typedef {object} Fit
 * @property {string} title
 * @property {(store: KVStore) => Promise<unknown>} [prepare] what must be there before, elsewhere
 * @property {(store: KVStore) => Promise<number>} run resolves to how many things it got, or did
 * @property {number} things it must get, or do
 */

const MIB = 2 ** 20;
const AT_ONCE = 1_000;
const PAGE = 40;
const thread = threadId(0);
const newestFirst = /** @type {const} */ ({ field: 'createdAt', direction: 'DESC' });
const run = { workflowName: 'w', runId: 'r1', resourceId: 'u1' };

/** @param {number} mebibytes @returns {object} */
const large = (mebibytes) => textContent('x'.repeat(mebibytes * MIB));

/** Each message in a call of its own. @param {number} count @param {() => object} content */
const saving = (count, content) => async (/** @type {KVStore} */ store) => {
  for (let i = 0; i < count; i++) await store.saveMessages({ messages: [message(i, content())] });
  return count;
};

/** @param {number} i @param {object} content */
const message = (i, content) => /** @type {any} */ (makeMessage(thread, i, content));

/** @param {number} count */
const listing = (count) => async (/** @type {KVStore} */ store) => {
  const args = { threadId: thread, perPage: count, orderBy: newestFirst, includeTotal: false };
  return (await store.listMessages(args)).messages.length;
};

/** @param {KVStore} store */
async function persist(store) {
  await store.persistWorkflowSnapshot({ ...run, snapshot: /** @type {any} */ (large(24)) });
  return 1;
}

/** @type {Fit[]} */
export const FITS = [
  {
    title: '40 messages of 1 MiB, ASCII: list them',
    prepare: saving(40, () => large(1)),
    run: listing(40),
    things: 40,
  },
  {
    title: '10 messages of 1 MiB, mixed letters: list them',
    prepare: saving(10, () => longContent(MIB, 'mixed')),
    run: listing(10),
    things: 10,
  },
  { title: 'a message of 24 MiB: save it', run: saving(1, () => large(24)), things: 1 },
  { title: 'a message of 24 MiB: list it', prepare: saving(1, () => large(24)), run: listing(1), things: 1 },
  {
    title: 'a message of 24 MiB: update it',
    prepare: saving(1, () => large(24)),
    run: async (store) =>
      (await store.updateMessages({ messages: [{ id: message(0, {}).id, role: 'assistant' }] })).length,
    things: 1,
  },
  { title: 'a snapshot of 24 MiB: persist it', run: persist, things: 1 },
  {
    title: 'a snapshot of 24 MiB: load it',
    prepare: persist,
    run: async (store) => Number((await store.loadWorkflowSnapshot(run)) !== null),
    things: 1,
  },
  {
    title: '1,000 pages of 40 × 2 kB at once',
    prepare: saving(PAGE, () => longContent(2_000)),
    async run(store) {
      const pages = await Promise.all(Array.from({ length: AT_ONCE }, () => listing(PAGE)(store)));
      return pages.reduce((sum, count) => sum + count, 0);
    },
    things: AT_ONCE * PAGE,
  },
];

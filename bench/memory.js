/* Linear memory: what instances of the engine take, one and many at once.
 *
 * What counts is what an isolate is charged for: the size of each instance's memory, whether its pages were touched or
 * not. JavaScript's own memory (KV's answers, results) comes on top, and is the caller's data. */
import { KVStore } from '../js-shim/kv-store.js';
import { fill, longContent, makeMessage, threadId } from './data.js';
import { table } from './table.js';

/** @import { KVNamespaceLike } from '../js-shim/kv/namespace.js' */

const KIB = 1024;
const AT_ONCE = 1000;
const newestFirst = { field: 'createdAt', direction: 'DESC' };
const thread = threadId(0);

/** @type {[string, (store: KVStore, content: object) => Promise<unknown>][]} */
const OPERATIONS = [
  ['getThreadById', (store) => store.getThreadById({ threadId: thread })],
  [
    'saveMessages of 2',
    (store, content) => store.saveMessages({ messages: [0, 1].map((i) => makeMessage(thread, 200 + i, content)) }),
  ],
  ['listMessages, newest 10', (store) => list(store, 10)],
  ['listMessages, newest 40', (store) => list(store, 40)],
];

/**
 * @param {KVStore} store
 * @param {number} perPage
 */
const list = (store, perPage) =>
  store.listMessages({ threadId: thread, perPage, orderBy: newestFirst, includeTotal: false });

/**
 * The linear memory of all instances that some work makes, in KiB.
 * @param {() => Promise<unknown>} work
 */
async function linearKiBOf(work) {
  const { Instance } = WebAssembly;
  /** @type {WebAssembly.Instance[]} */
  const made = [];
  class Seen extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      made.push(this);
    }
  }
  Object.assign(WebAssembly, { Instance: Seen });
  try {
    await work();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
  const bytes = made.map(({ exports }) => /** @type {WebAssembly.Memory} */ (exports.memory).buffer.byteLength);
  return bytes.reduce((sum, size) => sum + size, 0) / KIB;
}

/**
 * A namespace whose answers come when all that are to be under way have been asked for.
 * @param {KVNamespaceLike} kv
 * @param {number} count
 * @returns {KVNamespaceLike}
 */
function together(kv, count) {
  let asked = 0;
  /** @type {() => void} */
  let open = () => {};
  const all = new Promise((resolve) => {
    open = () => resolve(undefined);
  });
  return {
    ...kv,
    list: async (options) => {
      if (++asked === count) open();
      await all;
      return kv.list(options);
    },
  };
}

export async function measure() {
  const sizes = [];
  for (const kilobytes of [0.7, 2, 20]) {
    const content = longContent(kilobytes * KIB);
    sizes.push({ kilobytes, content, bindings: await fill({ threads: 1, messages: 100 }, content) });
  }
  const rows = [];
  for (const { kilobytes, content, bindings } of sizes) {
    for (const [operation, run] of OPERATIONS) {
      const kib = await linearKiBOf(() => run(new KVStore({ bindings, overlay: false }), content));
      rows.push({ operation, kilobytes, atOnce: 1, kib });
    }
    if (kilobytes > 2) continue;
    for (const maxConcurrency of [undefined, AT_ONCE]) {
      const held = Math.min(AT_ONCE, maxConcurrency ?? 256);
      const gated = { ...bindings, messages: together(bindings.messages, held) };
      const store = new KVStore({ bindings: gated, overlay: false, maxConcurrency });
      const kib = await linearKiBOf(() => Promise.all(Array.from({ length: AT_ONCE }, () => list(store, 40))));
      const limit = maxConcurrency ? `, maxConcurrency ${maxConcurrency}` : '';
      rows.push({ operation: `listMessages, newest 40${limit}`, kilobytes, atOnce: AT_ONCE, kib });
    }
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  return [
    '## Linear memory',
    '',
    'Of all instances that the operation, or so many of them at once, made.',
    '',
    table(
      ['operation', ' KB a message', ' at once', ' KiB'],
      rows.map(({ operation, kilobytes, atOnce, kib }) => [operation, String(kilobytes), atOnce, kib]),
    ),
  ].join('\n');
}

/* What the stores under measurement hold. */
import { KVStore } from '../js-shim/kv-store.js';
import { FakeKV } from '../tests/support/fake-kv.js';
import { makeMessage, makeResource, makeThread, threadId } from './samples.js';
import { number } from './table.js';
import { inVirtualTime, skipTime } from './virtual-time.js';

/** @import { KVNamespaceLike } from '../js-shim/kv/namespace.js' */

const HOUR_MS = 60 * 60 * 1000;
/** How many messages one saveMessages brings in while filling, and how many are a turn's. */
const BATCH = 1000;
const LAST_TURN = 2;

/** @typedef {{ threads: number, messages: number }} Size `messages` is how many each thread has */
/** @typedef {{ threads: KVNamespaceLike, messages: KVNamespaceLike }} Bindings */

/** @param {Size} size */
export const nameOf = ({ threads, messages }) => `${number(threads)} × ${number(messages)}`;

/** What the sections about calls measure: little, many threads, long threads. */
export const SIZES = [
  { threads: 1, messages: 10 },
  { threads: 900, messages: 20 },
  { threads: 50, messages: 2000 },
];

/** @type {Map<Size, Promise<Bindings>>} */
const filled = new Map();

/**
 * Namespaces of one of SIZES, filled when they are first asked for.
 * @param {Size} size
 */
export function bindingsOf(size) {
  const bindings = filled.get(size) ?? fill(size);
  filled.set(size, bindings);
  return bindings;
}

/**
 * Threads of one user, with messages, and what the store keeps about the user. The last turn of each thread was saved an
 * hour ago and the rest two, so that the store keeps no more in mind of it than it does of any thread.
 * @param {Size} size
 * @param {object} [content] of every message
 * @returns {Promise<Bindings>}
 */
export async function fill({ threads, messages }, content) {
  const bindings = { threads: new FakeKV().location(), messages: new FakeKV().location() };
  const store = new KVStore({ bindings, overlay: false });
  const makeMessages = (/** @type {number} */ t, /** @type {number} */ from, /** @type {number} */ to) =>
    Array.from({ length: to - from }, (_, i) => makeMessage(threadId(t), from + i, content));
  const beforeLast = messages - LAST_TURN;
  await inVirtualTime(async () => {
    await store.saveResource({ resource: makeResource() });
    for (let t = 0; t < threads; t++) {
      await store.saveThread({ thread: makeThread(t) });
      for (let from = 0; from < beforeLast; from += BATCH) {
        await store.saveMessages({ messages: makeMessages(t, from, Math.min(from + BATCH, beforeLast)) });
      }
    }
  });
  skipTime(HOUR_MS);
  await inVirtualTime(async () => {
    for (let t = 0; t < threads; t++) await store.saveMessages({ messages: makeMessages(t, beforeLast, messages) });
  });
  skipTime(HOUR_MS);
  return { threads: frozen(bindings.threads), messages: frozen(bindings.messages) };
}

/**
 * A namespace in which writes succeed and change nothing, so that everything is measured over the same data.
 * @param {KVNamespaceLike} kv
 * @returns {KVNamespaceLike}
 */
function frozen(kv) {
  return { get: kv.get.bind(kv), list: kv.list.bind(kv), put: async () => {}, delete: async () => {} };
}

/* Many operations under way together, in Node and in workerd, and the linear memory of their instances. */
import { MemoryKV } from './memory-kv.js';
import { longContent, makeMessage, threadId } from './samples.js';

const thread = threadId(0);
const newestFirst = { field: 'createdAt', direction: 'DESC' };

/**
 * The linear memory of all instances of the engine that some work makes, in bytes.
 * @param {() => Promise<unknown>} work
 */
export async function linearBytesOf(work) {
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
  return { instances: made.length, bytes: bytes.reduce((sum, size) => sum + size, 0) };
}

/** Answers lists when as many as there are to be have been asked for, so that all are under way. */
class GatedKV extends MemoryKV {
  #missing = 0;
  /** @type {(() => void)[]} */
  #held = [];

  /** @param {number} count */
  holdUntil(count) {
    this.#missing = count;
  }

  /** @param {{ prefix: string, limit?: number, cursor?: string }} options */
  async list(options) {
    if (--this.#missing > 0) await new Promise((resolve) => this.#held.push(() => resolve(undefined)));
    for (const goOn of this.#held.splice(0)) goOn();
    return super.list(options);
  }
}

/**
 * List the newest 40 messages of a thread, many times at once.
 * @param {any} KVStore the class, so that this file imports none
 * @param {{ atOnce: number, kilobytes: number, maxConcurrency?: number }} given
 */
export async function holdAtOnce(KVStore, { atOnce, kilobytes, maxConcurrency }) {
  const bindings = { threads: new MemoryKV(), messages: new GatedKV() };
  const content = longContent(kilobytes * 1000);
  const messages = Array.from({ length: 100 }, (_, i) => makeMessage(thread, i, content));
  await new KVStore({ bindings, overlay: false }).saveMessages({ messages });
  bindings.threads.forget('metadata:threads:'); // the hint of what was saved a moment ago
  bindings.messages.holdUntil(Math.min(atOnce, maxConcurrency ?? 256));
  const args = { threadId: thread, perPage: 40, orderBy: newestFirst, includeTotal: false };
  return linearBytesOf(async () => {
    const store = new KVStore({ bindings, overlay: false, maxConcurrency });
    await Promise.all(Array.from({ length: atOnce }, () => store.listMessages(args)));
  });
}

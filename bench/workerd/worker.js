/* The Worker that `make bench-workerd` measures in: a request is a measurement, its answer what was measured. */
import { measureCase } from '../cpu-case.js';
import { holdAtOnce } from '../at-once.js';

/** workerd's clock shows whole milliseconds, hence readings of fifty. */
const TIMES = { clock: () => performance.now(), batchMs: 50, totalMs: 300 };

/** Imported when it is asked for, so that this is measured, too. */
const load = () => import('../../js-shim/kv-store.js');

/** What a first request waits for, step by step, in ms. */
async function coldStart() {
  const times = [performance.now()];
  const { KVStore } = await load();
  times.push(performance.now());
  const { MemoryKV } = await import('../memory-kv.js');
  times.push(performance.now());
  const store = new KVStore({ bindings: { threads: new MemoryKV(), messages: new MemoryKV() } });
  times.push(performance.now());
  await store.getThreadById({ threadId: 't1' });
  times.push(performance.now());
  await store.getThreadById({ threadId: 't2' });
  times.push(performance.now());
  const [importMs, , openMs, firstMs, secondMs] = times.slice(1).map((ms, i) => ms - times[i]);
  return { importMs, openMs, firstMs, secondMs };
}

/** @type {Record<string, (given: any) => Promise<unknown>>} */
const MEASUREMENTS = {
  cold: coldStart,
  cpu: async (of) => measureCase((await load()).KVStore, of, TIMES),
  atOnce: async (of) => holdAtOnce((await load()).KVStore, of),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { measurement, given } = /** @type {any} */ (await request.json());
    return Response.json(await MEASUREMENTS[measurement](given));
  },
};

/* What a process takes before its first answer, in ms: node bench/cold-process.js */
const times = [performance.now()];
const { KVStore } = await import('../js-shim/kv-store.js');
times.push(performance.now());
const { MemoryKV } = await import('./memory-kv.js');
const bindings = { threads: new MemoryKV(), messages: new MemoryKV() };
const openedAt = performance.now();
const store = new KVStore({ bindings });
times.push(performance.now());
await store.getThreadById({ threadId: 't1' });
times.push(performance.now());
await store.getThreadById({ threadId: 't2' });
times.push(performance.now());

const [start, imported, opened, first, second] = times;
console.log(
  JSON.stringify({
    importMs: imported - start,
    openMs: opened - openedAt,
    firstMs: first - opened,
    secondMs: second - first,
  }),
);

// What steps of storage cost, here and in a store that scans.

/** @typedef {import('../trace.js').Step} Step */

/**
 * @typedef {object} Cost
 * @property {number} calls to KV
 * @property {number} rounds of waiting for them
 * @property {number} overlay steps that were answered without a call
 * @property {number} ms in which at least one call was in flight
 * @property {Record<'read' | 'write' | 'delete' | 'list', number>} billed
 * @property {number} saved messages
 */

/** Dollars for a million (Workers KV documentation, "Pricing", Workers Paid plan, beyond what is included). */
const DOLLARS_A_MILLION = { read: 0.5, write: 5, delete: 5, list: 5 };

/** Keys of one list. */
const LIST_KEYS_MAX = 1_000;

/** @param {Step[]} steps @param {number} rounds @returns {Cost} */
export function costOf(steps, rounds) {
  const calls = steps.filter(({ from }) => from === 'kv');
  const billed = { read: 0, write: 0, delete: 0, list: 0 };
  for (const { billed: unit } of calls) if (unit) billed[unit.unit] += unit.count;
  return {
    calls: calls.length,
    rounds,
    overlay: steps.length - calls.length,
    ms: waitingMs(calls),
    billed,
    saved: calls.filter(({ operation, keys: [key] }) => operation === 'put' && key.startsWith('messages:')).length,
  };
}

/** @param {Step[]} calls */
function waitingMs(calls) {
  let [ms, untilMs] = [0, 0];
  for (const { startMs, endMs } of calls.toSorted((a, b) => a.startMs - b.startMs)) {
    ms += Math.max(0, endMs - Math.max(startMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return ms;
}

/**
 * A model, not measured: the same turn in a store that does not know which thread a message is in, and so, for each that
 * is saved, lists all threads and asks each of them (docs/observing.md). All the rest is taken to cost what it costs here.
 * @param {Cost} cost
 * @param {number} threads in the store
 * @returns {Cost}
 */
export function costOfScanning(cost, threads) {
  const lists = cost.saved * Math.ceil(threads / LIST_KEYS_MAX);
  const reads = cost.saved * threads;
  const { billed } = cost;
  return {
    ...cost,
    calls: cost.calls + lists + reads,
    billed: { ...billed, read: billed.read + reads, list: billed.list + lists },
  };
}

/** For a million of them. @param {Cost} cost */
export function dollarsAMillion({ billed }) {
  return Object.entries(DOLLARS_A_MILLION).reduce(
    (sum, [unit, dollars]) => sum + billed[/** @type {keyof typeof billed} */ (unit)] * dollars,
    0,
  );
}

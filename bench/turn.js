/* One turn of an agent, whatever the store holds. */
import { costOf, COUNTED_KINDS } from './cost.js';
import { bindingsOf, nameOf, SIZES } from './data.js';
import { makeMessage, threadId, USER } from './samples.js';
import { number, table } from './table.js';

/** @import { KVStore } from '../js-shim/kv-store.js' */
/** @import { Size } from './data.js' */

/** A cache nearby, one farther away, the store of record across an ocean. */
const LATENCIES_MS = [10, 50, 150];

/**
 * What an agent's turn asks of its memory, one after the other.
 * @param {KVStore} store
 * @param {Size} size
 */
export async function runTurn(store, { threads, messages }) {
  const thread = threadId(Math.floor(threads / 2));
  for (let i = 0; i < 3; i++) await store.getThreadById({ threadId: thread });
  await store.getResourceById({ resourceId: USER });
  const newest = await store.listMessages({
    threadId: thread,
    perPage: 10,
    orderBy: { field: 'createdAt', direction: 'DESC' },
    includeTotal: false,
  });
  if (newest.messages.length !== 10) throw new Error(`listMessages found ${newest.messages.length} messages, not 10`);
  await store.saveMessages({ messages: [makeMessage(thread, messages), makeMessage(thread, messages + 1)] });
}

export async function measure() {
  const rows = [];
  for (const size of SIZES) {
    const bindings = await bindingsOf(size);
    for (const overlay of [false, true]) {
      const costs = [];
      for (const latencyMs of LATENCIES_MS) {
        costs.push(await costOf(bindings, { overlay, latencyMs }, (store) => runTurn(store, size)));
      }
      const [{ calls, rounds, kinds }] = costs;
      const elapsedMs = Object.fromEntries(costs.map((cost, i) => [LATENCIES_MS[i], cost.elapsedMs]));
      rows.push({ ...size, overlay, calls, rounds, kinds, elapsedMs });
    }
  }
  return rows;
}

/** @param {Awaited<ReturnType<typeof measure>>} rows */
export function format(rows) {
  return [
    '## One turn of an agent',
    '',
    '3 × getThreadById, getResourceById, listMessages (newest 10, no total), saveMessages (2), one after the other.',
    'The times are computed: each KV call takes so long, six at once. The language model and the CPU are not in them.',
    '',
    table(
      [
        'threads × messages',
        'overlay',
        ' KV calls',
        ' rounds',
        ...COUNTED_KINDS.map(({ title }) => ` ${title}`),
        ...LATENCIES_MS.map((ms) => ` at ${ms} ms`),
      ],
      rows.map((row) => [
        nameOf(row),
        row.overlay ? 'on' : 'off',
        row.calls,
        row.rounds,
        ...COUNTED_KINDS.map(({ kind }) => row.kinds[kind]),
        ...LATENCIES_MS.map((ms) => `${number(row.elapsedMs[ms])} ms`),
      ]),
    ),
  ].join('\n');
}

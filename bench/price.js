/* What turns of an agent cost in a month: what one is billed, times Cloudflare's price list. */
import { costOf } from './cost.js';
import { bindingsOf, SIZES } from './data.js';
import { number, table } from './table.js';
import { runTurn } from './turn.js';

const TURNS = [1_000, 100_000, 10_000_000];
const MILLION = 1_000_000;
/** Workers KV, the Paid plan: what a month includes, and dollars for each million beyond (its documentation, "Pricing"). */
const PRICES = {
  reads: { included: 10 * MILLION, perMillion: 0.5 },
  writes: { included: MILLION, perMillion: 5 },
  lists: { included: MILLION, perMillion: 5 },
};
/** What the Free plan takes in a day. */
const FREE = { reads: 100_000, writes: 1_000, lists: 1_000 };

/** @typedef {keyof typeof PRICES} Unit */
const UNITS = /** @type {Unit[]} */ (Object.keys(PRICES));

export async function measure() {
  const size = SIZES[1];
  const { kinds, keysRead } = await costOf(await bindingsOf(size), { overlay: true, latencyMs: 0 }, (store) =>
    runTurn(store, size),
  );
  /** A bulk get is billed as a read for each key. @type {Record<Unit, number>} */
  const billed = { reads: keysRead, writes: kinds.put, lists: kinds.list };
  const months = TURNS.map((turns) => ({
    turns,
    units: UNITS.map((unit) => billed[unit] * turns),
    dollars: UNITS.reduce((sum, unit) => sum + dollarsOf(unit, billed[unit] * turns), 0),
  }));
  return { billed, months, freeTurnsPerDay: Math.min(...UNITS.map((unit) => Math.floor(FREE[unit] / billed[unit]))) };
}

/** @param {Unit} unit @param {number} count */
function dollarsOf(unit, count) {
  const { included, perMillion } = PRICES[unit];
  return (Math.max(0, count - included) / MILLION) * perMillion;
}

/** @param {Awaited<ReturnType<typeof measure>>} figures */
export function format({ billed, months, freeTurnsPerDay }) {
  const dollars = (/** @type {number} */ value) => `$${value.toFixed(2)}`;
  return [
    '## Price of turns',
    '',
    `A turn is billed ${billed.reads} reads, ${billed.writes} writes and ${billed.lists} list. ` +
      `The Free plan takes ${number(freeTurnsPerDay)} turns a day.`,
    '',
    table(
      ['turns a month', ' reads', ' writes', ' lists', ' KV on the Paid plan'],
      months.map((month) => [number(month.turns), ...month.units, dollars(month.dollars)]),
    ),
  ].join('\n');
}

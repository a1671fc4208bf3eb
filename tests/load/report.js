/* What a run under load has shown, as a table, and whether memory stayed flat. */
import { number, table } from '../../bench/table.js';

/** @import { Tally } from './client.js' */
/** @import { Loaded, Sample } from './load.js' */
/** @import { Census } from './workerd.js' */

/** The first part of a run, in which caches fill and V8 compiles what is hot. */
const WARM_UP = 1 / 3;
/** A minute of samples at the least, else there is no slope to speak of. */
const SLOPE_SECONDS_MIN = 60;
/** What an isolate may grow by: as fast as this, it would live for an hour within its 128 MB. */
const SLOPE_MAX_MIB_PER_MINUTE = 1;
/** The part of the requests served of which something may be left: the last ones, and those whose thread was cut off. */
const KEPT_MAX = 0.05;

/**
 * The line of least squares through what was sampled after the warm-up.
 * @param {Sample[]} samples
 * @param {'heldMiB' | 'restMiB' | 'processMiB'} of
 * @returns {{ fromMiB: number, toMiB: number, mibPerMinute: number } | undefined} undefined where there is too little
 */
export function slopeOf(samples, of) {
  const end = samples.at(-1)?.seconds ?? 0;
  const kept = samples.filter(({ seconds }) => seconds >= WARM_UP * end);
  if (end - (kept[0]?.seconds ?? 0) < SLOPE_SECONDS_MIN) return undefined;
  const mean = (/** @type {(sample: Sample) => number} */ value) =>
    kept.reduce((sum, sample) => sum + value(sample), 0) / kept.length;
  const [time, memory] = [mean(({ seconds }) => seconds), mean((sample) => sample[of])];
  const spread = mean(({ seconds }) => (seconds - time) ** 2);
  const perSecond = mean((sample) => (sample.seconds - time) * (sample[of] - memory)) / spread;
  const at = (/** @type {number} */ seconds) => memory + (seconds - time) * perSecond;
  return { fromMiB: at(kept[0].seconds), toMiB: at(end), mibPerMinute: 60 * perSecond };
}

/** Counts an isolate that grows, or keeps what it has served, among what must not happen. @param {Loaded} loaded */
export function checkMemory({ tally, samples, isolate: { served } }) {
  const kept = served.made - served.collected;
  if (kept > KEPT_MAX * served.made) tally.violate('kept requests', `${kept} of ${served.made} that were served`);
  const slope = slopeOf(samples, 'restMiB');
  if (slope && slope.mibPerMinute > SLOPE_MAX_MIB_PER_MINUTE) {
    tally.violate('growing memory', `the isolate grew by ${slope.mibPerMinute.toFixed(1)} MiB a minute`);
  }
}

/** @param {string} what @param {ReturnType<typeof slopeOf>} slope */
const slopeLine = (what, slope) =>
  slope
    ? `${what}: ${slope.fromMiB.toFixed(0)} MiB after the warm-up, ${slope.toMiB.toFixed(0)} at the end, ${slope.mibPerMinute.toFixed(2)} MiB a minute.`
    : `${what}: too short a run for a slope.`;

/** @param {string} what @param {string} done @param {Census} census */
const censusLine = (what, done, { made, collected }) =>
  `${what}: ${number(made)} ${done}, of ${number(collected)} nothing is left.`;

/** @param {number[]} numbers @param {number} part */
function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** @param {Tally} tally */
function requestTable({ kinds }) {
  const rows = [...kinds].map(([name, { answered, cancelled, closed, failed, tookMs }]) => [
    name,
    answered,
    cancelled,
    closed,
    failed,
    ...[0.5, 0.99, 1].map((part) => quantile(tookMs, part).toFixed(0)),
  ]);
  const sum = (/** @type {'answered' | 'cancelled' | 'closed' | 'failed'} */ of) =>
    [...kinds.values()].reduce((total, kind) => total + kind[of], 0);
  rows.push(['all', sum('answered'), sum('cancelled'), sum('closed'), sum('failed'), '', '', '']);
  return table(['request', ' answered', ' cancelled', ' closed', ' failed', ' median ms', ' 99 %', ' longest'], rows);
}

/** @param {Loaded} loaded @param {{ conversations: number, seed: number }} options */
export function format({ tally, samples, isolate, seconds }, { conversations, seed }) {
  const { instances, served } = isolate;
  return [
    `## Load: ${conversations} conversations at once, ${seconds.toFixed(0)} s, seed ${seed}`,
    '',
    requestTable(tally),
    '',
    slopeLine('The isolate, after a collection of garbage', slopeOf(samples, 'heldMiB')),
    slopeLine('The same without what operations keep that were cut off', slopeOf(samples, 'restMiB')),
    slopeLine("workerd's process, resident", slopeOf(samples, 'processMiB')),
    censusLine('Requests', 'served', served),
    censusLine('Instances of the engine', 'made', instances),
    '',
    ...[...tally.violations].flatMap(([what, words]) => [`${what}:`, ...words.map((line) => `  ${line}`), '']),
    `${tally.violationCount} violations`,
  ].join('\n');
}

/* What a run under load has shown, as a table, and whether memory stayed flat. */
import { number, table } from '../../bench/table.js';

/** @import { Tally } from './client.js' */
/** @import { Loaded, Sample } from './load.js' */

/** The first part of a run, in which caches fill and V8 compiles what is hot. */
const WARM_UP = 1 / 3;
/** A minute of samples at the least, else there is no slope to speak of. */
const SLOPE_SECONDS_MIN = 60;
/** What the memory of workerd may grow by: as fast as this an isolate would live for an hour within its 128 MB. */
const SLOPE_MAX_MIB_PER_MINUTE = 2;

/**
 * The line of least squares through what was sampled after the warm-up.
 * @param {Sample[]} samples
 * @returns {{ fromMiB: number, toMiB: number, mibPerMinute: number } | undefined} undefined where there is too little
 */
export function slopeOf(samples) {
  const end = samples.at(-1)?.seconds ?? 0;
  const kept = samples.filter(({ seconds }) => seconds >= WARM_UP * end);
  const lasted = end - (kept[0]?.seconds ?? 0);
  if (lasted < SLOPE_SECONDS_MIN || kept.some(({ mib }) => mib === 0)) return undefined;
  const mean = (/** @type {(sample: Sample) => number} */ of) =>
    kept.reduce((sum, one) => sum + of(one), 0) / kept.length;
  const [time, memory] = [mean(({ seconds }) => seconds), mean(({ mib }) => mib)];
  const spread = mean(({ seconds }) => (seconds - time) ** 2);
  const perSecond = mean(({ seconds, mib }) => (seconds - time) * (mib - memory)) / spread;
  const at = (/** @type {number} */ seconds) => memory + (seconds - time) * perSecond;
  return { fromMiB: at(kept[0].seconds), toMiB: at(end), mibPerMinute: 60 * perSecond };
}

/** Counts memory that grows among what must not happen. @param {Loaded} loaded */
export function checkMemory({ tally, samples }) {
  const slope = slopeOf(samples);
  if (slope && slope.mibPerMinute > SLOPE_MAX_MIB_PER_MINUTE) {
    tally.violate('growing memory', `workerd grew by ${slope.mibPerMinute.toFixed(1)} MiB a minute`);
  }
}

/** @param {number[]} numbers @param {number} part */
function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** @param {Tally} tally */
function requestTable({ kinds }) {
  const rows = [...kinds].map(([name, { answered, cancelled, failed, tookMs }]) => [
    name,
    answered,
    cancelled,
    failed,
    ...[0.5, 0.99, 1].map((part) => quantile(tookMs, part).toFixed(0)),
  ]);
  const sum = (/** @type {'answered' | 'cancelled' | 'failed'} */ of) =>
    [...kinds.values()].reduce((total, kind) => total + kind[of], 0);
  rows.push(['all', sum('answered'), sum('cancelled'), sum('failed'), '', '', '']);
  return table(['request', ' answered', ' cancelled', ' failed', ' median ms', ' 99 %', ' longest'], rows);
}

/** @param {Loaded} loaded @param {{ conversations: number, seed: number }} options */
export function format({ tally, samples, isolate, seconds }, { conversations, seed }) {
  const { made, collected } = isolate.instances;
  const slope = slopeOf(samples);
  const memory = slope
    ? `Memory of workerd: ${slope.fromMiB.toFixed(0)} MiB after the warm-up, ${slope.toMiB.toFixed(0)} at the end, ${slope.mibPerMinute.toFixed(2)} MiB a minute (at most ${SLOPE_MAX_MIB_PER_MINUTE}).`
    : 'Memory of workerd: too few samples for a slope.';
  return [
    `## Load: ${conversations} conversations at once, ${seconds.toFixed(0)} s, seed ${seed}`,
    '',
    requestTable(tally),
    '',
    memory,
    `Instances of the engine: ${number(made)} made, ${number(collected)} of them gone again.`,
    '',
    ...[...tally.violations].flatMap(([what, words]) => [`${what}:`, ...words.map((line) => `  ${line}`), '']),
    `${tally.violationCount} violations`,
  ].join('\n');
}

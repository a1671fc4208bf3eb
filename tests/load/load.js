/* Conversations at once against the Worker in workerd. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeRandom } from '../support/random.js';
import { startLoaded } from './workerd.js';
import { Tally } from './client.js';
import { Conversation } from './conversation.js';

/** The part of requests whose client goes away. */
const CANCELLED = 0.1;
/**
 * What V8 keeps of an operation that was cut off, for it never collects a suspended stack (docs/production.md): measured
 * over 800 of them, and a little more.
 */
const CUT_OFF_MIB = 14 / 1024;
/** What workerd says where nothing is wrong but that a client went away. */
const CLIENT_LEFT = /disconnected: .*(Broken pipe|reset by peer)/;
const SAMPLE_MS = 5_000;

/** @typedef {{ seconds: number, heldMiB: number, restMiB: number, processMiB: number }} Sample of the
 *   isolate, of it without what operations keep that were cut off, and of workerd's process */
/** @typedef {Awaited<ReturnType<typeof load>>} Loaded */

/**
 * @param {object} options
 * @param {number} options.conversations at once
 * @param {number} options.seed
 * @param {(seconds: number, turns: number) => boolean} options.goesOn asked by each conversation before each of its turns
 * @param {(line: string) => void} [options.progress] told how it goes
 */
export async function load({ conversations, seed, goesOn, progress }) {
  const worker = await startLoaded();
  const tally = new Tally();
  if (progress) tally.onViolation = progress;
  const startMs = Date.now();
  const seconds = () => (Date.now() - startMs) / 1000;
  /** @type {Sample[]} */
  const samples = [];
  const sample = async () => {
    const heldMiB = await worker.heldMiB().catch(() => undefined);
    if (heldMiB === undefined) return; // too busy to answer in time: the next one will do
    const { made } = (await worker.isolate()).instances;
    samples.push({
      seconds: seconds(),
      heldMiB,
      processMiB: worker.processMiB(),
      restMiB: heldMiB - made * CUT_OFF_MIB,
    });
    if (samples.length % 6 === 0) progress?.(progressOf(tally, samples));
  };
  const stopSampling = repeat(sample, SAMPLE_MS);
  const converse = async (/** @type {unknown} */ _, /** @type {number} */ i) => {
    const random = makeRandom(seed + i);
    const conversation = new Conversation(worker.url, { name: `c${i}`, random, tally, cancelled: CANCELLED });
    for (let turns = 0; goesOn(seconds(), turns); turns++) await conversation.turn();
    await conversation.end();
  };
  try {
    const isolateBefore = await worker.isolate();
    await Promise.all(Array.from({ length: conversations }, converse));
    await worker.heldMiB(); // collects garbage, of which the isolate is told behind it
    const isolate = await worker.isolate();
    for (const rejection of isolate.rejections) tally.violate('unhandled rejection', rejection);
    if (isolate.isolate !== isolateBefore.isolate) tally.violate('new isolate', 'the Worker was started anew');
    const lasted = seconds();
    await stopSampling();
    for (const line of worker.complaints()) if (!CLIENT_LEFT.test(line)) tally.violate('complaint in the log', line);
    return { tally, samples, isolate, seconds: lasted };
  } finally {
    void stopSampling().catch(() => {});
    await worker.stop();
  }
}

/**
 * Does something again and again, a while after it was done.
 * @param {() => Promise<void>} work
 * @param {number} pauseMs
 * @returns {() => Promise<void>} ends it, and rejects where it has failed
 */
function repeat(work, pauseMs) {
  const controller = new AbortController();
  const { signal } = controller;
  const all = (async () => {
    while (!signal.aborted) {
      await work();
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  })();
  all.catch(() => {}); // who ends it is told
  return () => {
    controller.abort();
    return all;
  };
}

/** @param {Tally} tally @param {Sample[]} samples */
function progressOf({ kinds, violationCount }, samples) {
  const requests = [...kinds.values()].reduce((sum, { answered, cancelled }) => sum + answered + cancelled, 0);
  const { seconds, heldMiB, processMiB } = samples[samples.length - 1];
  const memory = `the isolate ${heldMiB.toFixed(1)} MiB, workerd ${processMiB.toFixed(0)} MiB`;
  return `${seconds.toFixed(0)} s: ${requests} requests, ${violationCount} violations, ${memory}`;
}

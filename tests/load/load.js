/* Conversations at once against the Worker under `wrangler dev`. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { makeRandom } from '../support/random.js';
import { makeTemporaryDirectory, startWranglerDev } from '../support/worker.js';
import { Tally } from './client.js';
import { Conversation } from './conversation.js';
import { workerdMiB } from './processes.js';

const SCRIPT = fileURLToPath(new URL('worker.js', import.meta.url));
/** The part of requests whose client goes away. */
const CANCELLED = 0.1;
const CLIENT_LEFT = /disconnected: .*(Broken pipe|reset by peer)/;
const SAMPLE_MS = 1_000;
/** What workerd and wrangler print only where something is wrong: all but that a client went away. */
const COMPLAINT = /error|uncaught|unhandled|\bhung\b|would never|different request|\bat .*:\d+:\d+/i;

/** @typedef {{ seconds: number, mib: number }} Sample */
/** @typedef {{ isolate: string, instances: { made: number, collected: number }, rejections: string[] }} Isolate */
/** @typedef {Awaited<ReturnType<typeof load>>} Loaded */

/**
 * @param {object} options
 * @param {number} options.conversations at once
 * @param {number} options.seed
 * @param {(seconds: number, turns: number) => boolean} options.goesOn asked by each conversation before each of its turns
 * @param {(line: string) => void} [options.progress] told how it goes
 */
export async function load({ conversations, seed, goesOn, progress }) {
  const state = await makeTemporaryDirectory();
  const dev = await startWranglerDev(state, SCRIPT);
  const tally = new Tally();
  const startMs = Date.now();
  const seconds = () => (Date.now() - startMs) / 1000;
  /** @type {Sample[]} */
  const samples = [];
  const sample = () => {
    samples.push({ seconds: seconds(), mib: workerdMiB(dev.pid) });
    if (samples.length % 30 === 0) progress?.(progressOf(tally, samples));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const converse = async (/** @type {unknown} */ _, /** @type {number} */ i) => {
    const random = makeRandom(seed + i);
    const conversation = new Conversation(dev.url, { name: `c${i}`, random, tally, cancelled: CANCELLED });
    for (let turns = 0; goesOn(seconds(), turns); turns++) await conversation.turn();
    await conversation.end();
  };
  try {
    const isolateBefore = await askIsolate(dev);
    await Promise.all(Array.from({ length: conversations }, converse));
    const isolate = await askIsolate(dev);
    for (const rejection of isolate.rejections) tally.violate('unhandled rejection', rejection);
    if (isolate.isolate !== isolateBefore.isolate) tally.violate('new isolate', 'the Worker was started anew');
    const lasted = seconds();
    await dev.stop(); // then all of it is printed
    for (const line of dev.output().split('\n')) {
      if (COMPLAINT.test(line) && !CLIENT_LEFT.test(line)) tally.violate('complaint in the log', line);
    }
    return { tally, samples, isolate, seconds: lasted };
  } finally {
    clearInterval(timer);
    await dev.stop();
    await rm(state, { recursive: true, force: true });
  }
}

/** @param {Awaited<ReturnType<typeof startWranglerDev>>} dev @returns {Promise<Isolate>} */
const askIsolate = async (dev) => (await dev.ask('GET', '/load/isolate')).json;

/** @param {Tally} tally @param {Sample[]} samples */
function progressOf({ kinds, violationCount }, samples) {
  const requests = [...kinds.values()].reduce((sum, { answered, cancelled }) => sum + answered + cancelled, 0);
  const { seconds, mib } = samples[samples.length - 1];
  return `${seconds.toFixed(0)} s: ${requests} requests, ${violationCount} violations, workerd ${mib.toFixed(0)} MiB`;
}

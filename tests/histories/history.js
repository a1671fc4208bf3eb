/* Histories: what several isolates do, and what KV does to them, as plain data. Everything that happens when one is run
 * follows from it, so that a history that failed can be printed, shrunk and kept. */
import fc from 'fast-check';
import { OTHER_CALLS, callOf, memoryCalls, record } from './calls.js';
import { duels } from './duels.js';

/** @import { CallKind } from './calls.js' */

/**
 * @typedef {object} Fault
 * @property {number} at the step's KV call that it hits first, counted from 1
 * @property {number} times how many calls it hits
 * @property {'lost' | 'unanswered' | 'busy' | 'die' | 'abandon'} kind KV fails before, or after it did what it was asked;
 *   429; the isolate dies; its requests are abandoned
 * @property {boolean} isSent of an isolate that ends: the call has been sent
 */

/**
 * @typedef {object} IsolatePlan
 * @property {boolean} overlay
 * @property {number} skewMs how far its clock is ahead
 * @property {number} place from which place in the world it sees KV
 * @property {number} tenant whose data: stores of two key prefixes share the namespaces
 * @property {number} attempts how often a KV call is made at the most
 */

/**
 * @typedef {object} Weather
 * @property {boolean} gets whether gets may be a minute old, also of keys that were not there
 * @property {'none' | 'late' | 'mixed'} lists lists that are a minute old, or of which each key is of another age
 * @property {boolean} seesOwnWrites whether a place's own writes go into its cache
 * @property {boolean} hasEmptyPages
 * @property {number} pageKeysMax
 * @property {number} writeIntervalMs
 */

/**
 * A call: the operation's name and small numbers, from which run.js makes its arguments.
 * @typedef {{ op: string, [argument: string]: any }} Call
 */

/**
 * @typedef {object} Step
 * @property {number} by which isolate
 * @property {number} waitMs before it
 * @property {boolean} isJoined it begins while those before may still run
 * @property {boolean} isRepeated when it fails, it is made again
 * @property {number} seed of how long its calls take
 * @property {Fault[]} faults
 * @property {Call} call
 */

/** @typedef {{ weather: Weather, isolates: IsolatePlan[], steps: Step[] }} History */

const fault = record({
  at: fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12),
  times: fc.constantFrom(1, 1, 2, 5, 20),
  kind: fc.constantFrom('lost', 'unanswered', 'busy', 'die', 'abandon'),
  isSent: fc.boolean(),
});

const CALLS = memoryCalls({ threads: 3, messages: 7, times: 4 });

const stepOf = (/** @type {CallKind[]} */ calls) =>
  record({
    by: fc.nat(5),
    waitMs: fc.constantFrom(0, 10, 100, 100, 1200, 1200, 5000, 20_000, 61_500, 400_000, 4_000_000),
    isJoined: fc.boolean(),
    isRepeated: fc.boolean(),
    seed: fc.nat(1000),
    faults: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(fault, { minLength: 1, maxLength: 1 }) },
    ),
    call: callOf(calls),
  });

const stepsOf = (/** @type {CallKind[]} */ calls) =>
  fc.array(stepOf(calls), { minLength: 1, maxLength: 40, size: 'max' });

const isolate = record({
  overlay: fc.boolean(),
  skewMs: fc.constantFrom(0, 0, 0, 1500, -3000),
  place: fc.nat(2),
  tenant: fc.constantFrom(0, 0, 0, 1),
  attempts: fc.constantFrom(1, 2, 5),
});

const weather = record({
  gets: fc.boolean(),
  lists: fc.constantFrom('none', 'late', 'mixed'),
  seesOwnWrites: fc.boolean(),
  hasEmptyPages: fc.constantFrom(false, false, true),
  pageKeysMax: fc.constantFrom(1000, 1000, 2, 5),
  writeIntervalMs: fc.constantFrom(0, 1000),
});

/** 2 to 6 isolates, and up to 40 steps that have nothing to do with each other. */
const wide = record({
  weather,
  isolates: fc.array(isolate, { minLength: 2, maxLength: 6, size: 'max' }),
  steps: fc.oneof(
    { weight: 3, arbitrary: stepsOf(CALLS) },
    { weight: 1, arbitrary: stepsOf(OTHER_CALLS) },
    { weight: 1, arbitrary: stepsOf([...CALLS, ...OTHER_CALLS]) },
  ),
});

/** @type {fc.Arbitrary<History>} */
export const histories = fc.noBias(/** @type {fc.Arbitrary<any>} */ (fc.oneof(wide, duels)));

/* Histories of a few isolates that are at the same few records, in the order that finds out those who act on what they saw: one
 * makes something, another looks at it, the first changes it, the other changes what it saw, and all look at what came of it,
 * now, when KV has caught up, when nothing is recent any more, and when tombstones are gone. */
import fc from 'fast-check';
import { callOf, memoryCalls, record } from './calls.js';

/** @import { CallKind } from './calls.js' */
/** @import { Step } from './history.js' */

/**
 * Calls of some names only, with weights of their own.
 * @param {CallKind[]} kinds
 * @param {Record<string, number>} weights by name
 * @returns {CallKind[]}
 */
const only = (kinds, weights) =>
  kinds.flatMap(([, op, model]) => (weights[op] ? [/** @type {CallKind} */ ([weights[op], op, model])] : []));

/**
 * What a duel is about.
 * @typedef {{ makes: CallKind[], looks: CallKind[], changes: CallKind[] }} Theme
 */

const FEW = memoryCalls({ threads: 2, messages: 2, times: 2 });

/** One or two messages in two threads. @type {Theme} */
const MESSAGES = {
  makes: only(FEW, { saveMessages: 4, saveThread: 1 }),
  looks: only(FEW, { listMessages: 4, listMessagesById: 4, listMessagesByResourceId: 1 }),
  changes: only(FEW, { saveMessages: 3, updateMessages: 4, deleteMessages: 3, deleteThread: 1 }),
};

/** Two threads with what is in them. @type {Theme} */
const THREADS = {
  makes: only(FEW, { saveThread: 3, saveMessages: 2 }),
  looks: only(FEW, { getThreadById: 2, listThreads: 3, listMessages: 2, listMessagesById: 1 }),
  changes: only(FEW, { saveThread: 2, updateThread: 2, deleteThread: 3, saveMessages: 2 }),
};

const fault = record({
  at: fc.integer({ min: 1, max: 12 }),
  times: fc.constantFrom(1, 1, 2, 20),
  kind: fc.constantFrom('lost', 'lost', 'unanswered', 'busy', 'die', 'abandon'),
  isSent: fc.boolean(),
});

/**
 * Some steps of one kind.
 * @param {object} plan
 * @param {number} [plan.by] undefined: whoever it may be
 * @param {CallKind[]} plan.calls
 * @param {number[]} plan.waits before each, milliseconds
 * @param {number} plan.least
 * @param {number} plan.most
 */
const steps = ({ by, calls, waits, least, most }) =>
  fc.array(
    record({
      by: by === undefined ? fc.nat(2) : fc.constant(by),
      waitMs: fc.constantFrom(...waits),
      isJoined: fc.constantFrom(false, false, false, false, true),
      isRepeated: fc.boolean(),
      seed: fc.nat(1000),
      faults: fc.oneof(
        { weight: 9, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fault, { minLength: 1, maxLength: 1 }) },
      ),
      call: callOf(calls),
    }),
    { minLength: least, maxLength: most, size: 'max' },
  );

const AT_ONCE = [0, 100, 1200];
/** The last ones: KV's lag, what the store calls recent, a tombstone's life. */
const LATER = [0, 1200, 5000, 61_500, 61_500, 330_000, 4_000_000];

/** @param {Theme} theme */
const duelOf = ({ makes, looks, changes }) =>
  fc
    .tuple(
      steps({ by: 0, calls: makes, waits: AT_ONCE, least: 1, most: 2 }),
      steps({ by: 1, calls: looks, waits: [0, 1200, 61_500, 61_500], least: 0, most: 2 }),
      steps({ by: 0, calls: changes, waits: AT_ONCE, least: 1, most: 2 }),
      steps({ by: 1, calls: changes, waits: [...AT_ONCE, 5000, 20_000], least: 1, most: 2 }),
      steps({ calls: looks, waits: LATER, least: 1, most: 4 }),
    )
    .map((parts) => /** @type {Step[]} */ (parts.flat()));

const duel = fc.oneof(duelOf(MESSAGES), duelOf(THREADS));

/** Isolates that are all of one tenant, each in a place of its own. */
const isolates = fc.tuple(
  ...[0, 1, 2].map((place) =>
    record({
      overlay: fc.boolean(),
      skewMs: fc.constantFrom(0, 0, 1500, -3000),
      place: fc.constant(place),
      tenant: fc.constant(0),
      attempts: fc.constantFrom(1, 2, 5),
    }),
  ),
);

const weather = record({
  gets: fc.constantFrom(true, true, false),
  lists: fc.constantFrom('none', 'late', 'mixed'),
  seesOwnWrites: fc.boolean(),
  hasEmptyPages: fc.constantFrom(false, false, false, true),
  pageKeysMax: fc.constantFrom(1000, 1000, 2),
  writeIntervalMs: fc.constantFrom(0, 0, 1000),
});

/** One to three duels. */
export const duels = record({
  weather,
  isolates,
  steps: fc.array(duel, { minLength: 1, maxLength: 3, size: 'max' }).map((all) => all.flat()),
});

/* Histories: what several isolates do, and what KV does to them, as plain data. Everything that happens when one is run
 * follows from it, so that a history that failed can be printed, shrunk and kept. */
import fc from 'fast-check';

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

const THREADS = 2;
const MESSAGES = 6;

const thread = fc.nat(THREADS);
const resource = fc.nat(1);
const message = fc.nat(MESSAGES);
const createdAt = fc.nat(3);
const role = fc.nat(2);
const keys = fc.uniqueArray(fc.nat(1), { minLength: 1, maxLength: 2 });
const some = (/** @type {fc.Arbitrary<any>} */ arbitrary) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const record = (/** @type {Record<string, fc.Arbitrary<any>>} */ model) => fc.record(model, { noNullPrototype: true });
const paging = {
  page: fc.constantFrom(0, 0, 1),
  perPage: fc.constantFrom(2, 3, 40, false),
  direction: fc.constantFrom('ASC', 'DESC'),
};

const saved = record({ message, thread, createdAt, resource, role, keys: some(keys) });
const changed = record({
  message,
  thread: fc.option(thread, { nil: undefined, freq: 1 }),
  createdAt: fc.option(createdAt, { nil: undefined, freq: 1 }),
  resource: some(resource),
  role: some(role),
  hasParts: fc.boolean(),
  keys: some(keys),
});

/** @type {[number, string, Record<string, fc.Arbitrary<any>>][]} */
const CALLS = [
  [3, 'saveThread', { thread, resource, createdAt, keys: some(keys) }],
  [3, 'updateThread', { thread, hasTitle: fc.boolean(), keys: some(keys) }],
  [1, 'deleteThread', { thread }],
  [2, 'getThreadById', { thread }],
  [2, 'listThreads', { resource: some(resource), ...paging }],
  [7, 'saveMessages', { messages: fc.uniqueArray(saved, { minLength: 1, maxLength: 4, selector: (m) => m.message }) }],
  [
    4,
    'updateMessages',
    { messages: fc.uniqueArray(changed, { minLength: 1, maxLength: 2, selector: (m) => m.message }) },
  ],
  [3, 'deleteMessages', { messages: fc.uniqueArray(message, { minLength: 1, maxLength: 3 }) }],
  [
    4,
    'listMessages',
    {
      threads: fc.uniqueArray(thread, { minLength: 1, maxLength: 2 }),
      resource: some(resource),
      hasTotal: fc.boolean(),
      ...paging,
    },
  ],
  [2, 'listMessagesById', { messages: fc.uniqueArray(message, { minLength: 1, maxLength: 4 }) }],
  [1, 'listMessagesByResourceId', { resource, ...paging }],
];

const run = fc.nat(2);
const score = fc.nat(2);
const task = fc.nat(2);
const type = fc.nat(1);

/** The simpler domains. @type {typeof CALLS} */
const OTHER_CALLS = [
  [2, 'saveResource', { resource, keys: some(keys) }],
  [3, 'updateResource', { resource, hasMemory: fc.boolean(), keys: some(keys) }],
  [2, 'getResourceById', { resource }],
  [2, 'persistWorkflowSnapshot', { run, steps: some(keys) }],
  [3, 'updateWorkflowResults', { run, step: fc.nat(1) }],
  [2, 'updateWorkflowState', { run }],
  [2, 'loadWorkflowSnapshot', { run }],
  [1, 'getWorkflowRunById', { run }],
  [1, 'deleteWorkflowRunById', { run }],
  [1, 'listWorkflowRuns', {}],
  [2, 'saveScore', { score }],
  [1, 'getScoreById', { score }],
  [1, 'listScoresByScorerId', { score }],
  [2, 'createTask', { task }],
  [2, 'updateTask', { task }],
  [1, 'getTask', { task }],
  [1, 'deleteTask', { task }],
  [1, 'listTasks', {}],
  [1, 'setState', { thread, type }],
  [1, 'getState', { thread, type }],
  [1, 'deleteState', { thread, type }],
];

const callOf = (/** @type {typeof CALLS} */ calls) =>
  fc.oneof(...calls.map(([weight, op, model]) => ({ weight, arbitrary: record({ op: fc.constant(op), ...model }) })));

const fault = record({
  at: fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12),
  times: fc.constantFrom(1, 1, 2, 5, 20),
  kind: fc.constantFrom('lost', 'unanswered', 'busy', 'die', 'abandon'),
  isSent: fc.boolean(),
});

const stepOf = (/** @type {typeof CALLS} */ calls) =>
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

const stepsOf = (/** @type {typeof CALLS} */ calls) =>
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

/** Histories of 2 to 6 isolates and up to 40 steps. @type {fc.Arbitrary<History>} */
export const histories = fc.noBias(
  /** @type {fc.Arbitrary<any>} */ (
    record({
      weather,
      isolates: fc.array(isolate, { minLength: 2, maxLength: 6, size: 'max' }),
      steps: fc.oneof(
        { weight: 3, arbitrary: stepsOf(CALLS) },
        { weight: 1, arbitrary: stepsOf(OTHER_CALLS) },
        { weight: 1, arbitrary: stepsOf([...CALLS, ...OTHER_CALLS]) },
      ),
    })
  ),
);

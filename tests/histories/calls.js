/* Which calls there are in histories: arbitraries of their small numbers, from which arguments.js makes arguments. */
import fc from 'fast-check';

/** @import { Call } from './history.js' */
/** @typedef {[weight: number, op: string, model: Record<string, fc.Arbitrary<any>>]} CallKind */
/** @typedef {{ threads: number, messages: number, times: number }} Ids how many there are to choose from */

const some = (/** @type {fc.Arbitrary<any>} */ arbitrary) => fc.option(arbitrary, { nil: undefined, freq: 2 });
export const record = (/** @type {Record<string, fc.Arbitrary<any>>} */ model) =>
  fc.record(model, { noNullPrototype: true });

const resource = fc.nat(1);
const role = fc.nat(2);
const keys = fc.uniqueArray(fc.nat(1), { minLength: 1, maxLength: 2 });
const paging = {
  page: fc.constantFrom(0, 0, 1),
  perPage: fc.constantFrom(2, 3, 40, false),
  direction: fc.constantFrom('ASC', 'DESC'),
};

/** Threads and messages. @param {Ids} ids @returns {CallKind[]} */
export function memoryCalls({ threads, messages, times }) {
  const thread = fc.nat(threads - 1);
  const message = fc.nat(messages - 1);
  const createdAt = fc.nat(times - 1);
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
  const upTo = (
    /** @type {number} */ count,
    /** @type {fc.Arbitrary<any>} */ of,
    /** @type {any} */ selector = undefined,
  ) => fc.uniqueArray(of, { minLength: 1, maxLength: count, ...(selector && { selector }) });
  const byId = (/** @type {{ message: number }} */ { message: id }) => id;
  return [
    [3, 'saveThread', { thread, resource, createdAt, keys: some(keys) }],
    [3, 'updateThread', { thread, hasTitle: fc.boolean(), keys: some(keys) }],
    [1, 'deleteThread', { thread }],
    [2, 'getThreadById', { thread }],
    [2, 'listThreads', { resource: some(resource), ...paging }],
    [7, 'saveMessages', { messages: upTo(4, saved, byId) }],
    [4, 'updateMessages', { messages: upTo(2, changed, byId) }],
    [3, 'deleteMessages', { messages: upTo(3, message) }],
    [4, 'listMessages', { threads: upTo(2, thread), resource: some(resource), hasTotal: fc.boolean(), ...paging }],
    [2, 'listMessagesById', { messages: upTo(4, message) }],
    [1, 'listMessagesByResourceId', { resource, ...paging }],
  ];
}

const thread = fc.nat(2);
const run = fc.nat(2);
const score = fc.nat(2);
const task = fc.nat(2);
const type = fc.nat(1);

/** The simpler domains. @type {CallKind[]} */
export const OTHER_CALLS = [
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

/** @param {CallKind[]} calls @returns {fc.Arbitrary<Call>} */
export const callOf = (/** @type {CallKind[]} */ calls) =>
  /** @type {fc.Arbitrary<any>} */ (
    fc.oneof(...calls.map(([weight, op, model]) => ({ weight, arbitrary: record({ op: fc.constant(op), ...model }) })))
  );

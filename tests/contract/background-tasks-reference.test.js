/* Background tasks against Mastra's in-memory store: the same calls at random, and the same answers. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import fc from 'fast-check';
import { anyJson, domainFlavours, makeTask } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { newSeed } from '../support/random.js';
import { dateAt } from '../support/samples.js';

/** Fewer with the overlay, which knows nothing of a domain. */
const SEQUENCES = [2000, 500];
const STATUSES = ['pending', 'running', 'suspended', 'completed', 'failed', 'cancelled', 'timed_out'];
const DATES = ['createdAt', 'startedAt', 'suspendedAt', 'completedAt'];
const IDS = ['agentId', 'threadId', 'resourceId', 'toolName', 'toolCallId', 'runId'];

// Few values, so that tasks meet: some that begin alike or look like keys, and some that KV metadata has no room for.
const long = 'ü'.repeat(120);
const text = fc.constantFrom('a', 'a:b', 'ab', 'é', long);
const date = fc.nat(4).map((second) => dateAt(second * 1000));
const status = fc.constantFrom(...STATUSES);
const taskId = fc.constantFrom('1', '2', '3', '1:2', 'é');
/** @param {Record<string, fc.Arbitrary<unknown>>} model @param {string[]} [requiredKeys] */
const record = (model, requiredKeys = []) => fc.record(model, { requiredKeys, noNullPrototype: true });

const changing = {
  status,
  startedAt: date,
  suspendedAt: date,
  completedAt: date,
  result: anyJson,
  suspendPayload: anyJson,
  suspendData: anyJson, // not of the type: kept all the same
  error: record({ message: fc.string(), stack: fc.string() }, ['message']),
  retryCount: fc.nat(),
};
const task = record(
  { id: taskId, createdAt: date, ...changing, ...Object.fromEntries(IDS.map((name) => [name, text])) },
  ['id', 'createdAt', 'status', 'agentId', 'toolName', 'toolCallId', 'runId'],
);
// A member that is undefined clears.
const update = record({
  ...Object.fromEntries(Object.entries(changing).map(([name, value]) => [name, fc.option(value, { nil: undefined })])),
  status,
  retryCount: fc.nat(),
});
const filter = record({
  status: fc.oneof(status, fc.array(status, { maxLength: 4 }), fc.constant('')),
  ...Object.fromEntries(
    IDS.map((name) => [name, fc.oneof({ weight: 3, arbitrary: text }, fc.constantFrom('', undefined))]),
  ),
  fromDate: date,
  toDate: date,
  dateFilterBy: fc.constantFrom(...DATES),
  orderBy: fc.constantFrom(...DATES),
  orderDirection: fc.constantFrom('asc', 'desc'),
  page: fc.nat(2),
  perPage: fc.nat(3),
}).map(thinned);

/**
 * Most filters would match nothing if they said all they could.
 * @param {Record<string, any>} filter
 */
function thinned(filter) {
  const kept = Object.keys(filter).filter((name, i) => !IDS.includes(name) || i % 3 === 0);
  return Object.fromEntries(kept.map((name) => [name, filter[name]]));
}

/** @param {string} method @param {...fc.Arbitrary<any>} args */
const calling = (method, ...args) =>
  record({ method: fc.constant(method), args: fc.tuple(...args) }, ['method', 'args']);
const call = fc.oneof(
  { weight: 5, arbitrary: calling('createTask', task) },
  {
    weight: 4,
    arbitrary: calling('updateTask', taskId, update, fc.option(record({ expectedStatus: status }), { nil: undefined })),
  },
  { weight: 2, arbitrary: calling('getTask', taskId) },
  { weight: 4, arbitrary: calling('listTasks', filter) },
  calling('deleteTask', taskId),
  calling('deleteTasks', filter),
  calling('getRunningCount'),
  calling('getRunningCountByAgent', text),
);

/**
 * The in-memory store's answer to a list. Among equal dates it has the order of insertion, for which ids stand here.
 * @param {any} reference
 * @param {any} filter
 */
async function expectedList(reference, { page, perPage, ...filter }) {
  const { tasks, total } = await reference.listTasks(filter);
  const by = filter.orderBy ?? 'createdAt';
  const sign = (filter.orderDirection ?? 'asc') === 'asc' ? 1 : -1;
  const timeOf = (/** @type {any} */ found) => found[by]?.getTime() ?? 0;
  // Keys are escaped, and sort by that.
  const keyOf = (/** @type {any} */ found) => encodeURIComponent(found.id);
  tasks.sort(
    (/** @type {any} */ a, /** @type {any} */ b) => sign * (timeOf(a) - timeOf(b)) || (keyOf(a) < keyOf(b) ? -1 : 1),
  );
  const from = perPage === undefined ? 0 : (page ?? 0) * perPage;
  return { tasks: tasks.slice(from, perPage === undefined ? undefined : from + perPage), total };
}

/** What is undefined is absent here. @param {any} answer */
const comparable = (answer) => {
  const strip = (/** @type {any} */ found) =>
    Object.fromEntries(Object.entries(found).filter(([, member]) => member !== undefined));
  if (answer?.tasks) return { ...answer, tasks: answer.tasks.map(strip) };
  return answer !== null && typeof answer === 'object' ? strip(answer) : answer;
};

for (const [i, { name, make }] of domainFlavours('backgroundTasks').entries()) {
  const numRuns = SEQUENCES[i];
  const seed = newSeed();
  it(`${name} answers as the in-memory store does, in ${numRuns} sequences of calls (SEED=${seed})`, async () => {
    const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 16 }), async (calls) => {
      const kv = new FakeKV();
      const store = make({ bindings: { threads: kv.location(), messages: kv.location() } });
      const reference = /** @type {any} */ (new InMemoryStore().stores).backgroundTasks;
      for (const { method, args } of /** @type {{ method: string, args: any[] }[]} */ (calls)) {
        const given = method === 'createTask' ? [makeTaskOf(args[0])] : args;
        const answer = await store[method](...given);
        let expected;
        if (method === 'listTasks') {
          expected = await expectedList(reference, given[0]);
        } else if (method === 'deleteTasks') {
          for (const { id } of (await expectedList(reference, given[0])).tasks) await reference.deleteTask(id);
        } else {
          expected = await reference[method](...given);
        }
        assert.deepEqual(comparable(answer), comparable(expected), method);
      }
      assert.deepEqual(comparable(await store.listTasks({})), comparable(await expectedList(reference, {})));
    });
    await fc.assert(property, { numRuns, seed });
  });
}

/** What the task does not say must stay unsaid. @param {any} args */
const makeTaskOf = (args) => {
  const { threadId: _threadId, resourceId: _resourceId, ...rest } = makeTask();
  return { ...rest, ...args };
};

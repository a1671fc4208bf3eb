/* Something of everything that a layout of stored data holds, and all reads of it.
 *
 *   node tests/support/layout.js js-shim/kv-store.js > tests/care/fixtures/layout-2.json
 *
 * wrote the fixtures, each with the code that had the layout. They are kept for ever: what was stored once stays
 * readable. */
import { mock } from 'node:test';
import { pathToFileURL } from 'node:url';
import { dump } from './dump.js';
import { FakeKV } from './fake-kv.js';
import { Faults } from './faults.js';
import { chunkOf } from './observations.js';
import { dateAt, makeMessage, makeThread } from './samples.js';

/**
 * A layout as it was stored: by namespace, key and value.
 * @typedef {object} Layout
 * @property {number} writtenAt when, milliseconds since 1970
 * @property {Record<string, ReturnType<typeof dump>>} namespaces
 * @property {unknown[]} answers to READS, of the code that wrote it
 */

/** When the fixtures were written. */
const WRITTEN_AT = Date.parse('2026-03-02T10:00:00.000Z');
const MINUTE_MS = 60_000;

/** Everything that can be asked. @type {[method: string, ...args: any[]][]} */
export const READS = [
  ['getThreadById', { threadId: 't1' }],
  ['getThreadById', { threadId: 'a:b' }],
  ['getThreadById', { threadId: 'gone' }],
  ['listThreads', { filter: { resourceId: 'ada' }, perPage: false }],
  ['listThreads', { perPage: false }],
  ...['t1', 'a:b', 'gone'].flatMap((threadId) =>
    ['ASC', 'DESC'].map(
      (direction) =>
        /** @type {[string, any]} */ ([
          'listMessages',
          { threadId, perPage: 10, orderBy: { field: 'createdAt', direction } },
        ]),
    ),
  ),
  ['listMessages', { threadId: 't1', perPage: 2, page: 1 }],
  ['listMessages', { threadId: 't1', perPage: 10, filter: { dateRange: { start: dateAt(2000) } } }],
  ['listMessages', { threadId: 't1', perPage: 0, include: [{ id: 'm3', withPreviousMessages: 1 }] }],
  ['listMessagesByResourceId', { resourceId: 'ada', perPage: false }],
  ['listMessagesById', { messageIds: ['m0', 'm1', 'm2', 'm3', 'm4', 'moved', 'deleted', 'late', 'ü'] }],
  ['getResourceById', { resourceId: 'ada' }],
  ['getResourceById', { resourceId: 'bob' }],
  ['getWorkflowRunById', { workflowName: 'greet', runId: 'r1' }],
  ['loadWorkflowSnapshot', { workflowName: 'greet', runId: 'r1' }],
  ['listWorkflowRuns', { resourceId: 'ada', status: 'success' }],
  ['getScoreById', { id: 's1' }],
  ['listScoresByScorerId', { scorerId: 'scorer', pagination: { page: 0, perPage: 10 } }],
  ['listScoresByRunId', { runId: 'r1', pagination: { page: 0, perPage: 10 } }],
  ['listScoresByEntityId', { entityId: 'agent', entityType: 'AGENT', pagination: { page: 0, perPage: 10 } }],
  ['listScoresBySpan', { traceId: 'trace', spanId: 'span', pagination: { page: 0, perPage: 10 } }],
  ['getTask', 'task'],
  ['listTasks', { status: 'completed' }],
  ['getState', { threadId: 't1', type: 'tasks' }],
];

/**
 * What is not found, for the calls that saved it failed between the record and its index entries.
 * @type {[method: string, ...args: any[]][]}
 */
export const HIDDEN = [
  ['listThreads', { filter: { resourceId: 'cut' } }],
  ['listScoresByScorerId', { scorerId: 'cut', pagination: { page: 0, perPage: 10 } }],
  ['listScoresByRunId', { runId: 'cut', pagination: { page: 0, perPage: 10 } }],
];

/**
 * All that a store answers.
 * @param {any} store
 * @param {typeof READS} [reads]
 */
export async function answersOf(store, reads = READS) {
  const answers = [];
  for (const [method, ...args] of reads) answers.push(await store[method](...args));
  return JSON.parse(JSON.stringify(answers, (_, value) => (value === undefined ? null : value)));
}

/**
 * Fill a store, as it went over an hour or so.
 * @param {any} store
 * @param {(ms: number) => void} advance
 * @param {Faults} faults
 */
async function fill(store, advance, faults) {
  await store.init();
  await store.saveThread({ thread: makeThread({ resourceId: 'ada' }) });
  await store.saveThread({ thread: makeThread({ id: 'a:b', resourceId: 'ada', createdAt: dateAt(1) }) });
  await store.saveThread({ thread: makeThread({ id: 'gone', resourceId: 'bob' }) });
  /** @param {string} id @param {object} [fields] */
  const message = (id, fields) => makeMessage(id, { resourceId: 'ada', ...fields });
  const { content, ...head } = message('m1', { createdAt: dateAt(1000) });
  await store.saveMessages({
    messages: [
      message('m0'),
      { content, ...head }, // columns in another order
      message('m2', {
        createdAt: dateAt(2000),
        role: 'assistant',
        content: { format: 2, parts: [], metadata: { a: 1 } },
      }),
      message('m3', { createdAt: dateAt(3000), type: undefined, extra: { kept: ['as', 1e21] } }),
      message('m4', { createdAt: dateAt(3000), role: 'assistant', content: 'a text' }),
      message('moved', { createdAt: dateAt(4000) }),
      message('deleted', { createdAt: dateAt(5000) }),
    ],
  });
  await store.saveMessages({ messages: [message('ü', { threadId: 'a:b' }), message('g', { threadId: 'gone' })] });
  advance(10 * MINUTE_MS);
  await store.saveMessages({ messages: [message('moved', { threadId: 'a:b', createdAt: dateAt(4000) })] });
  await store.saveMessages({ messages: [message('m0', { content: { format: 2, parts: [], again: true } })] });
  await store.updateMessages({
    messages: [
      { id: 'm2', content: { metadata: { b: 2 } } },
      { id: 'ü', role: 'system' },
    ],
  });
  await store.deleteMessages(['deleted']);
  await store.deleteThread({ threadId: 'gone' });
  await store.updateThread({ id: 'a:b', title: 'Another title', metadata: { shape: 'round' } });
  await store.saveResource({
    resource: { id: 'bob', createdAt: dateAt(0), updatedAt: dateAt(0), workingMemory: 'Bob' },
  });
  await store.updateResource({ resourceId: 'ada', workingMemory: 'Knows ada', metadata: { b: 2 } });
  await fillDomains(store);
  await observe(store);
  faults.add({ operation: 'put', key: /^metadata:(threads|scores)_by_/, status: 400, times: Infinity });
  await store.saveThread({ thread: makeThread({ id: 'cut', resourceId: 'cut' }) }).catch(() => {});
  await store.saveScore(makeScore('cut')).catch(() => {});
  faults.clear();
  advance(10 * MINUTE_MS);
  await store.saveMessages({ messages: [message('late', { createdAt: dateAt(6000) })] });
}

/** @param {any} store */
async function fillDomains(store) {
  const run = { workflowName: 'greet', runId: 'r1' };
  await store.persistWorkflowSnapshot({ ...run, resourceId: 'ada', snapshot: { status: 'running', context: {} } });
  await store.updateWorkflowResults({
    ...run,
    stepId: 's1',
    result: { status: 'success', output: 1 },
    requestContext: {},
  });
  await store.updateWorkflowState({ ...run, opts: { status: 'success' } });
  const task = { status: 'completed', toolName: 'search', toolCallId: 'call', args: { q: 1 }, agentId: 'agent' };
  const times = { createdAt: dateAt(0), completedAt: dateAt(5000), retryCount: 0, maxRetries: 0, timeoutMs: 1000 };
  await store.createTask({ id: 'task', ...task, ...times, runId: 'r1', threadId: 't1', resourceId: 'ada' });
  await store.saveScore({ ...makeScore('scorer'), id: 's1', runId: 'r1', threadId: 't1' });
  await store.setState({ threadId: 't1', type: 'tasks', value: { of: 't1' } });
}

/** @param {string} scorerId */
const makeScore = (scorerId) => ({
  ...{ id: scorerId, scorerId, runId: scorerId, entityId: scorerId === 'cut' ? 'cut' : 'agent', entityType: 'AGENT' },
  ...{ score: 0.5, scorer: { id: 'scorer' }, entity: { id: 'agent' }, source: 'LIVE', output: { text: 'x' } },
  ...(scorerId === 'cut' ? {} : { traceId: 'trace', spanId: 'span' }),
});

/** What the first layout does not have. @param {any} store */
async function observe(store) {
  if (!store.initializeObservationalMemory) return;
  const owner = { threadId: 't1', resourceId: 'ada', scope: 'thread' };
  const currentRecord = await store.initializeObservationalMemory({ ...owner, config: {} });
  const { id } = await store.createReflectionGeneration({ currentRecord, reflection: 'So it was.', tokenCount: 4 });
  await store.setObservingFlag(id, true);
  await store.updateBufferedObservations({ id, chunk: chunkOf('cycle') });
}

/**
 * What a version of the package stores.
 * @param {any} KVStore its class
 * @returns {Promise<Layout>}
 */
async function makeLayout(KVStore) {
  mock.timers.enable({ apis: ['Date'], now: WRITTEN_AT });
  const faults = new Faults();
  const threads = new FakeKV({ faults });
  const messages = new FakeKV({ faults });
  const bindings = { threads: threads.location(), messages: messages.location() };
  const store = new KVStore({ bindings, overlay: false });
  await fill(store, (ms) => mock.timers.tick(ms), faults);
  const answers = await answersOf(store);
  return { writtenAt: Date.now(), namespaces: { threads: dump(threads), messages: dump(messages) }, answers };
}

if (import.meta.main) {
  const { KVStore } = await import(pathToFileURL(process.argv[2]).href);
  process.stdout.write(`${JSON.stringify(await makeLayout(KVStore), null, 2)}\n`);
}

/* A store with something of everything there is. */
import { chunkOf } from './observations.js';
import { dateAt, makeMessage, makeThread } from './samples.js';

/** Ids that keys escape, and that look like parts of keys. */
export const HOSTILE_IDS = ['a:b', '50%', 'ümlaut', '\ud800', 'metadata:threads', ' ', '"quoted"'];

/**
 * Fill a store: for each of the resources two threads with messages and state, a resource, a run with updates, a task
 * and a score.
 * @param {any} store a KVStore
 * @param {{ resources?: string[], messages?: number }} [options]
 */
export async function fill(store, { resources = ['ada', 'bob', ...HOSTILE_IDS], messages = 5 } = {}) {
  for (const resourceId of resources) {
    for (const thread of [`${resourceId}-1`, `${resourceId}-2`]) {
      await store.saveThread({ thread: makeThread({ id: thread, resourceId }) });
      await store.saveMessages({
        messages: Array.from({ length: messages }, (_, i) =>
          makeMessage(`${thread}-m${i}`, { threadId: thread, resourceId, createdAt: dateAt(i * 1000) }),
        ),
      });
      await store.setState({ threadId: thread, type: 'tasks', value: { of: thread } });
    }
    await store.updateThread({ id: `${resourceId}-2`, title: `Of ${resourceId}`, metadata: { a: 1 } });
    await store.updateMessages({ messages: [{ id: `${resourceId}-2-m0`, content: { metadata: { seen: true } } }] });
    await store.updateResource({ resourceId, workingMemory: `Knows ${resourceId}`, metadata: { b: 2 } });
    await observe(store, { threadId: `${resourceId}-1`, resourceId, scope: 'thread' });
    await observe(store, { threadId: null, resourceId, scope: 'resource' });
    await fillDomains(store, resourceId);
  }
}

/**
 * Observational memory: a generation, one more after it, and a part.
 * @param {any} store
 * @param {{ threadId: string | null, resourceId: string, scope: string }} owner
 */
async function observe(store, owner) {
  const currentRecord = await store.initializeObservationalMemory({ ...owner, config: {} });
  const { id } = await store.createReflectionGeneration({ currentRecord, reflection: 'So it was.', tokenCount: 4 });
  await store.setObservingFlag(id, true);
  await store.updateBufferedObservations({ id, chunk: chunkOf('cycle') });
}

/**
 * @param {any} store
 * @param {string} resourceId
 */
async function fillDomains(store, resourceId) {
  const run = { workflowName: 'greet', runId: `${resourceId}-run` };
  await store.persistWorkflowSnapshot({ ...run, resourceId, snapshot: { status: 'running', context: {} } });
  await store.updateWorkflowResults({
    ...run,
    stepId: 's1',
    result: { status: 'success', output: 1 },
    requestContext: {},
  });
  await store.updateWorkflowState({ ...run, opts: { status: 'success' } });
  await store.createTask({
    id: `${resourceId}-task`,
    status: 'completed',
    toolName: 'search',
    toolCallId: 'call',
    args: { q: 1 },
    agentId: 'agent',
    runId: run.runId,
    threadId: `${resourceId}-1`,
    resourceId,
    createdAt: dateAt(0),
    completedAt: dateAt(5000),
    retryCount: 0,
    maxRetries: 0,
    timeoutMs: 1000,
  });
  await store.saveScore({
    id: `${resourceId}-score`,
    scorerId: 'scorer',
    runId: run.runId,
    score: 0.5,
    scorer: { id: 'scorer' },
    entity: { id: 'agent' },
    source: 'LIVE',
    entityType: 'AGENT',
    entityId: 'agent',
    traceId: 'trace',
    spanId: 'span',
    resourceId,
    threadId: `${resourceId}-1`,
    output: { text: 'x' },
  });
}

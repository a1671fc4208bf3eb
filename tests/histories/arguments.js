/* From a history's small numbers to a call's arguments. Every text that is written tells the step that wrote it, and whose
 * it is, so that nothing can be shown where it does not belong and go unnoticed. */

/** @import { Call } from './history.js' */

const FIRST = Date.parse('2026-02-01T00:00:00.000Z');

/** One begins as another does, and goes on as a key would. */
const threadId = (/** @type {number} */ n) => ['t0', 't0:1', 't2'][n] ?? '';
const messageId = (/** @type {number} */ n) => `m${n}`;
const resourceId = (/** @type {number} */ n) => `u${n}`;
const time = (/** @type {number} */ n) => new Date(FIRST + n * 1000);
const scoreId = (/** @type {number} */ n) => `a${n % 2}-${n}`;
const scorerOf = (/** @type {string} */ score) => score.slice(0, 2);
const taskId = (/** @type {number} */ n) => `k${n}`;
const runOf = (/** @type {number} */ n) => ({ workflowName: `w${n % 2}`, runId: `r${n >> 1}` });
const ROLES = ['user', 'assistant', 'tool'];

export const THREAD_IDS = [0, 1, 2].map(threadId);
export const MESSAGE_IDS = [0, 1, 2, 3, 4, 5, 6].map(messageId);
export const RESOURCE_IDS = [0, 1].map(resourceId);

/**
 * @param {number[] | undefined} keys
 * @param {string} by
 */
const metadata = (keys, by) => keys && Object.fromEntries(keys.map((key) => [`k${key}`, `${by} k${key}`]));

const parts = (/** @type {string} */ text) => [{ type: 'text', text }];

/** Without the members that are undefined. @param {Record<string, any>} object */
const given = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/**
 * @param {Call} call
 * @returns {Record<string, any>}
 */
const paging = ({ page, perPage, direction }) => ({
  page: perPage === false ? 0 : page,
  perPage,
  orderBy: { field: 'createdAt', direction },
});

/** @type {Record<string, (call: Call, by: string) => any>} */
const ARGUMENTS = {
  saveThread: ({ thread, resource, createdAt, keys }, by) => ({
    thread: given({
      id: threadId(thread),
      resourceId: resourceId(resource),
      title: `${by} title`,
      createdAt: time(createdAt),
      updatedAt: time(createdAt),
      metadata: metadata(keys, by),
    }),
  }),
  updateThread: ({ thread, hasTitle, keys }, by) =>
    given({ id: threadId(thread), title: hasTitle ? `${by} title` : undefined, metadata: metadata(keys, by) }),
  deleteThread: ({ thread }) => ({ threadId: threadId(thread) }),
  getThreadById: ({ thread }) => ({ threadId: threadId(thread) }),
  listThreads: ({ resource, ...call }) => ({
    ...(resource !== undefined && { filter: { resourceId: resourceId(resource) } }),
    ...paging(/** @type {Call} */ (call)),
  }),
  saveMessages: ({ messages }, by) => ({
    messages: messages.map((/** @type {any} */ { message, thread, createdAt, resource, role, keys }) => ({
      id: messageId(message),
      threadId: threadId(thread),
      resourceId: resourceId(resource),
      role: ROLES[role],
      type: 'text',
      createdAt: time(createdAt),
      content: given({ format: 2, parts: parts(`${by} ${message}`), metadata: metadata(keys, by) }),
    })),
  }),
  updateMessages: ({ messages }, by) => ({
    messages: messages.map((/** @type {any} */ { message, thread, createdAt, resource, role, hasParts, keys }) => {
      const content = given({ parts: hasParts ? parts(`${by} ${message}`) : undefined, metadata: metadata(keys, by) });
      return given({
        id: messageId(message),
        threadId: thread === undefined ? undefined : threadId(thread),
        resourceId: resource === undefined ? undefined : resourceId(resource),
        role: ROLES[role],
        createdAt: createdAt === undefined ? undefined : time(createdAt),
        content: Object.keys(content).length > 0 ? content : undefined,
      });
    }),
  }),
  deleteMessages: ({ messages }) => messages.map(messageId),
  listMessages: ({ threads, resource, hasTotal, ...call }) =>
    given({
      threadId: threads.length === 1 ? threadId(threads[0]) : threads.map(threadId),
      resourceId: resource === undefined ? undefined : resourceId(resource),
      includeTotal: hasTotal,
      ...paging(/** @type {Call} */ (call)),
    }),
  listMessagesById: ({ messages }) => ({ messageIds: messages.map(messageId) }),
  listMessagesByResourceId: ({ resource, ...call }) => ({
    resourceId: resourceId(resource),
    ...paging(/** @type {Call} */ (call)),
  }),
  saveResource: ({ resource, keys }, by) => ({
    resource: given({
      id: resourceId(resource),
      workingMemory: `${by} memory`,
      metadata: metadata(keys, by),
      createdAt: time(0),
      updatedAt: time(0),
    }),
  }),
  updateResource: ({ resource, hasMemory, keys }, by) =>
    given({
      resourceId: resourceId(resource),
      workingMemory: hasMemory ? `${by} memory` : undefined,
      metadata: metadata(keys, by),
    }),
  getResourceById: ({ resource }) => ({ resourceId: resourceId(resource) }),
  persistWorkflowSnapshot: ({ run, steps }, by) => ({
    ...runOf(run),
    snapshot: {
      status: `${by} status`,
      context: Object.fromEntries((steps ?? []).map((/** @type {number} */ n) => [`s${n}`, { output: `${by} s${n}` }])),
    },
  }),
  updateWorkflowResults: ({ run, step }, by) => ({
    ...runOf(run),
    stepId: `s${step}`,
    result: { status: 'success', output: `${by} s${step}` },
    requestContext: {},
  }),
  updateWorkflowState: ({ run }, by) => ({ ...runOf(run), opts: { status: `${by} status` } }),
  loadWorkflowSnapshot: ({ run }) => runOf(run),
  getWorkflowRunById: ({ run }) => runOf(run),
  deleteWorkflowRunById: ({ run }) => runOf(run),
  listWorkflowRuns: () => ({}),
  saveScore: ({ score }, by) => ({
    ...{ id: scoreId(score), scorerId: scorerOf(scoreId(score)), reason: `${by} reason`, score: 1 },
    ...{ entityId: 'e', entityType: 'AGENT', runId: 'r', source: 'LIVE', scorer: {}, entity: {}, output: {} },
  }),
  getScoreById: ({ score }) => ({ id: scoreId(score) }),
  listScoresByScorerId: ({ score }) => ({ scorerId: scorerOf(scoreId(score)), pagination: { page: 0, perPage: 10 } }),
  createTask: ({ task }, by) => ({
    ...{ id: taskId(task), status: `${by} status`, toolName: `${by} tool`, toolCallId: 'c', args: {}, agentId: 'a' },
    ...{ runId: 'r', createdAt: time(task), retryCount: 0, maxRetries: 1, timeoutMs: 1000 },
  }),
  updateTask: ({ task }, by) => ({ id: taskId(task), update: { status: `${by} status` } }),
  getTask: ({ task }) => taskId(task),
  deleteTask: ({ task }) => taskId(task),
  listTasks: () => ({}),
  setState: ({ thread, type }, by) => ({ threadId: threadId(thread), type: `${type}`, value: `${by} state` }),
  getState: ({ thread, type }) => ({ threadId: threadId(thread), type: `${type}` }),
  deleteState: ({ thread, type }) => ({ threadId: threadId(thread), type: `${type}` }),
};

/** A method's arguments: one object, but for a few. @param {string} op @param {any} args */
export const spread = (op, args) => (op === 'updateTask' ? [args.id, args.update] : [args]);

/**
 * The reads of records of the simpler domains, and of their lists.
 * @param {Iterable<{ kind: string, id: string }>} records
 */
export function* readsOf(records) {
  const lists = new Map();
  for (const { kind, id } of records) {
    const [first, second] = id.split('/');
    if (kind === 'resource') yield { op: 'getResourceById', args: { resourceId: id } };
    if (kind === 'run') yield { op: 'loadWorkflowSnapshot', args: { workflowName: first, runId: second } };
    if (kind === 'run') lists.set(kind, { op: 'listWorkflowRuns', args: {} });
    if (kind === 'score') yield { op: 'getScoreById', args: { id } };
    const scored = { scorerId: scorerOf(id), pagination: { page: 0, perPage: 10 } };
    if (kind === 'score') lists.set(scored.scorerId, { op: 'listScoresByScorerId', args: scored });
    if (kind === 'task') yield { op: 'getTask', args: id };
    if (kind === 'task') lists.set(kind, { op: 'listTasks', args: {} });
    if (kind === 'state') yield { op: 'getState', args: { threadId: first, type: second } };
  }
  yield* lists.values();
}

/**
 * @param {Call} call
 * @param {string} by whose call it is, and which
 */
export const argumentsOf = (call, by) => ARGUMENTS[call.op](call, by);

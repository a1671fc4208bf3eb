import module from '#store-module';
import { Engine } from './engine.js';
import { StoreError } from './errors.js';
import { connect, describe, hasBindings } from './options.js';
import { Overlay } from './overlay.js';
import { oncePerTurn } from './turn.js';

export { StoreError };

/** @typedef {import('./options.js').StoreOptions} KVStoreOptions */

/** REST namespaces try again themselves, a whole batch at a time. */
const NO_RETRIES = { attempts: 1 };

/**
 * An agent's memory in Workers KV, for any Worker or Node program. The Mastra classes (index.js) are the same
 * operations under Mastra's types.
 *
 * Every method may throw a StoreError.
 */
export class KVStore {
  #engine;
  #isInitialized = false;
  #initialize = oncePerTurn(async () => {
    await this.#engine.call('init', {});
    this.#isInitialized = true;
  });

  /** @param {KVStoreOptions} options */
  constructor(options = /** @type {any} */ ({})) {
    const { overlay = true, retry } = options;
    this.#engine = new Engine(
      module,
      describe(options),
      (names) => connect(options, names).map((namespace) => (overlay ? new Overlay(namespace) : namespace)),
      hasBindings(options) ? retry : NO_RETRIES,
    );
  }

  /**
   * Compare what is recorded with the data, its version and where it is kept, with this package and these options; where
   * nothing is recorded yet, record it. One read, once a store. All other methods work without it.
   * @returns {Promise<void>} rejects with SCHEMA_TOO_NEW or PLACEMENT_CHANGED, and the advice what to do
   */
  async init() {
    if (!this.#isInitialized) await this.#initialize();
  }

  /** Nothing is held that would have to be let go: no connection, no timer. */
  async close() {}

  // Threads

  /** @param {object} args `{ thread }` */
  saveThread(args) {
    return this.#engine.call('saveThread', args);
  }

  /** @param {object} args `{ threadId, resourceId? }` */
  getThreadById(args) {
    return this.#engine.call('getThreadById', args);
  }

  /** @param {object} args `{ id, title?, metadata? }` */
  updateThread(args) {
    return this.#engine.call('updateThread', args);
  }

  /** @param {object} args `{ threadId }` */
  async deleteThread(args) {
    await this.#engine.call('deleteThread', args);
  }

  /** @param {object} [args] `{ page?, perPage?, orderBy?, filter? }` */
  listThreads(args = {}) {
    const { filter } = /** @type {{ filter?: { metadata?: object } }} */ (args);
    const lacking = undefinedNames(filter?.metadata);
    return this.#engine.call('listThreads', { ...args, ...(lacking.length > 0 && { lacking }) });
  }

  /** @param {object} args `{ sourceThreadId, newThreadId?, resourceId?, title?, metadata?, options? }` */
  copyThread(args) {
    return this.#engine.call('copyThread', args);
  }

  // Messages

  /** @param {object} args `{ messages }` */
  saveMessages(args) {
    return this.#engine.call('saveMessages', args);
  }

  /** @param {object} args `{ threadId, resourceId?, include?, filter?, page?, perPage?, orderBy?, includeTotal? }` */
  listMessages(args) {
    return this.#engine.call('listMessages', withScalarFilter(args));
  }

  /** @param {object} args `{ resourceId, include?, filter?, page?, perPage?, orderBy? }` */
  listMessagesByResourceId(args) {
    return this.#engine.call('listMessagesByResourceId', withScalarFilter(args));
  }

  /** @param {object} args `{ messageIds }` */
  listMessagesById(args) {
    return this.#engine.call('listMessagesById', args);
  }

  /** @param {object} args `{ messages }`, each with an id and what changes */
  updateMessages(args) {
    return this.#engine.call('updateMessages', args);
  }

  /** @param {string[]} [messageIds] */
  async deleteMessages(messageIds = []) {
    await this.#engine.call('deleteMessages', { messageIds });
  }

  // Resources

  /** @param {object} args `{ resourceId }` */
  getResourceById(args) {
    return this.#engine.call('getResourceById', args);
  }

  /** @param {object} args `{ resource }` */
  saveResource(args) {
    return this.#engine.call('saveResource', args);
  }

  /** @param {object} args `{ resourceId, workingMemory?, metadata? }` */
  updateResource(args) {
    return this.#engine.call('updateResource', args);
  }

  // Workflows

  /** @param {object} args `{ workflowName, runId, snapshot, resourceId?, createdAt?, updatedAt? }` */
  async persistWorkflowSnapshot(args) {
    await this.#engine.call('persistWorkflowSnapshot', args);
  }

  /** @param {object} args `{ workflowName, runId }` */
  loadWorkflowSnapshot(args) {
    return this.#engine.call('loadWorkflowSnapshot', args);
  }

  /** @param {object} args `{ workflowName, runId, stepId, result, requestContext? }` */
  updateWorkflowResults(args) {
    return this.#engine.call('updateWorkflowResults', args);
  }

  /** @param {object} args `{ workflowName, runId, opts }` */
  async updateWorkflowState(args) {
    const cleared = undefinedNames(/** @type {{ opts?: object }} */ (args)?.opts);
    const snapshot = await this.#engine.call('updateWorkflowState', {
      ...args,
      ...(cleared.length > 0 && { cleared }),
    });
    return snapshot ?? undefined;
  }

  /** @param {object} [args] `{ workflowName?, resourceId?, status?, fromDate?, toDate?, page?, perPage? }` */
  listWorkflowRuns(args = {}) {
    return this.#engine.call('listWorkflowRuns', args);
  }

  /** @param {object} args `{ runId, workflowName? }` */
  getWorkflowRunById(args) {
    return this.#engine.call('getWorkflowRunById', args);
  }

  /** @param {object} args `{ workflowName, runId }` */
  async deleteWorkflowRunById(args) {
    await this.#engine.call('deleteWorkflowRunById', args);
  }

  // Scores

  /** @param {object} score as Mastra's saveScorePayloadSchema has it; `id` when omitted is a new one */
  saveScore(score) {
    return this.#engine.call('saveScore', { score });
  }

  /** @param {object} args `{ id }` */
  getScoreById(args) {
    return this.#engine.call('getScoreById', args);
  }

  /** @param {object} args `{ scorerId, pagination?, entityId?, entityType?, source?, filters? }` */
  listScoresByScorerId(args) {
    return this.#engine.call('listScoresByScorerId', args);
  }

  /** @param {object} args `{ runId, pagination?, filters? }` */
  listScoresByRunId(args) {
    return this.#engine.call('listScoresByRunId', args);
  }

  /** @param {object} args `{ entityId, entityType, pagination?, filters? }` */
  listScoresByEntityId(args) {
    return this.#engine.call('listScoresByEntityId', args);
  }

  /** @param {object} args `{ traceId, spanId, pagination?, filters? }` */
  listScoresBySpan(args) {
    return this.#engine.call('listScoresBySpan', args);
  }

  // Background tasks

  /** @param {object} task */
  async createTask(task) {
    await this.#engine.call('createTask', { task });
  }

  /**
   * Change a task; a member that is there and undefined clears the task's. KV has no compare-and-swap: of updates that
   * expect the same status, those that overlap may all succeed, and so may those of two isolates within a minute.
   * @param {string} id
   * @param {object} update
   * @param {{ expectedStatus?: string }} [options]
   * @returns {Promise<boolean>} whether there was such a task, of the expected status
   */
  updateTask(id, update, options) {
    const { expectedStatus } = options ?? {};
    return this.#engine.call('updateTask', { id, update, cleared: undefinedNames(update), expectedStatus });
  }

  /** @param {string} id */
  getTask(id) {
    return this.#engine.call('getTask', { id });
  }

  /** @param {object} filter as Mastra's TaskFilter */
  listTasks(filter) {
    return this.#engine.call('listTasks', { filter });
  }

  /** @param {string} id */
  async deleteTask(id) {
    await this.#engine.call('deleteTask', { id });
  }

  /** Delete what listTasks answers for this filter. @param {object} filter */
  async deleteTasks(filter) {
    await this.#engine.call('deleteTasks', { filter });
  }

  /** @returns {Promise<number>} */
  getRunningCount() {
    return this.#engine.call('getRunningCount', {});
  }

  /**
   * @param {string} agentId
   * @returns {Promise<number>}
   */
  getRunningCountByAgent(agentId) {
    return this.#engine.call('getRunningCountByAgent', { agentId });
  }

  // Thread state

  /**
   * @param {object} args `{ threadId, type }`
   * @returns {Promise<any>} undefined where nothing is stored; null is a value
   */
  async getState(args) {
    const state = await this.#engine.call('getState', args);
    return state === null ? undefined : state.value;
  }

  /** @param {object} args `{ threadId, type, value }` */
  async setState(args) {
    await this.#engine.call('setState', args);
  }

  /** @param {object} args `{ threadId, type }` */
  async deleteState(args) {
    await this.#engine.call('deleteState', args);
  }

  /**
   * Delete everything under this store's key prefix, or all of one domain.
   * @param {'memory' | 'workflows' | 'scores' | 'backgroundTasks' | 'threadState'} [domain]
   */
  async dangerouslyClearAll(domain) {
    await this.#engine.call('clear', { domain });
    if (domain === undefined) this.#isInitialized = false;
  }
}

/**
 * The names of an object's undefined members, which JSON cannot hold.
 * @param {object | undefined} object
 */
function undefinedNames(object) {
  return Object.entries(object ?? {}).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/**
 * A list's arguments, with what JSON would leave out of filter.metadata, or write as something else, as an array, which
 * the engine refuses: a filter with a value that is undefined must not match everything.
 * @param {{ filter?: { metadata?: unknown } }} args
 */
function withScalarFilter(args) {
  const { filter } = args ?? {};
  const metadata = filter?.metadata;
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) return args;
  const scalars = Object.entries(metadata).map(([name, value]) => [name, isScalar(value) ? value : []]);
  return { ...args, filter: { ...filter, metadata: Object.fromEntries(scalars) } };
}

/** @param {unknown} value */
const isScalar = (value) => value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);

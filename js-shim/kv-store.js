import { Engine } from './engine/engine.js';
import { engineModule } from './engine/module.js';
import { readArguments } from './store/arguments.js';
import { StoreError } from './store/errors.js';
import { connect, describe, hasBindings, waitUntilOf } from './store/options.js';
import { Overlay } from './kv/overlay.js';
import { OverlayMemory } from './kv/overlay-memory.js';
import { open } from './store/open.js';
import { oncePerTurn } from './store/turn.js';

export { observe } from './kv/observe.js';
export { StoreError };

/** @import { DateLike, Given, Message, MessageListing, ObservationChunk, ObservationSwap, ObservationalMemory, PageInfo, Resource, Row, ScoreList, ScoreListing, Thread, ThreadListing, WorkflowRun, WorkflowRunId } from './store/records.js' */
/** @typedef {import('./store/options.js').StoreOptions} KVStoreOptions */
/** @typedef {import('./kv/observe.js').KVCall} KVCall */
/** @typedef {import('./kv/observe.js').ObserveOptions} ObserveOptions */

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
  constructor(options) {
    // What is missing then is for the engine to say.
    const given = /** @type {KVStoreOptions} */ (Object(options ?? {}));
    const { overlay = true, retry, maxConcurrency, module } = given;
    const limits = { retry: hasBindings(given) ? retry : NO_RETRIES, maxConcurrency, waitUntil: waitUntilOf(given) };
    this.#engine = new Engine(
      engineModule(module),
      describe(given),
      (names) => {
        const connected = connect(given, names);
        const memory = new OverlayMemory();
        const namespaces = overlay
          ? connected.map((namespace) => new Overlay(namespace, { memory, retry }))
          : connected;
        open.set(this, { options: given, namespaces, limits });
        return namespaces;
      },
      limits,
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

  /**
   * Run an operation of the engine. It never throws at once: what is wrong with its arguments rejects, as anything else.
   * @template Args
   * @param {string} operation
   * @param {Args} args
   * @param {(args: Args) => object} [shape] what the engine is given instead, where JSON cannot hold all of it
   * @returns {Promise<any>}
   */
  async #call(operation, args, shape) {
    return this.#engine.call(operation, readArguments(operation, args, shape));
  }

  // Threads

  /**
   * @param {{ thread: Given<Thread> }} args
   * @returns {Promise<Thread>}
   */
  saveThread(args) {
    return this.#call('saveThread', args);
  }

  /**
   * @param {{ threadId: string, resourceId?: string }} args
   * @returns {Promise<Thread | null>}
   */
  getThreadById(args) {
    return this.#call('getThreadById', args);
  }

  /**
   * @param {{ id: string, title?: string, metadata?: Record<string, any> }} args metadata is merged, member by member
   * @returns {Promise<Thread>}
   */
  updateThread(args) {
    return this.#call('updateThread', args);
  }

  /**
   * @param {{ threadId: string }} args
   * @returns {Promise<void>}
   */
  async deleteThread(args) {
    await this.#call('deleteThread', args);
  }

  /**
   * @param {ThreadListing} [args]
   * @returns {Promise<PageInfo & { threads: Thread[] }>}
   */
  listThreads(args = {}) {
    return this.#call('listThreads', args);
  }

  /**
   * @param {{
   *   sourceThreadId: string, newThreadId?: string, resourceId?: string, title?: string, metadata?: Record<string, any>,
   *   options?: {
   *     messageLimit?: number,
   *     messageFilter?: { startDate?: DateLike, endDate?: DateLike, messageIds?: string[] },
   *   },
   * }} args
   * @returns {Promise<{ thread: Thread, messageIdMap: Record<string, string> }>}
   */
  copyThread(args) {
    return this.#call('copyThread', args);
  }

  // Messages

  /**
   * @param {{ messages: Given<Message>[] }} args
   * @returns {Promise<{ messages: Message[] }>}
   */
  saveMessages(args) {
    return this.#call('saveMessages', args);
  }

  /**
   * @param {MessageListing & { threadId: string | string[], resourceId?: string }} args
   * @returns {Promise<PageInfo & { messages: Message[] }>}
   */
  listMessages(args) {
    return this.#call('listMessages', args);
  }

  /**
   * @param {MessageListing & { resourceId: string }} args
   * @returns {Promise<PageInfo & { messages: Message[] }>}
   */
  listMessagesByResourceId(args) {
    return this.#call('listMessagesByResourceId', args);
  }

  /**
   * @param {{ messageIds: string[] }} args
   * @returns {Promise<{ messages: Message[] }>}
   */
  listMessagesById(args) {
    return this.#call('listMessagesById', args);
  }

  /**
   * @param {{ messages: (Partial<Given<Message>> & { id: string })[] }} args each with an id and what changes
   * @returns {Promise<Message[]>}
   */
  updateMessages(args) {
    return this.#call('updateMessages', args);
  }

  /** @param {string[]} [messageIds] */
  async deleteMessages(messageIds = []) {
    await this.#call('deleteMessages', { messageIds });
  }

  // Resources

  /**
   * @param {{ resourceId: string }} args
   * @returns {Promise<Resource | null>}
   */
  getResourceById(args) {
    return this.#call('getResourceById', args);
  }

  /**
   * @param {{ resource: Given<Resource> }} args
   * @returns {Promise<Resource>}
   */
  saveResource(args) {
    return this.#call('saveResource', args);
  }

  /**
   * @param {{ resourceId: string, workingMemory?: string, metadata?: Record<string, any> }} args
   * @returns {Promise<Resource>}
   */
  updateResource(args) {
    return this.#call('updateResource', args);
  }

  // Observational memory (docs/observational-memory.md)

  /**
   * The newest record of a thread or, with no threadId, of a resource.
   * @param {string | null} threadId
   * @param {string} resourceId
   * @returns {Promise<ObservationalMemory | null>}
   */
  getObservationalMemory(threadId, resourceId) {
    return this.#call('getObservationalMemory', { threadId, resourceId });
  }

  /**
   * Its records, the newest first.
   * @param {string | null} threadId
   * @param {string} resourceId
   * @param {number} [limit]
   * @param {{ from?: Date, to?: Date, offset?: number }} [options] from and to of when they were created, both included
   * @returns {Promise<ObservationalMemory[]>}
   */
  getObservationalMemoryHistory(threadId, resourceId, limit, options) {
    return this.#call('getObservationalMemoryHistory', { ...options, threadId, resourceId, limit });
  }

  /**
   * @param {{
   *   threadId: string | null, resourceId: string, scope: 'thread' | 'resource', config: Record<string, any>,
   *   observedTimezone?: string,
   * }} input
   * @returns {Promise<ObservationalMemory>}
   */
  initializeObservationalMemory(input) {
    return this.#call('initializeObservationalMemory', input);
  }

  /** @param {Given<ObservationalMemory>} record a complete one */
  async insertObservationalMemoryRecord(record) {
    await this.#call('insertObservationalMemoryRecord', { record });
  }

  /**
   * Replace the observations.
   * @param {{
   *   id: string, observations: string, tokenCount: number, lastObservedAt: DateLike, observedMessageIds?: string[],
   * }} input
   */
  async updateActiveObservations(input) {
    await this.#call('updateActiveObservations', input);
  }

  /**
   * Add a chunk, unless there is one of its cycle.
   * @param {{ id: string, chunk: ObservationChunk, lastBufferedAtTime?: DateLike }} input
   */
  async updateBufferedObservations(input) {
    await this.#call('updateBufferedObservations', input);
  }

  /**
   * Activate as many of the first chunks as the thresholds say.
   * @param {{
   *   id: string, activationRatio: number, messageTokensThreshold: number, currentPendingTokens: number,
   *   forceMaxActivation?: boolean, lastObservedAt?: DateLike, bufferedChunks?: ObservationChunk[],
   * }} input
   * @returns {Promise<ObservationSwap>}
   */
  swapBufferedToActive(input) {
    return this.#call('swapBufferedToActive', input);
  }

  /**
   * @param {{ currentRecord: ObservationalMemory, reflection: string, tokenCount: number }} input
   * @returns {Promise<ObservationalMemory>} the new record
   */
  createReflectionGeneration(input) {
    return this.#call('createReflectionGeneration', input);
  }

  /**
   * @param {{
   *   id: string, reflection: string, tokenCount: number, inputTokenCount: number, reflectedObservationLineCount: number,
   * }} input
   */
  async updateBufferedReflection(input) {
    await this.#call('updateBufferedReflection', input);
  }

  /**
   * @param {{ currentRecord: ObservationalMemory, tokenCount: number }} input
   * @returns {Promise<ObservationalMemory>} the new record
   */
  swapBufferedReflectionToActive(input) {
    return this.#call('swapBufferedReflectionToActive', input);
  }

  /**
   * @param {string} id
   * @param {boolean} isReflecting
   */
  async setReflectingFlag(id, isReflecting) {
    await this.#call('setObservationalMemory', { id, isReflecting });
  }

  /**
   * @param {string} id
   * @param {boolean} isObserving
   */
  async setObservingFlag(id, isObserving) {
    await this.#call('setObservationalMemory', { id, isObserving });
  }

  /**
   * @param {string} id
   * @param {boolean} isBufferingObservation
   * @param {number} [lastBufferedAtTokens]
   */
  async setBufferingObservationFlag(id, isBufferingObservation, lastBufferedAtTokens) {
    await this.#call('setObservationalMemory', { id, isBufferingObservation, lastBufferedAtTokens });
  }

  /**
   * @param {string} id
   * @param {boolean} isBufferingReflection
   */
  async setBufferingReflectionFlag(id, isBufferingReflection) {
    await this.#call('setObservationalMemory', { id, isBufferingReflection });
  }

  /**
   * @param {string} id
   * @param {number} pendingMessageTokens
   */
  async setPendingMessageTokens(id, pendingMessageTokens) {
    await this.#call('setObservationalMemory', { id, pendingMessageTokens });
  }

  /** @param {{ id: string, config: Record<string, any> }} input config is merged into the record's, deeply */
  async updateObservationalMemoryConfig(input) {
    await this.#call('updateObservationalMemoryConfig', input);
  }

  /**
   * Remove all records of a thread or, with no threadId, of a resource.
   * @param {string | null} threadId
   * @param {string} resourceId
   */
  async clearObservationalMemory(threadId, resourceId) {
    await this.#call('clearObservationalMemory', { threadId, resourceId });
  }

  // Workflows

  /**
   * @param {WorkflowRunId & { snapshot: any, resourceId?: string, createdAt?: DateLike, updatedAt?: DateLike }} args
   * @returns {Promise<void>}
   */
  async persistWorkflowSnapshot(args) {
    await this.#call('persistWorkflowSnapshot', args);
  }

  /**
   * @param {WorkflowRunId} args
   * @returns {Promise<any>}
   */
  loadWorkflowSnapshot(args) {
    return this.#call('loadWorkflowSnapshot', args);
  }

  /**
   * @param {WorkflowRunId & { stepId: string, result: any, requestContext?: Record<string, any> }} args
   * @returns {Promise<any>}
   */
  updateWorkflowResults(args) {
    return this.#call('updateWorkflowResults', args);
  }

  /**
   * @param {WorkflowRunId & { opts: object }} args
   * @returns {Promise<any>}
   */
  async updateWorkflowState(args) {
    const snapshot = await this.#call('updateWorkflowState', args);
    return snapshot ?? undefined;
  }

  /**
   * @param {{
   *   workflowName?: string, resourceId?: string, status?: string, fromDate?: DateLike, toDate?: DateLike,
   *   page?: number, perPage?: number | false,
   * }} [args]
   * @returns {Promise<{ runs: WorkflowRun[], total: number }>}
   */
  listWorkflowRuns(args = {}) {
    return this.#call('listWorkflowRuns', args);
  }

  /**
   * @param {{ runId: string, workflowName?: string }} args
   * @returns {Promise<WorkflowRun | null>}
   */
  getWorkflowRunById(args) {
    return this.#call('getWorkflowRunById', args);
  }

  /**
   * @param {WorkflowRunId} args
   * @returns {Promise<void>}
   */
  async deleteWorkflowRunById(args) {
    await this.#call('deleteWorkflowRunById', args);
  }

  // Scores

  /**
   * @param {Record<string, any>} score as Mastra's saveScorePayloadSchema has it; `id` when omitted is a new one
   * @returns {Promise<{ score: Row }>}
   */
  saveScore(score) {
    return this.#call('saveScore', { score });
  }

  /**
   * @param {{ id: string }} args
   * @returns {Promise<Row | null>}
   */
  getScoreById(args) {
    return this.#call('getScoreById', args);
  }

  /**
   * @param {ScoreListing & { scorerId: string, entityId?: string, entityType?: string, source?: string }} args
   * @returns {Promise<ScoreList>}
   */
  listScoresByScorerId(args) {
    return this.#call('listScoresByScorerId', args);
  }

  /**
   * @param {ScoreListing & { runId: string }} args
   * @returns {Promise<ScoreList>}
   */
  listScoresByRunId(args) {
    return this.#call('listScoresByRunId', args);
  }

  /**
   * @param {ScoreListing & { entityId: string, entityType: string }} args
   * @returns {Promise<ScoreList>}
   */
  listScoresByEntityId(args) {
    return this.#call('listScoresByEntityId', args);
  }

  /**
   * @param {ScoreListing & { traceId: string, spanId: string }} args
   * @returns {Promise<ScoreList>}
   */
  listScoresBySpan(args) {
    return this.#call('listScoresBySpan', args);
  }

  // Background tasks

  /**
   * @param {Row} task as Mastra's BackgroundTask
   * @returns {Promise<void>}
   */
  async createTask(task) {
    await this.#call('createTask', { task });
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
    return this.#call('updateTask', { id, update }, () => {
      const { expectedStatus } = options ?? {};
      return { id, update, expectedStatus };
    });
  }

  /**
   * @param {string} id
   * @returns {Promise<Row | null>}
   */
  getTask(id) {
    return this.#call('getTask', { id });
  }

  /**
   * @param {Record<string, any>} filter as Mastra's TaskFilter
   * @returns {Promise<{ tasks: Row[], total: number }>}
   */
  listTasks(filter) {
    return this.#call('listTasks', { filter });
  }

  /** @param {string} id */
  async deleteTask(id) {
    await this.#call('deleteTask', { id });
  }

  /** Delete what listTasks answers for this filter. @param {object} filter */
  async deleteTasks(filter) {
    await this.#call('deleteTasks', { filter });
  }

  /** @returns {Promise<number>} */
  getRunningCount() {
    return this.#call('getRunningCount', {});
  }

  /**
   * @param {string} agentId
   * @returns {Promise<number>}
   */
  getRunningCountByAgent(agentId) {
    return this.#call('getRunningCountByAgent', { agentId });
  }

  // Thread state

  /**
   * @param {{ threadId: string, type: string }} args
   * @returns {Promise<any>} undefined where nothing is stored; null is a value
   */
  async getState(args) {
    const state = await this.#call('getState', args);
    return state === null ? undefined : state.value;
  }

  /**
   * @param {{ threadId: string, type: string, value: any }} args
   * @returns {Promise<void>}
   */
  async setState(args) {
    await this.#call('setState', args);
  }

  /**
   * @param {{ threadId: string, type: string }} args
   * @returns {Promise<void>}
   */
  async deleteState(args) {
    await this.#call('deleteState', args);
  }

  /**
   * Delete everything under this store's key prefix, or all of one domain.
   * @param {'memory' | 'workflows' | 'scores' | 'backgroundTasks' | 'threadState'} [domain]
   */
  async dangerouslyClearAll(domain) {
    // As text, for JSON would leave out what is no value of its own, and to clear no domain is to clear all.
    await this.#call('clear', {}, () => ({ domain: domain === undefined ? undefined : String(domain) }));
    if (domain === undefined) this.#isInitialized = false;
  }
}

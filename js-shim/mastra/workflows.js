import { WorkflowsStorage } from '@mastra/core/storage';
import { forward, openStore } from './domain.js';

/**
 * Mastra's workflows domain. It can be used alone, or as `stores.workflows` of a CloudflareStore.
 *
 * `updateWorkflowResults` and `updateWorkflowState` never lose one another's changes: each is stored under a key of its
 * own, and laid over the snapshot when the run is read. See docs/workflows.md for the exact guarantee.
 */
export class WorkflowsStorageCloudflare extends WorkflowsStorage {
  #store;

  /** @param {import('./domain.js').DomainOptions} options */
  constructor(options) {
    super();
    this.#store = openStore(options);
  }

  /** @override */
  async init() {
    await forward('init', this.#store.init());
  }

  /**
   * No. Two updates at the same time both take effect, but neither's answer needs to show the other, and two claims
   * with the same `expectedStatus` can both succeed: deciding between them takes a compare-and-swap, which KV has not.
   */
  supportsConcurrentUpdates() {
    return false;
  }

  /** @param {Parameters<WorkflowsStorage['persistWorkflowSnapshot']>[0]} args */
  persistWorkflowSnapshot(args) {
    return forward('persistWorkflowSnapshot', this.#store.persistWorkflowSnapshot(args));
  }

  /** @param {Parameters<WorkflowsStorage['loadWorkflowSnapshot']>[0]} args */
  loadWorkflowSnapshot(args) {
    return forward('loadWorkflowSnapshot', this.#store.loadWorkflowSnapshot(args));
  }

  /** @param {Parameters<WorkflowsStorage['updateWorkflowResults']>[0]} args */
  updateWorkflowResults(args) {
    return forward('updateWorkflowResults', this.#store.updateWorkflowResults(args));
  }

  /** @param {Parameters<WorkflowsStorage['updateWorkflowState']>[0]} args */
  updateWorkflowState(args) {
    return forward('updateWorkflowState', this.#store.updateWorkflowState(args));
  }

  /** @param {Parameters<WorkflowsStorage['listWorkflowRuns']>[0]} [args] */
  listWorkflowRuns(args) {
    return forward('listWorkflowRuns', this.#store.listWorkflowRuns(args));
  }

  /** @param {Parameters<WorkflowsStorage['getWorkflowRunById']>[0]} args */
  getWorkflowRunById(args) {
    return forward('getWorkflowRunById', this.#store.getWorkflowRunById(args));
  }

  /** @param {Parameters<WorkflowsStorage['deleteWorkflowRunById']>[0]} args */
  deleteWorkflowRunById(args) {
    return forward('deleteWorkflowRunById', this.#store.deleteWorkflowRunById(args));
  }

  async dangerouslyClearAll() {
    await forward('dangerouslyClearAll', this.#store.dangerouslyClearAll('workflows'));
  }
}

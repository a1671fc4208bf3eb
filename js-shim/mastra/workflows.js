import { WorkflowsStorage } from '@mastra/core/storage';
import { domainOf } from './domain.js';
import { agedBy } from './retention.js';

const Domain = domainOf(WorkflowsStorage, 'workflows', [
  'persistWorkflowSnapshot',
  'loadWorkflowSnapshot',
  'updateWorkflowResults',
  'updateWorkflowState',
  'listWorkflowRuns',
  'getWorkflowRunById',
  'deleteWorkflowRunById',
]);

/**
 * Mastra's workflows domain. It can be used alone, or as `stores.workflows` of a CloudflareStore.
 *
 * `updateWorkflowResults` and `updateWorkflowState` never lose one another's changes: each is stored under a key of its
 * own, and laid over the snapshot when the run is read. See docs/workflows.md for the exact guarantee.
 */
export class WorkflowsStorageCloudflare extends Domain {
  static retentionTables = { workflowSnapshot: agedBy('mastra_workflow_snapshot', 'updatedAt') };

  /**
   * No. Two updates at the same time both take effect, but neither's answer needs to show the other, and two claims
   * with the same `expectedStatus` can both succeed: deciding between them takes a compare-and-swap, which KV has not.
   */
  supportsConcurrentUpdates() {
    return false;
  }
}

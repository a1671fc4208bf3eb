/* Workflow runs to persist, and the stores to persist them in. */
import { CloudflareStore, WorkflowsStorageCloudflare } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';

/** @typedef {import('../../js-shim/kv-store.js').KVStoreOptions} KVStoreOptions */

/**
 * The operations as all classes have them. What they take and give is for the tests to say, so that they may also give
 * what the types forbid.
 * @typedef {object} Workflows
 * @property {(args: any) => Promise<void>} persistWorkflowSnapshot
 * @property {(args: any) => Promise<any>} loadWorkflowSnapshot
 * @property {(args: any) => Promise<any>} updateWorkflowResults
 * @property {(args: any) => Promise<any>} updateWorkflowState
 * @property {(args?: any) => Promise<any>} listWorkflowRuns
 * @property {(args: any) => Promise<any>} getWorkflowRunById
 * @property {(args: any) => Promise<void>} deleteWorkflowRunById
 * @property {() => Promise<void>} dangerouslyClearAll
 */

/** @type {{ name: string, isMastra: boolean, make: (options: KVStoreOptions) => Workflows }[]} */
export const workflowFlavours = [
  {
    name: 'KVStore without its overlay',
    isMastra: false,
    make: (options) => new KVStore({ ...options, overlay: false }),
  },
  {
    name: 'CloudflareStore',
    isMastra: true,
    make: (options) => /** @type {any} */ (new CloudflareStore({ id: 'store', ...options }).stores).workflows,
  },
  {
    name: 'WorkflowsStorageCloudflare alone',
    isMastra: true,
    make: (options) => new WorkflowsStorageCloudflare({ ...options, overlay: false }),
  },
];

/** The run that most tests are about. */
export const RUN = { workflowName: 'pipeline', runId: 'run-1' };

/**
 * A snapshot as the workflow engine makes them, less what no test looks at.
 * @param {Record<string, unknown>} [fields] other than these
 * @returns {Record<string, any>}
 */
export const makeSnapshot = (fields = {}) => ({
  runId: RUN.runId,
  status: 'running',
  value: {},
  context: { input: { text: 'hello' } },
  activePaths: [],
  suspendedPaths: {},
  ...fields,
});

/** @param {{ runId: string }[]} runs */
export const runIdsOf = (runs) => runs.map(({ runId }) => runId);

import { MastraCompositeStore } from '@mastra/core/storage';
import { BackgroundTasksStorageCloudflare } from './background-tasks.js';
import { openStore } from './mastra-domain.js';
import { MemoryStorageCloudflare } from './memory.js';
import { ScoresStorageCloudflare } from './scores.js';
import { ThreadStateStorageCloudflare } from './thread-state.js';
import { WorkflowsStorageCloudflare } from './workflows.js';

export { KVStore, StoreError } from './kv-store.js';
export {
  BackgroundTasksStorageCloudflare,
  MemoryStorageCloudflare,
  ScoresStorageCloudflare,
  ThreadStateStorageCloudflare,
  WorkflowsStorageCloudflare,
};

/**
 * Mastra's storage on Cloudflare Workers KV.
 *
 *     new CloudflareStore({ id: 'store', bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } })
 *
 * Building one does no I/O, so it may stand at the top level of a Worker.
 */
export class CloudflareStore extends MastraCompositeStore {
  /** @param {{ id: string, disableInit?: boolean } & import('./kv-store.js').KVStoreOptions} options */
  constructor({ id, disableInit, ...options }) {
    super({ id, name: 'Cloudflare', disableInit });
    const store = openStore(options);
    this.stores = {
      memory: new MemoryStorageCloudflare({ store }),
      workflows: new WorkflowsStorageCloudflare({ store }),
      scores: new ScoresStorageCloudflare({ store }),
      backgroundTasks: new BackgroundTasksStorageCloudflare({ store }),
      threadState: new ThreadStateStorageCloudflare({ store }),
    };
  }
}

/** The name that users of Mastra's older adapter know. */
export { CloudflareStore as CloudflareKVStorage };

import { ThreadStateStorage } from '@mastra/core/storage';
import { domainOf } from './domain.js';
import { agedBy } from './retention.js';

/**
 * Mastra's thread state domain. It can be used alone, or as `stores.threadState` of a CloudflareStore.
 */
export class ThreadStateStorageCloudflare extends domainOf(ThreadStateStorage, 'threadState', [
  'getState',
  'setState',
  'deleteState',
]) {
  static retentionTables = { threadState: agedBy('mastra_thread_state', 'updatedAt') };
}

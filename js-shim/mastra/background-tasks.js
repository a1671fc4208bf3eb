import { BackgroundTasksStorage } from '@mastra/core/storage';
import { domainOf } from './domain.js';
import { agedBy } from './retention.js';

/**
 * Mastra's background tasks domain. It can be used alone, or as `stores.backgroundTasks` of a CloudflareStore.
 */
export class BackgroundTasksStorageCloudflare extends domainOf(BackgroundTasksStorage, 'backgroundTasks', [
  'createTask',
  'updateTask',
  'getTask',
  'listTasks',
  'deleteTask',
  'deleteTasks',
  'getRunningCount',
  'getRunningCountByAgent',
]) {
  static retentionTables = { backgroundTasks: agedBy('mastra_background_tasks', 'completedAt') };
}

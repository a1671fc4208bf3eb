import { BackgroundTasksStorage } from '@mastra/core/storage';
import { forward, openStore } from './domain.js';

/**
 * Mastra's background tasks domain. It can be used alone, or as `stores.backgroundTasks` of a CloudflareStore.
 */
export class BackgroundTasksStorageCloudflare extends BackgroundTasksStorage {
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

  /** @param {Parameters<BackgroundTasksStorage['createTask']>[0]} task */
  createTask(task) {
    return forward('createTask', this.#store.createTask(task));
  }

  /**
   * @param {string} taskId
   * @param {Parameters<BackgroundTasksStorage['updateTask']>[1]} update
   * @param {Parameters<BackgroundTasksStorage['updateTask']>[2]} [options]
   */
  updateTask(taskId, update, options) {
    return forward('updateTask', this.#store.updateTask(taskId, update, options));
  }

  /** @param {string} taskId */
  getTask(taskId) {
    return forward('getTask', this.#store.getTask(taskId));
  }

  /** @param {Parameters<BackgroundTasksStorage['listTasks']>[0]} filter */
  listTasks(filter) {
    return forward('listTasks', this.#store.listTasks(filter));
  }

  /** @param {string} taskId */
  deleteTask(taskId) {
    return forward('deleteTask', this.#store.deleteTask(taskId));
  }

  /** @param {Parameters<BackgroundTasksStorage['deleteTasks']>[0]} filter */
  deleteTasks(filter) {
    return forward('deleteTasks', this.#store.deleteTasks(filter));
  }

  getRunningCount() {
    return forward('getRunningCount', this.#store.getRunningCount());
  }

  /** @param {string} agentId */
  getRunningCountByAgent(agentId) {
    return forward('getRunningCountByAgent', this.#store.getRunningCountByAgent(agentId));
  }

  /** @override */
  async dangerouslyClearAll() {
    await forward('dangerouslyClearAll', this.#store.dangerouslyClearAll('backgroundTasks'));
  }
}

import { ThreadStateStorage } from '@mastra/core/storage';
import { forward, openStore } from './domain.js';

/**
 * Mastra's thread state domain. It can be used alone, or as `stores.threadState` of a CloudflareStore.
 */
export class ThreadStateStorageCloudflare extends ThreadStateStorage {
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
   * @template T
   * @param {{ threadId: string, type: string }} args
   * @returns {Promise<T | undefined>}
   */
  getState(args) {
    return forward('getState', this.#store.getState(args));
  }

  /**
   * @template T
   * @param {{ threadId: string, type: string, value: T }} args
   * @returns {Promise<void>}
   */
  setState(args) {
    return forward('setState', this.#store.setState(args));
  }

  /** @param {{ threadId: string, type: string }} args */
  deleteState(args) {
    return forward('deleteState', this.#store.deleteState(args));
  }

  async dangerouslyClearAll() {
    await forward('dangerouslyClearAll', this.#store.dangerouslyClearAll('threadState'));
  }
}

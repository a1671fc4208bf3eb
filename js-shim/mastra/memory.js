import { MemoryStorage } from '@mastra/core/storage';
import { forward, openStore } from './domain.js';

/** @import { MastraDBMessage } from '@mastra/core/agent' */

/**
 * Mastra's memory domain. It can be used alone, or as `stores.memory` of a CloudflareStore.
 */
export class MemoryStorageCloudflare extends MemoryStorage {
  /** updateThread leaves what it was not given as it is. */
  supportsPartialThreadUpdate = /** @type {const} */ (true);
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

  /** @param {Parameters<MemoryStorage['saveThread']>[0]} args */
  saveThread(args) {
    return forward('saveThread', this.#store.saveThread(args));
  }

  /** @param {Parameters<MemoryStorage['getThreadById']>[0]} args */
  getThreadById(args) {
    return forward('getThreadById', this.#store.getThreadById(args));
  }

  /** @param {Parameters<MemoryStorage['updateThread']>[0]} args */
  updateThread(args) {
    return forward('updateThread', this.#store.updateThread(args));
  }

  /** @param {Parameters<MemoryStorage['deleteThread']>[0]} args */
  deleteThread(args) {
    return forward('deleteThread', this.#store.deleteThread(args));
  }

  /** @param {Parameters<MemoryStorage['listThreads']>[0]} args */
  listThreads(args) {
    return forward('listThreads', this.#store.listThreads(args));
  }

  /** @param {{ messages: MastraDBMessage[] }} args */
  saveMessages(args) {
    // What is no array of messages is for the engine to refuse.
    const messages = Array.isArray(args?.messages) ? args.messages : [];
    for (const content of messages.map((message) => message?.content)) {
      // Never the content itself: logs are read by others than the conversation's people.
      this.logger.debug('Saving message', {
        contentSummary: { type: Array.isArray(content) ? 'array' : typeof content },
      });
    }
    return forward('saveMessages', this.#store.saveMessages(/** @type {any} */ (args)));
  }

  /** @param {Parameters<MemoryStorage['listMessages']>[0]} args */
  listMessages(args) {
    return forward('listMessages', this.#store.listMessages(args));
  }

  /** @param {{ messageIds: string[] }} args */
  listMessagesById(args) {
    return forward('listMessagesById', this.#store.listMessagesById(args));
  }

  /**
   * @override
   * @param {string[]} messageIds
   */
  deleteMessages(messageIds) {
    return forward('deleteMessages', this.#store.deleteMessages(messageIds));
  }

  /** @param {Parameters<MemoryStorage['updateMessages']>[0]} args */
  updateMessages(args) {
    return forward('updateMessages', this.#store.updateMessages(args));
  }

  /**
   * @override
   * @param {Parameters<MemoryStorage['listMessagesByResourceId']>[0]} args
   */
  listMessagesByResourceId(args) {
    return forward('listMessagesByResourceId', this.#store.listMessagesByResourceId(args));
  }

  /**
   * @override
   * @param {Parameters<MemoryStorage['copyThread']>[0]} args
   */
  copyThread(args) {
    return forward('cloneThread', this.#store.copyThread(args));
  }

  /**
   * @override
   * @param {{ resourceId: string }} args
   */
  getResourceById(args) {
    return forward('getResourceById', this.#store.getResourceById(args));
  }

  /**
   * @override
   * @param {Parameters<MemoryStorage['saveResource']>[0]} args
   */
  saveResource(args) {
    return forward('saveResource', this.#store.saveResource(args));
  }

  /**
   * @override
   * @param {Parameters<MemoryStorage['updateResource']>[0]} args
   */
  updateResource(args) {
    return forward('updateResource', this.#store.updateResource(args));
  }

  async dangerouslyClearAll() {
    await forward('dangerouslyClearAll', this.#store.dangerouslyClearAll('memory'));
  }
}

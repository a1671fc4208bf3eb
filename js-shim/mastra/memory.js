import { MemoryStorage } from '@mastra/core/storage';
import { domainOf } from './domain.js';
import { agedBy } from './retention.js';

const Domain = domainOf(
  MemoryStorage,
  'memory',
  [
    'saveThread',
    'getThreadById',
    'updateThread',
    'deleteThread',
    'listThreads',
    'copyThread',
    'saveMessages',
    'listMessages',
    'listMessagesByResourceId',
    'listMessagesById',
    'updateMessages',
    'deleteMessages',
    'getResourceById',
    'saveResource',
    'updateResource',
    'getObservationalMemory',
    'getObservationalMemoryHistory',
    'initializeObservationalMemory',
    'insertObservationalMemoryRecord',
    'updateActiveObservations',
    'updateBufferedObservations',
    'swapBufferedToActive',
    'createReflectionGeneration',
    'updateBufferedReflection',
    'swapBufferedReflectionToActive',
    'setReflectingFlag',
    'setObservingFlag',
    'setBufferingObservationFlag',
    'setBufferingReflectionFlag',
    'setPendingMessageTokens',
    'updateObservationalMemoryConfig',
    'clearObservationalMemory',
  ],
  {
    /** @param {Parameters<MemoryStorage['saveMessages']>[0]} args */
    saveMessages(args) {
      // What is no array of messages is for the engine to refuse.
      const messages = Array.isArray(args?.messages) ? args.messages : [];
      for (const content of messages.map((message) => message?.content)) {
        // Never the content itself: logs are read by others than the conversation's people.
        this.logger.debug('Saving message', {
          contentSummary: { type: Array.isArray(content) ? 'array' : typeof content },
        });
      }
    },
  },
);

/**
 * Mastra's memory domain. It can be used alone, or as `stores.memory` of a CloudflareStore.
 */
export class MemoryStorageCloudflare extends Domain {
  static retentionTables = {
    messages: agedBy('mastra_messages', 'createdAt'),
    resources: agedBy('mastra_resources', 'createdAt'),
    threads: agedBy('mastra_threads', 'createdAt'),
  };

  /** updateThread leaves what it was not given as it is. */
  supportsPartialThreadUpdate = /** @type {const} */ (true);
  /** All of it: docs/observational-memory.md. */
  supportsObservationalMemory = /** @type {const} */ (true);
}

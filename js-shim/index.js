/** What `mastra-kv-wasm` exports: Mastra's storage classes, and the plain store. */
import { CloudflareStore } from './mastra/store.js';

export { KVStore, observe, StoreError } from './kv-store.js';
export { BackgroundTasksStorageCloudflare } from './mastra/background-tasks.js';
export { MemoryStorageCloudflare } from './mastra/memory.js';
export { ScoresStorageCloudflare } from './mastra/scores.js';
export { ThreadStateStorageCloudflare } from './mastra/thread-state.js';
export { WorkflowsStorageCloudflare } from './mastra/workflows.js';
export { CloudflareStore };

/** The name that users of Mastra's older adapter know. */
export { CloudflareStore as CloudflareKVStorage };

/** @typedef {import('./kv/observe.js').KVCall} KVCall */
/** @typedef {import('./kv/observe.js').ObserveOptions} ObserveOptions */
/** @typedef {import('./mastra/store.js').CommonOptions} CommonOptions */
/** @typedef {import('./mastra/store.js').CloudflareDomainConfig} CloudflareDomainConfig what a domain alone is built from */
/** @typedef {import('./mastra/store.js').MastraOptions} MastraOptions */
/** @typedef {import('./mastra/store.js').CloudflareWorkersConfig} CloudflareWorkersConfig */
/** @typedef {import('./mastra/store.js').CloudflareRestConfig} CloudflareRestConfig */
/** @typedef {import('./mastra/store.js').CloudflareStoreConfig} CloudflareStoreConfig */

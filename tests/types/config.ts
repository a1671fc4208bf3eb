/* What the types of the package allow and what they do not. tsc checks this file (`make lint`); nothing runs it. */
import type {
  MemoryStorage,
  MastraCompositeStore,
  StorageDomains,
  ThreadStateStorage,
  WorkflowsStorage,
} from '@mastra/core/storage';
import {
  BackgroundTasksStorageCloudflare,
  CloudflareKVStorage,
  CloudflareStore,
  KVStore,
  MemoryStorageCloudflare,
  observe,
  ScoresStorageCloudflare,
  StoreError,
  ThreadStateStorageCloudflare,
  WorkflowsStorageCloudflare,
  type CloudflareDomainConfig,
  type CloudflareRestConfig,
  type CloudflareStoreConfig,
  type CloudflareWorkersConfig,
  type KVCall,
} from '../../js-shim/index.js';
import { KVStore as KVStoreAlone, type KVStoreOptions } from '../../js-shim/kv-store.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(value?: T) => value;

// As @cloudflare/workers-types has it, for what matters here.
interface KVNamespace {
  get(key: string, options?: Partial<{ type: undefined; cacheTtl: number }>): Promise<string | null>;
  get(key: string, type: 'text'): Promise<string | null>;
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
  get(key: Array<string>, type: 'text'): Promise<Map<string, string | null>>;
  list<Metadata = unknown>(options?: {
    limit?: number;
    prefix?: string | null;
    cursor?: string | null;
  }): Promise<
    | { list_complete: false; keys: { name: string; expiration?: number; metadata?: Metadata }[]; cursor: string }
    | { list_complete: true; keys: { name: string; expiration?: number; metadata?: Metadata }[] }
  >;
  put(
    key: string,
    value: string | ArrayBuffer | ArrayBufferView | ReadableStream,
    options?: { expiration?: number; expirationTtl?: number; metadata?: any | null },
  ): Promise<void>;
  delete(key: string): Promise<void>;
}
declare const env: { THREADS_KV: KVNamespace; MESSAGES_KV: KVNamespace; RESOURCES_KV: KVNamespace; OTHER: object };
declare const engine: WebAssembly.Module;
declare const client: { apiToken: string | null; baseURL: string; zones: object };

const bindings = { threads: env.THREADS_KV, mastra_messages: env.MESSAGES_KV };

// What observe gives back is the namespace, with all it can; what it tells has types of its own.
const observed = observe(env.THREADS_KV, (call) => {
  isTrue<Equal<typeof call, KVCall>>();
  isTrue<Equal<KVCall['billed']['unit'], 'read' | 'write' | 'delete' | 'list'>>();
});
isTrue<Equal<typeof observed, KVNamespace>>();
export const observing: CloudflareWorkersConfig = { id: 's', bindings: { ...bindings, threads: observed } };
// @ts-expect-error no namespace
observe(env.OTHER, () => {});

isTrue<Equal<CloudflareStoreConfig, CloudflareWorkersConfig | CloudflareRestConfig>>();
isTrue<Equal<typeof CloudflareKVStorage, typeof CloudflareStore>>();
isTrue<Equal<typeof KVStore, typeof KVStoreAlone>>();

export const workers: CloudflareWorkersConfig[] = [
  { id: 's', bindings },
  { id: 's', bindings, keyPrefix: 'dev_', disableInit: true, retention: { memory: { messages: { maxAge: '30d' } } } },
  {
    id: 's',
    bindings,
    overlay: false,
    retry: { attempts: 3, firstPauseMs: 100, maxWaitMs: 5000 },
    maxConcurrency: 100,
    waitUntil: (work) => void work,
  },
];
export const rest: CloudflareRestConfig[] = [
  { id: 's', accountId: 'a', apiToken: 't' },
  { id: 's', accountId: 'a', apiToken: 't', namespacePrefix: 'app_', keyPrefix: 'dev_', disableInit: false },
  { id: 's', accountId: 'a', apiToken: 't', namespaces: { threads: '1', messages: '2' }, baseUrl: 'https://api.test' },
  { id: 's', accountId: 'a', apiToken: 't', fetch, timeoutMs: 1000 },
  { id: 's', accountId: 'a', client, namespacePrefix: 'app_' },
];
export const domains: CloudflareDomainConfig[] = [
  { bindings },
  { bindings, keyPrefix: 'dev_' },
  { accountId: 'a', apiToken: 't', namespacePrefix: 'app_' },
  { accountId: 'a', client },
];
export const options: KVStoreOptions[] = domains;

// @ts-expect-error: the id is missing
void new CloudflareStore({ bindings });
// @ts-expect-error: neither way in
void new CloudflareStore({ id: 's' });
// @ts-expect-error: no token
void new CloudflareStore({ id: 's', accountId: 'a' });
// @ts-expect-error: no KVNamespace
void new KVStore({ bindings: { threads: env.OTHER, messages: env.MESSAGES_KV } });
// @ts-expect-error: no messages
void new KVStore({ bindings: { threads: env.THREADS_KV } });
// @ts-expect-error: no threads
void new CloudflareStore({ id: 's', bindings: { mastra_messages: env.MESSAGES_KV } });
// @ts-expect-error: of no table
void new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV, thread: env.THREADS_KV } });
// @ts-expect-error: of no table of Mastra's
void new CloudflareStore({ id: 's', bindings: { ...bindings, mastra_thread: env.THREADS_KV } });
// @ts-expect-error: of no table of this store
void new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV, mastra_agents: env.THREADS_KV } });
// @ts-expect-error: ids of no table
void new KVStore({ accountId: 'a', apiToken: 't', namespaces: { threads: '1', messages: '2', thread: '3' } });
// @ts-expect-error: ids without that of messages
void new KVStore({ accountId: 'a', apiToken: 't', namespaces: { threads: '1' } });
// @ts-expect-error: a text
void new KVStore({ bindings, keyPrefix: 7 });
// @ts-expect-error: no options
void new KVStore();

for (const config of domains) {
  void new MemoryStorageCloudflare(config);
  void new WorkflowsStorageCloudflare(config);
  void new ScoresStorageCloudflare(config);
  void new BackgroundTasksStorageCloudflare(config);
  void new ThreadStateStorageCloudflare(config);
}

const store = new CloudflareStore(workers[0]);
export const composite: MastraCompositeStore = store;
export const stores: StorageDomains = store.stores;
export const memory: Promise<MemoryStorage | undefined> = store.getStore('memory');
isTrue<Equal<typeof store.stores.memory, MemoryStorageCloudflare>>();
// What the domains' methods take and answer is what Mastra says.
isTrue<Equal<MemoryStorageCloudflare['getThreadById'], MemoryStorage['getThreadById']>>();
isTrue<Equal<WorkflowsStorageCloudflare['listWorkflowRuns'], WorkflowsStorage['listWorkflowRuns']>>();
isTrue<Equal<ThreadStateStorageCloudflare['getState'], ThreadStateStorage['getState']>>();

/** @internal */
export async function alone() {
  const kv = new KVStore({ bindings });
  await kv.init();
  const now = new Date();
  const thread = await kv.saveThread({ thread: { id: 't', resourceId: 'u', createdAt: now, updatedAt: '2026-03-01' } });
  isTrue<Equal<typeof thread.updatedAt, Date>>();
  const found = await kv.getThreadById({ threadId: 't' });
  // @ts-expect-error: it may not be there
  found.title;
  const { messages, total, hasMore } = await kv.listMessages({
    threadId: 't',
    perPage: 10,
    orderBy: { field: 'createdAt', direction: 'DESC' },
    filter: { dateRange: { start: now } },
    include: [{ id: 'm', withPreviousMessages: 2 }],
  });
  isTrue<Equal<typeof total, number>>();
  isTrue<Equal<typeof hasMore, boolean>>();
  isTrue<Equal<(typeof messages)[0]['createdAt'], Date>>();
  // @ts-expect-error: no such argument
  await kv.listMessages({ treadId: 5 });
  // @ts-expect-error: a number
  await kv.listMessages({ threadId: 5 });
  // @ts-expect-error: no such argument
  await kv.getThreadById({ threadId: 't', resource: 'u' });
  // @ts-expect-error: no role
  await kv.saveMessages({ messages: [{ id: 'm', threadId: 't', content: 'x', createdAt: now }] });
  await kv.dangerouslyClearAll('memory');
  // @ts-expect-error: no such domain
  await kv.dangerouslyClearAll('observability');
  await kv.deleteMessages(['m']).catch((error: unknown) => {
    if (error instanceof StoreError) {
      isTrue<Equal<typeof error.code, string>>();
      isTrue<Equal<(typeof error.details)[string], string | number | boolean>>();
    }
  });
  await kv.close();
}

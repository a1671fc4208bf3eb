import { MastraCompositeStore } from '@mastra/core/storage';
import { open } from '../store/open.js';
import { BackgroundTasksStorageCloudflare } from './background-tasks.js';
import { openStore } from './domain.js';
import { MemoryStorageCloudflare } from './memory.js';
import { ScoresStorageCloudflare } from './scores.js';
import { ThreadStateStorageCloudflare } from './thread-state.js';
import { WorkflowsStorageCloudflare } from './workflows.js';

/** @import { KVNamespaceLike } from '../kv/namespace.js' */
/** @import { BindingsOptions, ClientOptions, RestConnectionOptions } from '../store/options.js' */
/** @import { MastraCompositeStoreConfig, TABLE_NAMES } from '@mastra/core/storage' */

/** @typedef {import('../store/options.js').CommonOptions} CommonOptions */
/**
 * Bindings of any table of Mastra's; what this store has no domain for is not used.
 * @typedef {BindingsOptions & {
 *   bindings: { [name in TABLE_NAMES | 'mastra_observational_memory']?: KVNamespaceLike },
 * }} MastraBindingsOptions
 */
/** @typedef {Pick<CommonOptions, 'keyPrefix' | 'expiration' | 'overlay' | 'retry' | 'maxConcurrency' | 'waitUntil' | 'module'>} DomainOptions */
/**
 * What a domain alone is built from: bindings, or the REST API.
 * @typedef {DomainOptions & (MastraBindingsOptions | RestConnectionOptions | ClientOptions)} CloudflareDomainConfig
 */
/** @typedef {DomainOptions & Pick<MastraCompositeStoreConfig, 'id' | 'disableInit' | 'retention'>} MastraOptions */
/** @typedef {MastraOptions & MastraBindingsOptions} CloudflareWorkersConfig */
/** @typedef {MastraOptions & (RestConnectionOptions | ClientOptions)} CloudflareRestConfig */
/** @typedef {CloudflareWorkersConfig | CloudflareRestConfig} CloudflareStoreConfig */

const OBSERVABILITY_ADVICE = `Workers KV has no observability domain: traces are many small writes, which KV is not for. Give them a store of their own, and have a composite hold both:

    new MastraCompositeStore({
      id: 'storage',
      default: new CloudflareStore({ … }),
      domains: { observability: (await otherStore.getStore('observability')) },
    })`;

/**
 * Mastra's storage on Cloudflare Workers KV.
 *
 *     new CloudflareStore({ id: 'store', bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } })
 *
 * Building one does no I/O, so it may stand at the top level of a Worker.
 */
export class CloudflareStore extends MastraCompositeStore {
  /**
   * Mastra's base class would keep init's promise and have all requests of a Worker wait for the first one's. The store
   * itself remembers that it was initialized.
   * @override
   */
  shouldCacheInit = false;
  #hasWarned = false;

  /** @param {CloudflareStoreConfig} config */
  constructor(config) {
    const { id, disableInit, retention, ...options } = config ?? {};
    super({ id, name: 'Cloudflare', disableInit, retention });
    const store = openStore(options);
    open.set(this, /** @type {import('../store/open.js').OpenStore} */ (open.get(store)));
    this.stores = {
      memory: new MemoryStorageCloudflare({ store }),
      workflows: new WorkflowsStorageCloudflare({ store }),
      scores: new ScoresStorageCloudflare({ store }),
      backgroundTasks: new BackgroundTasksStorageCloudflare({ store }),
      threadState: new ThreadStateStorageCloudflare({ store }),
    };
  }

  /**
   * A domain, or undefined where this store has none of that name.
   * @override
   * @template {keyof import('@mastra/core/storage').StorageDomains} K
   * @param {K} name
   */
  async getStore(name) {
    if (name === 'observability' && !this.#hasWarned) {
      this.#hasWarned = true;
      this.logger.warn(OBSERVABILITY_ADVICE);
    }
    return super.getStore(name);
  }
}

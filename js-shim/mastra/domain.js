import { TABLE_OBSERVATIONAL_MEMORY, TABLE_SCHEMAS } from '@mastra/core/storage';
import { KVStore } from '../kv-store.js';
import { toInitError, toMastraError } from './errors.js';
import { pruneDomain } from './retention.js';

/** @import { RetentionTablesDescriptor } from '@mastra/core/storage' */

/** @typedef {import('../kv-store.js').KVStoreOptions} KVStoreOptions */
/** @typedef {KVStoreOptions | { store: KVStore }} DomainOptions what a domain is built from: options, or a store */

/** Users of Mastra may bind all its tables, also those that no domain of this store has. */
const MASTRA_TABLES = [...Object.keys(TABLE_SCHEMAS), TABLE_OBSERVATIONAL_MEMORY];

/**
 * @param {DomainOptions} options
 * @returns {KVStore}
 */
export function openStore(options) {
  if (options && typeof options === 'object' && 'store' in options) return options.store;
  try {
    return new KVStore({ unusedTables: MASTRA_TABLES, ...options });
  } catch (cause) {
    throw toInitError(cause);
  }
}

/**
 * A class of Mastra's with some of its methods made. What it leaves abstract, tsc asks its heirs for.
 * @template {abstract new () => object} Base
 * @template {keyof InstanceType<Base>} Made
 * @typedef {new (options: DomainOptions) => InstanceType<Base> & Pick<InstanceType<Base>, Made>} Domain
 */

/**
 * Make a domain of Mastra's: over options or a KVStore, with `init`, `dangerouslyClearAll`, and methods that are the
 * store's of the same names. Their types and what they are for are Mastra's; what fails is a MastraError named after
 * the method.
 * @template {abstract new () => { dangerouslyClearAll: () => Promise<void>, init: () => Promise<void> }} Base
 * @template {keyof InstanceType<Base> & keyof KVStore} Name
 * @param {Base} Mastras
 * @param {NonNullable<Parameters<KVStore['dangerouslyClearAll']>[0]>} domain
 * @param {readonly Name[]} names
 * @param {ThisType<InstanceType<Base>> & { [N in Name]?: (...args: any[]) => void }} [before] what else a method does,
 *   before the store does its part
 * @returns {Domain<Base, Name | 'init' | 'dangerouslyClearAll'>}
 */
export function domainOf(Mastras, domain, names, before = {}) {
  const Base = /** @type {new () => object} */ (/** @type {unknown} */ (Mastras));
  class Made extends Base {
    #store;

    /** @param {DomainOptions} options */
    constructor(options) {
      super();
      this.#store = openStore(options);
    }

    init() {
      return forward('init', () => this.#store.init());
    }

    /**
     * @param {Record<string, import('@mastra/core/storage').TableRetentionPolicy>} policies
     * @param {import('@mastra/core/storage').PruneOptions} [options]
     */
    prune(policies, options) {
      const { retentionTables } = /** @type {{ retentionTables?: RetentionTablesDescriptor }} */ (this.constructor);
      return forward('prune', () => pruneDomain(this.#store, domain, retentionTables ?? {}, policies, options));
    }

    dangerouslyClearAll() {
      return forward('dangerouslyClearAll', () => this.#store.dangerouslyClearAll(domain));
    }

    static {
      for (const name of names) {
        /** @this {Made} @param {unknown[]} args */
        const method = function (...args) {
          return forward(name, () => {
            before[name]?.apply(this, args);
            return /** @type {any} */ (this.#store)[name](...args);
          });
        };
        Object.defineProperty(method, 'name', { value: name });
        Object.defineProperty(this.prototype, name, { value: method, writable: true, configurable: true });
      }
    }
  }
  return /** @type {any} */ (Made);
}

/**
 * The outcome of an operation, a failure as a MastraError.
 * @template T
 * @param {string} operation in camel case
 * @param {() => Promise<T>} call
 */
async function forward(operation, call) {
  try {
    return await call();
  } catch (cause) {
    throw toMastraError(operation, cause);
  }
}

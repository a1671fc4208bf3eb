/**
 * Workers KV over Cloudflare's REST API, on the runtime's own `fetch`: namespaces with a KVNamespace's methods, for
 * programs outside Workers and for Workers without bindings. The engine does not know the difference.
 *
 *     const account = new RestAccount({ accountId, apiToken });
 *     await account.namespaceTitled('threads').get('threads:t1', 'text');
 */
import { RestClient } from './client.js';
import { Directory } from './directory.js';
import { RestNamespace } from './namespace.js';

/** @import { Clock, RestOptions } from './client.js' */

/**
 * A Cloudflare account: where its namespaces come from. It holds data only, no promises between turns of the event loop,
 * so that a Worker's requests may share it.
 */
export class RestAccount {
  #client;
  #directory;

  /**
   * @param {RestOptions} options
   * @param {Clock} [clock] another one, in tests
   */
  constructor(options, clock) {
    this.#client = new RestClient(options, clock);
    this.#directory = new Directory(this.#client);
  }

  /**
   * The namespace of a title. It is looked for when it is first used, and created where there is none.
   * @param {string} title
   */
  namespaceTitled(title) {
    const directory = this.#directory;
    return new RestNamespace(this.#client, {
      find: () => directory.idOf(title),
      forget: () => directory.forget(title),
    });
  }

  /** Ids of the namespaces that there are, by title. None is made. */
  titles() {
    return this.#directory.list();
  }

  /** @param {string} id */
  namespaceWithId(id) {
    const known = id.trim();
    return new RestNamespace(this.#client, { find: async () => known, forget: () => {} });
  }
}

/* Cloudflare's REST API for Workers KV, as far as a store uses it, in front of the one that `wrangler dev` and Miniflare
 * serve for local namespaces. That one, which Cloudflare wrote, gets, lists, puts and deletes single keys and gets many;
 * account, token, titles, and the bulk writes that it lacks are answered here. */
import { Miniflare } from 'miniflare';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */
/** @typedef {{ method: string, path: string, keys: number }} Request as it came; `keys` of a bulk request */

export const ACCOUNT_ID = '0123456789abcdef0123456789abcdef';
export const API_TOKEN = 'a-token-that-nobody-must-see';

const PER_PAGE_MAX = 100;
const BULK_PAIRS_MAX = 10_000;
/** Single writes at a time, of one bulk request. */
const WRITES_MAX = 16;

const PATH = `/client/v4/accounts/${ACCOUNT_ID}/storage/kv/namespaces`;

export class RestApi {
  #explorer;
  /** Ids of local namespaces that have no title yet. */
  #spare;
  /** @type {{ id: string, title: string }[]} */
  namespaces = [];
  /** What was asked for. @type {Request[]} */
  requests = [];

  /**
   * @param {string} explorer the address of the local namespaces' API
   * @param {string[]} ids of local namespaces
   */
  constructor(explorer, ids) {
    this.#explorer = explorer;
    this.#spare = [...ids];
  }

  /** The options of a store over this API. */
  get options() {
    return { accountId: ACCOUNT_ID, apiToken: API_TOKEN, baseUrl: 'https://api.test/client/v4', fetch: this.fetch };
  }

  /**
   * Give a title to a local namespace.
   * @param {string} title
   */
  create(title) {
    const id = this.#spare.shift();
    if (id === undefined) throw new Error('There are no more local namespaces: start the API with more');
    const namespace = { id, title };
    this.namespaces.push(namespace);
    return namespace;
  }

  /** @type {typeof globalThis.fetch} */
  fetch = async (input, init) => {
    const url = new URL(String(input));
    const method = init?.method ?? 'GET';
    const request = { method, path: decodeURIComponent(url.pathname.slice(PATH.length)) + url.search, keys: 0 };
    this.requests.push(request);
    const response = await this.#answer(method, url, init, request);
    response.headers.set('cf-ray', `ray-${this.requests.length}`);
    return response;
  };

  /**
   * @param {string} method
   * @param {URL} url
   * @param {RequestInit | undefined} init
   * @param {Request} request
   */
  async #answer(method, url, init, request) {
    if (new Headers(init?.headers).get('authorization') !== `Bearer ${API_TOKEN}`) {
      return refusal(403, 10000, 'Authentication error');
    }
    if (!url.pathname.startsWith(PATH)) return refusal(404, 7003, 'Could not route to this account');
    const [id, ...rest] = url.pathname.slice(PATH.length + 1).split('/');
    const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
    const route = `${method} ${rest.join('/')}`;
    if (id === '') return method === 'POST' ? this.#post(body.title) : this.#list(url.searchParams);
    if (rest[0] === 'bulk') request.keys = (Array.isArray(body) ? body : body.keys).length;
    if (route === 'PUT bulk') return this.#bulk(id, body, (pair) => this.#put(id, pair));
    if (route === 'POST bulk/delete') {
      return this.#bulk(id, body, (key) => this.forward(id, `values/${encode(key)}`, 'DELETE'));
    }
    return this.forward(id, rest.join('/') + url.search, method, init?.body, init?.headers);
  }

  /** @param {URLSearchParams} query */
  #list(query) {
    const page = Number(query.get('page') ?? 1);
    const perPage = Number(query.get('per_page') ?? 20);
    if (!(page >= 1 && perPage >= 1 && perPage <= PER_PAGE_MAX)) return refusal(400, 10001, 'no such page');
    const result = this.namespaces.slice((page - 1) * perPage, page * perPage);
    const info = { page, per_page: perPage, count: result.length, total_count: this.namespaces.length };
    return success(result, info);
  }

  /** @param {string} title */
  #post(title) {
    if (this.namespaces.some((namespace) => namespace.title === title)) {
      return refusal(400, 10014, 'create namespace: a namespace with this account ID and title already exists');
    }
    return success(this.create(title));
  }

  /**
   * @param {string} id
   * @param {any[]} items
   * @param {(item: any) => Promise<Response>} write
   */
  async #bulk(id, items, write) {
    if (!this.namespaces.some((namespace) => namespace.id === id)) return refusal(404, 10013, 'namespace not found');
    if (items.length > BULK_PAIRS_MAX) return refusal(400, 10001, 'too many items');
    const left = [...items];
    const worker = async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) {
        const response = await write(item);
        if (!response.ok) throw new Error(await response.text());
        await response.body?.cancel();
      }
    };
    await Promise.all(Array.from({ length: WRITES_MAX }, worker));
    return success({ successful_key_count: items.length, unsuccessful_keys: [] });
  }

  /**
   * @param {string} id
   * @param {{ key: string, value: string, metadata?: object }} pair
   */
  #put(id, { key, value, metadata }) {
    const form = new FormData();
    form.set('value', new Blob([value]));
    if (metadata) form.set('metadata', JSON.stringify(metadata));
    return this.forward(id, `values/${encode(key)}`, 'PUT', form);
  }

  /**
   * @param {string} id
   * @param {string} path
   * @param {string} method
   * @param {BodyInit | null} [body]
   * @param {HeadersInit} [headers]
   * @returns {Promise<Response>}
   */
  async forward(id, path, method, body, headers) {
    const type = new Headers(headers).get('content-type');
    const answer = await fetch(`${this.#explorer}/storage/kv/namespaces/${id}/${path}`, {
      method,
      body,
      headers: type === null ? {} : { 'content-type': type },
    });
    return new Response(answer.body, answer);
  }
}

/** The API over namespaces that are at hand, such as fakes, for what would take too long over others. */
export class RestApiOver extends RestApi {
  #kvs;

  /** @param {Record<string, KVNamespaceLike>} kvs by title */
  constructor(kvs) {
    super('', Object.keys(kvs));
    this.#kvs = kvs;
    for (const title of Object.keys(kvs)) this.create(title);
  }

  /**
   * @override
   * @param {string} id
   * @param {string} path
   * @param {string} method
   * @param {any} [body]
   */
  async forward(id, path, method, body) {
    const kv = this.#kvs[id];
    const { pathname, searchParams: query } = new URL(path, 'https://api.test/');
    const [, route, part] = /** @type {RegExpExecArray} */ (/^\/(keys|bulk\/get|values\/(.*))$/.exec(pathname));
    if (route === 'bulk/get') {
      /** @type {{ keys: string[] }} */
      const { keys } = JSON.parse(body);
      const values = await kv.get(keys, 'text');
      return success({ values: Object.fromEntries(values) });
    }
    if (route === 'keys') {
      const [prefix, limit] = [query.get('prefix') ?? '', Number(query.get('limit'))];
      const cursor = query.get('cursor') ?? undefined;
      if (!(limit >= 10 && limit <= 1000)) {
        return refusal(400, 10001, 'limit: Number must be greater than or equal to 10');
      }
      const page = await kv.list({ prefix, limit, ...(cursor !== undefined && { cursor }) });
      return success(page.keys, { count: page.keys.length, cursor: page.cursor ?? '' });
    }
    const key = decodeURIComponent(part);
    if (method === 'GET') {
      const value = await kv.get(key, 'text');
      return value === null ? refusal(404, 10009, "get: 'key not found'") : new Response(value);
    }
    if (method === 'DELETE') await kv.delete(key);
    else {
      const metadata = body.get('metadata');
      await kv.put(key, await body.get('value').text(), metadata === null ? {} : { metadata: JSON.parse(metadata) });
    }
    return success({});
  }
}

/**
 * The API over Miniflare's local namespaces.
 * @param {number} [count] of namespaces that can be created
 */
export async function startRestApi(count = 16) {
  const ids = Array.from({ length: count }, (_, i) => `${String(i).padStart(2, '0')}${'0'.repeat(30)}`);
  const miniflare = new Miniflare({
    cf: false,
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    kvNamespaces: Object.fromEntries(ids.map((id) => [`KV_${id}`, id])),
    unsafeLocalExplorer: true,
    telemetry: { enabled: false },
  });
  const api = new RestApi(`${(await miniflare.ready).origin}/cdn-cgi/explorer/api`, ids);
  return {
    api,
    /**
     * The namespace of a title as a Worker has it, bound.
     * @param {string} title
     * @returns {Promise<KVNamespaceLike>}
     */
    async binding(title) {
      const { id } = api.namespaces.find((namespace) => namespace.title === title) ?? api.create(title);
      return /** @type {any} */ (await miniflare.getKVNamespace(`KV_${id}`));
    },
    close: () => miniflare.dispose(),
  };
}

/** A clock that stands still but for those who wait. */
export function patientClock() {
  let now = Date.now();
  /** How long each of the waits was. @type {number[]} */
  const waits = [];
  return {
    waits,
    now: () => now,
    sleep: async (/** @type {number} */ ms) => {
      waits.push(ms);
      now += ms;
    },
    advance: (/** @type {number} */ ms) => {
      now += ms;
    },
  };
}

/** @param {string} key */
const encode = (key) => encodeURIComponent(key);

/**
 * @param {unknown} result
 * @param {object} [info]
 */
export const success = (result, info) =>
  Response.json({ success: true, errors: [], messages: [], result, ...(info && { result_info: info }) });

/**
 * @param {number} status
 * @param {number} code
 * @param {string} message
 * @param {Record<string, string>} [headers]
 */
export const refusal = (status, code, message, headers) =>
  Response.json({ success: false, errors: [{ code, message }], messages: [], result: null }, { status, headers });

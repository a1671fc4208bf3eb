/**
 * Workers KV over Cloudflare's REST API, on the runtime's own `fetch`: namespaces with a KVNamespace's methods, for
 * programs outside Workers and for Workers without bindings. The engine does not know the difference.
 *
 *     const account = new RestAccount({ accountId, apiToken });
 *     await account.namespaceTitled('threads').get('threads:t1', 'text');
 *
 * An account holds data only, no promises between turns of the event loop, so that a Worker's requests may share it.
 */
import { sleep, withRetries } from './retry.js';

/** @import { KVNamespaceLike, KVListKey, KVListOptions, KVListResult, KVPutOptions } from './namespace.js' */
/** @import { RetryOptions, Sleep } from './retry.js' */

const BASE_URL = 'https://api.cloudflare.com/client/v4';
const TIMEOUT_MS = 30_000;

/** Of one list of namespaces (API documentation, "List Namespaces": per_page). */
const NAMESPACES_PER_PAGE = 100;
/** The least that a list of keys may be limited to ("List a Namespace's Keys"). */
const LIST_LIMIT_MIN = 10;
/** Of one bulk write or delete ("Write multiple key-value pairs"): pairs, and bytes of the whole body. */
const BULK_PAIRS_MAX = 10_000;
const BULK_BYTES_MAX = 100_000_000;

/** What one token, or user, may ask for ("API rate limits"); beyond it all calls are refused for five minutes. */
const REQUESTS_MAX = 1_200;
const REQUESTS_WINDOW_MS = 300_000;
/** After a 429 that does not say how long to wait. */
const RETRY_AFTER_MS = 1_000;
/** A longer wait than this is the caller's to decide. */
const RETRY_AFTER_MS_MAX = 60_000;

const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
const TOO_MANY_REQUESTS = 429;
/** The API's own codes, within an answer's errors. */
const MALFORMED_HEADERS = 6003;
const KEY_NOT_FOUND = 10009;
const NAMESPACE_NOT_FOUND = 10013;
const TITLE_IS_TAKEN = 10014;

const utf8 = new TextEncoder();

/**
 * @typedef {object} RestOptions
 * @property {string} accountId
 * @property {string} apiToken with the permission Workers KV Storage: Edit
 * @property {string} [baseUrl] of the API, for proxies and tests
 * @property {typeof globalThis.fetch} [fetch] the runtime's own when omitted
 * @property {number} [timeoutMs] after which an attempt counts as failed; 30 s when omitted
 * @property {RetryOptions} [retry]
 */

/** @typedef {{ now: () => number, sleep: Sleep }} Clock */
/** @typedef {{ code?: number, message?: string }} ApiError */
/** @typedef {{ success?: boolean, result?: any, result_info?: any, errors?: ApiError[] }} Envelope */

/** A request that failed. Its text never holds the API token. */
export class RestError extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, codes?: (number | undefined)[], isTransient?: boolean, retryAfterMs?: number }} [facts]
   */
  constructor(message, { status = 0, codes = [], isTransient = false, retryAfterMs } = {}) {
    super(message);
    this.name = 'RestError';
    /** HTTP's; 0 where there was no answer, or one that makes no sense. */
    this.status = status;
    /** The API's, in the order of its answer. */
    this.codes = codes;
    this.isTransient = isTransient;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A Cloudflare account: sends the requests, within their limits, and finds its namespaces. */
export class RestAccount {
  #url;
  #token;
  #fetch;
  #timeoutMs;
  #retry;
  #limiter;
  /** Ids of namespaces, by title. @type {Map<string, string>} */
  #ids = new Map();
  /** Titles that are asked for in this turn of the event loop. @type {{ titles: Set<string>, found: Promise<void> } | undefined} */
  #lookup;

  /**
   * @param {RestOptions} options
   * @param {Clock} [clock] another one, in tests
   */
  constructor({ accountId, apiToken, baseUrl = BASE_URL, fetch, timeoutMs, retry }, clock) {
    const { now, sleep: pause } = clock ?? { now: () => Date.now(), sleep };
    const base = baseUrl.trim().replace(/\/+$/, '');
    this.#url = `${base}/accounts/${encodeURIComponent(accountId.trim())}/storage/kv/namespaces`;
    this.#token = apiToken.trim();
    // Asked for at each call, since a program may replace the global one; and called without a `this`, as Workers demand.
    this.#fetch =
      fetch ?? ((/** @type {string} */ url, /** @type {RequestInit} */ init) => globalThis.fetch(url, init));
    this.#timeoutMs = timeoutMs ?? TIMEOUT_MS;
    this.#retry = { ...retry, sleep: pause };
    this.#limiter = new Limiter(now, pause);
  }

  /**
   * The namespace of a title. It is looked for when it is first used, and created where there is none.
   * @param {string} title
   */
  namespaceTitled(title) {
    return new RestNamespace(this, title, () => this.#idOf(title));
  }

  /** @param {string} id */
  namespaceWithId(id) {
    return new RestNamespace(this, id, async () => id.trim());
  }

  /** Look the namespace up again when it is used next. @param {string} title */
  forget(title) {
    this.#ids.delete(title);
  }

  /**
   * Send a request, and again while that may help.
   * @param {string} method
   * @param {string} path after that of all namespaces
   * @param {string} [body] JSON
   * @returns {Promise<Envelope>}
   */
  request(method, path, body) {
    return this.retried(() => this.requestOnce(method, path, body));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   * @returns {Promise<Envelope>}
   */
  async requestOnce(method, path, body) {
    const { response, text } = await this.#send(method, path, body);
    const envelope = parse(text);
    if (envelope?.success === true) return envelope;
    throw envelope?.success === false ? this.#refused(response, text) : this.#misunderstood(response, text);
  }

  /**
   * Make a call, and again while that may help. What fails then is not tried again by who called.
   * @template T
   * @param {() => Promise<T>} call
   * @returns {Promise<T>}
   */
  async retried(call) {
    try {
      return await withRetries(call, this.#retry);
    } catch (cause) {
      if (cause instanceof RestError) cause.isTransient = false;
      throw cause;
    }
  }

  /**
   * Get a value, which comes as it is, without an envelope.
   * @param {string} path
   * @returns {Promise<string | null>}
   */
  async value(path) {
    try {
      return await this.retried(async () => (await this.#send('GET', path)).text);
    } catch (cause) {
      if (cause instanceof RestError && cause.status === NOT_FOUND && cause.codes.includes(KEY_NOT_FOUND)) return null;
      throw cause;
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   */
  async #send(method, path, body) {
    await this.#limiter.pass();
    const fetch = this.#fetch;
    let response;
    let text;
    try {
      response = await fetch(this.#url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body,
        // Where it leads to is not to get the token. (Workers know no redirect: 'error'.)
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw this.#unanswered(cause);
    }
    if (response.ok) return { response, text };
    throw this.#refused(response, text);
  }

  /**
   * There was no answer, or it broke off.
   * @param {unknown} cause
   */
  #unanswered(cause) {
    const { name, message, cause: reason } = Object(cause);
    const what =
      name === 'TimeoutError'
        ? `no answer within ${this.#timeoutMs / 1000} s`
        : `no answer: ${message ?? cause}${reason?.message ? ` (${reason.message})` : ''}`;
    return new RestError(this.#redacted(what), { isTransient: true });
  }

  /**
   * The answer is a refusal.
   * @param {Response} response
   * @param {string} text
   */
  #refused(response, text) {
    const errors = apiErrors(parse(text));
    const codes = errors.map(({ code }) => code);
    const said = errors.map(({ code, message }) => `${message} (code ${code})`).join('; ');
    const reason = [response.status, response.statusText].join(' ').trim();
    const message = `${reason}${said && `: ${said}`}${requestId(response)}`;
    // A token that cannot be one is refused before anyone looks who it is of.
    const status = codes.includes(MALFORMED_HEADERS) ? UNAUTHORIZED : response.status;
    const retryAfterMs = status === TOO_MANY_REQUESTS ? retryAfter(response, this.#limiter.now()) : undefined;
    if (retryAfterMs !== undefined) this.#limiter.block(retryAfterMs);
    const isTransient = status >= 500 || (retryAfterMs ?? Infinity) <= RETRY_AFTER_MS_MAX;
    const wait = retryAfterMs === undefined || isTransient ? '' : `, to be tried again in ${seconds(retryAfterMs)}`;
    return new RestError(this.#redacted(message + wait), { status, codes, isTransient, retryAfterMs });
  }

  /**
   * The answer says that all is well, but not what the API says then.
   * @param {Response} response
   * @param {string} text
   */
  #misunderstood(response, text) {
    const type = response.headers.get('content-type') ?? 'of no type';
    return new RestError(
      `${response.status}, but the answer is not the API's JSON: ${text.length} characters, ${type}${requestId(response)}`,
      { isTransient: true },
    );
  }

  /** @param {string} text of a server's or a runtime's, which may repeat what it was sent */
  #redacted(text) {
    return text.replaceAll(this.#token, '[token]');
  }

  /**
   * @param {string} title
   * @returns {Promise<string>}
   */
  async #idOf(title) {
    if (!this.#ids.has(title)) await this.#find(title);
    return /** @type {string} */ (this.#ids.get(title));
  }

  /**
   * Those who ask in one turn of the event loop belong to one request, and one search answers them all. The promise
   * does not outlive that turn: a Worker's request must not wait for another's.
   * @param {string} title
   */
  #find(title) {
    if (!this.#lookup) {
      const titles = new Set([title]);
      const begin = async () => {
        await undefined;
        this.#lookup = undefined;
        await this.retried(() => this.#findAll(titles));
      };
      this.#lookup = { titles, found: begin() };
    }
    this.#lookup.titles.add(title);
    return this.#lookup.found;
  }

  /** @param {Set<string>} titles */
  async #findAll(titles) {
    const existing = await this.#list();
    const missing = [...titles].filter((title) => !existing.has(title));
    const created = await Promise.all(missing.map((title) => this.#create(title)));
    // Somebody else may have created the same one at the same time. Whoever looks now sees the same.
    const all = missing.length > 0 ? await this.#list() : existing;
    for (const [title, id] of all) this.#ids.set(title, id);
    for (const title of titles) {
      const id = all.get(title) ?? created[missing.indexOf(title)];
      if (!id) {
        const message = `the account has a namespace titled "${title}", and does not list it yet`;
        throw new RestError(message, { isTransient: true });
      }
      this.#ids.set(title, id);
    }
  }

  /**
   * All namespaces, page after page.
   * @returns {Promise<Map<string, string>>} their ids by title; of two with one title always the same one
   */
  async #list() {
    /** @type {Map<string, string>} */
    const ids = new Map();
    const seen = new Set();
    for (let page = 1; ; page++) {
      const { result, result_info: info } = await this.request('GET', `?page=${page}&per_page=${NAMESPACES_PER_PAGE}`);
      const namespaces = elementsOf(result, 'namespaces');
      const before = seen.size;
      for (const { id, title } of namespaces) {
        seen.add(id);
        const known = ids.get(title);
        if (known === undefined || id < known) ids.set(title, id);
      }
      // A page may be shorter than asked for; the total tells, where there is one.
      const isLast = info?.total_count > 0 ? seen.size >= info.total_count : namespaces.length < NAMESPACES_PER_PAGE;
      if (isLast || seen.size === before) return ids;
    }
  }

  /**
   * @param {string} title
   * @returns {Promise<string | undefined>} undefined: somebody else was faster
   */
  async #create(title) {
    try {
      const { result } = await this.request('POST', '', JSON.stringify({ title }));
      return result?.id;
    } catch (cause) {
      if (cause instanceof RestError && cause.codes.includes(TITLE_IS_TAKEN)) return undefined;
      throw cause;
    }
  }
}

/**
 * One namespace of an account. Puts and deletes of one turn of the event loop travel together, in the bulk requests.
 * @implements {KVNamespaceLike}
 */
export class RestNamespace {
  #account;
  #name;
  #id;
  /** Of this turn, by key; of several writes of a key the last one counts. @type {Map<string, Write> | undefined} */
  #writes;

  /**
   * @param {RestAccount} account
   * @param {string} name what the account knows it by
   * @param {() => Promise<string>} id
   */
  constructor(account, name, id) {
    this.#account = account;
    this.#name = name;
    this.#id = id;
  }

  /**
   * @overload
   * @param {string} keys
   * @param {'text'} [type]
   * @returns {Promise<string | null>}
   */
  /**
   * @overload
   * @param {string[]} keys at most 100
   * @param {'text'} [type]
   * @returns {Promise<Map<string, string | null>>}
   */
  /**
   * @param {string | string[]} keys
   * @returns {Promise<any>}
   */
  get(keys) {
    return this.#in(async (path) => {
      if (typeof keys === 'string') return this.#account.value(`${path}/values/${encodeURIComponent(keys)}`);
      const body = JSON.stringify({ keys, type: 'text' });
      const { result } = await this.#account.request('POST', `${path}/bulk/get`, body);
      const values = new Map(Object.entries(Object(result?.values)));
      // Only null says that a key is not there. What the answer leaves out is asked for by itself.
      const lacking = keys.filter((key) => !values.has(key));
      for (const key of lacking) values.set(key, await this.get(key));
      return values;
    });
  }

  /**
   * @param {KVListOptions} options
   * @returns {Promise<KVListResult>}
   */
  list({ prefix, limit, cursor }) {
    // A page that was cut, as the API gives no fewer than ten, begins where that page did, after what was shown of it.
    const [after, pageCursor] = cursor === undefined ? ['', ''] : splitCursor(cursor);
    return this.#in(async (path) => {
      const query = new URLSearchParams({ prefix, limit: String(Math.max(limit, LIST_LIMIT_MIN)) });
      if (pageCursor !== '') query.set('cursor', pageCursor);
      const { result, result_info: info } = await this.#account.request('GET', `${path}/keys?${query}`);
      const rest = elementsOf(result, 'keys').filter(({ name }) => name > after);
      const keys = /** @type {KVListKey[]} */ (rest.slice(0, limit));
      if (keys.length < rest.length) {
        return { keys, list_complete: false, cursor: `${keys[keys.length - 1].name}\n${pageCursor}` };
      }
      if (!info?.cursor) return { keys, list_complete: true };
      return { keys, list_complete: false, cursor: `\n${info.cursor}` };
    });
  }

  /**
   * @param {string} key
   * @param {string} value
   * @param {KVPutOptions} [options]
   */
  put(key, value, { metadata, expiration } = {}) {
    const hasMetadata = Object.keys(Object(metadata)).length > 0; // the API refuses empty metadata
    return this.#write(key, { key, value, ...(hasMetadata && { metadata }), ...(expiration && { expiration }) });
  }

  /** @param {string} key */
  delete(key) {
    return this.#write(key, undefined);
  }

  /**
   * @param {string} key
   * @param {object | undefined} pair undefined: delete it
   * @returns {Promise<void>}
   */
  #write(key, pair) {
    if (!this.#writes) {
      this.#writes = new Map();
      // Before another request of the same Worker can run: what is collected is of one request.
      queueMicrotask(() => this.#flush());
    }
    const write = this.#writes.get(key) ?? { key, text: '', isPut: false, waiting: [] };
    write.isPut = pair !== undefined;
    write.text = JSON.stringify(pair ?? key);
    this.#writes.set(key, write);
    return new Promise((resolve, reject) => write.waiting.push({ resolve, reject }));
  }

  #flush() {
    const writes = [...(this.#writes ?? new Map()).values()];
    this.#writes = undefined;
    for (const isPut of [true, false]) {
      for (const batch of batches(writes.filter((write) => write.isPut === isPut))) void this.#send(batch, isPut);
    }
  }

  /**
   * Send writes in one request; those that the API did not do are sent again.
   * @param {Write[]} batch
   * @param {boolean} isPut
   */
  async #send(batch, isPut) {
    let left = batch;
    try {
      await this.#in((path) =>
        this.#account.retried(async () => {
          const body = `[${left.map(({ text }) => text).join(',')}]`;
          const { result } = await (isPut
            ? this.#account.requestOnce('PUT', `${path}/bulk`, body)
            : this.#account.requestOnce('POST', `${path}/bulk/delete`, body));
          const failed = new Set(result?.unsuccessful_keys);
          for (const { key, waiting } of left) if (!failed.has(key)) waiting.forEach(({ resolve }) => resolve());
          left = left.filter(({ key }) => failed.has(key));
          if (left.length > 0) {
            throw new RestError('the API names it among its unsuccessful_keys', { isTransient: true });
          }
        }),
      );
    } catch (cause) {
      for (const { waiting } of left) waiting.forEach(({ reject }) => reject(cause));
    }
  }

  /**
   * @template T
   * @param {(path: string) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async #in(use) {
    try {
      return await use(`/${encodeURIComponent(await this.#id())}`);
    } catch (cause) {
      if (cause instanceof RestError && cause.codes.includes(NAMESPACE_NOT_FOUND)) this.#account.forget(this.#name);
      throw cause;
    }
  }
}

/**
 * @typedef {object} Write
 * @property {string} key
 * @property {string} text JSON, as it stands in the request's array
 * @property {boolean} isPut
 * @property {{ resolve: () => void, reject: (cause: unknown) => void }[]} waiting
 */

/** Lets no more requests pass than the API allows, and none while it refuses all. */
class Limiter {
  /** Of the last requests. @type {number[]} */
  #times = [];
  #blockedUntil = 0;
  #sleep;

  /**
   * @param {() => number} now
   * @param {Sleep} pause
   */
  constructor(now, pause) {
    this.now = now;
    this.#sleep = pause;
  }

  /** @param {number} ms */
  block(ms) {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.now() + ms);
  }

  /** Return when the next request may be sent. */
  async pass() {
    for (;;) {
      const now = this.now();
      const blockedMs = this.#blockedUntil - now;
      if (blockedMs > RETRY_AFTER_MS_MAX) {
        throw new RestError(`429: the API refuses all requests for another ${seconds(blockedMs)}`, {
          status: TOO_MANY_REQUESTS,
        });
      }
      const oldest = this.#times.length < REQUESTS_MAX ? -Infinity : this.#times[0];
      const waitMs = Math.max(blockedMs, oldest + REQUESTS_WINDOW_MS - now);
      if (waitMs <= 0) {
        this.#times.push(now);
        if (this.#times.length > REQUESTS_MAX) this.#times.shift();
        return;
      }
      await this.#sleep(waitMs);
    }
  }
}

/**
 * Cut writes into requests that are not too large.
 * @param {Write[]} writes
 */
function* batches(writes) {
  /** @type {Write[]} */
  let batch = [];
  let bytes = 0;
  for (const write of writes) {
    const size = utf8.encode(write.text).length + 1;
    if (batch.length >= BULK_PAIRS_MAX || bytes + size >= BULK_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(write);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * @param {string} text
 * @returns {Envelope | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Envelope | undefined} envelope
 * @returns {ApiError[]}
 */
function apiErrors(envelope) {
  return Array.isArray(envelope?.errors) ? envelope.errors.filter((error) => error?.message !== undefined) : [];
}

/**
 * @param {unknown} result
 * @param {string} what
 * @returns {any[]}
 */
function elementsOf(result, what) {
  if (Array.isArray(result)) return result;
  throw new RestError(`the API's answer to a list of ${what} holds no list`);
}

/**
 * How long a refusal asks to wait.
 * @param {Response} response
 * @param {number} now
 */
function retryAfter(response, now) {
  const header = response.headers.get('retry-after');
  const ms = Number(header) * 1000 || Date.parse(header ?? '') - now;
  return Math.max(ms || 0, RETRY_AFTER_MS);
}

/** @param {Response} response */
function requestId(response) {
  const id = response.headers.get('cf-ray');
  return id === null ? '' : `, request ${id}`;
}

/** @param {number} ms */
function seconds(ms) {
  return `${Math.ceil(ms / 1000)} s`;
}

/**
 * @param {string} cursor
 * @returns {[string, string]}
 */
function splitCursor(cursor) {
  const at = cursor.indexOf('\n');
  return [cursor.slice(0, at), cursor.slice(at + 1)];
}

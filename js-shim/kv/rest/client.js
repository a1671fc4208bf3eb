import { TIMER_MS_MAX, sleep, withRetries } from '../retry.js';
import { KEY_NOT_FOUND, NOT_FOUND, nonsenseOf, parseEnvelope, refusalOf } from './answer.js';
import { RestError } from './error.js';
import { Limiter } from './limiter.js';

/** @import { Patience, RetryOptions, Sleep } from '../retry.js' */
/** @import { Envelope } from './answer.js' */

const BASE_URL = 'https://api.cloudflare.com/client/v4';
const TIMEOUT_MS = 30_000;

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

/** Sends an account's requests, within their limits and as often as may help, and understands the answers. */
export class RestClient {
  #url;
  #token;
  #fetch;
  #timeoutMs;
  #retry;
  #limiter;

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
    this.#timeoutMs = Math.min(timeoutMs ?? TIMEOUT_MS, TIMER_MS_MAX);
    this.#retry = { ...retry, sleep: pause };
    this.#limiter = new Limiter(now);
  }

  /**
   * Send a request, and again while that may help.
   * @param {string} method
   * @param {string} path after that of all namespaces
   * @param {string} [body] JSON
   * @returns {Promise<Envelope>}
   */
  request(method, path, body) {
    return this.retried((patience) => this.requestOnce(patience, method, path, body));
  }

  /**
   * @param {Patience} patience of the call that this is an attempt of
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   * @returns {Promise<Envelope>}
   */
  async requestOnce(patience, method, path, body) {
    const { response, text } = await this.#send(patience, method, path, body);
    const envelope = parseEnvelope(text);
    if (envelope?.success === true) return envelope;
    if (envelope?.success === false) throw this.#refused(response, text);
    throw this.#error(nonsenseOf(response, text), { isTransient: true });
  }

  /**
   * Make a call, and again while that may help. What fails then is not tried again by who called.
   * @template T
   * @param {(patience: Patience) => Promise<T>} call
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
      return await this.retried(async (patience) => (await this.#send(patience, 'GET', path)).text);
    } catch (cause) {
      if (cause instanceof RestError && cause.status === NOT_FOUND && cause.codes.includes(KEY_NOT_FOUND)) return null;
      throw cause;
    }
  }

  /**
   * @param {Patience} patience
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   */
  async #send(patience, method, path, body) {
    await this.#limiter.pass(patience);
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
    return this.#error(what, { isTransient: true });
  }

  /**
   * The answer is a refusal. One that asks to wait asks that of all requests.
   * @param {Response} response
   * @param {string} text
   */
  #refused(response, text) {
    const { message, ...facts } = refusalOf(response, text, this.#limiter.now());
    if (facts.retryAfterMs !== undefined) this.#limiter.block(facts.retryAfterMs);
    return this.#error(message, facts);
  }

  /**
   * @param {string} message of a server's or a runtime's, which may repeat what it was sent: not with the token
   * @param {ConstructorParameters<typeof RestError>[1]} facts
   */
  #error(message, facts) {
    return new RestError(message.replaceAll(this.#token, '[token]'), facts);
  }
}

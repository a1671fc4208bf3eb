/* Requests to a Worker under load: some are cancelled at a random moment, none may take longer than a bound.
 *
 * There are two ways. The client goes away. Or the request ends in the Worker at one of its KV calls, before it was
 * done. Either way what was asked for may still be done, some time later: the store has operations end that were begun,
 * and what goes on from there begins the next one. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @import { Random } from '../support/random.js' */

/** Nothing is silent for this long, however busy the machine is, unless it hangs. */
const HUNG_MS = 60_000;
/** What the Worker answers where a request ended before its work did (worker.js). */
const LEFT = 204;
/** A request whose client went away may have to arrive yet. */
const ARRIVAL_MS = 1_000;
const POLL_MS = 50;
/** A cancelled request is cut off within so many times the time that its kind has taken lately. */
const CUT_WITHIN = 1.2;
const FIRST_GUESS_MS = 100;
/** How much a new reading counts in what a kind takes lately. */
const WEIGHT = 0.1;
const COMPLAINTS_MAX = 20;

/**
 * @typedef {{ isCancelled: true } | { isCancelled: false, status: number, json: any }} Outcome
 * @typedef {{ answered: number, cancelled: number, closed: number, failed: number, tookMs: number[] }} Kind
 */

/** What all conversations of a run have seen. */
export class Tally {
  /** @type {Map<string, Kind>} */
  kinds = new Map();
  /** What must not happen, by what it is: how often, and the first ones in words. @type {Map<string, string[]>} */
  violations = new Map();
  violationCount = 0;
  /** @param {string} _words of each as it is found */
  onViolation = (_words) => {};

  /** @param {string} name */
  kind(name) {
    const kind = this.kinds.get(name) ?? { answered: 0, cancelled: 0, closed: 0, failed: 0, tookMs: [] };
    this.kinds.set(name, kind);
    return kind;
  }

  /** @param {string} what @param {string} words */
  violate(what, words) {
    this.violationCount++;
    this.onViolation(`${what}: ${words}`);
    const complaints = this.violations.get(what) ?? [];
    this.violations.set(what, complaints);
    if (complaints.length < COMPLAINTS_MAX) complaints.push(words);
  }
}

/** One who talks to the Worker, a request at a time. */
export class Client {
  #url;
  #name;
  #random;
  #cancelled;
  #tally;
  /** What each kind of request takes lately, as the client sees it. @type {Map<string, number>} */
  #usualMs = new Map();
  /** How many KV calls it makes. @type {Map<string, number>} */
  #usualCalls = new Map();
  /** Whether a request was left, whose work may still be done. */
  #isAway = false;

  /**
   * @param {string} url
   * @param {{ name: string, random: Random, tally: Tally, cancelled: number }} options `cancelled` is the part of requests
   *   that are
   */
  constructor(url, { name, random, tally, cancelled }) {
    this.#url = url;
    this.#name = name;
    this.#random = random;
    this.#tally = tally;
    this.#cancelled = cancelled;
  }

  /**
   * @param {string} kind
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {{ mayGoAway?: boolean }} [options] whether the client may go away, and not only the Worker
   * @returns {Promise<Outcome>} that of a request that failed is as if it had been cancelled: nobody knows what it did
   */
  async ask(kind, method, path, body, { mayGoAway = false } = {}) {
    const counts = this.#tally.kind(kind);
    const isCut = this.#random.chance(this.#cancelled);
    const goesAway = isCut && mayGoAway && this.#random.chance(0.5);
    const cutMs = this.#random.next() * CUT_WITHIN * (this.#usualMs.get(kind) ?? FIRST_GUESS_MS);
    const cutCalls = 1 + this.#random.integer(Math.ceil(this.#usualCalls.get(kind) ?? 1));
    const headers = { 'x-client': this.#name, ...(isCut && !goesAway && { 'x-leave-after-calls': String(cutCalls) }) };
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), goesAway ? cutMs : HUNG_MS);
    const startMs = performance.now();
    try {
      const { response, text } = await this.#send(method, path, body, {
        headers,
        signal: controller.signal,
        heard: () => goesAway || timer.refresh(),
      });
      if (response.status === LEFT) {
        this.#isAway = true;
        counts.cancelled++;
        if (!mayGoAway) await this.settle();
        return { isCancelled: true };
      }
      const tookMs = performance.now() - startMs;
      note(this.#usualMs, kind, tookMs);
      note(this.#usualCalls, kind, Number(response.headers.get('x-calls') ?? 1));
      counts.answered++;
      counts.tookMs.push(tookMs);
      return this.#answered(kind, path, response, text);
    } catch (cause) {
      this.#isAway = true;
      if (goesAway && controller.signal.aborted) counts.cancelled++;
      else if (isClosing(cause)) counts.closed++;
      else {
        counts.failed++;
        const [what, why] = controller.signal.aborted
          ? ['hung request', `nothing was heard for ${HUNG_MS / 1000} s`]
          : ['failed request', describe(cause)];
        this.#tally.violate(what, `${kind} ${path}: ${why}`);
      }
      return { isCancelled: true };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until all that this client has asked for is done or cut off. */
  async settle() {
    if (!this.#isAway) return;
    for (let pauseMs = ARRIVAL_MS, underWay = 1; underWay > 0; pauseMs = POLL_MS) {
      await sleep(pauseMs);
      const answer = await this.#send('GET', `/load/under-way/${this.#name}`).catch((cause) => {
        if (!isClosing(cause)) throw cause;
      });
      if (answer) underWay = Number(answer.text);
    }
    this.#isAway = false;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {{ headers?: Record<string, string>, signal?: AbortSignal, heard?: () => void }} [options]
   */
  async #send(method, path, body, { headers = {}, signal, heard } = {}) {
    const response = await fetch(this.#url + path, {
      method,
      signal,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const utf8 = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      heard?.();
      text += utf8.decode(chunk, { stream: true });
    }
    return { response, text };
  }

  /**
   * @param {string} kind
   * @param {string} path
   * @param {Response} response
   * @param {string} text
   * @returns {Outcome}
   */
  #answered(kind, path, { status, headers }, text) {
    const isStream = headers.get('content-type')?.startsWith('text/event-stream');
    const isGood = isStream ? /^event: done$/m.test(text) : status === 200 || status === 404;
    if (!isGood) {
      this.#tally.violate('error', `${kind} ${path}: ${status} ${text.slice(-500)}`);
      return { isCancelled: true };
    }
    return { isCancelled: false, status, json: isStream ? undefined : JSON.parse(text) };
  }
}

/** @param {Map<string, number>} usual @param {string} kind @param {number} value */
function note(usual, kind, value) {
  const before = usual.get(kind) ?? value;
  usual.set(kind, before + WEIGHT * (value - before));
}

/**
 * Whether a request went into a connection that was kept open and that the server was closing just then, as it may at any
 * time. Other HTTP clients would try again.
 * @param {unknown} failure
 */
export function isClosing(failure) {
  const { code, socket } = Object(Object(failure).cause);
  return code === 'ECONNRESET' || (code === 'UND_ERR_SOCKET' && socket?.bytesRead > 0);
}

/** @param {unknown} cause @returns {string} an error and what it came from */
function describe(cause) {
  const { cause: deeper } = Object(cause);
  return deeper === undefined ? String(cause) : `${cause} (${describe(deeper)})`;
}

// What storage did while one request was served: every KV call, and what was answered without one. The page shows it.
//
// A store's namespace is observed twice, above its overlay and below: what is asked above and does not get below was
// answered by the overlay.

import { AsyncLocalStorage } from 'node:async_hooks';
import { observe } from '../kv/observe.js';
import { Overlay } from '../kv/overlay.js';
import { OverlayMemory } from '../kv/overlay-memory.js';

/** @typedef {import('../kv/namespace.js').KVNamespaceLike} KVNamespaceLike */
/** @typedef {import('../kv/observe.js').KVCall} KVCall */

/**
 * One step of storage.
 * @typedef {object} Step
 * @property {string} method of the store's memory, such as `listMessages`
 * @property {KVCall['operation']} operation
 * @property {string} namespace
 * @property {string[]} keys
 * @property {'kv' | 'overlay'} from who answered
 * @property {number} round of waiting for KV, from 1; a round begins when a call starts while none is in flight. 0 of a
 *   step that did not wait
 * @property {number} startMs since the request began
 * @property {number} endMs the same
 * @property {number} bytes
 * @property {number} hits
 * @property {number} misses
 * @property {KVCall['billed'] | null} billed
 * @property {string | null} error
 */

/** How many requests are remembered, and steps of each. A thread of thousands of messages takes as many to delete. */
const REQUESTS_MAX = 50;
const STEPS_MAX = 2_000;

/** The steps of one request. */
export class Trace {
  /** @type {Step[]} */
  steps = [];
  /** Steps that are not among them, for there were too many. */
  omitted = 0;
  rounds = 0;
  #startedMs = Date.now();
  #inFlight = 0;
  /** What was asked above the overlay and not answered yet. @type {Map<KVCall, { passed: Set<string>, bytes: number }>} */
  #asked = new Map();
  /** @type {Map<KVCall, Step>} */
  #called = new Map();

  /** @param {KVCall} call above the overlay */
  asks(call) {
    this.#asked.set(call, { passed: new Set(), bytes: 0 });
  }

  /** @param {KVCall} call above the overlay @param {string} method */
  answered(call, method) {
    const { passed, bytes } = this.#asked.get(call) ?? { passed: new Set(), bytes: 0 };
    this.#asked.delete(call);
    const keys = call.keys.filter((key) => !passed.has(key));
    if (keys.length === 0) return;
    const step = this.#add(call, method, 'overlay');
    Object.assign(step, { keys, bytes: call.bytes - bytes, endMs: call.endedMs - this.#startedMs });
  }

  /** @param {KVCall} call below the overlay @param {string} method */
  starts(call, method) {
    if (this.#inFlight++ === 0) this.rounds++;
    this.#called.set(call, Object.assign(this.#add(call, method, 'kv'), { round: this.rounds }));
  }

  /** @param {KVCall} call below the overlay */
  ends(call) {
    this.#inFlight--;
    const step = this.#called.get(call);
    this.#called.delete(call);
    if (step) {
      const { bytes, hits, misses, billed, endedMs } = call;
      const error = call.error === undefined ? null : messageOf(call.error);
      Object.assign(step, { bytes, hits, misses, billed, error, endMs: endedMs - this.#startedMs });
    }
    this.#passedOn(call);
  }

  /** Which of what was asked above a call below belongs to. @param {KVCall} call */
  #passedOn({ operation, namespace, keys, bytes }) {
    for (const [asked, above] of this.#asked) {
      if (asked.operation !== operation || asked.namespace !== namespace) continue;
      if (above.passed.has(keys[0]) || !keys.every((key) => asked.keys.includes(key))) continue;
      for (const key of keys) above.passed.add(key);
      above.bytes += bytes;
      return;
    }
  }

  /**
   * @param {KVCall} call
   * @param {string} method
   * @param {Step['from']} from
   * @returns {Step}
   */
  #add({ operation, namespace, keys, startedMs }, method, from) {
    const startMs = startedMs - this.#startedMs;
    const nothing = { round: 0, endMs: startMs, bytes: 0, hits: 0, misses: 0, billed: null, error: null };
    const step = { method, operation, namespace, keys, from, startMs, ...nothing };
    if (this.steps.length < STEPS_MAX) this.steps.push(step);
    else this.omitted++;
    return step;
  }
}

/** @type {AsyncLocalStorage<Trace>} */
const requests = new AsyncLocalStorage();
/** @type {AsyncLocalStorage<string>} */
const methods = new AsyncLocalStorage();
/** By the name that the page gave a request. The oldest go first. @type {Map<string, Trace>} */
const traces = new Map();

/**
 * Runs a request, and remembers under a name what storage did for it.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} serve
 * @returns {Promise<T>}
 */
export function traceRequest(name, serve) {
  const trace = new Trace();
  traces.set(name, trace);
  const [oldest] = traces.keys();
  if (traces.size > REQUESTS_MAX) traces.delete(oldest);
  return requests.run(trace, serve);
}

/** What storage did for a request so far. @param {string} name */
export const traceOf = (name) => traces.get(name);

/**
 * The same storage domain; steps are told by the name of its method.
 * @template {object} Domain
 * @param {Domain} domain
 * @returns {Domain}
 */
export function traceMethods(domain) {
  return new Proxy(domain, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (/** @type {unknown[]} */ ...args) => methods.run(name, () => Reflect.apply(value, target, args));
    },
  });
}

/**
 * Namespaces below overlays of their own, as a store makes them; the steps above and below go to the request that takes
 * them.
 * @template {string} Name
 * @param {Record<Name, KVNamespaceLike>} namespaces
 * @returns {Record<Name, KVNamespaceLike>}
 */
export function traceNamespaces(namespaces) {
  const memory = new OverlayMemory();
  const traced = Object.entries(namespaces).map(([name, namespace]) => [
    name,
    traceNamespace(name, /** @type {KVNamespaceLike} */ (namespace), memory),
  ]);
  return Object.fromEntries(traced);
}

/**
 * @param {string} name
 * @param {KVNamespaceLike} namespace
 * @param {OverlayMemory} memory
 * @returns {KVNamespaceLike}
 */
function traceNamespace(name, namespace, memory) {
  const method = () => methods.getStore() ?? '';
  const below = observe(namespace, (call) => requests.getStore()?.ends(call), {
    name,
    onStart: (call) => requests.getStore()?.starts(call, method()),
  });
  return observe(new Overlay(below, { memory }), (call) => requests.getStore()?.answered(call, method()), {
    name,
    onStart: (call) => requests.getStore()?.asks(call),
  });
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

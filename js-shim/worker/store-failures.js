// What the store failed with while one request was served.
//
// Mastra runs memory as steps of a workflow, which keep only the text of an error: what reaches the caller of
// `agent.generate` has lost the store's error code. Without the code, a failing KV (503, try again) and a mistake in
// the request (400) look alike, so the first failure is noted where the store throws it.

import { AsyncLocalStorage } from 'node:async_hooks';

/** @type {AsyncLocalStorage<{ failure: unknown }>} one record for each request: requests share no promises */
const requests = new AsyncLocalStorage();

/**
 * Runs one request.
 * @template T
 * @param {() => Promise<T>} serve
 * @returns {Promise<T>}
 */
export function collectStoreFailures(serve) {
  return requests.run({ failure: undefined }, serve);
}

/**
 * The first failure of the store in the current request, or undefined. A failure may have been survived: Mastra only
 * logs what fails after the answer has been saved. So ask for it where a request has failed.
 * @returns {unknown}
 */
export function storeFailure() {
  return requests.getStore()?.failure;
}

/**
 * The same storage domain; a promise of its methods that rejects leaves its reason in the current request's record.
 * @template {object} Domain
 * @param {Domain} domain
 * @returns {Domain}
 */
export function noteFailures(domain) {
  return new Proxy(domain, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (/** @type {unknown[]} */ ...args) => {
        const result = Reflect.apply(value, target, args);
        return result instanceof Promise ? result.catch(note) : result;
      };
    },
  });
}

/** @param {unknown} reason @returns {never} */
function note(reason) {
  const request = requests.getStore();
  if (request) request.failure ??= reason;
  throw reason;
}

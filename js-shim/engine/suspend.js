/**
 * How the engine waits for KV: its import `wait` suspends it, its export `call` returns a promise.
 *
 * There are two ways, and the module says which one it was built for. JSPI is the runtime's own: Workers, Node 24 and
 * Deno have it. Where it is missing, build/store.asyncify.wasm has the same engine with binaryen's Asyncify woven in.
 */
import { Asyncify, isAsyncified } from './asyncify.js';
import { StoreError } from '../store/errors.js';

/**
 * The way one instance waits.
 * @typedef {object} Suspension
 * @property {(method: () => Promise<void>) => any} suspending the import that suspends the engine until the promise
 *   has settled
 * @property {(exports: any, name: string) => (...args: number[]) => Promise<number>} promising the export of that name,
 *   within which the import may suspend
 */

/** Whether this runtime has JavaScript Promise Integration. */
export const hasJspi = () =>
  typeof WebAssembly.Suspending === 'function' && typeof WebAssembly.promising === 'function';

/** @type {Suspension} */
const jspi = {
  suspending: (method) => new WebAssembly.Suspending(method),
  promising: (exports, name) => WebAssembly.promising(exports[name]),
};

/**
 * @param {WebAssembly.Module} module one of the engine's two builds
 * @returns {() => Suspension} makes what an instance of it needs
 */
export function suspensionOf(module) {
  if (isAsyncified(module)) return () => new Asyncify();
  if (hasJspi()) return () => jspi;
  throw new StoreError({
    code: 'UNSUPPORTED_RUNTIME',
    message:
      'This runtime lacks WebAssembly JavaScript Promise Integration (JSPI), on which store.wasm waits for KV. ' +
      "Use the package's other build here: mastra-kv-wasm/store.asyncify.wasm.",
  });
}

/** @import { KVNamespaceLike } from './namespace.js' */

/** What Workers KV is billed by (Workers KV documentation, "Pricing"). @typedef {'read' | 'write' | 'delete' | 'list'} KVUnit */

/**
 * One call to a KV namespace. What a list or a get answered, and how long it took, is there once the call has ended.
 * @typedef {object} KVCall
 * @property {'get' | 'put' | 'delete' | 'list'} operation
 * @property {string} namespace the name that `observe` was given, '' without one
 * @property {string[]} keys of a get up to 100, of a put or delete one; of a list its prefix
 * @property {number} startedMs milliseconds since 1970. A Worker's clock stands still but for I/O, which a call is
 * @property {number} endedMs the same; `startedMs` as long as the call runs
 * @property {number} bytes of the values that were read or written, in UTF-8
 * @property {number} hits keys of a get that have a value, or keys that a list answered
 * @property {number} misses keys of a get that have none
 * @property {{ unit: KVUnit, count: number }} billed a get is a read for each of its keys, also where they are not
 *   there; all else is one. A call that failed counts as well, for it may have happened
 * @property {unknown} [error] what the call failed with; undefined where it did not
 */

/**
 * @typedef {object} ObserveOptions
 * @property {string} [name] of the namespace, for the events
 * @property {(call: KVCall) => void} [onStart] called when a call starts, with the object that `onCall` gets at its end
 */

const UNITS = /** @type {const} */ ({ get: 'read', put: 'write', delete: 'delete', list: 'list' });

const utf8 = new TextEncoder();

/**
 * The same namespace, and each of its calls is told when it has ended:
 *
 *     bindings: {
 *       threads: observe(env.THREADS_KV, (call) => console.log(call.operation, call.keys, call.billed)),
 *       …
 *
 * What is told are attempts: a store that tries again after a failure makes another call. The overlay lies above, so
 * that what it answers is no call. `getWithMetadata`, which the store does not use, is passed through untold.
 *
 * `onCall` runs where the call ends, in the same request, and is not waited for. One that throws changes nothing for
 * the store; its error goes to the log.
 * @template {KVNamespaceLike} T
 * @param {T} namespace
 * @param {(call: KVCall) => void} onCall
 * @param {ObserveOptions} [options]
 * @returns {T}
 */
export function observe(namespace, onCall, { name = '', onStart = () => {} } = {}) {
  return new Proxy(namespace, {
    get(target, property) {
      const method = Reflect.get(target, property, target);
      if (typeof method !== 'function') return method;
      if (!isOperation(property)) return method.bind(target);
      return async (/** @type {any[]} */ ...args) => {
        const call = begin(property, name, args);
        tell(onStart, call);
        try {
          const answer = await method.apply(target, args);
          noteAnswer(call, answer);
          return answer;
        } catch (error) {
          call.error = error;
          throw error;
        } finally {
          call.endedMs = now();
          tell(onCall, call);
        }
      };
    },
  });
}

/**
 * @param {KVCall['operation']} operation
 * @param {string} namespace
 * @param {any[]} args
 * @returns {KVCall}
 */
function begin(operation, namespace, [subject, value]) {
  const keys = operation === 'list' ? [subject?.prefix ?? ''] : Array.isArray(subject) ? [...subject] : [subject];
  const startedMs = now();
  return {
    operation,
    namespace,
    keys,
    startedMs,
    endedMs: startedMs,
    bytes: operation === 'put' ? sizeOf(value) : 0,
    hits: 0,
    misses: 0,
    billed: { unit: UNITS[operation], count: operation === 'get' ? keys.length : 1 },
  };
}

/**
 * @param {KVCall} call
 * @param {any} answer
 */
function noteAnswer(call, answer) {
  if (call.operation === 'list') call.hits = answer?.keys?.length ?? 0;
  if (call.operation !== 'get') return;
  const values = answer instanceof Map ? [...answer.values()] : [answer];
  call.hits = values.filter((value) => value !== null).length;
  call.misses = call.keys.length - call.hits;
  call.bytes = values.reduce((sum, value) => sum + sizeOf(value), 0);
}

/**
 * @param {(call: KVCall) => unknown} listener
 * @param {KVCall} call
 */
function tell(listener, call) {
  const log = (/** @type {unknown} */ error) => console.error('An observer of KV calls has thrown:', error);
  try {
    // An async one has thrown nothing yet, and may still.
    void Promise.resolve(listener(call)).catch(log);
  } catch (error) {
    log(error);
  }
}

/**
 * @param {string | symbol} property
 * @returns {property is KVCall['operation']}
 */
function isOperation(property) {
  return typeof property === 'string' && Object.hasOwn(UNITS, property);
}

/** Of a value as the store has them, a string, and of bytes; 0 of a stream or an object. @param {unknown} value */
function sizeOf(value) {
  if (typeof value === 'string') return utf8.encode(value).length;
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value.byteLength : 0;
}

/** Milliseconds since 1970, and fractions of them where the runtime tells them. */
function now() {
  return performance.timeOrigin + performance.now();
}

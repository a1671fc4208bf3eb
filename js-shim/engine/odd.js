import { StoreError } from '../store/errors.js';

/**
 * An operation's arguments, and beside them what JSON does not say of one object in them (wasm/src/kv/key.h): members that
 * it leaves out, that it writes as null, or that it writes as something else.
 * @param {string} operation
 * @param {any} args
 * @param {string | undefined} path of the object: "filter.metadata"
 * @returns {any}
 */
export function withOdd(operation, args, path) {
  if (path === undefined) return args;
  try {
    const object = path.split('.').reduce((parent, name) => parent?.[name], args);
    if (object === null || typeof object !== 'object' || Array.isArray(object)) return args;
    const odd = Object.entries(object).flatMap(([name, value]) => {
      const kind = kindOf(value);
      return kind ? [[name, kind]] : [];
    });
    return odd.length > 0 ? { ...args, odd: Object.fromEntries(odd) } : args;
  } catch (cause) {
    // A getter of theirs, or a proxy.
    throw new StoreError(
      { code: 'INVALID_ARGUMENT', message: `The arguments of ${operation} cannot be read: ${String(cause)}` },
      { cause },
    );
  }
}

/** @param {any} value */
function kindOf(value) {
  if (['undefined', 'function', 'symbol'].includes(typeof value)) return 'undefined';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'number';
  return typeof value?.toJSON === 'function' ? 'object' : undefined;
}

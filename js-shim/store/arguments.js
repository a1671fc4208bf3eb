import { StoreError } from './errors.js';

/**
 * What a method was given, as the engine takes it: an object, and nothing when omitted.
 * @template Args
 * @param {string} operation
 * @param {Args} args
 * @param {(args: Args) => object} [shape] what the engine is given instead, where JSON cannot hold all of it
 * @returns {object}
 */
export function readArguments(operation, args, shape) {
  if (args === undefined) return {};
  try {
    if (isRecord(args)) return shape ? shape(args) : args;
  } catch (cause) {
    // A getter of theirs, or a proxy.
    throw invalid(`The arguments of ${operation} cannot be read: ${String(cause)}`, cause);
  }
  throw invalid(`${operation} takes an object, not ${kindOf(args)}.`);
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
const isRecord = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** @param {unknown} value that is no record */
const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`);

/**
 * @param {string} message
 * @param {unknown} [cause]
 */
const invalid = (message, cause) => new StoreError({ code: 'INVALID_ARGUMENT', message }, { cause });

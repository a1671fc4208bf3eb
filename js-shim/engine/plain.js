/** Deeper than this nothing is copied: it may have no end. */
const DEPTH_MAX = 64;

/**
 * What JSON.parse would make of the JSON of a value, without printing it: strings, of which most of it consists, are shared.
 * @param {any} value
 * @param {number} [depth]
 * @returns {any} undefined where there is more to it than plain data: a class, a toJSON, a cycle perhaps
 */
export function copyOf(value, depth = 0) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value + 0 : null; // -0 is printed as 0
    case 'object':
      if (value === null) return null;
      if (depth === DEPTH_MAX) return undefined;
      return Array.isArray(value) ? copyOfArray(value, depth + 1) : copyOfObject(value, depth + 1);
    default:
      return undefined;
  }
}

/**
 * @param {any[]} array
 * @param {number} depth
 */
function copyOfArray(array, depth) {
  if ('toJSON' in array) return undefined;
  const copy = [];
  for (let i = 0; i < array.length; i++) {
    const element = array[i];
    const copied = isLeftOut(element) ? null : copyOf(element, depth);
    if (copied === undefined) return undefined;
    copy.push(copied);
  }
  return copy;
}

/**
 * @param {Record<string, unknown>} object
 * @param {number} depth
 */
function copyOfObject(object, depth) {
  if (!isPlain(object)) return undefined;
  /** @type {Record<string, unknown>} */
  const copy = {};
  for (const name of Object.keys(object)) {
    const member = object[name];
    if (isLeftOut(member)) continue;
    const copied = name in copy ? undefined : copyOf(member, depth); // __proto__, and what else all objects have
    if (copied === undefined) return undefined;
    copy[name] = copied;
  }
  return copy;
}

/**
 * Whether nothing but its own members goes into the JSON of an object.
 * @param {object} object
 */
export const isPlain = (object) => Object.getPrototypeOf(object) === Object.prototype && !('toJSON' in object);

/**
 * Whether JSON leaves a member out, and has null for an element.
 * @param {unknown} value
 */
const isLeftOut = (value) =>
  value === undefined || typeof value === 'symbol' || (typeof value === 'function' && !('toJSON' in value));

/**
 * JSON texts taken apart and put together without printing their values anew: numbers keep their digits, strings their
 * escapes, objects the order of their members.
 */

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^,\]} \t\n\r]*/y;
/** A surrogate without its other half, which UTF-8 cannot hold. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * The members of an object, as they are written.
 * @param {string} text any text
 * @returns {Map<string, string> | undefined} the texts of the values by name; of two of one name the last, as
 *   JSON.parse has it. Undefined: this is not the JSON of an object
 */
export function membersOf(text) {
  if (!isObject(parsed(text))) return undefined;
  /** @type {Map<string, string>} */
  const members = new Map();
  let at = skip(SPACE, text, text.indexOf('{') + 1);
  while (text[at] !== '}') {
    const nameEnd = endOfString(text, at);
    const valueAt = skip(SPACE, text, text.indexOf(':', nameEnd) + 1);
    const valueEnd = endOfValue(text, valueAt);
    members.set(JSON.parse(text.slice(at, nameEnd)), text.slice(valueAt, valueEnd));
    at = skip(SPACE, text, valueEnd);
    if (text[at] === ',') at = skip(SPACE, text, at + 1);
  }
  return members;
}

/**
 * The inverse.
 * @param {Iterable<[string, string]>} members
 */
export function objectOf(members) {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/**
 * What a text holds, if it is JSON.
 * @param {string | undefined} text
 * @returns {unknown} undefined: it is not
 */
export function parsed(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The text in a JSON string, which is JSON itself, so that it can stand among other JSON.
 * @param {string} text the string's JSON
 */
export function opened(text) {
  const inner = String(JSON.parse(text));
  // Within JSON these can only stand in strings, where an escape means the same.
  return inner.isWellFormed()
    ? inner
    : inner.replace(LONE_SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {RegExp} pattern sticky, and matching nothing as well
 * @param {string} text
 * @param {number} at
 */
function skip(pattern, text, at) {
  pattern.lastIndex = at;
  pattern.test(text);
  return Math.max(pattern.lastIndex, at);
}

/**
 * @param {string} text
 * @param {number} at of the opening quote
 * @returns {number} behind the closing one
 */
function endOfString(text, at) {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end + 1;
  }
}

/**
 * @param {string} text
 * @param {number} at
 */
function endOfValue(text, at) {
  if (text[at] === '"') return endOfString(text, at);
  if (text[at] !== '{' && text[at] !== '[') return skip(SCALAR, text, at);
  let depth = 0;
  for (let end = at; ;) {
    const character = text[end];
    if (character === '"') {
      end = endOfString(text, end);
      continue;
    }
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    end++;
    if (depth === 0) return end;
  }
}

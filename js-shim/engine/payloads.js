import { copyOf, isPlain } from './plain.js';
import { countBytes, encode } from './utf8.js';

/**
 * Payloads by reference: what of an operation's arguments the engine has no need to look into is printed once and stays a
 * string of JavaScript's. The engine gets a reference in its place (wasm/src/base/json.h), the byte 0xFF and the number of
 * a ticket, and the shim puts the payload back into what refers to it. Which byte belongs where is the engine's say.
 *
 * No text can hold a reference of its own: UTF-8 has no such byte, nor JSON the character that stands for it until then.
 */

/** The byte with which a reference begins. */
export const REFERENCE = 0xff;
/** What stands for it in the arguments while they are text: JSON.stringify escapes it wherever it is the caller's. */
const MARK = '\u0001';
/** A shorter payload goes along with the rest. */
const PAYLOAD_MIN = 256;
/** The engine refuses what is nested deeper than 8,192 levels; what has fewer brackets than that cannot be. */
const BRACKETS_MAX = 8000;
/** Arguments of which more than this is left beside the payloads go to the engine whole. */
const REST_MAX = 1 << 20;
/** A payload up to here is no matter of KV's 25 MiB a value, whatever its letters take. */
const UNCOUNTED_MAX = 4 << 20;

/**
 * The payloads of one operation.
 */
export class Payloads {
  /** What the tickets stand for. @type {string[]} */
  texts = [];
  /** The same as values of their own; undefined where JSON.parse has to make them. @type {unknown[]} */
  #copies = [];
  #before;
  #behind;

  /** @param {string} path of them in the arguments (wasm/src/base/operation.h): "messages.*.content", "snapshot*status" */
  constructor(path) {
    [this.#before, this.#behind] = path.split('*');
  }

  /**
   * Print arguments as JSON.stringify does, the payloads among them apart.
   * @param {any} args
   * @returns {string | undefined} undefined where something is out of the ordinary, or wrong: JSON.stringify is to print
   *   all of it then
   */
  print(args) {
    try {
      if (!isPlain(args)) return undefined;
      const text = this.#behind.startsWith('.') ? this.#printElements(args) : this.#printArgument(args);
      return text === undefined || text.length > REST_MAX ? undefined : text;
    } catch {
      return undefined; // JSON.stringify says what is wrong, and where
    }
  }

  /** The array whose elements have payloads. */
  get #list() {
    return this.#before.slice(0, -1);
  }

  /** Their members that are the payloads. */
  get #member() {
    return this.#behind.slice(1);
  }

  /** @param {any} args */
  #printElements(args) {
    const { [this.#list]: items, ...rest } = args;
    if (!Array.isArray(items) || 'toJSON' in items) return undefined;
    const texts = [];
    for (let i = 0; i < items.length; i++) {
      if (items[i] === null || typeof items[i] !== 'object' || !isPlain(items[i])) return undefined;
      texts.push(this.#printItem({ ...items[i] }));
    }
    return join(JSON.stringify(rest), `"${this.#list}":[${texts.join()}]`);
  }

  /** @param {any} args */
  #printArgument(args) {
    const { [this.#before]: value, ...rest } = args;
    if (value === null || typeof value !== 'object' || typeof value.toJSON === 'function') return undefined;
    const own = Object.getOwnPropertyDescriptor(value, this.#behind);
    if (own && (own.get || Object(own.value) === own.value)) return undefined; // JSON may have something else
    const peeked = own?.enumerable ? own.value : undefined;
    const payload = JSON.stringify(value);
    const isReferred = payload.startsWith('{') && isApart(payload);
    const others = JSON.stringify(isReferred ? { ...rest, [this.#behind]: peeked } : rest);
    return join(others, `"${this.#before}":${isReferred ? this.#refer(payload) : payload}`);
  }

  /** @param {Record<string, unknown>} item a copy */
  #printItem(item) {
    const member = this.#member;
    const value = Object.hasOwn(item, member) ? /** @type {any} */ (item[member]) : undefined;
    // A toJSON would be told another key than the member's.
    if (value === undefined || value === null || typeof value.toJSON === 'function') return JSON.stringify(item);
    const copy = copyOf(value);
    const payload = JSON.stringify(copy ?? value);
    if (payload === undefined) return JSON.stringify(item); // a function
    item[member] = undefined;
    return join(JSON.stringify(item), `"${member}":${isApart(payload) ? this.#refer(payload, copy) : payload}`);
  }

  /**
   * @param {string} payload
   * @param {unknown} [copy]
   */
  #refer(payload, copy) {
    this.#copies.push(copy);
    return MARK + (this.texts.push(payload) - 1);
  }

  /**
   * Put payloads into an answer that has null for them, and never elsewhere at their path.
   * @param {any} answer
   * @param {number[]} tickets of them, in the answer's order
   */
  putBack(answer, tickets) {
    let at = 0;
    for (const item of tickets.length > 0 ? answer[this.#list] : []) {
      if (item[this.#member] !== null) continue;
      const ticket = tickets[at++];
      item[this.#member] = this.#copies[ticket] ?? JSON.parse(this.texts[ticket]);
    }
  }
}

/**
 * @param {string} object the text of one
 * @param {string} member that it gets
 */
const join = (object, member) => `${object.slice(0, -1)}${object === '{}' ? '' : ','}${member}}`;

/** Whether a payload is printed apart. @param {string} payload */
const isApart = (payload) => payload.length >= PAYLOAD_MIN && !mayBeTooDeep(payload);

/** @param {string} json */
function mayBeTooDeep(json) {
  if (json.length < 2 * BRACKETS_MAX) return false;
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = json.indexOf(bracket); at >= 0 && count <= BRACKETS_MAX; at = json.indexOf(bracket, at + 1)) count++;
  }
  return count > BRACKETS_MAX;
}

/**
 * The bytes of arguments that were printed, the references in their places; valid until the next text is encoded.
 * @param {string} text
 */
export function encodeReferring(text) {
  const bytes = encode(text);
  const mark = MARK.charCodeAt(0);
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at)) bytes[at] = REFERENCE;
  return bytes;
}

/**
 * At least the bytes that a payload takes in UTF-8, and exactly those where it might be too much for a value.
 * @param {string} payload
 */
export const sizeOf = (payload) => (payload.length > UNCOUNTED_MAX ? countBytes(payload) : 3 * payload.length);

/* What a store did that it must not, and the words for it. */

/** @import { Register, View } from './register.js' */

export class Violation extends Error {
  name = 'Violation';
}

/**
 * @param {unknown} condition
 * @param {() => string} message
 * @returns {asserts condition}
 */
export function must(condition, message) {
  if (!condition) throw new Violation(message());
}

export const show = (/** @type {unknown} */ value) => JSON.stringify(value) ?? 'nothing';
export const showAll = (/** @type {Iterable<unknown>} */ values) => [...values].map(show).join(' or ');

/**
 * @param {Record<string, Register>} columns
 * @param {Record<string, any>} values
 * @param {View} view
 * @param {string} what
 */
export function judgeColumns(columns, values, view, what) {
  for (const [name, register] of Object.entries(columns)) {
    const seen = register.seen(view);
    must(seen.has(values[name]), () => `${what}: ${name} is ${show(values[name])}; allowed: ${showAll(seen)}`);
  }
}

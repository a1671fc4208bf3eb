/** @import { Mutant } from './list.js' */

/**
 * The text of a mutant's source with its change.
 * @param {Mutant} mutant
 * @param {string} text the source as it is
 */
export function mutated({ name, file, find, replace }, text) {
  const at = text.indexOf(find);
  if (at < 0) throw new Error(`${name}: ${file} does not hold what it changes: ${find}`);
  if (text.indexOf(find, at + 1) >= 0) {
    throw new Error(`${name}: ${file} holds more than once what it changes: ${find}`);
  }
  return text.slice(0, at) + replace + text.slice(at + find.length);
}

/**
 * Cursors of namespaces that decorate another: the last key that was shown, and where the other one goes on. A key has
 * no line breaks; the other's cursor is opaque.
 */

/**
 * @param {string} after
 * @param {string} [inner]
 */
export const joinCursor = (after, inner = '') => `${after}\n${inner}`;

/**
 * @param {string | undefined} cursor
 * @returns {[after: string, inner: string]} both empty at the start. A cursor of the other namespace itself, which a
 *   caller may have kept from elsewhere, goes on where that one does
 */
export function splitCursor(cursor) {
  if (cursor === undefined) return ['', ''];
  const at = cursor.indexOf('\n');
  return at < 0 ? ['', cursor] : [cursor.slice(0, at), cursor.slice(at + 1)];
}

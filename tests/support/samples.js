/* Threads and messages to save. */

/** A time to count from; any would do. */
export const START = Date.parse('2026-03-01T09:00:00.000Z');

/** @param {number} ms after START */
export const dateAt = (ms) => new Date(START + ms);

/** @param {string} text */
export const textContent = (text) => ({ format: 2, parts: [{ type: 'text', text }] });

/**
 * A thread with everything there is.
 * @param {Record<string, unknown>} [fields] other than these
 * @returns {any} a test may make it what no type allows
 */
export function makeThread(fields = {}) {
  return {
    id: 't1',
    resourceId: 'u1',
    title: 'A title',
    metadata: { color: 'red' },
    createdAt: dateAt(0),
    updatedAt: dateAt(0),
    ...fields,
  };
}

/**
 * A user's message. Its text is its id.
 * @param {string} id
 * @param {Record<string, unknown>} [fields] other than these
 * @returns {any} a test may make it what no type allows
 */
export function makeMessage(id, fields = {}) {
  return {
    id,
    threadId: 't1',
    resourceId: 'u1',
    role: 'user',
    type: 'text',
    createdAt: dateAt(0),
    content: textContent(id),
    ...fields,
  };
}

/**
 * Messages `m0` and on, a second apart.
 * @param {number} count
 * @param {Record<string, unknown>} [fields] of all of them
 */
export function makeMessages(count, fields = {}) {
  const digits = String(Math.max(count - 1, 0)).length;
  return Array.from({ length: count }, (_, i) =>
    makeMessage(`m${String(i).padStart(digits, '0')}`, { createdAt: dateAt(i * 1000), ...fields }),
  );
}

/** @param {{ id: string }[]} records */
export const idsOf = (records) => records.map(({ id }) => id);

import { StoreError } from '../store/errors.js';

/**
 * Where a task goes on, as text that another process understands: the engine's own cursor, and what was counted.
 * @param {string} task
 * @param {object | null} at
 * @param {Record<string, any>} totals
 */
export function formatCursor(task, at, totals) {
  const json = JSON.stringify({ task, at, totals });
  return btoa(String.fromCodePoint(...new TextEncoder().encode(json)));
}

/**
 * @param {string} task
 * @param {string} cursor
 * @returns {{ at: object | null, totals: Record<string, any> }}
 */
export function parseCursor(task, cursor) {
  try {
    const bytes = Uint8Array.from(atob(cursor), (character) => /** @type {number} */ (character.codePointAt(0)));
    const parsed = JSON.parse(new TextDecoder().decode(bytes));
    if (parsed.task === task && typeof parsed.totals === 'object') return parsed;
  } catch {
    // It is none of ours.
  }
  throw new StoreError({
    code: 'INVALID_ARGUMENT',
    message: `cursor must be one that ${task} returned`,
  });
}

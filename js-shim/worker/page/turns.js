// What the turns of a conversation have cost, for the charts. Kept in the browser, since a store does not count.

/** @typedef {import('./cost.js').Cost} Cost */

const TURNS_MAX = 200;
const CONVERSATIONS_MAX = 50;
const PREFIX = 'turns:';

/** @param {string | null} threadId @returns {Cost[]} the oldest first */
export function turnsOf(threadId) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + threadId) ?? '[]');
  } catch {
    return [];
  }
}

/** @param {string} threadId @param {Cost} cost */
export function addTurn(threadId, cost) {
  const turns = [...turnsOf(threadId), cost].slice(-TURNS_MAX);
  localStorage.setItem(PREFIX + threadId, JSON.stringify(turns));
  const kept = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  for (const name of kept.slice(0, Math.max(0, kept.length - CONVERSATIONS_MAX))) {
    if (name !== PREFIX + threadId) localStorage.removeItem(name);
  }
}

/** @param {string} threadId */
export function forgetTurns(threadId) {
  localStorage.removeItem(PREFIX + threadId);
}

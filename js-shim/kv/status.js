/**
 * What a failure of Workers KV says of itself. The binding's errors have no code: the HTTP status is in their text,
 * "KV PUT failed: 429 Too Many Requests"; a used-up daily quota has a text of its own.
 */

/**
 * The HTTP status that a failure names, 0 where it names none.
 * @param {unknown} cause
 * @returns {number}
 */
export function statusOf(cause) {
  if (cause && typeof cause === 'object' && 'status' in cause && typeof cause.status === 'number') {
    return cause.status;
  }
  if (isQuotaUsedUp(cause)) return 429;
  return Number(/^KV \w+ failed: (\d{3})\b/.exec(messageOf(cause))?.[1] ?? 0);
}

/**
 * Whether the day's calls of the Free plan are used up: no sense in trying again.
 * @param {unknown} cause
 */
export function isQuotaUsedUp(cause) {
  return /limit exceeded for the day/i.test(messageOf(cause));
}

/**
 * Whether a binding's call was lost on its way, or stopped inside Workers: failures that name no status, and that
 * another attempt may not meet.
 * @param {unknown} cause
 */
export function isLost(cause) {
  return /^(Network connection lost|internal error; reference = )/.test(messageOf(cause));
}

/**
 * @param {unknown} cause
 * @returns {string}
 */
export function messageOf(cause) {
  return cause instanceof Error ? cause.message : String(cause);
}

let lastMs = 0;

/**
 * Milliseconds since 1970, at least one more with each reading. A Worker's own clock stands still between I/O, and
 * these times decide which of two writes is newer.
 */
export function risingNow() {
  lastMs = Math.max(Date.now(), lastMs + 1);
  return lastMs;
}

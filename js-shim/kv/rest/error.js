/** A request that failed. Its text never holds the API token. */
export class RestError extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, codes?: (number | undefined)[], isTransient?: boolean, retryAfterMs?: number }} [facts]
   */
  constructor(message, { status = 0, codes = [], isTransient = false, retryAfterMs } = {}) {
    super(message);
    this.name = 'RestError';
    /** HTTP's; 0 where there was no answer, or one that makes no sense. */
    this.status = status;
    /** The API's, in the order of its answer. */
    this.codes = codes;
    /** Whether the same request may do later. */
    this.isTransient = isTransient;
    /** How long the API asks to wait, where it does. */
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * What went wrong, and what to do about it.
 *
 * `code` is one of INVALID_ARGUMENT, NOT_FOUND, KEY_TOO_LONG, VALUE_TOO_LARGE, CORRUPT_RECORD, KV_FAILED,
 * KV_RATE_LIMITED, MISSING_BINDING, SCHEMA_TOO_NEW, PLACEMENT_CHANGED, OUT_OF_MEMORY, TOO_BUSY,
 * MISSING_MODULE, UNSUPPORTED_RUNTIME and ENGINE_FAILED.
 */
export class StoreError extends Error {
  /**
   * @param {{ code: string, message: string, reason?: string, details?: Record<string, string | number | boolean> }}
   *   record as the engine words it
   * @param {{ cause?: unknown }} [options]
   */
  constructor({ code, message, reason, details = {} }, options) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    /** Narrows down the code, where there is more to say: "INVALID_PAGE". */
    this.reason = reason;
    /** Such as `key`, the KV key in hand, and `failedWrites`. */
    this.details = details;
  }
}

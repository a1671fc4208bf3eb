// Errors as this Worker answers them: `{ "error": { "code", "message" } }` with the status that fits.

import { storeFailure } from './store-failures.js';

/** @typedef {import('hono/utils/http-status').ContentfulStatusCode} Status */

/** @typedef {keyof typeof STATUS_OF_STORE_CODE} StoreCode */

/** The store's error codes. What a caller can mend is 4xx; what passes by itself is 503; the rest needs a developer. */
const STATUS_OF_STORE_CODE = /** @type {const} */ ({
  INVALID_ARGUMENT: 400,
  KEY_TOO_LONG: 400,
  NOT_FOUND: 404,
  VALUE_TOO_LARGE: 413,
  KV_FAILED: 503,
  KV_RATE_LIMITED: 503,
  TOO_BUSY: 503,
  CORRUPT_RECORD: 500,
  MISSING_BINDING: 500,
  SCHEMA_TOO_NEW: 500,
  PLACEMENT_CHANGED: 500,
  OUT_OF_MEMORY: 500,
  MISSING_MODULE: 500,
  UNSUPPORTED_RUNTIME: 500,
  ENGINE_FAILED: 500,
});

/** Mastra's name for the error that a thread was used with a resource that does not own it. */
const FOREIGN_THREAD = 'AGENT_MEMORY_THREAD_RESOURCE_MISMATCH';

/** KV takes one write a second to a key, so a second is the shortest pause that can help. */
const RETRY_AFTER_S = 1;

/** An answer other than the one asked for. Thrown anywhere below a route. */
export class RequestError extends Error {
  /**
   * @param {Status} status
   * @param {string} code
   * @param {string} message what happened and what to send instead
   * @param {Record<string, string>} [headers]
   */
  constructor(status, code, message, headers = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/**
 * What to answer after `thrown`. Only messages that were written for callers get out; of anything unforeseen the caller
 * learns nothing but that it happened, and the Worker's log has it in full.
 * @param {unknown} thrown
 * @returns {RequestError}
 */
export function toRequestError(thrown) {
  const failure = storeFailure() ?? thrown;
  for (const error of causes(failure)) {
    if (error instanceof RequestError) return error;
    const code = property(error, 'code');
    if (isStoreCode(code)) return fromStore(code, String(property(error, 'message')), failure);
    // Mastra's own errors have their name in `id`; those that went through a workflow have it in `code`.
    if (code === FOREIGN_THREAD || property(error, 'id') === FOREIGN_THREAD) {
      return foreignThread();
    }
  }
  console.error(thrown);
  return new RequestError(
    500,
    'INTERNAL_ERROR',
    'The request failed for an unforeseen reason; the log of the Worker says which.',
  );
}

/** The answer to who goes on with the thread of someone else. */
export function foreignThread() {
  return new RequestError(
    403,
    'THREAD_OF_ANOTHER_RESOURCE',
    'This threadId is in use by another resourceId. Send the resourceId that began the thread, or a new threadId.',
  );
}

/** @param {StoreCode} code @param {string} message @param {unknown} failure @returns {RequestError} */
function fromStore(code, message, failure) {
  const status = STATUS_OF_STORE_CODE[code];
  if (status >= 500) console.error(failure);
  return new RequestError(status, code, message, status === 503 ? { 'Retry-After': String(RETRY_AFTER_S) } : {});
}

/**
 * An error, its cause, that one's cause, and so on. Mastra wraps errors, some of them as plain objects.
 * @param {unknown} error
 */
function* causes(error) {
  const seen = new Set();
  for (let current = error; current && !seen.has(current); current = property(current, 'cause')) {
    seen.add(current);
    yield current;
  }
}

/** @param {unknown} value @param {string} name @returns {unknown} */
function property(value, name) {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** @param {unknown} code @returns {code is StoreCode} */
function isStoreCode(code) {
  return typeof code === 'string' && Object.hasOwn(STATUS_OF_STORE_CODE, code);
}

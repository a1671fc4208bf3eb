import { ErrorCategory, ErrorDomain, MastraError } from '@mastra/core/error';
import { createStorageErrorId } from '@mastra/core/storage';
import { StoreError } from '../store/errors.js';

/** Whose fault an error is, by its code; what is not named here is the store's own. */
const CATEGORIES = {
  INVALID_ARGUMENT: ErrorCategory.USER,
  NOT_FOUND: ErrorCategory.USER,
  KEY_TOO_LONG: ErrorCategory.USER,
  VALUE_TOO_LARGE: ErrorCategory.USER,
  MISSING_BINDING: ErrorCategory.USER,
  SCHEMA_TOO_NEW: ErrorCategory.USER,
  PLACEMENT_CHANGED: ErrorCategory.USER,
  CORRUPT_RECORD: ErrorCategory.THIRD_PARTY,
  KV_FAILED: ErrorCategory.THIRD_PARTY,
  KV_RATE_LIMITED: ErrorCategory.THIRD_PARTY,
};

/**
 * What Mastra's error ids call an operation: LIST_THREADS of listThreads, and some by names of their own.
 * @param {string} operation in camel case
 */
function idOf(operation) {
  const name = operation.replace(/^copyThread/, 'cloneThread').replace(/^listScores/, 'getScores');
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * The error as Mastra's storage adapters throw it: MASTRA_STORAGE_CLOUDFLARE_LIST_THREADS_INVALID_PAGE.
 * @param {string} operation in camel case
 * @param {unknown} cause
 */
export function toMastraError(operation, cause) {
  if (!(cause instanceof StoreError)) return cause;
  return new MastraError(
    {
      id: createStorageErrorId('CLOUDFLARE', idOf(operation), cause.reason ?? 'FAILED'),
      domain: ErrorDomain.STORAGE,
      category: CATEGORIES[/** @type {keyof typeof CATEGORIES} */ (cause.code)] ?? ErrorCategory.SYSTEM,
      text: cause.message,
      details: { ...cause.details, code: cause.code },
    },
    cause,
  );
}

/**
 * The error of a wrong configuration. It has no text of its own, so that its message is the cause's.
 * @param {unknown} cause
 */
export function toInitError(cause) {
  if (!(cause instanceof StoreError)) return cause;
  return new MastraError(
    {
      id: createStorageErrorId('CLOUDFLARE', 'INIT', 'FAILED'),
      domain: ErrorDomain.STORAGE,
      category: ErrorCategory.THIRD_PARTY,
      details: { ...cause.details, code: cause.code },
    },
    cause,
  );
}

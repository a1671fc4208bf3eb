/** What the API's answers say. */
import { RestError } from './error.js';

/** @typedef {{ code?: number, message?: string }} ApiError */
/** @typedef {{ success?: boolean, result?: any, result_info?: any, errors?: ApiError[] }} Envelope */

/** After a 429 that does not say how long to wait. */
const RETRY_AFTER_MS = 1_000;

const UNAUTHORIZED = 401;
export const NOT_FOUND = 404;
export const TOO_MANY_REQUESTS = 429;

/** The API's own codes, within an answer's errors. */
const MALFORMED_HEADERS = 6003;
export const KEY_NOT_FOUND = 10009;
export const NAMESPACE_NOT_FOUND = 10013;
export const TITLE_IS_TAKEN = 10014;

/**
 * @param {string} text
 * @returns {Envelope | undefined} undefined where it is no JSON
 */
export function parseEnvelope(text) {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * A refusal, as what a RestError is made of.
 * @param {Response} response
 * @param {string} text
 * @param {number} now
 */
export function refusalOf(response, text, now) {
  const errors = apiErrors(parseEnvelope(text));
  const codes = errors.map(({ code }) => code);
  const said = errors.map(({ code, message }) => `${message} (code ${code})`).join('; ');
  const reason = [response.status, response.statusText].join(' ').trim();
  // A token that cannot be one is refused before anyone looks who it is of.
  const status = codes.includes(MALFORMED_HEADERS) ? UNAUTHORIZED : response.status;
  const retryAfterMs = status === TOO_MANY_REQUESTS ? retryAfter(response, now) : undefined;
  const wait = retryAfterMs === undefined ? '' : `, to be tried again in ${seconds(retryAfterMs)}`;
  const message = `${reason}${said && `: ${said}`}${requestId(response)}${wait}`;
  return { message, status, codes, retryAfterMs, isTransient: status >= 500 || status === TOO_MANY_REQUESTS };
}

/**
 * What is wrong with an answer that says that all is well, but not what the API says then.
 * @param {Response} response
 * @param {string} text
 */
export function nonsenseOf(response, text) {
  const type = response.headers.get('content-type') ?? 'of no type';
  const size = `${text.length} characters, ${type}`;
  return `${response.status}, but the answer is not the API's JSON: ${size}${requestId(response)}`;
}

/**
 * @param {unknown} result
 * @param {string} what
 * @returns {any[]}
 */
export function elementsOf(result, what) {
  if (Array.isArray(result)) return result;
  throw new RestError(`the API's answer to a list of ${what} holds no list`);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${Math.ceil(ms / 1000)} s`;
}

/**
 * @param {Envelope | undefined} envelope
 * @returns {ApiError[]}
 */
function apiErrors(envelope) {
  return Array.isArray(envelope?.errors) ? envelope.errors.filter((error) => error?.message !== undefined) : [];
}

/**
 * How long a refusal asks to wait.
 * @param {Response} response
 * @param {number} now
 */
function retryAfter(response, now) {
  const header = response.headers.get('retry-after');
  const ms = Number(header) * 1000 || Date.parse(header ?? '') - now;
  return Math.max(ms || 0, RETRY_AFTER_MS);
}

/** @param {Response} response */
function requestId(response) {
  const id = response.headers.get('cf-ray');
  return id === null ? '' : `, request ${id}`;
}

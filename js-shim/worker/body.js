// A request's body is read to its end before anything is answered, whatever the answer will be. Under `wrangler dev` an
// answer to a request whose body is still arriving breaks the connection between its two Workers, and ends wrangler.

import { RequestError } from './errors.js';

/** The largest body. It is kept as a whole, and no model's prompt has use for more. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** What is read and thrown away of a body at the most: Cloudflare's own limit on the Free plan. */
const DRAINED_BYTES_MAX = 100 * 1024 * 1024;

/**
 * The same request with its body in memory.
 * @param {Request} request
 * @returns {Promise<Request>} rejects with BODY_TOO_LARGE
 */
export async function takeBody(request) {
  if (!request.body) return request;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let size = 0;
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (request.body).getReader();
  while (size <= DRAINED_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size <= BODY_BYTES_MAX) chunks.push(value);
    else chunks.length = 0;
  }
  if (size > BODY_BYTES_MAX) {
    throw new RequestError(413, 'BODY_TOO_LARGE', `Send a body of at most ${BODY_BYTES_MAX} bytes.`);
  }
  return new Request(request, { body: new Blob(chunks) });
}

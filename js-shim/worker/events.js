// An answer in parts, as server-sent events.

import { toRequestError } from './errors.js';

const utf8 = new TextEncoder();

/** @typedef {AsyncGenerator<string, void>} Parts */

/**
 * `text` events with the parts, in the end `done`, or `error` as the other routes answer it. What fails before the first
 * part is thrown here, and so is answered with its status.
 * @param {Parts} parts
 * @param {(work: Promise<void>) => void} waitUntil
 * @returns {Promise<Response>}
 */
export async function eventsOf(parts, waitUntil) {
  const first = await parts.next();
  /** @type {ReadableStream<Uint8Array>} */
  const readable = new ReadableStream({ start: (controller) => waitUntil(send(parts, first, controller)) });
  return new Response(readable, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

/**
 * Who has gone away gets no more events, but all parts are taken: an answer is saved at its end. So nothing here waits for
 * the client. (A writer's write would: when the client goes, nothing settles it any more, and workerd ends the request.)
 * @param {Parts} parts
 * @param {IteratorResult<string, void>} first
 * @param {ReadableStreamDefaultController<Uint8Array>} controller
 */
async function send(parts, first, controller) {
  const tell = (/** @type {string} */ event, /** @type {object} */ data) =>
    whileOpen(() => controller.enqueue(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)));
  try {
    for (let part = first; !part.done; part = await parts.next()) tell('text', { text: part.value });
    tell('done', {});
  } catch (thrown) {
    const { code, message } = toRequestError(thrown);
    tell('error', { code, message });
  }
  whileOpen(() => controller.close());
}

/** @param {() => void} use of a stream, which throws when the client has gone */
function whileOpen(use) {
  try {
    use();
  } catch {
    // Nobody listens.
  }
}

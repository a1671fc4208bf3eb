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
  const { readable, writable } = new TransformStream();
  waitUntil(send(parts, first, writable.getWriter()));
  return new Response(readable, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

/**
 * Who has gone away gets no more events, but all parts are taken: an answer is saved at its end.
 * @param {Parts} parts
 * @param {IteratorResult<string, void>} first
 * @param {WritableStreamDefaultWriter<Uint8Array>} writer
 */
async function send(parts, first, writer) {
  const write = (/** @type {string} */ event, /** @type {object} */ data) =>
    writer.write(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)).catch(() => {});
  try {
    for (let part = first; !part.done; part = await parts.next()) await write('text', { text: part.value });
    await write('done', {});
  } catch (thrown) {
    const { code, message } = toRequestError(thrown);
    await write('error', { code, message });
  }
  await writer.close().catch(() => {});
}

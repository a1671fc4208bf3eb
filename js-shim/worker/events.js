// An answer in parts, as server-sent events.

import { toRequestError } from './errors.js';

const utf8 = new TextEncoder();

/**
 * `text` events with the parts, in the end `done`, or `error` as the other routes answer it. What fails before the first
 * part is thrown here, and so is answered with its status.
 * @param {AsyncGenerator<string, void>} parts
 * @returns {Promise<Response>}
 */
export async function eventsOf(parts) {
  const first = await parts.next();
  const body = new ReadableStream({
    async start(controller) {
      const send = (/** @type {string} */ event, /** @type {object} */ data) =>
        controller.enqueue(utf8.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      try {
        for (let part = first; !part.done; part = await parts.next()) send('text', { text: part.value });
        send('done', {});
      } catch (thrown) {
        const { code, message } = toRequestError(thrown);
        send('error', { code, message });
      }
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

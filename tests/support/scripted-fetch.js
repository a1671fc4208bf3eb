/* A `fetch` that answers what a test says. */
import assert from 'node:assert/strict';

/** @typedef {{ method: string, path: string, body: any, headers: Headers, signal: AbortSignal | null | undefined }} Sent */
/** @typedef {Response | Error | ((sent: Sent) => Response | Promise<Response>)} Answer */

/**
 * Answers the requests in their order; the last answer, if it is a function, for ever.
 * @param {Answer[]} answers
 */
export function scriptedFetch(...answers) {
  /** @type {Sent[]} */
  const sent = [];
  /** @type {typeof globalThis.fetch} */
  const fetch = async (input, init) => {
    const url = new URL(String(input));
    const request = {
      method: init?.method ?? 'GET',
      path: url.pathname.replace(/^.*\/storage\/kv\/namespaces/, '') + url.search,
      body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
      headers: new Headers(init?.headers),
      signal: init?.signal,
    };
    sent.push(request);
    const last = answers.at(-1);
    const answer = answers[sent.length - 1] ?? (typeof last === 'function' ? last : undefined);
    assert.ok(answer, `nothing is scripted for ${request.method} ${request.path}`);
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(request) : answer;
  };
  return { fetch, sent };
}

/** An answer that never comes, or only the time-out. @param {Sent} sent @returns {Promise<Response>} */
export const silence = ({ signal }) =>
  new Promise((_resolve, reject) => {
    // Keeps the program alive, as a socket would; AbortSignal.timeout does not.
    const socket = setInterval(() => {}, 1000);
    signal?.addEventListener('abort', () => {
      clearInterval(socket);
      reject(signal.reason);
    });
  });

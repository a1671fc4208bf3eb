// The Worker's API, as anyone may use it. What storage did for a request is asked for afterwards, by the request's name.

/** An answer that is an error, or none. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Told of every request to storage that has ended. @type {(action: { label: string, name: string, turn?: Turn }) => void} */
let onAction = () => {};

/** @typedef {{ threadId: string, resourceId: string, message: string }} Turn */

/** @param {typeof onAction} listener */
export function setActionListener(listener) {
  onAction = listener;
}

/** @param {string} resourceId @param {number} page */
export function listThreads(resourceId, page) {
  return act(
    `List the conversations of ${resourceId}`,
    'GET',
    path`/api/threads?resourceId=${resourceId}&page=${page}`,
  );
}

/** @param {string} threadId @param {number} page @param {number} perPage */
export function listMessages(threadId, page, perPage) {
  const label = page === 0 ? `Open ${threadId}` : `Page back in ${threadId}`;
  return act(label, 'GET', path`/api/threads/${threadId}/messages?order=desc&page=${page}&perPage=${perPage}`);
}

/** @param {string} threadId */
export function deleteThread(threadId) {
  return act(`Delete ${threadId}`, 'DELETE', path`/api/threads/${threadId}`);
}

/**
 * Say something; the answer comes in parts.
 * @param {Turn} turn
 * @returns {AsyncGenerator<string, void>}
 */
export async function* chat(turn) {
  const name = newName();
  try {
    const headers = { 'content-type': 'application/json', 'x-request-name': name };
    const response = await send('/api/chat/stream', { method: 'POST', headers, body: JSON.stringify(turn) });
    for await (const { event, data } of eventsOf(response)) {
      if (event === 'text') yield data.text;
      if (event === 'error') throw new ApiError(data.code, data.message);
      if (event === 'done') return;
    }
    throw new ApiError('CONNECTION_LOST', 'The answer ended halfway.');
  } finally {
    onAction({ label: `Answer “${turn.message}”`, name, turn });
  }
}

/** What storage did for a request. @param {string} name */
export const stepsOf = (name) => json(path`/api/page/steps/${name}`);

/** What observational memory holds of a conversation. @param {string} threadId @param {string} resourceId */
export const observationsOf = (threadId, resourceId) =>
  json(path`/api/page/observations?threadId=${threadId}&resourceId=${resourceId}`);

/** @param {string} namespace @param {string} prefix @param {string | null} cursor */
export function listKeys(namespace, prefix, cursor) {
  const more = cursor === null ? '' : path`&cursor=${cursor}`;
  return json(path`/api/page/keys?namespace=${namespace}&prefix=${prefix}` + more);
}

/** @param {string} namespace @param {string} key */
export const readKey = (namespace, key) => json(path`/api/page/key?namespace=${namespace}&key=${key}`);

/** @param {string} namespace @param {string} key */
export const deleteKey = (namespace, key) =>
  json(path`/api/page/key?namespace=${namespace}&key=${key}`, { method: 'DELETE' });

/** @param {string} id */
export const findId = (id) => json(path`/api/page/find?id=${id}`);

/** @param {string} label @param {string} method @param {string} url */
async function act(label, method, url) {
  const name = newName();
  try {
    return await json(url, { method, headers: { 'x-request-name': name } });
  } finally {
    onAction({ label, name });
  }
}

/** @param {string} url @param {RequestInit} [init] */
async function json(url, init) {
  return (await send(url, init)).json();
}

/** @param {string} url @param {RequestInit} [init] */
async function send(url, init) {
  const response = await fetch(url, init).catch(() => {
    throw new ApiError('UNREACHABLE', 'The Worker does not answer. Is `make dev` still running?');
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ApiError(answer?.error?.code ?? `HTTP_${response.status}`, answer?.error?.message ?? response.statusText);
}

/**
 * Server-sent events, which `EventSource` reads of GET requests only.
 * @param {Response} response
 * @returns {AsyncGenerator<{ event: string, data: any }>}
 */
async function* eventsOf(response) {
  if (!response.body) return;
  let text = '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new ApiError('CONNECTION_LOST', 'The connection broke before the answer was complete.');
    });
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/s.exec(event) ?? [];
      yield { event: name, data: JSON.parse(data) };
    }
  }
}

/** A URL whose parts are encoded. @param {TemplateStringsArray} texts @param {...(string | number)} parts */
function path(texts, ...parts) {
  return String.raw({ raw: texts }, ...parts.map((part) => encodeURIComponent(part)));
}

/** A name for a request. (`randomUUID` is for https and localhost alone.) */
function newName() {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (number) => number.toString(36)).join('');
}

// What requests must look like. All of it is checked here, before anything is read or written.

import { z } from 'zod';
import { RequestError } from './errors.js';

/**
 * The longest id, in bytes, percent-encoded. A KV key ends at 512 bytes and holds up to two ids, a time and the store's
 * own words. The store refuses a key that is too long, but a turn writes several keys of different length: two ids
 * within this limit fit into each of them, so no turn is refused halfway.
 */
const ID_BYTES_MAX = 200;

const PAGE_DIGITS_MAX = 9;
const PER_PAGE_MAX = 100;
const PER_PAGE_DEFAULT = 20;

const CHAT_EXAMPLE = '{"threadId": "t1", "resourceId": "ada", "message": "Hello"}';

const string = z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a string') });

const id = string
  .refine((text) => text.trim() !== '', { error: 'must not be empty', abort: true })
  .refine((text) => text.isWellFormed(), { error: 'must be well-formed Unicode', abort: true })
  // The path of a URL cannot hold these as a segment, not even percent-encoded: nobody could ask for such a thread.
  .refine((text) => text !== '.' && text !== '..', { error: 'must not be "." or ".."', abort: true })
  .refine((text) => encodeURIComponent(text).length <= ID_BYTES_MAX, {
    error: `is too long: it may take ${ID_BYTES_MAX} bytes percent-encoded ("a" takes 1, "é" takes 6)`,
  });

const page = z
  .string()
  .regex(new RegExp(`^\\d{1,${PAGE_DIGITS_MAX}}$`), 'must be a whole number from 0')
  .default('0')
  .transform(Number);

const perPage = z
  .string()
  .default(String(PER_PAGE_DEFAULT))
  .refine((text) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= PER_PAGE_MAX, {
    error: `must be a whole number from 1 to ${PER_PAGE_MAX}`,
  })
  .transform(Number);

const order = z.enum(['asc', 'desc'], 'must be asc (oldest first) or desc (newest first)').default('asc');

const chatBody = z.object(
  {
    threadId: id,
    resourceId: id,
    message: string.refine((text) => text.trim() !== '', 'must not be empty'),
  },
  'must be an object',
);
const threadsQuery = z.object({ resourceId: id, page, perPage });
const messagesQuery = z.object({ page, perPage, order });

const namespace = z.enum(['THREADS_KV', 'MESSAGES_KV'], 'must be THREADS_KV or MESSAGES_KV');
const keysQuery = z.object({ namespace, prefix: string.default(''), cursor: string.optional() });
const keyQuery = z.object({ namespace, key: string.refine((text) => text !== '', 'must not be empty') });
const findQuery = z.object({ id });
const observationsQuery = z.object({ threadId: id, resourceId: id });

/** @param {Request} request @returns {Promise<z.output<typeof chatBody>>} */
export async function readChatBody(request) {
  const mediaType = request.headers.get('content-type')?.split(';')[0].trim().toLowerCase();
  if (mediaType !== 'application/json') {
    // Also what keeps other web sites out: a browser sends this type across origins only if the server agrees first.
    throw new RequestError(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      `Send JSON with the header "content-type: application/json", for example ${CHAT_EXAMPLE}.`,
    );
  }
  return parse(chatBody, parseJson(await request.arrayBuffer()), `Send for example ${CHAT_EXAMPLE}.`);
}

/** @param {Record<string, string>} query @returns {z.output<typeof threadsQuery>} */
export function readThreadsQuery(query) {
  return parse(threadsQuery, query, 'Ask for example /api/threads?resourceId=ada&page=0&perPage=20.');
}

/** @param {Record<string, string>} query @returns {z.output<typeof messagesQuery>} */
export function readMessagesQuery(query) {
  return parse(messagesQuery, query, 'Ask for example /api/threads/t1/messages?page=0&perPage=20&order=desc.');
}

/** @param {Record<string, string>} query @returns {z.output<typeof keysQuery>} */
export function readKeysQuery(query) {
  return parse(keysQuery, query, 'Ask for example /api/page/keys?namespace=THREADS_KV&prefix=threads:.');
}

/** @param {Record<string, string>} query @returns {z.output<typeof keyQuery>} */
export function readKeyQuery(query) {
  return parse(keyQuery, query, 'Ask for example /api/page/key?namespace=THREADS_KV&key=threads:t1.');
}

/** @param {Record<string, string>} query @returns {z.output<typeof findQuery>} */
export function readFindQuery(query) {
  return parse(findQuery, query, 'Ask for example /api/page/find?id=t1.');
}

/** @param {Record<string, string>} query @returns {z.output<typeof observationsQuery>} */
export function readObservationsQuery(query) {
  return parse(observationsQuery, query, 'Ask for example /api/page/observations?threadId=t1&resourceId=ada.');
}

/** @param {string | undefined} threadId a segment of the path, decoded @returns {string} */
export function readThreadId(threadId) {
  return parse(z.object({ threadId: id }), { threadId }, 'Ask for example /api/threads/t1.').threadId;
}

/** @param {ArrayBuffer} bytes @returns {unknown} */
function parseJson(bytes) {
  try {
    // `fatal`: text that is not UTF-8 would otherwise be saved with its bad bytes replaced.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(400, 'INVALID_JSON', `The body is not JSON in UTF-8. Send for example ${CHAT_EXAMPLE}.`);
  }
}

/**
 * @template T
 * @param {z.ZodType<T>} schema
 * @param {unknown} input
 * @param {string} hint what to send instead
 * @returns {T}
 */
function parse(schema, input, hint) {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'The body'} ${message}`);
  throw new RequestError(400, 'INVALID_REQUEST', `${problems.join('; ')}. ${hint}`);
}

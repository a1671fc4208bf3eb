// The Worker of `make dev`: an agent over HTTP whose memory is kept in Workers KV.
//
// There is no authentication: whoever can reach the Worker can read every thread. It shows the store at work and is not
// meant to face the internet as it is.

import { Hono } from 'hono';
import { reply, replyInParts } from './agent.js';
import { takeBody } from './body.js';
import { RequestError, toRequestError } from './errors.js';
import { eventsOf } from './events.js';
import { page, servePageFile } from './page.js';
import { readChatBody, readMessagesQuery, readThreadId, readThreadsQuery } from './requests.js';
import { collectStoreFailures } from './store-failures.js';
import { hasPage, memory } from './storage.js';
import { traceRequest } from './trace.js';

/** @typedef {import('hono').Context} Context */

/** @param {string} origin of this Worker, as it was asked */
const routesText = (origin) => `An agent that remembers, its memory in Workers KV.

POST   /api/chat                   {"threadId": "t1", "resourceId": "ada", "message": "Hello"}; begins the thread if it is new
POST   /api/chat/stream            the same, answered as server-sent events: text, done, error
GET    /api/threads                ?resourceId=ada (required) &page=0 &perPage=20; the newest first
GET    /api/threads/:id
GET    /api/threads/:id/messages   ?page=0 &perPage=20 &order=asc|desc (by time)
DELETE /api/threads/:id            the thread with its messages

For example:
  curl ${origin}/api/chat -H 'content-type: application/json' \\
    -d '{"threadId": "t1", "resourceId": "ada", "message": "Hello"}'
`;

const app = new Hono();

app.use((_context, next) => collectStoreFailures(next));
app.use((context, next) => {
  const name = context.req.header('x-request-name');
  return hasPage && name ? traceRequest(name, next) : next();
});
app.use(async (context, next) => {
  context.req.raw = await takeBody(context.req.raw);
  await next();
});

route('/', {
  GET: async (context) => {
    const isBrowser = context.req.header('accept')?.includes('text/html');
    if (hasPage && isBrowser) return servePageFile(context.req.raw);
    return context.text(routesText(new URL(context.req.url).origin));
  },
});

route('/api/chat', {
  POST: async (context) => {
    const { threadId, resourceId, message } = await readChatBody(context.req.raw);
    return context.json({ text: await reply({ threadId, resourceId, message }), threadId });
  },
});

route('/api/chat/stream', {
  POST: async (context) => {
    const parts = replyInParts(await readChatBody(context.req.raw));
    return eventsOf(parts, (work) => context.executionCtx.waitUntil(work));
  },
});

route('/api/threads', {
  GET: async (context) => {
    const { resourceId, page, perPage } = readThreadsQuery(context.req.query());
    return context.json(await memory.listThreads({ filter: { resourceId }, page, perPage }));
  },
});

route('/api/threads/:id', {
  GET: async (context) => context.json(await knownThread(context)),

  DELETE: async (context) => {
    const threadId = readThreadId(context.req.param('id'));
    const thread = await memory.getThreadById({ threadId });
    // Also where there is no thread: a deletion that failed halfway has hidden the thread first, and asking again
    // removes the messages that it left.
    await memory.deleteThread({ threadId });
    if (!thread) throw unknownThread(threadId);
    return context.json({ deleted: true, threadId });
  },
});

route('/api/threads/:id/messages', {
  GET: async (context) => {
    const { page, perPage, order } = readMessagesQuery(context.req.query());
    const { id: threadId } = await knownThread(context);
    const direction = order === 'desc' ? 'DESC' : 'ASC';
    return context.json(
      await memory.listMessages({ threadId, page, perPage, orderBy: { field: 'createdAt', direction } }),
    );
  },
});

if (hasPage) app.route('/', page);

app.notFound((context) => {
  const { pathname } = new URL(context.req.url);
  throw new RequestError(404, 'UNKNOWN_ROUTE', `There is nothing at ${pathname}. GET / lists the routes.`);
});

app.onError((thrown, context) => {
  const { status, code, message, headers } = toRequestError(thrown);
  return context.json({ error: { code, message } }, status, headers);
});

export default app;

/**
 * Adds a path with a handler for each method it knows; any other method is answered with 405 and the list of these.
 * @param {string} path
 * @param {Record<string, (context: Context) => Response | Promise<Response>>} handlers
 */
function route(path, handlers) {
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  // Hono answers HEAD with the handler of GET.
  const allowed = Object.keys(handlers)
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ');
  app.all(path, (context) => {
    throw new RequestError(
      405,
      'METHOD_NOT_ALLOWED',
      `${context.req.path} takes ${allowed}, not ${context.req.method}.`,
      {
        Allow: allowed,
      },
    );
  });
}

/** @param {Context} context */
async function knownThread(context) {
  const threadId = readThreadId(context.req.param('id'));
  const thread = await memory.getThreadById({ threadId });
  if (!thread) throw unknownThread(threadId);
  return thread;
}

/** @param {string} threadId */
function unknownThread(threadId) {
  return new RequestError(
    404,
    'UNKNOWN_THREAD',
    `There is no thread ${JSON.stringify(threadId)}. GET /api/threads?resourceId=… lists the threads of a resource; POST /api/chat begins one.`,
  );
}

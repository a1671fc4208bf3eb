// What the page at `/` is made of: its files, what storage did for its requests, observational memory, and the data view.

import { Hono } from 'hono';
import { env } from 'cloudflare:workers';
import { deleteKey, findId, listKeys, readKey } from './data.js';
import { RequestError } from './errors.js';
import { observationsOf } from './observations.js';
import { readFindQuery, readKeyQuery, readKeysQuery, readObservationsQuery } from './requests.js';
import { traceOf } from './trace.js';

export const page = new Hono();

page.get('/api/page/steps/:request', (context) => {
  const trace = traceOf(context.req.param('request'));
  if (!trace) {
    throw new RequestError(
      404,
      'UNKNOWN_REQUEST',
      'Of this request nothing is known any more: steps are kept in the memory of the isolate that served it.',
    );
  }
  const { steps, omitted, rounds } = trace;
  return context.json({ steps, omitted, rounds });
});

page.get('/api/page/observations', async (context) =>
  context.json(await observationsOf(readObservationsQuery(context.req.query()))),
);

page.get('/api/page/keys', async (context) => {
  const { namespace, prefix, cursor } = readKeysQuery(context.req.query());
  return context.json(await listKeys(namespace, { prefix, cursor }));
});

page.get('/api/page/key', async (context) => {
  const { namespace, key } = readKeyQuery(context.req.query());
  return context.json(await readKey(namespace, key));
});

page.delete('/api/page/key', async (context) => {
  const { namespace, key } = readKeyQuery(context.req.query());
  await deleteKey(namespace, key);
  return context.json({ deleted: true, namespace, key });
});

page.get('/api/page/find', async (context) => context.json(await findId(readFindQuery(context.req.query()).id)));

page.get('*', async (context, next) => {
  const answer = await servePageFile(context.req.raw);
  return answer.status === 404 ? next() : answer;
});

/** A file of the page; of `/` it is index.html. @param {Request} request */
export function servePageFile(request) {
  return env.ASSETS.fetch(request);
}

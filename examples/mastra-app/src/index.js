/* An assistant with tools, a memory of its users, titles for its threads, and a workflow that waits for an approval.
 * There is no sign-in: `resource` should be the signed-in user's id, never what a request claims. */
import { makeAgent, memory } from './agent.js';
import { decide, startPurchase } from './purchase.js';

/** What a turn needs besides its message. @param {{ thread: string, resource: string }} turn @param {ExecutionContext} ctx */
const options = ({ thread, resource }, ctx) => ({
  memory: { thread, resource },
  // Titles are made after the answer; without this the request would end before them.
  serverless: { waitUntil: (/** @type {Promise<unknown>} */ work) => ctx.waitUntil(work) },
});

const routes = {
  async 'POST /chat'(request, ctx) {
    const turn = await request.json();
    const { text } = await makeAgent().generate(turn.message, options(turn, ctx));
    return Response.json({ text });
  },
  async 'POST /chat/stream'(request, ctx) {
    const turn = await request.json();
    const { textStream } = await makeAgent().stream(turn.message, options(turn, ctx));
    return new Response(textStream.pipeThrough(new TextEncoderStream()), {
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  },
  async 'GET /threads'(request) {
    const resourceId = new URL(request.url).searchParams.get('resource');
    const { threads } = await memory.listThreads({ filter: { resourceId }, perPage: 20 });
    return Response.json(threads.map(({ id, title }) => ({ id, title })));
  },
  async 'GET /working-memory'(request) {
    const resourceId = new URL(request.url).searchParams.get('resource');
    return Response.json(await memory.getWorkingMemory({ threadId: '', resourceId }));
  },
  async 'POST /purchases'(request) {
    return Response.json(await startPurchase(await request.json()));
  },
  async 'POST /purchases/decide'(request) {
    const { runId, ...decision } = await request.json();
    return Response.json(await decide(runId, decision));
  },
};

export default {
  async fetch(request, env, ctx) {
    const route = routes[`${request.method} ${new URL(request.url).pathname}`];
    if (!route) return Response.json({ routes: Object.keys(routes) }, { status: 404 });
    return route(request, ctx);
  },
};

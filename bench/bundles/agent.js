/* A Worker with an agent whose memory is in KV, to see what the store adds to one that has Mastra anyway. */
import { Agent } from '@mastra/core/agent';
import { Memory } from '@mastra/memory';
import { CloudflareStore } from '../../js-shim/index.js';

/** @param {Request} request @param {any} env */
const fetch = async (request, env) => {
  const bindings = { threads: env.THREADS_KV, messages: env.MESSAGES_KV };
  const memory = new Memory({ storage: new CloudflareStore({ id: 's', bindings, disableInit: true }) });
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'You remember.', model: 'openai/gpt-5-mini', memory });
  return Response.json(await agent.generate(await request.text(), { memory: { thread: 't1', resource: 'u1' } }));
};
export default { fetch };

/* The same agent with a memory that no store keeps. */
import { Agent } from '@mastra/core/agent';
import { Memory } from '@mastra/memory';
import { InMemoryStore } from '@mastra/core/storage';

/** @param {Request} request */
const fetch = async (request) => {
  const memory = new Memory({ storage: new InMemoryStore() });
  const agent = new Agent({ id: 'a', name: 'a', instructions: 'You remember.', model: 'openai/gpt-5-mini', memory });
  return Response.json(await agent.generate(await request.text(), { memory: { thread: 't1', resource: 'u1' } }));
};
export default { fetch };

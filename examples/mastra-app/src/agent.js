import { env } from 'cloudflare:workers';
import { Agent } from '@mastra/core/agent';
import { EventEmitterPubSub } from '@mastra/core/events';
import { createTool } from '@mastra/core/tools';
import { Memory } from '@mastra/memory';
import { z } from 'zod';
import { storage } from './storage.js';

const timeIn = createTool({
  id: 'time-in',
  description: 'The time of day in a time zone',
  inputSchema: z.object({ timeZone: z.string().describe('of the IANA list, such as Europe/Riga') }),
  outputSchema: z.object({ time: z.string() }),
  execute: async ({ timeZone }) => ({ time: new Date().toLocaleTimeString('en-GB', { timeZone }) }),
});

export const memory = new Memory({
  storage,
  options: {
    lastMessages: 20,
    generateTitle: true,
    // By a schema: Mastra compiles the tool of its default template with `new Function`, which Workers forbid.
    workingMemory: {
      enabled: true,
      scope: 'resource',
      schema: z.object({ name: z.string().optional(), city: z.string().optional() }),
    },
  },
});

/**
 * Made for each request, with events of its own. Agents that share them take turns on a thread: a stream waits for the one
 * before, which may be another request's, for which a Worker must not wait, or was cancelled and never ends.
 */
export const makeAgent = () =>
  new Agent({
    id: 'assistant',
    name: 'assistant',
    instructions: 'You are a helpful assistant. Note what you learn of the user in working memory.',
    model: () => ({ id: env.MODEL, apiKey: env.MODEL_API_KEY }),
    tools: { timeIn },
    memory,
    pubsub: new EventEmitterPubSub(),
  });

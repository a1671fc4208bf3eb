// The agent that answers, and the memory it remembers with.

import { env } from 'cloudflare:workers';
import { Agent } from '@mastra/core/agent';
import { MastraError } from '@mastra/core/error';
import { EventEmitterPubSub } from '@mastra/core/events';
import { Memory } from '@mastra/memory';
import { foreignThread, RequestError } from './errors.js';
import { OBSERVED_TOKENS } from './observations.js';
import { createRecallModel, observe, recall } from './recall-model.js';
import { memory, storage } from './storage.js';
import { storeFailure } from './store-failures.js';

/** Ten exchanges. Up to 100 messages would cost the same KV calls, but each one makes the prompt longer. */
const LAST_MESSAGES = 20;

// Agent, memory and store are made once, at module level: making them does no I/O, sets no timer and draws no random
// number, which is what Workers forbid there. The agent is not registered with a `Mastra` instance: with one, each turn
// would also save and delete two workflow snapshots, for turns that stop to be resumed later. None of these does.
const settings = {
  id: 'chat',
  name: 'chat',
  instructions: 'You are a helpful assistant. You remember what was said earlier in the conversation.',
  model: () => chooseModel(recall),
  memory: new Memory({ storage, options: { lastMessages: LAST_MESSAGES, observationalMemory: observation() } }),
};
const agent = new Agent(settings);

/**
 * An agent for the stream of one request. Agents with one hub of events take turns on a thread: a stream waits until the
 * one before has ended. That may be another request's, for which a Worker must not wait, or one that was cancelled and
 * never ends.
 */
const streamingAgent = () => new Agent({ ...settings, pubsub: new EventEmitterPubSub() });

/** @typedef {{ threadId: string, resourceId: string, message: string }} Turn */

/**
 * Answers a message and saves both, in a new thread if there is none of this id.
 * @param {Turn} turn
 * @returns {Promise<string>} the answer
 */
export async function reply({ threadId, resourceId, message }) {
  await refuseForeignThread(threadId, resourceId);
  try {
    const { text } = await agent.generate(message, { memory: { thread: threadId, resource: resourceId } });
    return text;
  } catch (error) {
    throw asRequestError(error);
  }
}

/**
 * The same, part by part as the model gives them. Both messages are saved when the last part has been taken.
 * @param {Turn} turn
 * @returns {AsyncGenerator<string, void>}
 */
export async function* replyInParts({ threadId, resourceId, message }) {
  await refuseForeignThread(threadId, resourceId);
  try {
    const { fullStream } = await streamingAgent().stream(message, {
      memory: { thread: threadId, resource: resourceId },
    });
    for await (const chunk of fullStream) {
      if (chunk.type === 'text-delta') yield chunk.payload.text;
      if (chunk.type === 'error') throw chunk.payload.error;
    }
  } catch (error) {
    throw asRequestError(error);
  }
  // The answer is there, but what could not be saved will not be remembered; Mastra only logs it.
  const failure = storeFailure();
  if (failure) throw failure;
}

/**
 * Mastra turns its own errors and the store's into MastraErrors; anything else is what the model has thrown.
 * @param {unknown} error
 */
function asRequestError(error) {
  if (error instanceof MastraError || error instanceof RequestError || storeFailure()) return error;
  console.error(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new RequestError(502, 'MODEL_FAILED', `The model ${env.MODEL ?? '(built-in)'} did not answer: ${reason}`);
}

/**
 * Mastra refuses such a thread as well, but as a failed step, with its stack in the log. The read costs nothing: Mastra's
 * own, which follows within a second, is answered from the store's overlay.
 * @param {string} threadId
 * @param {string} resourceId
 */
async function refuseForeignThread(threadId, resourceId) {
  const thread = await memory.getThreadById({ threadId });
  if (thread && thread.resourceId !== resourceId) throw foreignThread();
}

/**
 * Observational memory, where OBSERVATIONAL_MEMORY says after how many tokens of messages they are observed. At once, and
 * not in the background: what a Worker has begun when it answers may be cancelled.
 */
function observation() {
  return (
    OBSERVED_TOKENS > 0 && {
      model: () => chooseModel(observe),
      observation: { messageTokens: OBSERVED_TOKENS, bufferTokens: /** @type {const} */ (false) },
    }
  );
}

/**
 * The built-in model, or the one that MODEL names (an id of Mastra's model router, for example `openai/gpt-5-mini`).
 * A function of each request, so that a wrong setting fails requests, with a message, and not the Worker's start.
 * @param {typeof recall} answer what the built-in model says
 */
function chooseModel(answer) {
  const { MODEL: id, MODEL_API_KEY: apiKey } = env;
  if (!id && !apiKey) return createRecallModel(answer);
  if (!id || !apiKey || !isModelId(id)) {
    throw new RequestError(
      500,
      'MODEL_NOT_CONFIGURED',
      'To use a model of your own, set both MODEL, as provider/model (for example openai/gpt-5-mini), and MODEL_API_KEY; for `wrangler dev` in a file .dev.vars. With neither, the built-in model answers.',
    );
  }
  return { id, apiKey };
}

/** @param {string} id @returns {id is `${string}/${string}`} */
function isModelId(id) {
  return /^[^/]+\/./.test(id);
}

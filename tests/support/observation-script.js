/* A scripted language model for an agent with observational memory, and the settings that make it work hard: small
 * thresholds, so that a conversation of some hundred messages is observed, buffered, activated and reflected often. */

/** The names of the turns in a text, in order. @param {string} text */
const turnsIn = (text) => [...new Set([...text.matchAll(/turn-(\d+)/g)].map(([, turn]) => Number(turn)))];

/** @param {any} content */
const textOf = (content) =>
  typeof content === 'string' ? content : content.map((/** @type {any} */ part) => part.text ?? '').join('');

/**
 * What the model says. An observer names the turns that it was shown, a reflector those that its observations name.
 * @param {any[]} prompt
 */
function say(prompt) {
  const system = prompt.filter(({ role }) => role === 'system').map(({ content }) => textOf(content));
  const asked = prompt.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const last = asked.at(-1) ?? '';
  if (/reflector|REFLECT/.test(system.join('')) && /observation/i.test(last)) {
    const turns = turnsIn(last);
    return `<observations>\n* reflected turn-${Math.min(...turns)} to turn-${Math.max(...turns)}\n</observations>`;
  }
  if (/<observations>/.test(system.join(''))) {
    const turns = turnsIn(last);
    return `<observations>\n${turns.map((turn) => `* observed turn-${turn}`).join('\n')}\n</observations>`;
  }
  return `An answer to turn-${turnsIn(last).at(-1)}. ${'It goes on. '.repeat(8)}`;
}

/** Long enough that a message and its answer are of different times, by which Mastra tells what it has observed. */
export const pause = () => new Promise((resolve) => setTimeout(resolve, 8));

/** @returns {{ model: any, observationalMemory: any }} */
export function createScript() {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  const model = {
    specificationVersion: 'v2',
    provider: 'script',
    modelId: 'script',
    supportedUrls: {},
    doGenerate: async (/** @type {any} */ { prompt }) => {
      await pause();
      return { content: [{ type: 'text', text: say(prompt) }], finishReason: 'stop', usage, warnings: [] };
    },
    doStream: async (/** @type {any} */ { prompt }) => ({
      stream: new ReadableStream({
        async start(controller) {
          await pause();
          controller.enqueue({ type: 'stream-start', warnings: [] });
          controller.enqueue({ type: 'text-start', id: 'a' });
          controller.enqueue({ type: 'text-delta', id: 'a', delta: say(prompt) });
          controller.enqueue({ type: 'text-end', id: 'a' });
          controller.enqueue({ type: 'finish', finishReason: 'stop', usage });
          controller.close();
        },
      }),
    }),
  };
  return {
    model,
    observationalMemory: {
      model,
      scope: 'thread',
      observation: { messageTokens: 1200, bufferTokens: 300, bufferActivation: 0.8 },
      reflection: { observationTokens: 400, bufferActivation: 0.5 },
    },
  };
}

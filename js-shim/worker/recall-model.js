// The built-in language model: no network, no key, and the same prompt always gives the same answer. It understands
// nothing. It only tells what it finds in its prompt, so that its answers show what memory brought back.

const PROVIDER = 'mastra-kv-wasm';
const MODEL_ID = 'recall';
/** How many of the earlier messages an answer quotes, the newest ones. */
const QUOTED_COUNT_MAX = 3;
/** How long a word of a streamed answer takes: quick, and yet to be seen coming. */
const WORD_MS = 15;
/** Longer texts are quoted up to here: an answer becomes part of the next prompt. Counted in code points. */
const QUOTE_LENGTH_MAX = 80;

/**
 * @typedef {Extract<import('@mastra/core/llm').MastraModelConfig, { specificationVersion: 'v2', provider: string }>} Model
 * @typedef {{ role: string, content: string | { type: string, text?: string }[] }} PromptMessage
 */

/**
 * The answer to a prompt, for example
 *
 *     You said "I live in Riga". You have said this 2 times. I remember 4 earlier messages.
 *     Before, you said: "hello", "I live in Riga".
 *
 * It counts what is in the prompt, and so what memory was asked to bring: with `lastMessages: 20`, at most 20 messages.
 * @param {readonly PromptMessage[]} prompt
 * @returns {string}
 */
export function recall(prompt) {
  const conversation = prompt.filter(({ role }) => role === 'user' || role === 'assistant');
  const said = conversation.filter(({ role }) => role === 'user').map(textOf);
  const current = said.pop() ?? '';
  const earlierCount = Math.max(conversation.length - 1, 0);
  const timesSaid = said.filter((text) => text === current).length + 1;

  const sentences = [
    `You said ${quote(current)}.`,
    timesSaid === 1 ? 'You say this for the first time.' : `You have said this ${timesSaid} times.`,
    earlierCount === 0
      ? 'I remember no earlier messages.'
      : `I remember ${earlierCount} earlier ${earlierCount === 1 ? 'message' : 'messages'}.`,
  ];
  if (said.length > 0) sentences.push(`Before, you said: ${said.slice(-QUOTED_COUNT_MAX).map(quote).join(', ')}.`);
  return sentences.join(' ');
}

/**
 * What it says as the observer, or the reflector, of observational memory: what it was shown last, in one line.
 * @param {readonly PromptMessage[]} prompt
 * @returns {string}
 */
export function observe(prompt) {
  const shown = prompt.filter(({ role }) => role === 'user').at(-1);
  const text = shown ? textOf(shown).replace(/\s+/g, ' ') : '';
  return `<observations>\n* There was talk of ${quote(text)}\n</observations>`;
}

/** @param {PromptMessage} message @returns {string} */
function textOf({ content }) {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
}

/** @param {string} text @returns {string} */
function quote(text) {
  const points = Array.from(text);
  return points.length <= QUOTE_LENGTH_MAX ? `"${text}"` : `"${points.slice(0, QUOTE_LENGTH_MAX).join('')}…"`;
}

/**
 * The model as Mastra takes it, in the language model specification's version 2: the oldest version that this Mastra
 * takes for `generate` and `stream`, and the one with the plainest usage record.
 * @param {(prompt: readonly PromptMessage[]) => string} [answer] what it says: `recall`, or `observe`
 * @returns {Model}
 */
export function createRecallModel(answer = recall) {
  return {
    specificationVersion: 'v2',
    provider: PROVIDER,
    modelId: MODEL_ID,
    supportedUrls: {},

    async doGenerate({ prompt }) {
      return {
        content: [{ type: 'text', text: answer(prompt) }],
        finishReason: 'stop',
        usage: usage(),
        warnings: [],
      };
    },

    async doStream({ prompt }) {
      const parts = partsOf(answer(prompt));
      return {
        stream: new ReadableStream({
          async pull(controller) {
            const { done, value } = await parts.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        }),
      };
    },
  };
}

/**
 * An answer in the parts of a stream: its words, one after the other.
 * @param {string} text
 */
async function* partsOf(text) {
  const id = 'answer';
  yield { type: /** @type {const} */ ('stream-start'), warnings: [] };
  yield { type: /** @type {const} */ ('text-start'), id };
  for (const delta of text.split(/(?<= )/)) {
    yield { type: /** @type {const} */ ('text-delta'), id, delta };
    await new Promise((resolve) => setTimeout(resolve, WORD_MS));
  }
  yield { type: /** @type {const} */ ('text-end'), id };
  yield { type: /** @type {const} */ ('finish'), finishReason: /** @type {const} */ ('stop'), usage: usage() };
}

/** Nothing is counted in tokens here, and the specification has a way to say so. */
function usage() {
  return { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined };
}

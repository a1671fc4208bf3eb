/* Threads and messages to measure with, in Node and in workerd. */

/** What was created first; the rest follows second by second. */
const CREATED_AT = Date.now() - 14 * 24 * 60 * 60 * 1000;

/** @param {number} index */
export const threadId = (index) => `thread-${index}`;

/** The user of all threads. */
export const USER = 'user-1';

/**
 * @param {string} thread
 * @param {number} index within the thread; messages are a second apart
 * @param {object} [content]
 */
export const makeMessage = (thread, index, content = textContent(`Message ${index} of ${thread}.`)) => ({
  id: `${thread}-message-${index}`,
  threadId: thread,
  resourceId: USER,
  role: index % 2 === 0 ? 'user' : 'assistant',
  type: 'v2',
  createdAt: new Date(CREATED_AT + index * 1000),
  content,
});

/** @param {string} text */
export const textContent = (text) => ({ format: 2, parts: [{ type: 'text', text }] });

/** What people and models write: lines, quotes, a code block; in the mixed one, letters of more than one byte. */
const PROSE = {
  ascii: [
    'The parcel left the warehouse on Tuesday, and its tracking page says "in transit" since. Shall I ask the carrier?',
    '```js\nconst total = prices.reduce((sum, price) => sum + price, 0); // "net", in cents\n```',
    '- first the address,\n- then the order number,\n- and last what arrived damaged.',
  ].join('\n\n'),
  mixed: [
    'The parcel left the warehouse on Tuesday, and its tracking page says "in transit" since. Shall I ask the carrier?',
    'Ja, bitte – und schreib mir, wenn es Änderungen gibt. 我也想知道运费是多少。',
    '```js\nconst total = prices.reduce((sum, price) => sum + price, 0); // "net", in cents\n```',
    '- first the address,\n- then the order number,\n- and last what arrived damaged.',
  ].join('\n\n'),
};

/** @param {unknown} value */
export const jsonBytes = (value) => new TextEncoder().encode(JSON.stringify(value)).length;

/**
 * A message's content whose JSON text takes about `bytes`.
 * @param {number} bytes
 * @param {keyof typeof PROSE} [letters]
 */
export function longContent(bytes, letters = 'mixed') {
  const prose = `${PROSE[letters]}\n\n`;
  const count = Math.max(1, Math.round(bytes / jsonBytes(prose)));
  return textContent(prose.repeat(count));
}

/** @param {number} index */
export function makeThread(index) {
  const createdAt = new Date(CREATED_AT + index * 1000);
  return {
    id: threadId(index),
    resourceId: USER,
    title: `Thread ${index}`,
    metadata: { topic: 'parcels' },
    createdAt,
    updatedAt: createdAt,
  };
}

export function makeResource() {
  return {
    id: USER,
    workingMemory: '# Ada\n- lives in Lisbon',
    metadata: { plan: 'free' },
    createdAt: new Date(CREATED_AT),
    updatedAt: new Date(CREATED_AT),
  };
}

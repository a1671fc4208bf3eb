import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecallModel, recall } from '../../js-shim/worker/recall-model.js';

const system = { role: /** @type {const} */ ('system'), content: 'Be helpful.' };
/** @param {string} text */
const user = (text) => ({
  role: /** @type {const} */ ('user'),
  content: [{ type: /** @type {const} */ ('text'), text }],
});
/** @param {string} text */
const assistant = (text) => ({
  role: /** @type {const} */ ('assistant'),
  content: [{ type: /** @type {const} */ ('text'), text }],
});

test('with nothing to remember, the answer says so', () => {
  assert.equal(
    recall([system, user('Hello')]),
    'You said "Hello". You say this for the first time. I remember no earlier messages.',
  );
});

test('the answer tells how often a thing was said, what is remembered, and what was said before', () => {
  assert.equal(
    recall([system, user('Hello'), assistant('Hi'), user('I live in Riga'), assistant('Nice'), user('Hello')]),
    'You said "Hello". You have said this 2 times. I remember 4 earlier messages. ' +
      'Before, you said: "Hello", "I live in Riga".',
  );
});

test('one message is one message', () => {
  assert.match(recall([user('a'), user('b')]), /I remember 1 earlier message\. /);
});

test('only the newest texts are quoted, long ones up to 80 characters, none of them cut in half', () => {
  const answer = recall([user('1'), user('2'), user('3'), user('4'), user('😀'.repeat(81))]);
  assert.equal(
    answer,
    `You said "${'😀'.repeat(80)}…". You say this for the first time. I remember 4 earlier messages. ` +
      'Before, you said: "2", "3", "4".',
  );
});

test('texts of several parts are joined, parts without text left out', () => {
  const message = {
    role: 'user',
    content: [{ type: 'text', text: 'a' }, { type: 'file' }, { type: 'text', text: 'b' }],
  };
  assert.match(recall([message]), /^You said "ab"\./);
});

test('a prompt without a user is answered, too', () => {
  assert.equal(recall([]), 'You said "". You say this for the first time. I remember no earlier messages.');
});

test('a stream carries the same answer as a generation', async () => {
  const model = createRecallModel();
  const prompt = [system, user('Hello'), assistant('Hi'), user('How are you?')];
  const generated = await model.doGenerate({ prompt });
  const { stream } = await model.doStream({ prompt });
  let text = '';
  const types = [];
  for await (const part of stream) {
    types.push(part.type);
    if (part.type === 'text-delta') text += part.delta;
  }
  assert.ok('content' in generated);
  assert.deepEqual(generated.content, [{ type: 'text', text }]);
  assert.equal(text, recall(prompt));
  assert.deepEqual([types[0], types.at(-1)], ['stream-start', 'finish']);
});

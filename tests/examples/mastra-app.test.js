/* examples/mastra-app in workerd, from the installed package, its model OpenAI's API as a test plays it. What
 * docs/mastra-on-workers.md says of working memory, titles, tools, streams and workflows is tried here. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bundle, copyExample, startBundle } from '../support/consumer.js';
import { fakeOpenAI } from '../support/fake-openai.js';

/** @import { Prompt, Reply } from '../support/fake-openai.js' */

/** @type {Prompt[]} */
const prompts = [];

/** @param {Prompt} prompt @returns {Reply} */
function model(prompt) {
  prompts.push(prompt);
  const { said, tools, results } = prompt;
  if (tools.length === 0) return { text: 'About Riga' }; // it is asked for a title
  if (results.length > 0) return { text: `done: ${results[0]}` };
  if (said.includes('I am Ada')) {
    return { call: 'updateWorkingMemory', args: { memory: { name: 'Ada', city: 'Riga' } } };
  }
  if (said.includes('time')) return { call: 'timeIn', args: { timeZone: 'Europe/Riga' } };
  return { text: `You said: ${said}` };
}

/**
 * The app in workerd, for the tests of one group.
 * @param {(directory: string) => Promise<void>} [change]
 */
function startApp(change = async () => {}) {
  /** @type {Awaited<ReturnType<typeof startBundle>>} */
  let worker;
  before(async () => {
    const directory = await copyExample('mastra-app');
    await change(directory);
    worker = await startBundle(await bundle(directory), 'index.js', {
      bindings: { MODEL: 'openai/gpt-5-mini', MODEL_API_KEY: 'a-key', MASTRA_TELEMETRY_DISABLED: '1' },
      outboundService: fakeOpenAI(model),
    });
  });
  after(() => worker?.dispose());

  /** @param {string} path @param {object} [body] */
  return async (path, body) => {
    const init = body && { method: 'POST', body: JSON.stringify(body) };
    const response = await worker.dispatchFetch(`http://worker${path}`, init);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  };
}

describe('the Mastra app', () => {
  const ask = startApp();
  const chat = async (/** @type {string} */ message, thread = 't1', path = '/chat') =>
    ask(path, { thread, resource: 'ada', message });

  it('remembers the conversation', async () => {
    await chat('Hello');
    await chat('And again');
    const seen = prompts.at(-1)?.input.map(({ role }) => role);
    assert.deepEqual(
      seen?.filter((role) => role === 'user'),
      ['user', 'user'],
    );
  });

  it('has an agent that updates working memory, by a schema, and every thread of the user knows', async () => {
    assert.match(await chat('I am Ada, and live in Riga'), /done: .*success/);
    assert.deepEqual(JSON.parse(JSON.parse(await ask('/working-memory?resource=ada'))), { name: 'Ada', city: 'Riga' });
    await chat('Who am I?', 't2');
    assert.match(prompts.findLast(({ tools }) => tools.length > 0)?.instructions ?? '', /"name": ?"Ada"/);
  });

  it('gives threads their titles, after the answer', async () => {
    for (let i = 0; i < 50; i++) {
      const threads = JSON.parse(await ask('/threads?resource=ada'));
      if (threads.length === 2 && threads.every((/** @type {any} */ { title }) => title === 'About Riga')) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(await ask('/threads?resource=ada'));
  });

  it('calls a tool', async () => {
    assert.match(await chat('What is the time?'), /done: .*\d\d:\d\d:\d\d/);
  });

  it('streams an answer, and remembers it', async () => {
    assert.equal(await chat('a stream, please', 't1', '/chat/stream'), 'You said: a stream, please');
    await chat('what was it?');
    assert.ok(JSON.stringify(prompts.at(-1)?.input).includes('a stream, please'));
  });

  it('has a workflow that waits for an approval', async () => {
    const { runId, status, question } = JSON.parse(await ask('/purchases', { item: 'a kettle', price: 30 }));
    assert.deepEqual([status, question], ['suspended', 'Buy a kettle for 30?']);
    const decided = JSON.parse(await ask('/purchases/decide', { runId, approved: true, by: 'Ada' }));
    assert.deepEqual(decided, { status: 'success', text: 'Ada approved: a kettle is bought' });
  });
});

describe("with working memory by Mastra's default template", () => {
  const ask = startApp(async (directory) => {
    const file = join(directory, 'src/agent.js');
    const text = await readFile(file, 'utf8');
    const schema = /\n +schema: .*/;
    assert.match(text, schema);
    await writeFile(file, text.replace(schema, ''));
  });

  it('an agent cannot update it, for Workers compile no code', async () => {
    const said = { thread: 't1', resource: 'ada', message: 'I am Ada, and live in Riga' };
    const { text } = JSON.parse(await ask('/chat', said));
    assert.doesNotMatch(text, /success/);
    assert.equal(JSON.parse(await ask('/working-memory?resource=ada')), null);
  });
});

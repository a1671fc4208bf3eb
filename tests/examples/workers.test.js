/* The examples that are Workers without Mastra, in workerd, from the installed package. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Response } from 'miniflare';
import { bundle, copyExample, startBundle } from '../support/consumer.js';

/** @type {Awaited<ReturnType<typeof startBundle>>[]} */
const running = [];
after(() => Promise.all(running.map((worker) => worker.dispose())));

/** @param {string} name @param {object} [options] Miniflare's */
async function start(name, options) {
  const worker = await startBundle(await bundle(await copyExample(name)), 'index.js', options);
  running.push(worker);
  /** @param {string} method @param {string} path @param {object} [body] */
  return async (method, path, body) => {
    const init = { method, body: body && JSON.stringify(body) };
    const response = await worker.dispatchFetch(`http://worker${path}`, init);
    return { status: response.status, json: /** @type {any} */ (await response.json()) };
  };
}

describe('worker-chat', () => {
  it('remembers, lists threads and messages, and refuses another user', async () => {
    const ask = await start('worker-chat', {
      bindings: { MODEL: 'a-model', MODEL_URL: 'https://model.test/', MODEL_API_KEY: 'a-key' },
      outboundService: async (/** @type {any} */ request) => {
        const { messages } = await request.json();
        const content = `${messages.length} messages, from "${messages[0].content}" on`;
        return Response.json({ choices: [{ message: { role: 'assistant', content } }] });
      },
    });
    const turn = { thread: 't1', user: 'ada', message: 'I live in Riga' };
    assert.deepEqual((await ask('POST', '/chat', turn)).json, { answer: '1 messages, from "I live in Riga" on' });
    const second = await ask('POST', '/chat', { ...turn, message: 'Where do I live?' });
    assert.deepEqual(second.json, { answer: '3 messages, from "I live in Riga" on' });
    assert.deepEqual((await ask('GET', '/threads?user=ada')).json, [{ id: 't1', title: 'I live in Riga' }]);
    const { json } = await ask('GET', '/messages?thread=t1');
    assert.deepEqual(
      json.map((/** @type {any} */ { role }) => role),
      ['user', 'assistant', 'user', 'assistant'],
    );
    assert.equal((await ask('POST', '/chat', { ...turn, user: 'bob' })).status, 500);
  });
});

describe('durable-object', () => {
  it('lets merges at once agree', async () => {
    const ask = await start('durable-object', {
      durableObjects: { THREAD_WRITER: { className: 'ThreadWriter', useSQLite: true } },
    });
    await ask('PUT', '/t1');
    const names = Array.from({ length: 20 }, (_, i) => `member${i}`);
    await Promise.all(names.map((name, i) => ask('PATCH', '/t1', { [name]: i })));
    const { json } = await ask('GET', '/t1');
    assert.deepEqual(Object.keys(json.metadata).sort(), names.sort());
  });
});

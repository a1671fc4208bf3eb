/* The Worker under `wrangler dev`, as `make dev` runs it: what was said outlives the process. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTemporaryDirectory, startWranglerDev, wrangler } from '../support/worker.js';

/** @type {string} where wrangler keeps the namespaces */
let state;

before(async () => {
  state = await makeTemporaryDirectory();
});
after(() => rm(state, { recursive: true, force: true }));

/**
 * Runs wrangler dev while `use` does.
 * @param {(dev: Awaited<ReturnType<typeof startWranglerDev>>) => Promise<void>} use
 */
async function withWranglerDev(use) {
  const dev = await startWranglerDev(state);
  try {
    await use(dev);
  } catch (cause) {
    throw new Error(`wrangler dev printed:\n${dev.output()}`, { cause });
  } finally {
    await dev.stop();
  }
}

/** @param {string} binding @returns {Promise<string[]>} the keys, as wrangler lists them */
async function keyList(binding) {
  const output = await wrangler('kv', 'key', 'list', '--local', '--binding', binding, '--persist-to', state);
  return JSON.parse(output).map((/** @type {{ name: string }} */ { name }) => name);
}

test('a conversation goes on after wrangler dev was stopped and started again', async () => {
  const said = { threadId: 't1', resourceId: 'ada', message: 'I live in Riga' };
  await withWranglerDev(async (dev) => {
    const { status, text } = await dev.ask('POST', '/api/chat', said);
    assert.equal(status, 200, text);
    assert.match(text, /I remember no earlier messages/);
  });
  await withWranglerDev(async (dev) => {
    const { status, text, json } = await dev.ask('POST', '/api/chat', said);
    assert.equal(status, 200, text);
    assert.match(
      json.text,
      /You have said this 2 times\. I remember 2 earlier messages\. Before, you said: "I live in Riga"/,
    );
    const listed = await dev.ask('GET', '/api/threads/t1/messages');
    assert.equal(listed.json.total, 4);
  });
});

test('a body that is too large is refused, and wrangler dev goes on', async () => {
  await withWranglerDev(async (dev) => {
    const large = () => new Blob(['x'.repeat(1_200_000)]);
    /** @type {[string, string, unknown, number][]} the second is announced; a stream goes in chunks */
    const requests = [
      ['POST', '/api/chat', large().stream(), 413],
      ['POST', '/api/chat', await large().text(), 413],
      ['POST', '/api/nope', large().stream(), 413],
    ];
    for (const [method, path, body, status] of requests) {
      assert.equal((await dev.ask(method, path, body)).status, status);
      const next = await dev.ask('GET', '/api/threads?resourceId=ada');
      assert.equal(next.status, 200, next.text);
    }
  });
});

test("a thread of someone else is refused without a stack in wrangler dev's log", async () => {
  await withWranglerDev(async (dev) => {
    const answer = await dev.ask('POST', '/api/chat', { threadId: 't1', resourceId: 'bob', message: 'hello' });
    assert.equal(answer.status, 403, answer.text);
    await dev.stop(); // then all of it is printed
    assert.match(dev.output(), /POST \/api\/chat 403/);
    assert.doesNotMatch(dev.output(), /ERROR|\bat .*:\d+:\d+/);
  });
});

test('wrangler kv key list shows keys that a person can read', async () => {
  const threads = await keyList('THREADS_KV');
  assert.ok(threads.includes('threads:t1'), threads.join('\n'));
  assert.ok(
    threads.some((key) => /^metadata:threads_by_resource:ada:\d{17}:t1$/.test(key)),
    threads.join('\n'),
  );
  const messages = await keyList('MESSAGES_KV');
  assert.equal(messages.filter((key) => /^messages:t1:\d{17}:[0-9a-f-]{36}$/.test(key)).length, 4, messages.join('\n'));
  assert.equal(messages.filter((key) => /^metadata:messages:[0-9a-f-]{36}$/.test(key)).length, 4);
  for (const key of [...threads, ...messages]) assert.match(key, /^[\x21-\x7e]+$/);
});

test('wrangler kv key get shows a message as plain JSON', async () => {
  const key = (await keyList('MESSAGES_KV')).find((name) => name.startsWith('messages:t1:')) ?? '';
  const value = await wrangler(
    'kv',
    'key',
    'get',
    key,
    '--local',
    '--text',
    '--binding',
    'MESSAGES_KV',
    '--persist-to',
    state,
  );
  const { threadId, resourceId, role, content } = JSON.parse(value);
  assert.deepEqual([threadId, resourceId, role], ['t1', 'ada', 'assistant']);
  assert.match(content.parts[0].text, /^You said "I live in Riga"/);
});

test('a client that goes away in the middle of an answer holds up nobody', async () => {
  await withWranglerDev(async (dev) => {
    const said = { threadId: 't2', resourceId: 'bob', message: 'I live in Oslo' };
    const client = new AbortController();
    const left = await fetch(`${dev.url}/api/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(said),
      signal: client.signal,
    });
    await left.body?.getReader().read();
    client.abort();
    // Mastra would have this stream wait for the one before, which is another request's.
    const next = await dev.ask('POST', '/api/chat/stream', { ...said, message: 'Where do I live?' });
    assert.match(next.text, /event: done/);
    const saved = async () => (await dev.ask('GET', '/api/threads/t2/messages')).json.total;
    for (let tries = 0; (await saved()) < 4 && tries < 100; tries++) await sleep(100);
    assert.equal(await saved(), 4, 'what was said and answered, both times');
    await dev.stop(); // then all of it is printed
    assert.doesNotMatch(dev.output(), /had hung/);
  });
});

/* What the Worker has for its page: a streamed answer, the steps of storage, the data view; and all of it off. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorker, freshWorker } from '../support/worker.js';

/** @typedef {import('../support/worker.js').RunningWorker} RunningWorker */

before(() => bundleWorker('page-api'));

const HTML = { accept: 'text/html,application/xhtml+xml' };

/** @param {string} text server-sent events */
const eventsOf = (text) =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      return { name, ...JSON.parse(data) };
    });

describe('a streamed answer', () => {
  const worker = freshWorker();
  const turn = { threadId: 't1', resourceId: 'ada', message: 'I live in Riga' };

  test('comes in parts, and is saved like any other', async () => {
    const answer = await worker().ask('POST', '/api/chat/stream', turn);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    const events = eventsOf(answer.text);
    const parts = events.filter(({ name }) => name === 'text').map(({ text }) => text);
    assert.ok(parts.length > 5);
    const text = 'You said "I live in Riga". You say this for the first time. I remember no earlier messages.';
    assert.equal(parts.join(''), text);
    assert.deepEqual(events.at(-1), { name: 'done' });
    const { json } = await worker().ask('GET', '/api/threads/t1/messages');
    assert.equal(json.messages[1].content.parts.map((/** @type {any} */ part) => part.text ?? '').join(''), text);
    const next = await worker().ask('POST', '/api/chat', turn);
    assert.match(next.json.text, /You have said this 2 times/);
  });

  test('that cannot begin is an error with its status', async () => {
    const bad = await worker().ask('POST', '/api/chat/stream', { ...turn, message: '' });
    assert.deepEqual([bad.status, bad.json.error.code], [400, 'INVALID_REQUEST']);
    const foreign = await worker().ask('POST', '/api/chat/stream', { ...turn, resourceId: 'bob' });
    assert.deepEqual([foreign.status, foreign.json.error.code], [403, 'THREAD_OF_ANOTHER_RESOURCE']);
    await worker().failKv('list', 'KV GET failed: 401 Unauthorized');
    const failed = await worker().ask('POST', '/api/chat/stream', turn);
    await worker().failKv('list', null);
    assert.deepEqual([failed.status, failed.json.error.code], [503, 'KV_FAILED']);
  });

  test('is finished and saved, though nobody waits for it any more', async () => {
    const gone = new AbortController();
    const response = await fetch(`${worker().url}api/chat/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ threadId: 't2', resourceId: 'ada', message: 'are you there?' }),
      signal: gone.signal,
    });
    await response.body?.getReader().read();
    gone.abort();
    let total = 0;
    while (total < 2) {
      await sleep(50);
      total = (await worker().ask('GET', '/api/threads/t2/messages')).json.total;
    }
  });

  test('that could not be saved ends in an error', async () => {
    await worker().failKv('put', 'KV PUT failed: 401 Unauthorized');
    const answer = await worker().ask('POST', '/api/chat/stream', turn);
    await worker().failKv('put', null);
    const events = eventsOf(answer.text);
    assert.equal(events[0].name, 'text');
    const { name, code } = events.at(-1);
    assert.deepEqual([name, code], ['error', 'KV_FAILED']);
  });
});

describe('the page', () => {
  const worker = freshWorker();
  before(() => worker().ask('POST', '/api/chat', { threadId: 't1', resourceId: 'ada', message: 'hello' }));

  test('is what a browser gets of /, and curl the list of routes', async () => {
    const html = await worker().ask('GET', '/', undefined, HTML);
    assert.match(html.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(html.text, /Content-Security-Policy/);
    assert.match((await worker().ask('GET', '/')).text, /^An agent that remembers/);
    for (const [path, type] of [
      ['/app.js', /javascript/],
      ['/styles/tokens.css', /css/],
      ['/icon.svg', /svg/],
    ]) {
      const file = await worker().ask('GET', String(path));
      assert.equal(file.status, 200);
      assert.match(file.headers.get('content-type') ?? '', /** @type {RegExp} */ (type));
    }
  });

  test('is told the steps of a request by its name', async () => {
    await worker().ask('GET', '/api/threads/t1', undefined, { 'x-request-name': 'r1' });
    const { json } = await worker().ask('GET', '/api/page/steps/r1');
    const told = json.steps.map((/** @type {any} */ { method, operation }) => `${method}: ${operation}`);
    // One step or two: some of the keys may still be in the overlay.
    assert.deepEqual([...new Set(told)], ['getThreadById: get']);
    const unknown = await worker().ask('GET', '/api/page/steps/r2');
    assert.deepEqual([unknown.status, unknown.json.error.code], [404, 'UNKNOWN_REQUEST']);
  });

  test('lists, reads, finds and deletes keys', async () => {
    const { json } = await worker().ask('GET', '/api/page/keys?namespace=THREADS_KV&prefix=threads:');
    assert.deepEqual(
      json.keys.map((/** @type {any} */ { name, namespace }) => [namespace, name]),
      [['THREADS_KV', 'threads:t1']],
    );
    assert.equal(json.cursor, null);
    const read = await worker().ask('GET', '/api/page/key?namespace=THREADS_KV&key=threads:t1');
    assert.equal(JSON.parse(read.json.value).id, 't1');
    assert.equal(read.json.metadata.resourceId, 'ada');
    const found = await worker().ask('GET', '/api/page/find?id=ada');
    assert.ok(
      found.json.keys.some((/** @type {any} */ { name }) => name.startsWith('metadata:threads_by_resource:ada:')),
    );

    const gone = await worker().ask('DELETE', '/api/page/key?namespace=THREADS_KV&key=threads:t1');
    assert.equal(gone.status, 200);
    const again = await worker().ask('GET', '/api/page/key?namespace=THREADS_KV&key=threads:t1');
    assert.deepEqual([again.status, again.json.error.code], [404, 'UNKNOWN_KEY']);
    assert.equal((await worker().ask('GET', '/api/threads/t1')).status, 404, 'the overlay shows it no longer');
  });

  test('refuses what is no namespace', async () => {
    const answer = await worker().ask('GET', '/api/page/keys?namespace=ASSETS');
    assert.deepEqual([answer.status, answer.json.error.code], [400, 'INVALID_REQUEST']);
    assert.equal((await worker().ask('GET', '/api/page/key?namespace=THREADS_KV&key=')).status, 400);
  });
});

describe('without PAGE=on', () => {
  const worker = freshWorker({ variables: { PAGE: '' } });

  test('there is no page, no data view and no trace, and all else is there', async () => {
    assert.match((await worker().ask('GET', '/', undefined, HTML)).text, /^An agent that remembers/);
    for (const path of ['/app.js', '/index.html', '/api/page/keys?namespace=THREADS_KV', '/api/page/find?id=t1']) {
      assert.equal((await worker().ask('GET', path, undefined, HTML)).status, 404, path);
    }
    const key = '/api/page/key?namespace=THREADS_KV&key=threads:t1';
    assert.equal((await worker().ask('DELETE', key)).status, 404);
    const named = { 'x-request-name': 'r1' };
    const turn = { threadId: 't1', resourceId: 'ada', message: 'hello' };
    assert.equal((await worker().ask('POST', '/api/chat/stream', turn, named)).status, 200);
    assert.equal((await worker().ask('GET', '/api/page/steps/r1')).status, 404);
  });
});

/* The Worker over HTTP, in workerd, its namespaces in memory. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { bundleWorker, freshWorker } from '../support/worker.js';

/** @typedef {import('../support/worker.js').RunningWorker} RunningWorker */
/** @typedef {import('../support/worker.js').Answer} Answer */

/** How the store writes times into keys. */
const FALLING_TIME = /^\d{17}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

before(() => bundleWorker('http'));

/** @param {RunningWorker} worker @param {string} threadId @param {string} resourceId @param {string} message */
async function say(worker, threadId, resourceId, message) {
  const answer = await worker.ask('POST', '/api/chat', { threadId, resourceId, message });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.threadId, threadId);
  return answer.json.text;
}

/** @param {RunningWorker} worker */
const allKeys = async (worker) => ({
  threads: await worker.keys('THREADS_KV'),
  messages: await worker.keys('MESSAGES_KV'),
});

/** Locators that are no tombstones. @param {RunningWorker} worker */
async function liveLocators(worker) {
  const kv = await worker.namespace('MESSAGES_KV');
  const locators = (await worker.keys('MESSAGES_KV')).filter((key) => key.startsWith('metadata:messages:'));
  const values = await Promise.all(locators.map((key) => kv.get(key, 'text')));
  return locators.filter((_, at) => !JSON.parse(values[at] ?? '{}').deletedAt);
}

/** @param {Answer} answer @param {number} status @param {string} code @param {RegExp} [message] */
function assertError(answer, status, code, message = /./) {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.json), ['error']);
  assert.deepEqual(Object.keys(answer.json.error), ['code', 'message']);
  assert.equal(answer.json.error.code, code);
  assert.match(answer.json.error.message, message);
  assert.doesNotMatch(answer.text, /\bat .*[:(]\d+|\.js\b/, 'an answer holds no stack trace');
}

/** @param {any} message as `/messages` lists it @returns {string} */
const textOf = (message) => message.content.parts.map((/** @type {any} */ part) => part.text ?? '').join('');

describe('a conversation', () => {
  const worker = freshWorker();

  test('GET / says what there is', async () => {
    const answer = await worker().ask('GET', '/');
    assert.equal(answer.status, 200);
    for (const route of ['POST   /api/chat', 'GET    /api/threads', 'DELETE /api/threads/:id']) {
      assert.ok(answer.text.includes(route), answer.text);
    }
    assert.ok(answer.text.includes('  curl http://worker/api/chat -H'), 'its address is the one that was asked');
  });

  test('the second turn remembers the first', async () => {
    assert.equal(
      await say(worker(), 't1', 'ada', 'I live in Riga'),
      'You said "I live in Riga". You say this for the first time. I remember no earlier messages.',
    );
    assert.equal(
      await say(worker(), 't1', 'ada', 'I live in Riga'),
      'You said "I live in Riga". You have said this 2 times. I remember 2 earlier messages. ' +
        'Before, you said: "I live in Riga".',
    );
  });

  test('the thread is there, with its times', async () => {
    const { status, json } = await worker().ask('GET', '/api/threads/t1');
    assert.equal(status, 200);
    assert.equal(json.id, 't1');
    assert.equal(json.resourceId, 'ada');
    assert.ok(Date.parse(json.updatedAt) >= Date.parse(json.createdAt));
    assert.equal(new Date(json.createdAt).toISOString(), json.createdAt);
  });

  test('its messages are listed from the oldest, or from the newest, in pages', async () => {
    const oldest = await worker().ask('GET', '/api/threads/t1/messages?page=0&perPage=3');
    assert.equal(oldest.status, 200);
    const { messages, ...rest } = oldest.json;
    assert.deepEqual(rest, { total: 4, page: 0, perPage: 3, hasMore: true });
    assert.deepEqual(
      messages.map((/** @type {any} */ { role }) => role),
      ['user', 'assistant', 'user'],
    );
    assert.equal(textOf(messages[0]), 'I live in Riga');
    const second = await worker().ask('GET', '/api/threads/t1/messages?page=1&perPage=3&order=asc');
    assert.equal(second.json.messages.length, 1);
    assert.equal(second.json.hasMore, false);

    const newest = await worker().ask('GET', '/api/threads/t1/messages?order=desc');
    assert.deepEqual(newest.json.messages, [...messages, ...second.json.messages].reverse());
    assert.equal(newest.json.perPage, 20);
    const beyond = await worker().ask('GET', '/api/threads/t1/messages?page=9');
    assert.deepEqual([beyond.status, beyond.json.messages, beyond.json.total], [200, [], 4]);
  });

  test('a person can read the keys', async () => {
    const { threads, messages } = await allKeys(worker());
    assert.ok(threads.includes('threads:t1'), threads.join('\n'));
    const index = threads.map((key) => key.split(':')).find((parts) => parts[1] === 'threads_by_resource');
    assert.deepEqual(index?.toSpliced(3, 1), ['metadata', 'threads_by_resource', 'ada', 't1']);
    assert.match(index?.[3] ?? '', FALLING_TIME);
    const records = messages.filter((key) => key.startsWith('messages:')).map((key) => key.split(':'));
    assert.equal(records.length, 4);
    for (const [, thread, time, message] of records) {
      assert.equal(thread, 't1');
      assert.match(time, FALLING_TIME);
      assert.match(message, UUID);
      assert.ok(messages.includes(`metadata:messages:${message}`));
    }
  });

  test('no other site was asked', () => {
    assert.deepEqual(worker().fetched(), []);
  });

  test('DELETE removes the thread and its messages, and once more is 404', async () => {
    await say(worker(), 't2', 'ada', 'this one stays');
    const { status, json } = await worker().ask('DELETE', '/api/threads/t1');
    assert.deepEqual([status, json], [200, { deleted: true, threadId: 't1' }]);
    assertError(await worker().ask('GET', '/api/threads/t1'), 404, 'UNKNOWN_THREAD', /"t1"/);
    assertError(await worker().ask('GET', '/api/threads/t1/messages'), 404, 'UNKNOWN_THREAD');
    assertError(await worker().ask('DELETE', '/api/threads/t1'), 404, 'UNKNOWN_THREAD');
    const listed = await worker().ask('GET', '/api/threads?resourceId=ada');
    assert.deepEqual(
      listed.json.threads.map((/** @type {any} */ { id }) => id),
      ['t2'],
    );

    // What stays for a while says that the thread and its messages are gone (docs/keys.md).
    const { threads, messages } = await allKeys(worker());
    const left = [...threads, ...messages].filter((key) => key.split(':').includes('t1'));
    assert.deepEqual(
      left.filter((key) => !key.startsWith('metadata:thread_marks:t1:')),
      [],
    );
    assert.equal((await liveLocators(worker())).length, 2);
  });

  test('a deleted thread can begin again, with nothing remembered', async () => {
    assert.match(
      await say(worker(), 't1', 'ada', 'I live in Riga'),
      /for the first time\. I remember no earlier messages/,
    );
  });
});

describe('two users', () => {
  const worker = freshWorker();

  before(async () => {
    await say(worker(), 'ada-1', 'ada', 'my secret is 42');
    await say(worker(), 'ada-2', 'ada', 'hello');
    await say(worker(), 'bob-1', 'bob', 'hello');
  });

  test('each remembers their own', async () => {
    assert.match(
      await say(worker(), 'bob-1', 'bob', 'what do you know?'),
      /I remember 2 earlier messages\..*: "hello"\.$/,
    );
  });

  test("another's thread cannot be gone on with, and stays as it is", async () => {
    const before = await allKeys(worker());
    const answer = await worker().ask('POST', '/api/chat', {
      threadId: 'ada-1',
      resourceId: 'bob',
      message: 'tell me',
    });
    assertError(answer, 403, 'THREAD_OF_ANOTHER_RESOURCE', /new threadId/);
    assert.doesNotMatch(answer.text, /ada|42/);
    assert.deepEqual(await allKeys(worker()), before);
    assert.match(await say(worker(), 'ada-1', 'ada', 'still mine?'), /I remember 2 earlier messages/);
  });

  test('threads are listed by resource, the newest first, in pages', async () => {
    const all = await worker().ask('GET', '/api/threads?resourceId=ada');
    const { threads, ...rest } = all.json;
    assert.deepEqual(rest, { total: 2, page: 0, perPage: 20, hasMore: false });
    assert.deepEqual(
      threads.map((/** @type {any} */ { id }) => id),
      ['ada-2', 'ada-1'],
    );
    const second = await worker().ask('GET', '/api/threads?resourceId=ada&page=1&perPage=1');
    assert.deepEqual(second.json, { threads: [threads[1]], total: 2, page: 1, perPage: 1, hasMore: false });
    const nobody = await worker().ask('GET', '/api/threads?resourceId=nobody');
    assert.deepEqual([nobody.status, nobody.json.threads, nobody.json.total], [200, [], 0]);
  });

  test('resources whose ids begin alike are apart', async () => {
    await say(worker(), 'x', 'ad', 'hello');
    const listed = await worker().ask('GET', '/api/threads?resourceId=ad');
    assert.deepEqual(
      listed.json.threads.map((/** @type {any} */ { id }) => id),
      ['x'],
    );
  });
});

describe('bad requests', () => {
  const worker = freshWorker();
  /** @type {Awaited<ReturnType<typeof allKeys>>} */
  let keysBefore;

  before(async () => {
    await say(worker(), 't1', 'ada', 'hello');
    keysBefore = await allKeys(worker());
  });

  const good = { threadId: 't1', resourceId: 'ada', message: 'hello' };
  const example = /Send for example \{"threadId": "t1", "resourceId": "ada", "message": "Hello"\}/;

  /** @type {[string, unknown, RegExp][]} */
  const bodies = [
    ['an array', [good], /^The body must be an object\./],
    ['null', 'null', /^The body must be an object\./],
    ['a string', '"hello"', /^The body must be an object\./],
    ['an empty object', {}, /^threadId is missing; resourceId is missing; message is missing\./],
    ['no thread', { ...good, threadId: undefined }, /^threadId is missing\./],
    ['no resource', { ...good, resourceId: undefined }, /^resourceId is missing\./],
    ['no message', { ...good, message: undefined }, /^message is missing\./],
    ['null for a thread', { ...good, threadId: null }, /^threadId must be a string\./],
    ['a number for a thread', { ...good, threadId: 1 }, /^threadId must be a string\./],
    ['an object for a resource', { ...good, resourceId: {} }, /^resourceId must be a string\./],
    ['an array for a message', { ...good, message: ['hello'] }, /^message must be a string\./],
    ['an empty thread', { ...good, threadId: '' }, /^threadId must not be empty\./],
    ['a blank resource', { ...good, resourceId: ' \t' }, /^resourceId must not be empty\./],
    ['a blank message', { ...good, message: '\n' }, /^message must not be empty\./],
    ['a lone surrogate in an id', { ...good, threadId: 't\ud800' }, /^threadId must be well-formed Unicode\./],
    ['an id that URLs cannot hold', { ...good, threadId: '..' }, /^threadId must not be "\." or "\.\."\./],
    ['an over-long thread', { ...good, threadId: 'a'.repeat(201) }, /^threadId is too long: it may take 200 bytes/],
    ['an over-long resource', { ...good, resourceId: 'é'.repeat(34) }, /^resourceId is too long/],
  ];
  for (const [name, body, message] of bodies) {
    test(`POST /api/chat with ${name}`, async () => {
      const answer = await worker().ask('POST', '/api/chat', body);
      assertError(answer, 400, 'INVALID_REQUEST', message);
      assert.match(answer.json.error.message, example);
    });
  }

  /** @type {[string, string | Uint8Array][]} */
  const notJson = [
    ['no body', ''],
    ['half of an object', '{"threadId": "t1", "resourceId"'],
    ['something after the object', `${JSON.stringify(good)} x`],
    [
      'text that is not UTF-8',
      new Uint8Array([...Buffer.from('{"threadId":"t1","resourceId":"ada","message":"'), 0xff, 0x22, 0x7d]),
    ],
  ];
  for (const [name, body] of notJson) {
    test(`POST /api/chat with ${name}`, async () => {
      assertError(await worker().ask('POST', '/api/chat', body), 400, 'INVALID_JSON', example);
    });
  }

  test('POST /api/chat with another content type, or none', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const headers of [form, { 'content-type': 'text/plain' }, { 'content-type': '' }]) {
      const answer = await worker().ask('POST', '/api/chat', JSON.stringify(good), headers);
      assertError(answer, 415, 'UNSUPPORTED_MEDIA_TYPE', /"content-type: application\/json"/);
    }
  });

  test('POST /api/chat with more than 1 MiB, announced or not', async () => {
    const body = JSON.stringify({ ...good, message: 'x'.repeat(1024 * 1024) });
    assertError(await worker().ask('POST', '/api/chat', body), 413, 'BODY_TOO_LARGE', /1048576 bytes/);
    assertError(await worker().ask('POST', '/api/chat', new Blob([body]).stream()), 413, 'BODY_TOO_LARGE');
  });

  test('a body of exactly 1 MiB is read', async () => {
    const rest = JSON.stringify({ ...good, message: '' }).length;
    const body = JSON.stringify({ ...good, threadId: '', message: 'x'.repeat(1024 * 1024 - rest + 2) });
    assert.equal(body.length, 1024 * 1024);
    assertError(await worker().ask('POST', '/api/chat', new Blob([body]).stream()), 400, 'INVALID_REQUEST');
    assertError(await worker().ask('POST', '/api/chat', `${body} `), 413, 'BODY_TOO_LARGE');
  });

  const messagesOf = '/api/threads/t1/messages';
  /** @type {[string, RegExp][]} */
  const queries = [
    ['/api/threads', /^resourceId is missing\. Ask for example \/api\/threads\?resourceId=ada/],
    ['/api/threads?resourceId=', /^resourceId must not be empty\./],
    [`/api/threads?resourceId=${'a'.repeat(201)}`, /^resourceId is too long/],
    ['/api/threads?resourceId=ada&page=-1', /^page must be a whole number from 0\./],
    ['/api/threads?resourceId=ada&page=', /^page must be/],
    ['/api/threads?resourceId=ada&page=1.5', /^page must be/],
    ['/api/threads?resourceId=ada&page=1e3', /^page must be/],
    ['/api/threads?resourceId=ada&page=99999999999999999999', /^page must be/],
    ['/api/threads?resourceId=ada&perPage=0', /^perPage must be a whole number from 1 to 100\./],
    ['/api/threads?resourceId=ada&perPage=101', /^perPage must be/],
    ['/api/threads?resourceId=ada&perPage=all&page=x', /^page must be .*; perPage must be/],
    [`${messagesOf}?order=newest`, /^order must be asc \(oldest first\) or desc \(newest first\)\./],
    [`${messagesOf}?order=ASC`, /^order must be/],
    [`${messagesOf}?perPage=false`, /^perPage must be/],
    [`${messagesOf}?page=x`, /^page must be .* Ask for example \/api\/threads\/t1\/messages/],
    [`/api/threads/${'a'.repeat(201)}`, /^threadId is too long/],
    ['/api/threads/%20', /^threadId must not be empty/],
    [`/api/threads/${'%C3%A9'.repeat(34)}/messages`, /^threadId is too long/],
  ];
  for (const [path, message] of queries) {
    test(`GET ${path.length > 80 ? `${path.slice(0, 80)}…` : path}`, async () => {
      assertError(await worker().ask('GET', path), 400, 'INVALID_REQUEST', message);
    });
  }

  test('DELETE with an over-long id', async () => {
    assertError(await worker().ask('DELETE', `/api/threads/${'a'.repeat(600)}`), 400, 'INVALID_REQUEST', /too long/);
  });

  test('an unknown thread is 404, whatever is asked of it', async () => {
    for (const [method, path] of [
      ['GET', '/api/threads/nope'],
      ['GET', '/api/threads/nope/messages'],
      ['DELETE', '/api/threads/nope'],
      ['GET', '/api/threads/t'],
      ['GET', '/api/threads/t1%3A'],
      ['GET', '/api/threads/%zz'],
    ]) {
      assertError(
        await worker().ask(method, path),
        404,
        'UNKNOWN_THREAD',
        /There is no thread ".*POST \/api\/chat begins one/,
      );
    }
  });

  test('an unknown route is 404', async () => {
    for (const path of ['/nope', '/api', '/api/chat/', '/api/threads/', '/api/threads/t1/messages/m1']) {
      assertError(await worker().ask('GET', path), 404, 'UNKNOWN_ROUTE', /GET \/ lists the routes/);
    }
  });

  test('a wrong method is 405, with those that are right', async () => {
    for (const [method, path, allow] of [
      ['GET', '/api/chat', 'POST'],
      ['OPTIONS', '/api/chat', 'POST'],
      ['POST', '/api/threads', 'GET, HEAD'],
      ['PUT', '/api/threads/t1', 'GET, HEAD, DELETE'],
      ['DELETE', '/api/threads/t1/messages', 'GET, HEAD'],
      ['POST', '/', 'GET, HEAD'],
    ]) {
      const answer = await worker().ask(method, path, method === 'POST' || method === 'PUT' ? good : undefined);
      assertError(answer, 405, 'METHOD_NOT_ALLOWED', /takes/);
      assert.equal(answer.headers.get('allow'), allow);
    }
  });

  test('HEAD is GET without a body', async () => {
    const answer = await worker().ask('HEAD', '/api/threads/t1');
    assert.deepEqual([answer.status, answer.text], [200, '']);
  });

  test('nothing of all this was written', async () => {
    assert.deepEqual(await allKeys(worker()), keysBefore);
    const { json } = await worker().ask('GET', '/api/threads/t1/messages');
    assert.equal(json.total, 2);
  });
});

describe('what is unusual but allowed', () => {
  const worker = freshWorker();

  test('ids and texts of any characters come back exactly', async () => {
    const threadId = 'a/b:%3A %25\u0000é😀?#&=*';
    const resourceId = 'ada@example.org/+1: "x"';
    const message = 'null \u0000, lone \ud800 and \udc00, 😀, "quoted" \\ 123456789012345678';
    await say(worker(), threadId, resourceId, message);

    const path = `/api/threads/${encodeURIComponent(threadId)}`;
    const thread = await worker().ask('GET', path);
    assert.deepEqual([thread.json.id, thread.json.resourceId], [threadId, resourceId]);
    const listed = await worker().ask('GET', `/api/threads?resourceId=${encodeURIComponent(resourceId)}`);
    assert.deepEqual(listed.json.threads, [thread.json]);
    const { json } = await worker().ask('GET', `${path}/messages`);
    assert.equal(textOf(json.messages[0]), message);
    assert.match(await say(worker(), threadId, resourceId, message), /You have said this 2 times/);
    assert.equal((await worker().ask('DELETE', path)).status, 200);
    assert.equal((await worker().ask('GET', path)).status, 404);
  });

  test('ids of the greatest length go through a whole conversation', async () => {
    // Percent-encoded, both take 200 bytes exactly.
    const [threadId, resourceId] = [`${'é'.repeat(33)}ab`, 'r'.repeat(200)];
    await say(worker(), threadId, resourceId, 'one');
    assert.match(await say(worker(), threadId, resourceId, 'two'), /I remember 2 earlier messages/);
    const listed = await worker().ask('GET', `/api/threads?resourceId=${resourceId}`);
    assert.equal(listed.json.total, 1);
    assert.equal((await worker().ask('DELETE', `/api/threads/${encodeURIComponent(threadId)}`)).status, 200);
  });

  test('a long message is kept whole', async () => {
    const message = 'x'.repeat(900_000);
    await say(worker(), 'long', 'ada', message);
    const { json } = await worker().ask('GET', '/api/threads/long/messages?perPage=1');
    assert.equal(textOf(json.messages[0]), message);
  });

  test('a content type with a charset, and fields that are not asked for', async () => {
    const body = JSON.stringify({ threadId: 'c', resourceId: 'ada', message: 'hello', more: true });
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    assert.equal((await worker().ask('POST', '/api/chat', body, headers)).status, 200);
  });

  test('the agent remembers the last 20 messages', async () => {
    for (let turn = 1; turn <= 11; turn++) await say(worker(), 'many', 'ada', `turn ${turn}`);
    assert.match(
      await say(worker(), 'many', 'ada', 'turn 1'),
      /for the first time\. I remember 20 earlier messages\. Before, you said: "turn 9", "turn 10", "turn 11"\.$/,
    );
  });
});

describe('many at once', () => {
  const worker = freshWorker();

  test('turns in threads of their own', async () => {
    const threads = Array.from({ length: 20 }, (_, number) => `own-${number}`);
    await Promise.all(threads.map((id) => say(worker(), id, `user of ${id}`, 'one')));
    const answers = await Promise.all(threads.map((id) => say(worker(), id, `user of ${id}`, `two in ${id}`)));
    answers.forEach((text, number) => {
      assert.match(text, new RegExp(`^You said "two in own-${number}"\\. .*I remember 2 earlier messages\\.`));
    });
  });

  test('turns in one thread all stay', async () => {
    const texts = Array.from({ length: 10 }, (_, number) => `message ${number}`);
    await Promise.all(texts.map((text) => say(worker(), 'shared', 'ada', text)));
    const { json } = await worker().ask('GET', '/api/threads/shared/messages?perPage=100');
    assert.equal(json.total, 20);
    const said = json.messages.filter((/** @type {any} */ { role }) => role === 'user').map(textOf);
    assert.deepEqual(said.sort(), texts);
  });
});

describe('when KV fails', () => {
  const worker = freshWorker();

  before(() => say(worker(), 't1', 'ada', 'hello'));

  /** @type {['get' | 'put' | 'list' | 'delete', string, string, string][]} */
  const faults = [
    // The first is tried again for some seconds, the others are none that pass.
    ['put', 'POST', '/api/chat', 'KV PUT failed: 500 Internal Server Error'],
    ['list', 'POST', '/api/chat', 'KV GET failed: 401 Unauthorized'],
    ['list', 'GET', '/api/threads/t1/messages', 'KV GET failed: 401 Unauthorized'],
    ['get', 'GET', '/api/threads/t1/messages', 'KV GET_BULK failed: 401 Unauthorized'],
    ['delete', 'DELETE', '/api/threads/t1', 'KV DELETE failed: 401 Unauthorized'],
  ];
  for (const [operation, method, path, message] of faults) {
    test(`${method} ${path} says so with 503 when ${operation} fails`, async () => {
      const body = method === 'POST' ? { threadId: 't1', resourceId: 'ada', message: 'lost?' } : undefined;
      await worker().failKv(operation, message);
      try {
        const answer = await worker().ask(method, path, body);
        assertError(answer, 503, 'KV_FAILED');
        assert.equal(answer.headers.get('retry-after'), '1');
      } finally {
        await worker().failKv(operation, null);
      }
    });
  }

  test('too many writes to a key are told apart', async () => {
    await worker().failKv('put', 'KV PUT failed: 429 Too Many Requests');
    const answer = await worker().ask('POST', '/api/chat', { threadId: 't1', resourceId: 'ada', message: 'lost?' });
    await worker().failKv('put', null);
    assertError(answer, 503, 'KV_RATE_LIMITED');
  });

  test('afterwards a deletion that failed is finished by asking again', async () => {
    await worker().ask('DELETE', '/api/threads/t1');
    const { threads, messages } = await allKeys(worker());
    const left = [...threads, ...messages].filter((key) => key.startsWith('messages:') || key.includes('t1'));
    assert.deepEqual(
      left.filter((key) => !key.startsWith('metadata:thread_marks:t1:')),
      [],
    );
    assert.deepEqual(await liveLocators(worker()), []);
  });
});

describe('with a model from the environment', () => {
  /** @type {any[]} */
  const prompts = [];
  let status = 200;
  const worker = freshWorker({
    variables: { MODEL: 'openai/gpt-5-mini', MODEL_API_KEY: 'a-key' },
    network: async (request) => {
      prompts.push(await request.json());
      if (status !== 200) return { status, json: { error: { message: 'no such key', type: 'invalid_request_error' } } };
      const content = [{ type: 'output_text', text: `answer ${prompts.length}`, annotations: [] }];
      const output = [
        { type: 'message', id: `answer-${prompts.length}`, role: 'assistant', status: 'completed', content },
      ];
      const usage = { input_tokens: 1, output_tokens: 1 };
      return { status, json: { id: 'r', created_at: 0, model: 'gpt-5-mini', output, usage } };
    },
  });

  test('that model is asked, with what memory brought', async () => {
    assert.equal(await say(worker(), 't1', 'ada', 'one'), 'answer 1');
    assert.equal(await say(worker(), 't1', 'ada', 'two'), 'answer 2');
    assert.deepEqual(new Set(worker().fetched()), new Set(['https://api.openai.com/v1/responses']));
    assert.equal(prompts[1].model, 'gpt-5-mini');
    // OpenAI keeps its own answers: Mastra sends the id that it gave, which memory has kept with the message.
    assert.deepEqual(prompts[1].input.slice(1), [
      { role: 'user', content: [{ type: 'input_text', text: 'one' }] },
      { type: 'item_reference', id: 'answer-1' },
      { role: 'user', content: [{ type: 'input_text', text: 'two' }] },
    ]);
  });

  test('its failure is told as such', async () => {
    status = 401;
    const answer = await worker().ask('POST', '/api/chat', { threadId: 't2', resourceId: 'ada', message: 'one' });
    status = 200;
    assertError(answer, 502, 'MODEL_FAILED', /openai\/gpt-5-mini did not answer: no such key/);
  });
});

describe('with half of a model in the environment', () => {
  const worker = freshWorker({ variables: { MODEL: 'openai/gpt-5-mini' } });

  test('the answer says what is missing, and nothing is written', async () => {
    const answer = await worker().ask('POST', '/api/chat', { threadId: 't1', resourceId: 'ada', message: 'one' });
    assertError(answer, 500, 'MODEL_NOT_CONFIGURED', /MODEL_API_KEY/);
    assert.deepEqual(worker().fetched(), []);
    assert.deepEqual(await allKeys(worker()), { threads: [], messages: [] });
  });
});

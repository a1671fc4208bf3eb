/* Every failure of the table in docs/rest.md, over a fetch that is scripted. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { MastraError } from '@mastra/core/error';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { RestAccount } from '../../js-shim/kv/rest/account.js';
import { macrotask } from '../support/fake-kv.js';
import { ACCOUNT_ID, API_TOKEN, patientClock, refusal, success } from '../support/rest-api.js';
import { dateAt, makeMessage } from '../support/samples.js';
import { scriptedFetch, silence } from '../support/scripted-fetch.js';

/** @import { Answer } from '../support/scripted-fetch.js' */

const NAMESPACES = { threads: 'id-of-threads', messages: 'id-of-messages' };
const PAUSES = { attempts: 3, firstPauseMs: 1 };
const THREAD_KEY = 'threads:t1';

/** @param {any[]} keys */
const noValues = (keys) => success({ values: Object.fromEntries(keys.map((key) => [key, null])) });
/** @type {Answer} */
const empty = ({ body }) => noValues(body.keys);

/**
 * @param {Answer[]} answers
 * @param {object} [options]
 */
function open(answers, options = {}) {
  const { fetch, sent } = scriptedFetch(...answers);
  const all = { accountId: ACCOUNT_ID, apiToken: API_TOKEN, namespaces: NAMESPACES, fetch, retry: PAUSES, ...options };
  return { store: new KVStore({ overlay: false, ...all }), sent, options: all };
}

/**
 * @param {Promise<unknown>} call
 * @returns {Promise<StoreError>}
 */
async function failureOf(call) {
  const error = await call.then(
    () => assert.fail('it succeeded'),
    (cause) => cause,
  );
  assert.ok(error instanceof StoreError, String(error));
  return error;
}

const getThread = (/** @type {KVStore} */ store) => store.getThreadById({ threadId: 't1' });
const saveMessages = (/** @type {KVStore} */ store) =>
  store.saveMessages({ messages: [makeMessage('m1'), makeMessage('m2', { createdAt: dateAt(1) })] });

describe('a refusal', () => {
  it('401 says to look at the token, once', async () => {
    const { store, sent } = open([refusal(401, 1000, 'Invalid API Token', { 'cf-ray': '8f3c-FRA' })]);
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_FAILED');
    assert.deepEqual(error.details, { key: THREAD_KEY });
    assert.match(error.message, /"threads:t1".*401.*Invalid API Token.*code 1000.*request 8f3c-FRA.*Check apiToken/);
    assert.equal(sent.length, 1);
  });

  it('400 for a token that is none says the same', async () => {
    const { store } = open([refusal(400, 6003, 'Invalid request headers')]);
    assert.match((await failureOf(getThread(store))).message, /400.*6003.*Check apiToken/);
  });

  it('403 names the permission, once', async () => {
    const { store, sent } = open([refusal(403, 10000, 'Authentication error', { 'cf-ray': '8f3d' })]);
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_FAILED');
    assert.match(error.message, /403.*Authentication error.*request 8f3d.*permission Workers KV Storage: Edit/);
    assert.equal(sent.length, 1);
  });

  it('403 of the list of namespaces does so as well', async () => {
    const { store } = open([refusal(403, 10000, 'Authentication error')], { namespaces: undefined });
    const error = await failureOf(getThread(store));
    assert.match(error.message, /permission Workers KV Storage: Edit/);
    assert.equal(error.details.key, THREAD_KEY);
  });

  it('404 of a key is no failure', async () => {
    const account = new RestAccount({
      accountId: ACCOUNT_ID,
      apiToken: API_TOKEN,
      fetch: scriptedFetch(refusal(404, 10009, "get: 'key not found'")).fetch,
    });
    assert.equal(await account.namespaceWithId('n').get('a'), null);
  });

  it('404 of anything else is one, and says that the namespace is gone', async () => {
    for (const answer of [refusal(404, 10013, 'namespace not found'), new Response('nothing here', { status: 404 })]) {
      const { store } = open([answer]);
      const error = await failureOf(getThread(store));
      assert.equal(error.code, 'KV_FAILED');
      assert.match(error.message, /404.*The namespace is gone/);
    }
  });

  it('404 of a namespace that was found has it looked for again', async () => {
    const list = () => success([{ id: 'new', title: 'threads' }]);
    const { store, sent } = open(
      [() => success([{ id: 'old', title: 'threads' }]), refusal(404, 10013, 'namespace not found'), list, empty],
      { namespaces: undefined },
    );
    await failureOf(getThread(store));
    assert.equal(await getThread(store), null);
    assert.deepEqual(
      sent.map(({ path }) => path.split('?')[0]),
      ['', '/old/bulk/get', '', '/new/bulk/get'],
    );
  });

  it('500 and its like are tried again, then told with the request', async () => {
    for (const status of [500, 502, 503, 599]) {
      const bad = () => new Response('<html>', { status, headers: { 'cf-ray': '8f3e' } });
      const { store, sent } = open([bad, bad, empty]);
      assert.equal(await getThread(store), null);
      assert.equal(sent.length, 3);
      const failing = open([bad]);
      const error = await failureOf(getThread(failing.store));
      assert.equal(error.code, 'KV_FAILED');
      assert.match(error.message, new RegExp(`"threads:t1".* failed: ${status}.*request 8f3e`));
      assert.equal(failing.sent.length, PAUSES.attempts);
    }
  });

  it('of another kind is not tried again', async () => {
    for (const status of [301, 400, 409, 418]) {
      const { store, sent } = open([new Response(null, { status })]);
      assert.match((await failureOf(getThread(store))).message, new RegExp(`failed: ${status}`));
      assert.equal(sent.length, 1);
    }
  });
});

describe('pauses', () => {
  /**
   * @param {Answer[]} answers
   * @param {import('../../js-shim/kv/retry.js').RetryOptions} [retry]
   */
  const openWithClock = (answers, retry) => {
    const clock = patientClock();
    const { fetch, sent } = scriptedFetch(...answers);
    const account = new RestAccount({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, fetch, retry }, clock);
    return { kv: account.namespaceWithId('n'), sent, clock };
  };
  const limited = (/** @type {string | undefined} */ after) => () =>
    refusal(429, 10429, 'Too many requests', after === undefined ? {} : { 'retry-after': after });

  it('grow, and are shortened at random', async () => {
    const { kv, clock } = openWithClock([() => new Response(null, { status: 503 })]);
    await assert.rejects(kv.get('a'));
    const [first, second, third, fourth, ...more] = clock.waits;
    assert.deepEqual(more, []);
    for (const [pause, longest] of [
      [first, 250],
      [second, 500],
      [third, 1000],
      [fourth, 2000],
    ]) {
      assert.ok(pause >= longest / 2 && pause <= longest, `${pause} of ${longest}`);
    }
  });

  it('after 429 last as long as Retry-After says', async () => {
    for (const [after, leastMs] of /** @type {[string | undefined, number][]} */ ([
      ['7', 7000],
      [undefined, 1000],
      ['0', 1000],
      ['soon', 1000],
    ])) {
      const { kv, clock, sent } = openWithClock([limited(after), () => new Response('value')]);
      assert.equal(await kv.get('a'), 'value');
      assert.equal(sent.length, 2);
      assert.equal(clock.waits.length, 1);
      assert.ok(clock.waits[0] >= leastMs && clock.waits[0] <= leastMs + 250, `${clock.waits[0]} of ${leastMs}`);
    }
  });

  it('after 429 also understand a date', async () => {
    const clock = patientClock();
    const date = new Date(clock.now() + 20_000).toUTCString();
    const { kv, clock: its } = openWithClock([limited(date), () => new Response('value')]);
    assert.equal(await kv.get('a'), 'value');
    assert.ok(its.waits[0] > 15_000 && its.waits[0] < 25_000, String(its.waits));
  });

  it('of all other calls as well, while the API refuses', async () => {
    const { kv, clock, sent } = openWithClock([limited('30'), () => new Response('value')], { attempts: 1 });
    await assert.rejects(kv.get('a'));
    assert.equal(await kv.get('b'), 'value');
    assert.deepEqual(clock.waits, [30_000]);
    assert.equal(sent.length, 2);
  });

  it('longer than a minute are not waited for: the call fails, and others do without asking', async () => {
    const { kv, clock, sent } = openWithClock([limited('187'), () => new Response('value')]);
    await assert.rejects(kv.get('a'), /429.*again in 187 s/);
    await assert.rejects(kv.get('a'), /429.*another 187 s/);
    assert.equal(sent.length, 1);
    assert.deepEqual(clock.waits, []);
    clock.advance(187_000);
    assert.equal(await kv.get('a'), 'value');
  });

  it('keep to 1,200 requests in five minutes', async () => {
    const { kv, clock, sent } = openWithClock([() => new Response('value')], { maxWaitMs: 200_000 });
    for (let i = 0; i < 1200; i++) {
      await kv.get('a');
      if (i === 599) clock.advance(100_000);
    }
    assert.deepEqual(clock.waits, []);
    await kv.get('a');
    assert.deepEqual(clock.waits, [200_000]);
    for (let i = 0; i < 599; i++) await kv.get('a');
    assert.deepEqual(clock.waits, [200_000]);
    await Promise.all([kv.get('a'), kv.get('a'), kv.get('a')]);
    assert.equal(sent.length, 1803);
    assert.deepEqual(new Set(clock.waits.slice(1)), new Set([100_000]));
  });

  it('that would last longer than a minute are an error that says when, without a request', async () => {
    const { fetch, sent } = scriptedFetch(empty);
    const clock = patientClock();
    const account = new RestAccount({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, fetch }, clock);
    const threads = account.namespaceWithId('n');
    const store = new KVStore({ bindings: { threads, messages: account.namespaceWithId('m') }, overlay: false });
    for (let i = 0; i < 1200; i++) await threads.get(['a']);
    clock.advance(12_000);
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_RATE_LIMITED');
    assert.match(error.message, /"threads:t1".*429.*again in 288 s/);
    assert.deepEqual(error.details, { key: THREAD_KEY, retryAfterMs: 288_000 });
    assert.deepEqual([sent.length, clock.waits], [1200, []]);
    clock.advance(228_000);
    assert.equal(await getThread(store), null);
    assert.deepEqual(clock.waits, [60_000]);
  });

  it('end in the order in which the calls were made, each when the rate allows it', async () => {
    let now = 0;
    /** @type {{ at: number, wake: (value?: unknown) => void }[]} */
    const sleepers = [];
    const sleep = (/** @type {number} */ ms) => new Promise((wake) => void sleepers.push({ at: now + ms, wake }));
    /** Let the time pass, for those who sleep as well. @param {number} until */
    const passUntil = async (until) => {
      for (;;) {
        await macrotask();
        const next = sleepers.sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        sleepers.shift();
        now = next.at;
        next.wake();
      }
      now = until;
    };
    /** @type {[string, number][]} */
    const sent = [];
    const fetch = async (/** @type {any} */ url) => {
      sent.push([String(url).slice(-1), now]);
      return new Response('value');
    };
    const account = new RestAccount({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, fetch }, { now: () => now, sleep });
    const kv = account.namespaceWithId('n');
    for (; now < 120_000; now += 100) await kv.get('0');
    now = 299_950;
    const calls = ['a', 'b', 'c'].map((key) => kv.get(key));
    await passUntil(300_040);
    calls.push(kv.get('d'));
    await passUntil(301_000);
    await Promise.all(calls);
    assert.deepEqual(sent.slice(1200), [['a', 300_000], ['b', 300_100], ['c', 300_200], ['d', 300_300]]); // prettier-ignore
  });

  it('of one call together are no longer than maxWaitMs', async () => {
    const { kv, clock, sent } = openWithClock([limited('25')], { maxWaitMs: 51_000, attempts: 9 });
    await assert.rejects(kv.get('a'), /429.*again in 25 s/);
    assert.equal(sent.length, 3, 'waits of 25 s and a little');
    assert.ok(clock.waits.reduce((sum, ms) => sum + ms, 0) <= 51_000, String(clock.waits));
    const impatient = openWithClock([limited('1')], { maxWaitMs: 0 });
    await assert.rejects(impatient.kv.get('a'), /429.*again in 1 s/);
    assert.deepEqual([impatient.sent.length, impatient.clock.waits], [1, []]);
  });

  it('that end in vain are KV_RATE_LIMITED, with advice', async () => {
    const { store } = open([refusal(429, 10429, 'Too many requests', { 'retry-after': '300', 'cf-ray': '8f' })]);
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_RATE_LIMITED');
    assert.equal(error.details.key, THREAD_KEY);
    assert.match(error.message, /429.*request 8f.*again in 300 s.*1,200 requests in five minutes/);
    assert.equal(error.details.retryAfterMs, 300_000);
  });
});

describe('an answer', () => {
  it('that does not come is a time-out', async () => {
    const { store, sent } = open([silence], { timeoutMs: 20, retry: { attempts: 2, firstPauseMs: 1 } });
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_FAILED');
    assert.match(error.message, /"threads:t1".*no answer within 0.02 s/);
    assert.equal(sent.length, 2);
  });

  it('that does not come is asked for again', async () => {
    const { store } = open([silence, new TypeError('fetch failed'), empty], { timeoutMs: 20 });
    assert.equal(await getThread(store), null);
  });

  it('has its time also where that is more than a timer can wait', async () => {
    /** @type {Answer} */
    const slow = (sent) =>
      new Promise((resolve, reject) => {
        sent.signal?.addEventListener('abort', () => reject(sent.signal?.reason));
        setTimeout(() => resolve(noValues(sent.body.keys)), 30);
      });
    const { store } = open([slow], { timeoutMs: 2 ** 40, retry: { attempts: 1 } });
    assert.equal(await getThread(store), null);
  });

  it('of a network that fails says why', async () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const { store } = open([() => Promise.reject(new TypeError('fetch failed', { cause }))]);
    const error = await failureOf(getThread(store));
    assert.equal(error.code, 'KV_FAILED');
    assert.match(error.message, /no answer: fetch failed \(connect ECONNREFUSED/);
  });

  /** @type {[string, () => Response][]} */
  const nonsense = [
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html', 'cf-ray': '8f' } })],
    ['empty', () => new Response('', { headers: { 'cf-ray': '8f' } })],
    ['cut off', () => new Response('{"success":true,"result":{"values":{"thr', { headers: { 'cf-ray': '8f' } })],
    ['null', () => new Response('null', { headers: { 'cf-ray': '8f' } })],
    ['of another API', () => Response.json({ ok: true }, { headers: { 'cf-ray': '8f' } })],
  ];
  for (const [label, answer] of nonsense) {
    it(`that is ${label} is asked for again, then an error`, async () => {
      assert.equal(await getThread(open([answer, empty]).store), null);
      const { store, sent } = open([answer]);
      const error = await failureOf(getThread(store));
      assert.equal(error.code, 'KV_FAILED');
      assert.match(error.message, /"threads:t1".*200, but the answer is not the API's JSON.*request 8f/);
      assert.equal(sent.length, PAUSES.attempts);
    });
  }

  it('that says success: false is a refusal, whatever its status', async () => {
    const { store } = open([refusal(200, 10001, 'not so')]);
    assert.match((await failureOf(getThread(store))).message, /not so \(code 10001\)/);
  });

  it('without a list is no empty list', async () => {
    const { store } = open([() => success(null)]);
    assert.match((await failureOf(store.listThreads())).message, /holds no list/);
    const unlisted = open([() => success({})], { namespaces: undefined });
    assert.match((await failureOf(getThread(unlisted.store))).message, /list of namespaces holds no list/);
  });

  it('that leaves keys out of a bulk get has them asked for one by one', async () => {
    const { store, sent } = open([success({ values: {} }), () => refusal(404, 10009, 'key not found')]);
    assert.equal(await getThread(store), null);
    assert.ok(sent.length > 1 && sent.slice(1).every(({ path }) => path.startsWith('/id-of-threads/values/')));
    const failing = open([success({ values: {} }), () => refusal(403, 10000, 'no')]);
    await failureOf(getThread(failing.store));
  });

  it('that breaks off on the way is asked for again, then an error', async () => {
    let answers = 0;
    const server = createServer((request, response) => {
      answers++;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"success":true,"result":');
      setTimeout(() => response.destroy(), 5);
      request.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      const { store } = open([], { fetch: undefined, baseUrl: `http://127.0.0.1:${port}/client/v4/` });
      const error = await failureOf(getThread(store));
      assert.equal(error.code, 'KV_FAILED');
      assert.match(error.message, /"threads:t1".*no answer:/);
      assert.equal(answers, PAUSES.attempts);
    } finally {
      server.close();
    }
  });

  it('too large for a bulk get is asked for in halves', async () => {
    const tooLarge = () => refusal(413, 10025, 'response too large');
    const { store, sent } = open([
      ({ body, path }) => (path.endsWith('/bulk/get') && body.keys.length > 1 ? tooLarge() : refusal(404, 10009, 'no')),
    ]);
    assert.equal(await getThread(store), null);
    assert.ok(sent.filter(({ path }) => path.includes('/values/')).length > 1);
  });
});

describe('a bulk write', () => {
  /** @param {any} sent */
  const keysOf = ({ body }) => body.map((/** @type {any} */ pair) => pair.key);

  it('sends what was not written again, and nothing else', async () => {
    /** @type {string[]} */
    const refused = [];
    const { store, sent } = open([
      empty,
      (request) => {
        if (request.path.endsWith('/bulk/get')) return noValues(request.body.keys);
        if (request.path.includes('/values/')) return refusal(404, 10009, 'no');
        const [first] = keysOf(request);
        if (refused.length > 0) return success({ successful_key_count: 1, unsuccessful_keys: [] });
        refused.push(first);
        return success({ successful_key_count: request.body.length - 1, unsuccessful_keys: [first] });
      },
    ]);
    await saveMessages(store);
    const puts = sent.filter(({ method }) => method === 'PUT').map(keysOf);
    const again = puts.filter((keys) => keys.includes(refused[0]));
    assert.equal(again.length, 2);
    assert.deepEqual(again[1], refused);
  });

  it('that leaves keys unwritten to the end is an error that counts them', async () => {
    const { store } = open([
      (request) => {
        if (request.path.endsWith('/bulk/get')) return noValues(request.body.keys);
        if (request.path.includes('/values/')) return refusal(404, 10009, 'no');
        const bad = keysOf(request).filter((/** @type {string} */ key) => key.startsWith('messages:'));
        return success({ successful_key_count: request.body.length - bad.length, unsuccessful_keys: bad });
      },
    ]);
    const error = await failureOf(saveMessages(store));
    assert.equal(error.code, 'KV_FAILED');
    assert.match(String(error.details.key), /^messages:t1:/);
    assert.match(error.message, /unsuccessful_keys.* 2 of the \d+ writes under way failed. Make the same call again/);
    assert.equal(error.details.failedWrites, 2);
  });

  it('that fails as a whole fails every write in it', async () => {
    const { store, sent } = open([
      (request) => {
        if (request.path.endsWith('/bulk/get')) return noValues(request.body.keys);
        if (request.path.includes('/values/')) return refusal(404, 10009, 'no');
        return new Response(null, { status: 503 });
      },
    ]);
    const error = await failureOf(saveMessages(store));
    assert.match(error.message, /503/);
    assert.equal(sent.filter(({ method }) => method === 'PUT').length % PAUSES.attempts, 0);
  });
});

/**
 * Answer on a port of this machine, and note what is asked.
 * @param {(response: import('node:http').ServerResponse) => void} answer
 */
async function listen(answer) {
  /** @type {import('node:http').IncomingHttpHeaders[]} */
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/client/v4`, asked, close: () => server.close().closeAllConnections() };
}

describe('the API token', () => {
  it('goes nowhere that the server leads to: a redirect is an error', async () => {
    const elsewhere = await listen((response) => response.end('{"success":true,"result":{"values":{}}}'));
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await listen((response) => response.writeHead(status, { location: elsewhere.url }).end());
      const { store } = open([], { fetch: undefined, baseUrl: server.url });
      try {
        assert.equal((await failureOf(getThread(store))).code, 'KV_FAILED');
        assert.ok(server.asked.length > 0);
      } finally {
        server.close();
      }
    }
    elsewhere.close();
    assert.deepEqual(elsewhere.asked, []);
  });

  const leaking = [
    () => refusal(400, 1, `Bearer ${API_TOKEN} is no good`),
    () => Promise.reject(new TypeError(`Headers.append: "Bearer ${API_TOKEN}" is an invalid header value.`)),
    () => new Response(null, { status: 400, statusText: API_TOKEN }),
  ];

  it('is in no error, whatever the server or the runtime says', async () => {
    for (const answer of leaking) {
      const { store, options } = open([answer]);
      const error = await failureOf(getThread(store));
      assert.match(error.message, /\[token\]/);
      const mastra = new CloudflareStore({ id: 'store', ...options });
      const thrown = await mastra.stores.memory.getThreadById({ threadId: 't1' }).catch((cause) => cause);
      assert.ok(thrown instanceof MastraError);
      for (const seen of [error, thrown]) {
        for (const text of [inspect(seen, { depth: 9, showHidden: true }), JSON.stringify(seen), seen.stack]) {
          assert.ok(!String(text).includes(API_TOKEN), text);
        }
      }
    }
  });

  it('is in no picture of a store', async () => {
    const { store, options } = open([empty]);
    await getThread(store);
    for (const object of [store, new CloudflareStore({ id: 'store', ...options }), new RestAccount(options)]) {
      for (const text of [inspect(object, { depth: 9, showHidden: true }), JSON.stringify(object)]) {
        assert.ok(!text.includes(API_TOKEN), text);
      }
    }
  });

  it('is sent to the API alone, in its header', async () => {
    const { store, sent } = open([empty]);
    await getThread(store);
    assert.equal(sent[0].headers.get('authorization'), `Bearer ${API_TOKEN}`);
    assert.ok(!JSON.stringify([sent[0].path, sent[0].body]).includes(API_TOKEN));
  });
});

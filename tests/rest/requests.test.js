/* What a store asks of the API, and what that costs. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { RestAccount } from '../../js-shim/kv/rest/account.js';
import { FakeKV } from '../support/fake-kv.js';
import { ACCOUNT_ID, API_TOKEN, patientClock, RestApiOver, startRestApi, success } from '../support/rest-api.js';
import { dateAt, idsOf, makeMessage, makeMessages, makeThread } from '../support/samples.js';
import { scriptedFetch } from '../support/scripted-fetch.js';

/** @import { Answer } from '../support/scripted-fetch.js' */

/** @param {Answer[]} answers */
function script(...answers) {
  const { fetch, sent } = scriptedFetch(...answers);
  const account = new RestAccount({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, fetch }, patientClock());
  return { kv: account.namespaceWithId('n'), sent };
}

const written = () => success({ successful_key_count: 0, unsuccessful_keys: [] });

describe('writes', () => {
  it('of one turn are one request, and deletes another', async () => {
    const { kv, sent } = script(written);
    await Promise.all([kv.put('a', '1'), kv.put('b', '2', { metadata: { seq: 0 } }), kv.delete('c'), kv.delete('d')]);
    await kv.put('e', '5');
    assert.deepEqual(
      sent.map(({ method, path, body }) => [method, path, body]),
      [
        ['PUT', '/n/bulk', [{ key: 'a', value: '1' }, { key: 'b', value: '2', metadata: { seq: 0 } }]], // prettier-ignore
        ['POST', '/n/bulk/delete', ['c', 'd']],
        ['PUT', '/n/bulk', [{ key: 'e', value: '5' }]],
      ],
    );
  });

  it('carry metadata and expiration as the API wants them: no empty metadata', async () => {
    const { kv, sent } = script(written);
    await Promise.all([
      kv.put('a', '1', { metadata: {}, expiration: 1_800_000_000 }),
      kv.put('b', '2', { metadata: null }),
      kv.put('c', '3', {}),
    ]);
    assert.deepEqual(sent[0].body, [
      { key: 'a', value: '1', expiration: 1_800_000_000 },
      { key: 'b', value: '2' },
      { key: 'c', value: '3' },
    ]);
  });

  it('of one key in one turn are one: the last', async () => {
    const { kv, sent } = script(written);
    await Promise.all([kv.put('a', '1'), kv.put('a', '2'), kv.put('b', '1'), kv.delete('b')]);
    assert.deepEqual(
      sent.map(({ body }) => body),
      [[{ key: 'a', value: '2' }], ['b']],
    );
  });

  it('are at most 10,000 a request', async () => {
    const { kv, sent } = script(written);
    await Promise.all(Array.from({ length: 25_000 }, (_, i) => (i % 2 ? kv.put(`k${i}`, '1') : kv.delete(`k${i}`))));
    assert.deepEqual(
      sent.map(({ method, body }) => [method, body.length]),
      [['PUT', 10_000], ['PUT', 2_500], ['POST', 10_000], ['POST', 2_500]], // prettier-ignore
    );
  });

  it('are less than 100 MB a request', async () => {
    /** @type {number[]} */
    const sizes = [];
    const account = new RestAccount({
      accountId: ACCOUNT_ID,
      apiToken: API_TOKEN,
      fetch: async (_url, init) => {
        sizes.push(new TextEncoder().encode(String(init?.body)).length);
        return written();
      },
    });
    const kv = account.namespaceWithId('n');
    const large = 'é'.repeat(12 << 20); // 24 MiB
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => kv.put(key, large)));
    assert.equal(sizes.length, 2);
    assert.ok(sizes.every((size) => size < 100_000_000), String(sizes)); // prettier-ignore
  });
});

describe('lists', () => {
  const names = Array.from({ length: 25 }, (_, i) => `k${String(i).padStart(2, '0')}`);
  /** @type {Answer} */
  const list = ({ path }) => {
    const query = new URLSearchParams(path.slice(path.indexOf('?')));
    const limit = Number(query.get('limit'));
    assert.ok(limit >= 10 && limit <= 1000, path);
    const start = Number(query.get('cursor') ?? 0);
    const page = names.slice(start, start + limit).map((name) => ({ name, metadata: { seq: 0 } }));
    const cursor = start + limit < names.length ? String(start + limit) : '';
    return success(page, { count: page.length, cursor });
  };

  for (const limit of [1, 3, 7, 9, 10, 12, 1000]) {
    it(`of ${limit} keys a page show every key once, and no more than that`, async () => {
      const { kv } = script(list);
      const found = [];
      for (let cursor; ;) {
        const page = await kv.list({ prefix: 'k', limit, cursor });
        assert.ok(page.keys.length <= limit && page.keys.length > 0);
        found.push(...page.keys);
        if (page.list_complete) break;
        cursor = page.cursor;
      }
      assert.deepEqual(
        found.map(({ name }) => name),
        names,
      );
      assert.deepEqual(found[0], { name: 'k00', metadata: { seq: 0 } });
    });
  }

  it('that may break off are an error, and those that may not are none', async () => {
    const page = (/** @type {number} */ count) => names.slice(0, count).map((name) => ({ name }));
    await assert.rejects(script(success(page(12))).kv.list({ prefix: 'k', limit: 12 }), /holds no result_info/);
    for (const answer of [success(page(11)), success(page(12), { count: 12 })]) {
      assert.equal((await script(answer).kv.list({ prefix: 'k', limit: 12 })).list_complete, true);
    }
  });

  it('go on behind a page that is empty', async () => {
    const { kv } = script(
      success([], { count: 0, cursor: 'more' }),
      success([{ name: 'a' }], { count: 1, cursor: '' }),
    );
    const page = await kv.list({ prefix: '', limit: 10 });
    assert.deepEqual([page.keys, page.list_complete], [[], false]);
    assert.deepEqual(await kv.list({ prefix: '', limit: 10, cursor: page.cursor }), {
      keys: [{ name: 'a' }],
      list_complete: true,
    });
  });
});

describe('a turn of an agent', () => {
  for (const [threads, messages] of [
    [1, 10],
    [900, 20],
    [50, 2000],
  ]) {
    it(`is 11 requests, at ${threads} threads of ${messages} messages`, async () => {
      const tables = ['threads', 'messages', 'resources'];
      const bindings = Object.fromEntries(tables.map((table) => [table, new FakeKV().location()]));
      const filler = new KVStore(/** @type {any} */ ({ bindings, overlay: false }));
      await filler.saveResource({
        resource: { id: 'u1', workingMemory: 'x', createdAt: dateAt(0), updatedAt: dateAt(0) },
      });
      for (let i = 0; i < threads; i++) {
        const stored = makeMessages(messages).map((message) => ({
          ...message,
          id: `t${i}/${message.id}`,
          threadId: `t${i}`,
        }));
        await Promise.all([
          filler.saveThread({ thread: makeThread({ id: `t${i}` }) }),
          filler.saveMessages({ messages: stored }),
        ]);
      }

      const api = new RestApiOver(bindings);
      /** @param {KVStore} store @param {number} at */
      const turn = async (store, at) => {
        const before = api.requests.length;
        const saved = [0, 1].map((i) =>
          makeMessage(`turn ${at}, ${i}`, { threadId: 't0', createdAt: dateAt(1e9 + at + i) }),
        );
        await store.getThreadById({ threadId: 't0' });
        await store.getThreadById({ threadId: 't0', resourceId: 'u1' });
        await store.getResourceById({ resourceId: 'u1' });
        const newest = { perPage: 10, orderBy: { field: 'createdAt', direction: 'DESC' }, includeTotal: false };
        assert.equal((await store.listMessages({ threadId: 't0', ...newest })).messages.length, 10);
        await store.saveMessages({ messages: saved });
        await store.getThreadById({ threadId: 't0' });
        return api.requests.slice(before);
      };
      const plain = new KVStore({ ...api.options, overlay: false });
      // The first turn of a program also looks for the namespaces, a hundred a request.
      assert.equal((await turn(plain, 10)).length, 12);
      assert.equal((await turn(plain, 20)).length, 11);
      const overlaid = new KVStore(api.options);
      await overlaid.getThreadById({ threadId: 'another' });
      assert.equal((await turn(overlaid, 30)).length, 7);
    });
  }
});

describe('over the API', () => {
  /** @type {Awaited<ReturnType<typeof startRestApi>>} */
  let server;
  before(async () => {
    server = await startRestApi(40);
  });
  after(() => server?.close());

  /** @param {object} options */
  const open = (options) => new KVStore({ ...server.api.options, overlay: false, ...options });

  /** @param {() => Promise<unknown>} operation */
  const requestsOf = async (operation) => {
    const before = server.api.requests.length;
    await operation();
    return server.api.requests.slice(before);
  };

  it('saveMessages writes once a namespace, however many there are', async () => {
    const store = open({ namespacePrefix: 'save_' });
    await store.saveThread({ thread: makeThread() });
    await store.saveMessages({ messages: [makeMessage('first')] });
    for (const count of [2, 500]) {
      const messages = makeMessages(count).map((message) => ({ ...message, id: `${count}${message.id}` }));
      const requests = await requestsOf(() => store.saveMessages({ messages }));
      const writes = requests.filter(({ method }) => method === 'PUT');
      assert.deepEqual(
        writes.map(({ keys }) => keys).sort((a, b) => a - b),
        [1, 2 * count],
      );
      const reads = Math.ceil(count / 100);
      assert.equal(requests.length, reads + 1 + 2);
    }
  });

  it('deleteMessages deletes at once, and leaves its tombstones in one request', async () => {
    const store = open({ namespacePrefix: 'save_' });
    const { messages } = await store.listMessages({ threadId: 't1', perPage: 60 });
    const requests = await requestsOf(() => store.deleteMessages(idsOf(messages)));
    const writes = requests.filter(({ method, path }) => method === 'PUT' || path.endsWith('/bulk/delete'));
    assert.deepEqual(
      writes.map(({ method, keys }) => `${method} ${keys}`).sort(),
      ['POST 60', 'PUT 1', 'PUT 60'], // the messages; that the thread changed; the tombstones
    );
  });

  it('data of bindings is read and changed over REST, and the other way round', async () => {
    const bindings = {
      threads: await server.binding('shared-threads'),
      messages: await server.binding('shared-messages'),
    };
    const ids = Object.fromEntries(server.api.namespaces.map(({ id, title }) => [title, id]));
    const bound = new KVStore({ bindings, keyPrefix: 'dev_', overlay: false });
    const namespaces = { threads: ids['shared-threads'], messages: ids['shared-messages'] };
    const remote = open({ namespaces, keyPrefix: 'dev_' });
    const thread = makeThread({ title: 'Größe "1"\n\u0000', metadata: { a: [1e21, { b: null }] } });
    const content = { format: 2, parts: [{ type: 'text', text: 'lone \ud800 surrogate, 日本, \u0000' }] };
    await bound.saveThread({ thread });
    await bound.saveMessages({ messages: [makeMessage('m1', { content }), makeMessage('m2')] });
    const saved = await bound.getThreadById({ threadId: 't1' });
    assert.deepEqual(await remote.getThreadById({ threadId: 't1' }), saved);
    assert.deepEqual((await remote.listMessages({ threadId: 't1' })).messages[0].content, content);
    await remote.updateThread({ id: 't1', title: 'from afar' });
    await remote.saveMessages({ messages: [makeMessage('m3', { content })] });
    await remote.deleteMessages(['m2']);
    assert.equal((await bound.getThreadById({ threadId: 't1' }))?.title, 'from afar');
    const { messages } = await bound.listMessages({ threadId: 't1' });
    assert.deepEqual(idsOf(messages), ['m1', 'm3']);
    assert.deepEqual(messages[1].content, content);
    assert.equal((await remote.listThreads({ filter: { resourceId: 'u1' } })).total, 1);
    await remote.deleteThread({ threadId: 't1' });
    assert.equal(await bound.getThreadById({ threadId: 't1' }), null);
    await bound.init();
    await remote.init();
  });
});

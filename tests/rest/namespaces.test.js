/* How a store finds its namespaces, and makes those that are missing. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { RestAccount } from '../../js-shim/kv/rest/account.js';
import { ACCOUNT_ID, API_TOKEN, patientClock, refusal, startRestApi, success } from '../support/rest-api.js';
import { idsOf, makeMessage, makeThread } from '../support/samples.js';
import { scriptedFetch } from '../support/scripted-fetch.js';

/** @import { Answer } from '../support/scripted-fetch.js' */

/** @param {number} from @param {number} to */
const namespaces = (from, to) =>
  Array.from({ length: to - from }, (_, i) => ({ id: `id-${from + i}`, title: `title-${from + i}` }));

/** @param {Answer[]} answers */
function script(...answers) {
  const { fetch, sent } = scriptedFetch(...answers);
  const account = new RestAccount({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, fetch }, patientClock());
  return { account, sent, paths: () => sent.map(({ method, path }) => `${method} ${path}`) };
}

const value = () => new Response('value');

describe('namespaces', () => {
  it('are looked for on all pages, once', async () => {
    const pages = [[0, 100], [100, 200], [200, 250]].map(([from, to]) => success(namespaces(from, to), { total_count: 250 })); // prettier-ignore
    const { account, paths } = script(...pages, value);
    const kv = account.namespaceTitled('title-249');
    assert.equal(await kv.get('a:b%3A'), 'value');
    assert.equal(await kv.get('a'), 'value');
    assert.equal(await account.namespaceTitled('title-249').get('a'), 'value');
    assert.deepEqual(paths(), [
      ...[1, 2, 3].map((page) => `GET ?page=${page}&per_page=100`),
      'GET /id-249/values/a%3Ab%253A',
      'GET /id-249/values/a',
      'GET /id-249/values/a',
    ]);
  });

  it('are all looked at where a page is shorter than asked for, or no total is given', async () => {
    const short = script(
      success(namespaces(0, 20), { total_count: 30 }),
      success(namespaces(20, 30), { total_count: 30 }),
      value,
    );
    await short.account.namespaceTitled('title-29').get('a');
    assert.equal(short.sent.length, 3);
    const untold = script(success(namespaces(0, 100)), success([]), value);
    await untold.account.namespaceTitled('title-99').get('a');
    assert.equal(untold.sent.length, 3);
    // A server that knows no pages gives the same one for ever.
    const same = script(success(namespaces(0, 100)), success(namespaces(0, 100)), value);
    await same.account.namespaceTitled('title-99').get('a');
    assert.equal(same.sent.length, 3);
  });

  it('are looked for once for all that are asked for together', async () => {
    const { account, paths } = script(success(namespaces(0, 2)), value);
    await Promise.all([
      account.namespaceTitled('title-0').get('a'),
      account.namespaceTitled('title-1').get('a'),
      account.namespaceTitled('title-1').get('b'),
    ]);
    assert.equal(paths().filter((path) => path.includes('page=')).length, 1);
  });

  it('are looked for by each request for itself: no promise outlives a turn', async () => {
    let first = true;
    const { account, sent } = script(({ path }) => {
      if (!path.startsWith('?')) return value();
      if (!first) return success(namespaces(0, 1));
      first = false;
      return new Promise(() => {}); // a request that was cancelled never settles
    });
    void account.namespaceTitled('title-0').get('a');
    await new Promise(setImmediate);
    assert.equal(await account.namespaceTitled('title-0').get('a'), 'value');
    assert.equal(sent.length, 3);
  });

  it('are looked for again after that failed', async () => {
    const { account } = script(refusal(403, 10000, 'no'), success(namespaces(0, 1)), value);
    const kv = account.namespaceTitled('title-0');
    await assert.rejects(kv.get('a'), /403/);
    assert.equal(await kv.get('a'), 'value');
  });

  it('are made where they are missing', async () => {
    const { account, paths, sent } = script(
      success(namespaces(0, 1)),
      success({ id: 'new', title: 'titled' }),
      success([...namespaces(0, 1), { id: 'new', title: 'titled' }]),
      value,
    );
    assert.equal(await account.namespaceTitled('titled').get('a'), 'value');
    assert.deepEqual(sent[1].body, { title: 'titled' });
    assert.deepEqual(paths().slice(1), ['POST ', 'GET ?page=1&per_page=100', 'GET /new/values/a']);
  });

  it('that were made are used even if the list does not show them yet', async () => {
    const { account, paths } = script(success([]), success({ id: 'new', title: 'titled' }), success([]), value);
    await account.namespaceTitled('titled').get('a');
    assert.equal(paths().at(-1), 'GET /new/values/a');
  });

  it('that somebody else makes at the same time are theirs', async () => {
    const taken = refusal(400, 10014, 'a namespace with this account ID and title already exists');
    // The list may take its time to show it.
    const { account, paths } = script(
      success([]),
      taken,
      success([]),
      success([{ id: 'theirs', title: 'titled' }]),
      value,
    );
    assert.equal(await account.namespaceTitled('titled').get('a'), 'value');
    assert.equal(paths().at(-1), 'GET /theirs/values/a');
  });

  it('of one title, should there be two, are the same one for everybody', async () => {
    for (const ids of [
      ['b', 'a'],
      ['a', 'b'],
    ]) {
      const { account, paths } = script(success(ids.map((id) => ({ id, title: 'titled' }))), value);
      await account.namespaceTitled('titled').get('x');
      assert.equal(paths().at(-1), 'GET /a/values/x');
    }
  });

  it('that cannot be made say what is missing', async () => {
    const { account } = script(success([]), refusal(403, 10000, 'Authentication error'));
    await assert.rejects(account.namespaceTitled('titled').get('a'), /403/);
  });
});

describe('over the API', () => {
  /** @type {Awaited<ReturnType<typeof startRestApi>>} */
  let server;
  before(async () => {
    server = await startRestApi(40);
  });
  after(() => server?.close());

  it('each table is a namespace of its prefix, but for metadata, made when it is used', async () => {
    const store = new KVStore({ ...server.api.options, namespacePrefix: 'app_' });
    assert.equal(server.api.namespaces.length, 0);
    await store.saveThread({ thread: makeThread() });
    await store.saveMessages({ messages: [makeMessage('m1')] });
    await store.saveResource({ resource: makeResource() });
    const titles = server.api.namespaces.map(({ title }) => title);
    assert.deepEqual(titles.sort(), ['app_messages', 'app_resources', 'app_threads']);
    const other = new KVStore({ ...server.api.options, namespacePrefix: 'app_', overlay: false });
    assert.deepEqual(idsOf((await other.listMessages({ threadId: 't1' })).messages), ['m1']);
    assert.equal(server.api.namespaces.length, 3);
  });

  it('two stores that begin at once end with one namespace each', async () => {
    const open = () => new KVStore({ ...server.api.options, namespacePrefix: 'race_', overlay: false });
    const stores = Array.from({ length: 5 }, open);
    await Promise.all(stores.map((store, i) => store.saveThread({ thread: makeThread({ id: `t${i}` }) })));
    const titles = server.api.namespaces.map(({ title }) => title).filter((title) => title.startsWith('race_'));
    assert.deepEqual(titles, ['race_threads']);
    for (const store of [...stores, open()]) assert.equal((await store.listThreads()).total, stores.length);
  });
});

const makeResource = () => ({ id: 'u1', createdAt: new Date(), updatedAt: new Date(), workingMemory: 'a' });

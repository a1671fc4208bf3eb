/* What a store is built from: both ways in, the domains alone, and every option that is wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MastraError } from '@mastra/core/error';
import { TABLE_OBSERVATIONAL_MEMORY, TABLE_SCHEMAS } from '@mastra/core/storage';
import {
  BackgroundTasksStorageCloudflare,
  CloudflareStore,
  MemoryStorageCloudflare,
  ScoresStorageCloudflare,
  ThreadStateStorageCloudflare,
  WorkflowsStorageCloudflare,
} from '../../js-shim/index.js';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { ACCOUNT_ID, API_TOKEN, RestApiOver } from '../support/rest-api.js';
import { makeThread } from '../support/samples.js';

const kv = () => new FakeKV().location();
const bindings = () => ({ threads: kv(), messages: kv() });
const rest = { accountId: ACCOUNT_ID, apiToken: API_TOKEN };

const DOMAINS = [
  MemoryStorageCloudflare,
  WorkflowsStorageCloudflare,
  ScoresStorageCloudflare,
  BackgroundTasksStorageCloudflare,
  ThreadStateStorageCloudflare,
];

describe('a wrong configuration', () => {
  /** @type {[string, any, string | RegExp][]} */
  const configurations = [
    ['nothing', {}, /^KV bindings are required .*accountId is required for REST API/],
    ['undefined bindings', { bindings: undefined }, 'KV bindings are required when using Workers Binding API'],
    ['null bindings', { bindings: null, ...rest }, 'KV bindings are required when using Workers Binding API'],
    ['both ways in', { bindings: bindings(), ...rest }, /^bindings and accountId exclude each other/],
    ['bindings and a token', { bindings: bindings(), apiToken: 't' }, /^bindings and apiToken exclude each other/],
    ['bindings and ids', { bindings: bindings(), namespaces: {} }, /^bindings and namespaces exclude each other/],
    ['bindings and a client', { bindings: bindings(), client: {} }, /^bindings and client exclude each other/],
    ['an unknown table', { bindings: { ...bindings(), mesages: kv() } }, /^bindings\.mesages is not a table/],
    ['an unknown table like Mastra’s', { bindings: { ...bindings(), mastra_chats: kv() } }, /is not a table/],
    ...[undefined, null, '', '  ', 7].map(
      (blank) =>
        /** @type {[string, any, string]} */ ([
          `accountId ${JSON.stringify(blank)}`,
          { ...rest, accountId: blank },
          'accountId is required for REST API',
        ]),
    ),
    ...[undefined, null, '', ' \n', 7].map(
      (blank) =>
        /** @type {[string, any, string]} */ ([
          `apiToken ${JSON.stringify(blank)}`,
          { ...rest, apiToken: blank },
          'apiToken is required for REST API',
        ]),
    ),
    ...['a b', 'a\nb', 'tökén', '…'].map(
      (apiToken) =>
        /** @type {[string, any, RegExp]} */ ([
          `apiToken ${JSON.stringify(apiToken)}`,
          { ...rest, apiToken },
          /^apiToken holds a space, a line break/,
        ]),
    ),
    ['a client without a token', { accountId: 'a', client: { apiToken: null } }, /^client has no apiToken: pass/],
    ['a namespacePrefix that is no text', { ...rest, namespacePrefix: 7 }, /^namespacePrefix must be a string/],
    ['a namespacePrefix with spaces', { ...rest, namespacePrefix: 'my app' }, /^namespacePrefix .*printable ASCII/],
    ['a long namespacePrefix', { ...rest, namespacePrefix: 'x'.repeat(129) }, /^namespacePrefix .*128/],
    ['a keyPrefix with spaces', { ...rest, keyPrefix: 'my app' }, /^keyPrefix .*printable ASCII/],
    [
      'ids that are none',
      { ...rest, namespaces: { threads: ' ', messages: 'b' } },
      /^Missing namespace id .*: threads\./,
    ],
    ['too few ids', { ...rest, namespaces: { threads: 'a' } }, /^Missing namespace id for table: messages\./],
    ['ids of unknown tables', { ...rest, namespaces: { chats: 'a' } }, /^namespaces\.chats is not a table/],
    ['ids in no object', { ...rest, namespaces: 'a' }, /^namespaces is an object/],
    [
      'ids and a prefix',
      { ...rest, namespacePrefix: 'a', namespaces: {} },
      /^namespaces .*instead of a namespacePrefix/,
    ],
    ['a baseUrl that is none', { ...rest, baseUrl: 'api.cloudflare.com' }, /^baseUrl must be an address/],
    ['a fetch that is none', { ...rest, fetch: 'fetch' }, /^fetch must be a function/],
    ['a waitUntil that is none', { bindings: bindings(), waitUntil: {} }, /^waitUntil must be a function/],
    ['a timeoutMs that is none', { ...rest, timeoutMs: '1 s' }, /^timeoutMs must be/],
    ...[0, -1, 1.5, NaN, '8', null].map(
      (maxConcurrency) =>
        /** @type {[string, any, RegExp]} */ ([
          `maxConcurrency ${JSON.stringify(maxConcurrency)}`,
          { bindings: bindings(), maxConcurrency },
          /^maxConcurrency must be a whole number/,
        ]),
    ),
    ...[7, null, 'often', []].map(
      (retry) =>
        /** @type {[string, any, RegExp]} */ ([
          `retry ${JSON.stringify(retry)}`,
          { bindings: bindings(), retry },
          /^retry must be an object/,
        ]),
    ),
    // An attempt too few of NaN would be tried for ever.
    ...[0, -1, 1.5, NaN, Infinity, '5', null].flatMap((number) =>
      ['attempts', 'firstPauseMs', 'maxWaitMs']
        .filter((name) => number !== 0 || name === 'attempts')
        .map(
          (name) =>
            /** @type {[string, any, RegExp]} */ ([
              `retry.${name} ${number}`,
              name === 'attempts'
                ? { ...rest, retry: { [name]: number } }
                : { bindings: bindings(), retry: { [name]: number } },
              new RegExp(`^retry\\.${name} must be a whole number`),
            ]),
        ),
    ),
  ];
  for (const [label, options, message] of configurations) {
    it(`of ${label} throws at once, from every class`, () => {
      const isRight = (/** @type {unknown} */ error) => {
        const { message: text } = /** @type {Error} */ (error);
        if (typeof message === 'string') assert.equal(text, message);
        else assert.match(text, message);
        assert.ok(!text.includes(API_TOKEN));
        return true;
      };
      assert.throws(
        () => new KVStore(options),
        (error) => isRight(error) && error instanceof StoreError,
      );
      const stores = [
        () => new CloudflareStore({ id: 's', ...options }),
        ...DOMAINS.map((Domain) => () => new Domain(options)),
      ];
      for (const construct of stores) {
        assert.throws(
          construct,
          (error) =>
            isRight(error) && error instanceof MastraError && error.id === 'MASTRA_STORAGE_CLOUDFLARE_INIT_FAILED',
        );
      }
    });
  }

  it('without any options is one, too', () => {
    const nothing = /** @type {any} */ (undefined);
    for (const none of /** @type {any[]} */ ([undefined, null, 'bindings', 7, true])) {
      assert.throws(() => new KVStore(none), StoreError);
      assert.throws(() => new MemoryStorageCloudflare(none), MastraError);
    }
    assert.throws(() => new CloudflareStore(nothing), /id must be provided/);
  });
});

describe('a right configuration', () => {
  /** Fails on what Workers forbid in global scope. @template T @param {() => T} construct */
  function withoutIo(construct) {
    const forbidden = ['fetch', 'setTimeout', 'setInterval', 'queueMicrotask'];
    const saved = forbidden.map((name) => Reflect.get(globalThis, name));
    const random = crypto.getRandomValues;
    const fail = () => assert.fail('I/O, a timer or a random number while a store is built');
    try {
      for (const name of forbidden) Reflect.set(globalThis, name, fail);
      crypto.getRandomValues = fail;
      return construct();
    } finally {
      forbidden.forEach((name, i) => Reflect.set(globalThis, name, saved[i]));
      crypto.getRandomValues = random;
    }
  }

  /** @type {[string, () => any][]} */
  const configurations = [
    ['bindings', () => ({ bindings: bindings() })],
    ['bindings and a keyPrefix', () => ({ bindings: bindings(), keyPrefix: 'dev_' })],
    [
      'bindings and undefined REST options',
      () => ({ bindings: bindings(), accountId: undefined, apiToken: undefined }),
    ],
    ['accountId and apiToken', () => rest],
    ['REST options with white space around them', () => ({ accountId: ' a ', apiToken: '\tb\n' })],
    [
      'a client',
      () => ({ accountId: 'a', namespacePrefix: 'x_', client: { apiToken: 'b', baseURL: 'https://api.test' } }),
    ],
    ['ids', () => ({ ...rest, namespaces: { mastra_threads: 'a', messages: 'b', metadata: 'c' } })],
  ];
  for (const [label, options] of configurations) {
    it(`of ${label} builds every class, and does no I/O`, () => {
      withoutIo(() => {
        void new KVStore(options());
        void new CloudflareStore({ id: 's', ...options() });
        void new CloudflareStore({ id: 's', disableInit: true, ...options() });
        for (const Domain of DOMAINS) void new Domain(options());
      });
    });
  }

  it('may bind all tables that Mastra has', async () => {
    const tables = [...Object.keys(TABLE_SCHEMAS), TABLE_OBSERVATIONAL_MEMORY];
    const all = /** @type {any} */ (Object.fromEntries(tables.map((table) => [table, kv()])));
    const store = new CloudflareStore({ id: 's', bindings: all });
    await store.stores.memory.saveThread({ thread: /** @type {any} */ (makeThread()) });
    assert.notEqual(await all.mastra_threads.get('threads:t1', 'text'), null);
    assert.throws(() => new KVStore({ bindings: all }), /is not a table/);
  });

  it('over REST sends what was given, without the white space around it', async () => {
    /** @type {{ url: string, authorization: string | null }[]} */
    const seen = [];
    /** @type {typeof globalThis.fetch} */
    const fetch = async (url, init) => {
      seen.push({ url: String(url), authorization: new Headers(init?.headers).get('authorization') });
      return new Response(null, { status: 403 });
    };
    const ids = { threads: ' an/id ', messages: 'm' };
    for (const options of [
      { accountId: ' an/account\n', apiToken: ' secret\n', namespaces: ids, fetch },
      { accountId: 'an/account', client: { apiToken: 'secret' }, namespaces: ids, fetch },
      {
        accountId: 'an/account',
        client: { apiToken: 'secret', baseURL: 'https://eu.test/v4/' },
        namespaces: ids,
        fetch,
      },
    ]) {
      await new KVStore(options).getThreadById({ threadId: 't' }).catch(() => {});
    }
    const path = '/accounts/an%2Faccount/storage/kv/namespaces/an%2Fid/bulk/get';
    assert.deepEqual(
      seen.map(({ url }) => url),
      [
        `https://api.cloudflare.com/client/v4${path}`,
        `https://api.cloudflare.com/client/v4${path}`,
        `https://eu.test/v4${path}`,
      ],
    );
    assert.deepEqual(new Set(seen.map(({ authorization }) => authorization)), new Set(['Bearer secret']));
  });
});

describe('a domain alone', () => {
  const api = new RestApiOver({ memory_threads: kv(), memory_messages: kv(), memory_thread_state: kv() });
  const ways = /** @type {[string, any][]} */ ([
    ['bindings and a keyPrefix', { bindings: bindings(), keyPrefix: 'dev_' }],
    ['REST options', { ...api.options, namespacePrefix: 'memory_' }],
    [
      'a client',
      { accountId: ACCOUNT_ID, namespacePrefix: 'memory_', fetch: api.fetch, client: { apiToken: API_TOKEN } },
    ],
  ]);
  for (const [label, options] of ways) {
    it(`works over ${label}`, async () => {
      const memory = new MemoryStorageCloudflare(options);
      await memory.init();
      const thread = /** @type {any} */ (makeThread({ id: label }));
      await memory.saveThread({ thread });
      assert.deepEqual(await memory.getThreadById({ threadId: label }), thread);
      const state = new ThreadStateStorageCloudflare(options);
      await state.init();
      await state.setState({ threadId: label, type: 'goal', value: { done: 1 } });
      assert.deepEqual(await new ThreadStateStorageCloudflare(options).getState({ threadId: label, type: 'goal' }), {
        done: 1,
      });
    });
  }
});

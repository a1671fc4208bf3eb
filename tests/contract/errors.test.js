/* Wrong arguments and configurations: what a user is told, and that nothing is written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ErrorCategory, MastraError } from '@mastra/core/error';
import { MastraCompositeStore, MemoryStorage } from '@mastra/core/storage';
import { CloudflareKVStorage, CloudflareStore, MemoryStorageCloudflare } from '../../js-shim/index.js';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { newestCoreOnly } from '../support/harness.js';
import { makeMessage, makeThread } from '../support/samples.js';

/** @import { Memory } from '../support/harness.js' */

function open() {
  const counter = new CallCounter();
  const bindings = { threads: counter.wrap(new FakeKV().location()), messages: counter.wrap(new FakeKV().location()) };
  const memory = /** @type {Memory} */ (/** @type {any} */ (new CloudflareStore({ id: 's', bindings }).stores).memory);
  return { counter, bindings, store: /** @type {Memory} */ (new KVStore({ bindings })), memory };
}

/** Arguments without a member. @param {Record<string, unknown>} object @param {string} name */
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const LONG_ID = 'x'.repeat(600);
const INVALID = 'INVALID_ARGUMENT';
const PAGE = 'must be >= 0';

/**
 * @typedef {object} Case
 * @property {string} label
 * @property {keyof Memory} operation
 * @property {unknown} args
 * @property {string} [code] INVALID_ARGUMENT when omitted
 * @property {RegExp | string} message
 * @property {string} [reason] what Mastra's error id ends in; FAILED when omitted
 */

/** @type {Case[]} */
const cases = [
  // Threads
  ...['id', 'resourceId', 'createdAt', 'updatedAt'].map((name) => ({
    label: `without ${name}`,
    operation: /** @type {const} */ ('saveThread'),
    args: { thread: without(makeThread(), name) },
    message: new RegExp(`^Invalid thread: ${name} must be `),
  })),
  .../** @type {[Record<string, unknown>, string][]} */ ([
    [{ id: '' }, 'id must be a non-empty string'],
    [{ id: 7 }, 'id must be a non-empty string'],
    [{ id: null }, 'id must be a non-empty string'],
    [{ resourceId: null }, 'resourceId must be a string'],
    [{ resourceId: 7 }, 'resourceId must be a string'],
    [{ title: 7 }, 'title must be a string'],
    [{ metadata: 'text' }, 'metadata must be an object'],
    [{ metadata: [] }, 'metadata must be an object'],
    [{ createdAt: 'yesterday' }, 'createdAt must be a Date or an ISO 8601 date string'],
    [{ createdAt: 1772355600000 }, 'createdAt must be a Date or an ISO 8601 date string'],
    [{ createdAt: new Date(NaN) }, 'createdAt must be a Date or an ISO 8601 date string'],
    [{ updatedAt: null }, 'updatedAt must be a Date or an ISO 8601 date string'],
  ]).map(([fields, message]) => ({
    label: JSON.stringify(fields),
    operation: /** @type {const} */ ('saveThread'),
    args: { thread: makeThread(fields) },
    message: `Invalid thread: ${message}.`,
  })),
  { label: 'no thread', operation: 'saveThread', args: {}, message: 'Invalid thread: it must be an object.' },
  { label: 'no arguments', operation: 'saveThread', args: undefined, message: 'Invalid thread: it must be an object.' },
  { label: 'null', operation: 'saveThread', args: { thread: null }, message: 'Invalid thread: it must be an object.' },
  {
    label: 'an array',
    operation: 'saveThread',
    args: { thread: [] },
    message: 'Invalid thread: it must be an object.',
  },
  {
    label: 'a long id',
    operation: 'saveThread',
    args: { thread: makeThread({ id: LONG_ID }) },
    code: 'KEY_TOO_LONG',
    message: /\b6\d\d bytes\b.*\b512\b|\b512\b.*\b6\d\d\b/,
    reason: 'KEY_TOO_LONG',
  },
  {
    label: 'ids that are too long together',
    operation: 'saveThread',
    args: { thread: makeThread({ id: 'ä'.repeat(40), resourceId: 'ä'.repeat(40) }) },
    code: 'KEY_TOO_LONG',
    message: /512/,
    reason: 'KEY_TOO_LONG',
  },
  ...['', null, 7, undefined, ['t1']].map((threadId) => ({
    label: `threadId ${JSON.stringify(threadId)}`,
    operation: /** @type {const} */ ('getThreadById'),
    args: { threadId },
    message: 'threadId must be a non-empty string',
  })),
  { label: 'threadId ""', operation: 'deleteThread', args: { threadId: '' }, message: /^threadId must be/ },
  { label: 'no arguments', operation: 'deleteThread', args: undefined, message: /^threadId must be/ },
  { label: 'a text', operation: 'deleteThread', args: 't1', message: /deleteThread takes an object/ },
  { label: 'no id', operation: 'updateThread', args: { title: 'x' }, message: 'id must be a non-empty string' },
  { label: 'title 7', operation: 'updateThread', args: { id: 't1', title: 7 }, message: 'title must be a string' },
  { label: 'metadata []', operation: 'updateThread', args: { id: 't1', metadata: [] }, message: /^metadata must be/ },
  {
    label: 'of nobody',
    operation: 'updateThread',
    args: { id: 'ä"%s' },
    code: 'NOT_FOUND',
    message: 'Thread with id ä"%s not found',
  },
  .../** @type {[object, string][]} */ ([
    [{ perPage: -1 }, `perPage ${PAGE}`],
    [{ perPage: 1.5 }, 'perPage must be false or a safe integer'],
    [{ perPage: NaN }, 'perPage must be false or a safe integer'],
    [{ perPage: Infinity }, 'perPage must be false or a safe integer'],
    [{ perPage: '10' }, 'perPage must be false or a safe integer'],
    [{ perPage: true }, 'perPage must be false or a safe integer'],
    [{ page: -1 }, `page ${PAGE}`],
    [{ page: 0.5 }, `page ${PAGE}`],
    [{ page: NaN }, `page ${PAGE}`],
    [{ page: 1, perPage: false }, 'page must be 0 when perPage is false'],
    [{ page: Number.MAX_SAFE_INTEGER, perPage: 10 }, 'page value too large'],
  ]).map(([args, message]) => ({
    label: Object.entries(args).join(' '),
    operation: /** @type {const} */ ('listThreads'),
    args,
    message,
    reason: 'INVALID_PAGE',
  })),

  // Messages
  ...['id', 'threadId', 'role', 'content', 'createdAt'].map((name) => ({
    label: `without ${name}`,
    operation: /** @type {const} */ ('saveMessages'),
    args: { messages: [makeMessage('m0'), without(makeMessage('m1'), name)] },
    message: new RegExp(`^Invalid message at index 1: ${name} must be `),
  })),
  .../** @type {[Record<string, unknown>, string][]} */ ([
    [{ resourceId: null }, 'resourceId must be a string'],
    [{ id: '' }, 'id must be a non-empty string'],
    [{ threadId: null }, 'threadId must be a non-empty string'],
    [{ role: 1 }, 'role must be a non-empty string'],
    [{ type: {} }, 'type must be a string'],
    [{ content: null }, 'content must be given'],
    [{ createdAt: 'soon' }, 'createdAt must be a Date or an ISO 8601 date string'],
  ]).map(([fields, message]) => ({
    label: JSON.stringify(fields),
    operation: /** @type {const} */ ('saveMessages'),
    args: { messages: [makeMessage('m0'), makeMessage('m1'), makeMessage('m2', fields), makeMessage('m3')] },
    message: `Invalid message at index 2: ${message}.`,
  })),
  { label: 'no messages', operation: 'saveMessages', args: {}, message: /^messages must be an array/ },
  { label: 'no arguments', operation: 'saveMessages', args: undefined, message: /^messages must be an array/ },
  {
    label: 'a message',
    operation: 'saveMessages',
    args: { messages: makeMessage('m') },
    message: /^messages must be an/,
  },
  {
    label: 'null among them',
    operation: 'saveMessages',
    args: { messages: [makeMessage('m0'), null] },
    message: 'Invalid message at index 1: it must be an object.',
  },
  {
    label: 'a long id among them',
    operation: 'saveMessages',
    args: { messages: [makeMessage('m0'), makeMessage(LONG_ID)] },
    code: 'KEY_TOO_LONG',
    message: /512/,
    reason: 'KEY_TOO_LONG',
  },
  {
    label: 'a long threadId among them',
    operation: 'saveMessages',
    args: { messages: [makeMessage('m0'), makeMessage('m1', { threadId: LONG_ID })] },
    code: 'KEY_TOO_LONG',
    message: /512/,
    reason: 'KEY_TOO_LONG',
  },
  {
    label: 'a value over 25 MiB among them',
    operation: 'saveMessages',
    args: { messages: [makeMessage('m0'), makeMessage('m1', { content: { text: 'x'.repeat(25 * 1024 * 1024) } })] },
    code: 'VALUE_TOO_LARGE',
    message: /25 MiB.*messages:t1:\d{17}:m1/,
    reason: 'VALUE_TOO_LARGE',
  },
  {
    label: 'a resourceId that does not fit KV metadata',
    operation: 'saveMessages',
    args: { messages: [makeMessage('m0'), makeMessage('m1', { resourceId: 'x'.repeat(1100) })] },
    code: 'VALUE_TOO_LARGE',
    message: /1024 bytes.*messages:t1:\d{17}:m1.*resourceId/,
    reason: 'METADATA_TOO_LARGE',
  },
  ...[undefined, null, '', '  ', '\t\n', 7, {}, [], ['']].map((threadId) => ({
    label: `threadId ${JSON.stringify(threadId)}`,
    operation: /** @type {const} */ ('listMessages'),
    args: { threadId },
    message: 'threadId must be a non-empty string or array of non-empty strings',
    reason: 'INVALID_THREAD_ID',
  })),
  .../** @type {[object, string][]} */ ([
    [{ perPage: -1 }, `perPage ${PAGE}`],
    [{ perPage: 1.5 }, `perPage ${PAGE}`],
    [{ perPage: NaN }, `perPage ${PAGE}`],
    [{ perPage: Infinity }, `perPage ${PAGE}`],
    [{ perPage: -1, page: -1 }, `perPage ${PAGE}`],
    [{ page: -1 }, `page ${PAGE}`],
    [{ page: -1, perPage: 0 }, `page ${PAGE}`],
    [{ page: 1.5 }, `page ${PAGE}`],
    [{ page: Number.MAX_SAFE_INTEGER, perPage: 10 }, 'page value too large'],
  ]).map(([args, message]) => ({
    label: Object.entries(args).join(' '),
    operation: /** @type {const} */ ('listMessages'),
    args: { threadId: 't1', ...args },
    message,
    reason: 'INVALID_PAGE',
  })),
  ...['m1', [''], [7], [null], null, {}].map((messageIds) => ({
    label: `messageIds ${JSON.stringify(messageIds)}`,
    operation: /** @type {const} */ ('listMessagesById'),
    args: { messageIds },
    message: 'messageIds must be an array of non-empty strings',
  })),
  ...['m1', ['m0', ''], [7], null].map((messageIds) => ({
    label: JSON.stringify(messageIds),
    operation: /** @type {const} */ ('deleteMessages'),
    args: messageIds,
    message: 'messageIds must be an array of non-empty strings',
  })),
  {
    label: 'a long id',
    operation: 'deleteMessages',
    args: [LONG_ID],
    code: 'KEY_TOO_LONG',
    message: /512/,
    reason: 'KEY_TOO_LONG',
  },
];

/** Upstream's name of an operation in error ids. @param {string} operation */
const upper = (operation) => operation.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * What a call rejects with. That it rejects and does not throw is part of the contract.
 * @param {Memory} store
 * @param {Case} wrong
 */
async function rejectionOf(store, { operation, args }) {
  const promise = /** @type {(args: unknown) => Promise<unknown>} */ (store[operation].bind(store))(args);
  assert.ok(promise instanceof Promise);
  return promise.then(
    () => assert.fail('it resolved'),
    (error) => error,
  );
}

describe('wrong arguments', () => {
  for (const wrong of cases) {
    it(`${wrong.operation}, ${wrong.label}`, async () => {
      const { counter, store, memory } = open();
      const { code = INVALID, message, reason } = wrong;
      const error = await rejectionOf(store, wrong);
      assert.ok(error instanceof StoreError, String(error));
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.deepEqual([error.name, error.code], ['StoreError', code]);

      const wrapped = await rejectionOf(memory, wrong);
      assert.ok(wrapped instanceof MastraError, String(wrapped));
      assert.equal(wrapped.message, error.message);
      assert.equal(wrapped.id, `MASTRA_STORAGE_CLOUDFLARE_${upper(wrong.operation)}_${reason ?? 'FAILED'}`);
      assert.equal(wrapped.domain, 'STORAGE');
      assert.equal(wrapped.category, ErrorCategory.USER);
      assert.equal(wrapped.details?.code, code);
      assert.ok(wrapped.cause instanceof StoreError);
      assert.equal(counter.count('put') + counter.count('delete'), 0, `nothing is written:\n${counter}`);
    });
  }

  it('that cannot be written as JSON', async () => {
    const { counter, store, memory } = open();
    const circular = makeThread();
    circular.metadata = circular;
    for (const thread of [circular, makeThread({ metadata: { big: 1n } })]) {
      await assert.rejects(store.saveThread({ thread }), { code: INVALID, message: /saveThread.*JSON/ });
      await assert.rejects(memory.saveThread({ thread }), { id: 'MASTRA_STORAGE_CLOUDFLARE_SAVE_THREAD_FAILED' });
    }
    assert.equal(counter.calls.length, 0);
  });

  it('that are more than an operation may use of memory', async () => {
    const { counter, store } = open();
    const attachment = 'x'.repeat(20 * 1024 * 1024); // content would be saved by reference
    for (const count of [3, 6]) {
      const messages = Array.from({ length: count }, (_, i) => makeMessage(`m${i}`, { attachment }));
      await assert.rejects(store.saveMessages({ messages }), { name: 'StoreError', code: 'OUT_OF_MEMORY' });
    }
    assert.equal(counter.count('put'), 0);
    assert.equal((await store.saveMessages({ messages: [makeMessage('m0')] })).messages.length, 1);
  });

  it('never show the content of messages in an error', async () => {
    const { store } = open();
    const secret = 'a-secret-text';
    for (const message of [
      makeMessage('m1', { content: secret, role: 1 }),
      makeMessage('m1', { content: { secret }, resourceId: null }),
      makeMessage(LONG_ID, { content: [secret] }),
    ]) {
      const error = await store.saveMessages({ messages: [message] }).catch((cause) => cause);
      assert.ok(!JSON.stringify([error.message, error.details, String(error.cause)]).includes(secret));
    }
  });
});

describe('arguments of any kind', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = new Proxy({}, { ownKeys: () => assert.fail('a proxy of theirs'), get: () => assert.fail('too') });
  const nonsense = [null, 7, true, 1n, Symbol('s'), () => {}, revoked.proxy, throwing];
  const withoutArguments = ['constructor', 'init', 'close', 'getRunningCount'];

  it('reject, and never throw at once', async () => {
    const { bindings, counter } = open();
    const store = /** @type {any} */ (new KVStore({ bindings }));
    const domains = /** @type {any[]} */ (Object.values(new CloudflareStore({ id: 's', bindings }).stores));
    const operations = Object.getOwnPropertyNames(KVStore.prototype).filter((name) => !withoutArguments.includes(name));
    for (const name of operations) {
      for (const args of nonsense) {
        const label = `${name} of ${typeof args}`;
        /** @type {Promise<unknown>} */
        const answer = store[name](args);
        await assert.rejects(answer, { name: 'StoreError', code: INVALID }, label);
        const domain = domains.find((candidate) => name in candidate);
        if (name !== 'dangerouslyClearAll') await assert.rejects(domain[name](args), label);
      }
    }
    assert.equal(counter.calls.length, 0);
  });

  it('say what was given instead of an object', async () => {
    const { store } = open();
    await assert.rejects(store.getThreadById('t1'), { message: 'getThreadById takes an object, not a string.' });
    await assert.rejects(store.listThreads(null), { message: 'listThreads takes an object, not null.' });
    await assert.rejects(store.saveMessages([]), { message: 'saveMessages takes an object, not an array.' });
    const getter = {
      get filter() {
        throw new Error('mine');
      },
    };
    await assert.rejects(store.listThreads(getter), {
      message: /^The arguments of listThreads cannot be read: .*mine/,
    });
  });
});

describe('a wrong configuration', () => {
  const kv = () => new FakeKV().location();
  /** @type {[string, any, string, RegExp][]} */
  const configurations = [
    [
      'no bindings',
      {},
      'MISSING_BINDING',
      /^KV bindings are required when using Workers Binding API, and accountId is required for REST API: pass /,
    ],
    ['null', { bindings: null }, 'MISSING_BINDING', /^KV bindings are required/],
    [
      'no threads',
      { bindings: { messages: kv() } },
      'MISSING_BINDING',
      /^Missing KV binding for table: threads\b.*wrangler\.toml.*THREADS_KV/,
    ],
    [
      'no messages',
      { bindings: { mastra_threads: kv() } },
      'MISSING_BINDING',
      /^Missing KV binding for table: messages\b.*MESSAGES_KV/,
    ],
    [
      'undefined',
      { bindings: { threads: kv(), messages: undefined } },
      'MISSING_BINDING',
      /not a KVNamespace: messages.*wrangler\.toml/,
    ],
    [
      'no namespace',
      { bindings: { threads: { get() {} }, messages: kv() } },
      'MISSING_BINDING',
      /not a KVNamespace: threads/,
    ],
    [
      'a text',
      { bindings: { threads: 'THREADS_KV', messages: kv() } },
      'MISSING_BINDING',
      /not a KVNamespace: threads/,
    ],
    [
      'an unknown table',
      { bindings: { threads: kv(), messages: kv(), chats: kv() } },
      'MISSING_BINDING',
      /bindings\.chats is not a table/,
    ],
    ['a table twice', { bindings: { threads: kv(), mastra_threads: kv(), messages: kv() } }, INVALID, /threads twice/],
    ...['a b', 'ä', 'x\n', '\0'].map(
      (keyPrefix) =>
        /** @type {[string, any, string, RegExp]} */ ([
          `keyPrefix ${JSON.stringify(keyPrefix)}`,
          { bindings: { threads: kv(), messages: kv() }, keyPrefix },
          INVALID,
          /^keyPrefix .*printable ASCII/,
        ]),
    ),
    [
      'keyPrefix 7',
      { bindings: { threads: kv(), messages: kv() }, keyPrefix: 7 },
      INVALID,
      /^keyPrefix must be a string/,
    ],
    [
      'a long keyPrefix',
      { bindings: { threads: kv(), messages: kv() }, keyPrefix: 'x'.repeat(129) },
      INVALID,
      /^keyPrefix .*128/,
    ],
    [
      'a keyPrefix among the keys',
      { bindings: { threads: kv(), messages: kv() }, keyPrefix: 'threads:' },
      INVALID,
      /^keyPrefix .*"threads:"/,
    ],
  ];
  for (const [label, options, code, message] of configurations) {
    it(`of ${label} throws at once`, () => {
      assert.throws(
        () => new KVStore(options),
        (error) => {
          assert.ok(error instanceof StoreError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        },
      );
      for (const construct of [
        () => new CloudflareStore({ id: 's', ...options }),
        () => new MemoryStorageCloudflare(options),
      ]) {
        assert.throws(construct, (error) => {
          assert.ok(error instanceof MastraError, String(error));
          assert.match(error.message, message);
          assert.equal(error.id, 'MASTRA_STORAGE_CLOUDFLARE_INIT_FAILED');
          assert.deepEqual([error.domain, error.category], ['STORAGE', ErrorCategory.THIRD_PARTY]);
          return true;
        });
      }
    });
  }

  it('of a blank id throws Mastra’s error', () => {
    for (const id of [undefined, '', '  ', 7]) {
      const options = { id: /** @type {any} */ (id), bindings: { threads: kv(), messages: kv() } };
      assert.throws(() => new CloudflareStore(options), {
        message: 'Cloudflare: id must be provided and cannot be empty.',
      });
    }
  });
});

describe('Mastra’s classes', () => {
  const make = (/** @type {object} */ options = {}) => {
    const bindings = { threads: new FakeKV().location(), messages: new FakeKV().location() };
    return new CloudflareStore({ id: 'store', bindings, ...options });
  };

  it('are Mastra’s, by instanceof, name and fields', async () => {
    const store = make();
    assert.ok(store instanceof MastraCompositeStore);
    assert.equal(CloudflareKVStorage, CloudflareStore);
    assert.deepEqual([store.id, store.name, store.disableInit], ['store', 'Cloudflare', false]);
    assert.equal(make({ disableInit: true }).disableInit, true);
    const memory = await store.getStore('memory');
    assert.ok(memory instanceof MemoryStorageCloudflare && memory instanceof MemoryStorage);
    assert.equal(memory, /** @type {any} */ (store.stores).memory);
    assert.equal(await store.getStore('memory'), memory);
    assert.equal(await store.getStore(/** @type {any} */ ('nothing')), undefined);
    assert.equal(memory.supportsPartialThreadUpdate, true);
    await store.init();
    await memory.init();
    await store.close?.(); // which older versions of Mastra lack
  });

  it('work without init, and a domain without a store', async () => {
    const bindings = { threads: new FakeKV().location(), messages: new FakeKV().location() };
    const memory = /** @type {any} */ (new MemoryStorageCloudflare({ bindings }));
    await memory.saveThread({ thread: makeThread() });
    const store = new CloudflareStore({ id: 'store', bindings, disableInit: true });
    assert.deepEqual(await /** @type {any} */ (store.stores).memory.getThreadById({ threadId: 't1' }), makeThread());
  });

  it('have the methods that Mastra builds on these', newestCoreOnly, async () => {
    const memory = /** @type {any} */ (await make().getStore('memory'));
    await memory.saveThread({ thread: makeThread() });
    const patched = await memory.patchThread({ id: 't1', title: 'patched' });
    assert.deepEqual([patched.title, patched.metadata], ['patched', { color: 'red' }]);
    const updated = await memory.updateThreadMetadata({
      id: 't1',
      resourceId: 'u1',
      update: (/** @type {any} */ thread) => ({ ...thread.metadata, more: 1 }),
    });
    assert.deepEqual(updated.metadata, { color: 'red', more: 1 });
    assert.equal(
      await memory.updateThreadMetadata({ id: 't1', resourceId: 'u2', update: () => assert.fail('called') }),
      null,
    );
    assert.equal(await memory.updateThreadMetadata({ id: 'nobody', update: () => assert.fail('called') }), null);
  });

  it('log that messages are saved, and nothing of their content', async () => {
    const memory = /** @type {any} */ (await make().getStore('memory'));
    /** @type {[string, unknown[]][]} */
    const lines = [];
    const levels = ['debug', 'info', 'warn', 'error', 'trackException'];
    memory.logger = Object.fromEntries(
      levels.map((level) => [level, (/** @type {unknown[]} */ ...line) => lines.push([level, line])]),
    );
    const said = /** @type {unknown[]} */ ([]);
    const { log, info } = console;
    console.log = console.info = (...line) => said.push(line);
    try {
      const contents = ['a-secret', { format: 2, parts: [{ type: 'text', text: 'a-secret' }] }, ['a-secret']];
      await memory.saveThread({ thread: makeThread({ title: 'a-secret' }) });
      await memory.saveMessages({ messages: contents.map((content, i) => makeMessage(`m${i}`, { content })) });
      await memory.listMessages({ threadId: 't1' });
    } finally {
      Object.assign(console, { log, info });
    }
    assert.deepEqual(said, []);
    const saving = lines.filter(([level, [text]]) => level === 'debug' && /Saving message/.test(String(text)));
    assert.deepEqual(saving.map(([, [, details]]) => /** @type {any} */ (details).contentSummary.type).sort(), [
      'array',
      'object',
      'string',
    ]);
    assert.ok(!JSON.stringify(lines).includes('a-secret'));
  });
});

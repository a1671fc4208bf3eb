import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrateFromMastra } from '../../js-shim/care.js';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from '../support/counting-kv.js';
import { FakeKV } from '../support/fake-kv.js';
import { Faults } from '../support/faults.js';
import { MastraLayout, at } from '../support/mastra-layout.js';
import { RestApiOver } from '../support/rest-api.js';

/** @import { FakeKVOptions } from '../support/fake-kv.js' */
/** @import { MigrationReport } from '../../js-shim/care/migrate.js' */

/** Ids that would be taken for others where a key is split at ':', or is not escaped. */
const IDS = [
  ...['a', 'a:b', 'a:b:c', 'messages', 'x:messages', '123', '__proto__', 'über/ü?', '%3A', 'mastra_threads:a', ' a '],
];

/** Content that parsing and printing would change. */
const CONTENT = String.raw`{"format":2, "parts":[{"type":"text","text":"\u0000\ud800 \u00e9"}], "n":12345678901234567890, "b":1, "1":1E2}`;

const SCORE = {
  ...{ id: 's:1', scorerId: 'relevance', runId: 'r', entityId: 'e', entityType: 'AGENT', source: 'LIVE', score: 0.5 },
  ...{ scorer: { id: 'relevance' }, entity: { id: 'e' }, input: [{ text: '{"a":1}' }], output: '{"kept":"as text"' },
  ...{ traceId: 't', spanId: 'p', metadata: { a: '[1]' } },
};
const SNAPSHOT = { status: 'suspended', context: { input: { 2: 1, a: '\u0000' } }, text: '{"not":"opened"}' };

/** How many records `fill` makes. */
const COUNTS = {
  threads: IDS.length,
  messages: IDS.length * 5,
  workflow_snapshot: 2,
  resources: 4,
  scorers: 1,
  background_tasks: 1,
};

/** A store with something of everything, and ids that are hard to tell apart. @param {MastraLayout} old */
function fill(old) {
  for (const [i, id] of IDS.entries()) {
    const resourceId = `r:${i % 2}`;
    const metadata = ['', '{"n":1.50}', { n: i }][i % 3];
    old.thread({ id, resourceId, title: `T${i}`, metadata, createdAt: at(i), updatedAt: at(1000 + i) });
    const ids = ['m', 'messages:1', 'z', 'b', 'a'].map((name) => `${id}:${name}`);
    for (const [j, message] of ids.entries()) {
      old.message(id, { id: message, createdAt: at(j === 0 ? 5 : 6), content: CONTENT, resourceId });
    }
    // Two calls saved these; one message is in no list, and neither are all of some threads.
    const [m, messages1, z, b] = ids;
    const entries = [m, b, z, messages1].map((message, place) => ({ id: message, score: place === 1 ? 0 : place }));
    if (i % 4 !== 3) old.order(id, entries);
  }
  for (const id of ['ada', 'r:0', '42', 'mastra_threads:ada']) {
    old.resource({ id, workingMemory: `# ${id}\n"é"`, metadata: { of: id }, createdAt: at(1), updatedAt: at(2) });
  }
  const run = { snapshot: SNAPSHOT, createdAt: at(1), updatedAt: at(3) };
  old.run({ workflow: 'w', run: 'r', ...run });
  old.run({ workflow: 'w:r', run: 'r:1', resourceId: 'r:0', isOlder: true, ...run });
  old.score({ ...SCORE, reason: null, createdAt: at(7), updatedAt: at(8) });
  old.task({
    ...{ id: 'task:1', tool_call_id: 'c', tool_name: 'n', agent_id: 'agent', run_id: 'r', thread_id: 'a:b' },
    ...{ resource_id: null, status: 'completed', args: '{"q":"1"}', result: '"done"', error: null, retry_count: 1 },
    ...{ suspend_payload: null, max_retries: 3, timeout_ms: 1000 },
    ...{ createdAt: at(1), startedAt: at(2), suspendedAt: null, completedAt: at(3) },
  });
}

/**
 * A store to move to.
 * @param {FakeKVOptions} [options]
 */
function target(options) {
  const threads = new FakeKV(options);
  const messages = new FakeKV(options);
  const store = new KVStore({
    bindings: { threads: threads.location(), messages: messages.location() },
    keyPrefix: 'new_',
    overlay: false,
    retry: { attempts: 1 },
  });
  const dump = () =>
    [threads, messages].flatMap((kv) =>
      kv.keys().map((key) => `${key} = ${kv.read(key)?.value} | ${kv.read(key)?.metadata}`),
    );
  return { threads, messages, store, dump };
}

/**
 * @param {MigrationReport['tables']} tables
 * @param {'records' | 'written' | 'unchanged' | 'newer'} what
 */
const counted = (tables, what) =>
  Object.fromEntries(Object.entries(tables).map(([table, moved]) => [table, moved[what]]));

/**
 * The ids of a thread's messages, in order.
 * @param {KVStore} store
 * @param {string} threadId
 */
async function idsOf(store, threadId) {
  const { messages } = await store.listMessages({ threadId, perPage: false });
  return messages.map(({ id }) => id);
}

describe('everything is moved to the letter', () => {
  for (const keyPrefix of ['', 'dev']) {
    for (const isOneNamespace of [false, true]) {
      const where = `${isOneNamespace ? 'one namespace' : 'a namespace a table'}, ${keyPrefix ? 'a' : 'no'} prefix`;
      test(where, async () => {
        const old = new MastraLayout({ keyPrefix, isOneNamespace });
        fill(old);
        const before = old.dump();
        const { store, messages } = target();
        const { done, tables, problems } = await migrateFromMastra(store, { from: old.from });
        assert.deepEqual(problems, []);
        assert.ok(done);
        assert.deepEqual(counted(tables, 'written'), COUNTS);
        assert.equal(old.dump(), before);
        await checkThreads(store);
        await checkOthers(store);
        const texts = messages.keys().filter((key) => key.startsWith('new_messages:'));
        assert.equal(texts.length, COUNTS.messages);
        for (const key of texts) assert.ok(String(messages.read(key)?.value).includes(`"content":${CONTENT}`), key);
      });
    }
  }
});

/** @param {KVStore} store */
async function checkThreads(store) {
  for (const [i, id] of IDS.entries()) {
    const metadata = [undefined, { n: 1.5 }, { n: i }][i % 3];
    assert.deepEqual(await store.getThreadById({ threadId: id }), {
      ...{ id, resourceId: `r:${i % 2}`, title: `T${i}`, ...(metadata && { metadata }) },
      ...{ createdAt: new Date(at(i)), updatedAt: new Date(at(1000 + i)) },
    });
    const order = i % 4 === 3 ? ['m', 'a', 'b', 'messages:1', 'z'] : ['m', 'b', 'z', 'messages:1', 'a'];
    assert.deepEqual(
      await idsOf(store, id),
      order.map((name) => `${id}:${name}`),
    );
  }
}

/** @param {KVStore} store */
async function checkOthers(store) {
  for (const id of ['42', 'mastra_threads:ada']) {
    assert.deepEqual(await store.getResourceById({ resourceId: id }), {
      ...{ id, workingMemory: `# ${id}\n"é"`, metadata: { of: id } },
      ...{ createdAt: new Date(at(1)), updatedAt: new Date(at(2)) },
    });
  }
  const { runs } = await store.listWorkflowRuns({ resourceId: 'r:0', status: 'suspended' });
  assert.deepEqual(runs, [
    {
      ...{ workflowName: 'w:r', runId: 'r:1', resourceId: 'r:0', snapshot: SNAPSHOT },
      ...{ createdAt: new Date(at(1)), updatedAt: new Date(at(3)) },
    },
  ]);
  const pagination = { page: 0, perPage: 9 };
  const { scores } = await store.listScoresBySpan({ traceId: 't', spanId: 'p', pagination });
  assert.deepEqual(scores, [{ ...SCORE, createdAt: new Date(at(7)), updatedAt: new Date(at(8)) }]);
  const { tasks } = await store.listTasks({ threadId: 'a:b' });
  assert.deepEqual(tasks, [
    {
      ...{ id: 'task:1', toolCallId: 'c', toolName: 'n', agentId: 'agent', runId: 'r', threadId: 'a:b' },
      ...{ status: 'completed', args: { q: '1' }, result: 'done', retryCount: 1, maxRetries: 3, timeoutMs: 1000 },
      ...{ createdAt: new Date(at(1)), startedAt: new Date(at(2)), completedAt: new Date(at(3)) },
    },
  ]);
}

test('a second run writes nothing, and changes nothing', async () => {
  const old = new MastraLayout();
  fill(old);
  const { store, dump } = target();
  await migrateFromMastra(store, { from: old.from });
  const before = dump();
  const { tables } = await migrateFromMastra(store, { from: old.from });
  assert.deepEqual(counted(tables, 'unchanged'), COUNTS);
  assert.deepEqual(dump(), before);
});

test('a dry run says what would be, and writes nothing', async () => {
  const old = new MastraLayout();
  fill(old);
  old.write('mastra_threads', 'mastra_threads:broken', '{');
  const { store, dump } = target();
  const { tables, problems } = await migrateFromMastra(store, { from: old.from, dryRun: true });
  assert.deepEqual(counted(tables, 'written'), COUNTS);
  assert.equal(problems.length, 1);
  assert.deepEqual(dump(), []);
});

test('1,200 threads, half of them without an order list, over pages of a list that are short or empty', async () => {
  const old = new MastraLayout({ kv: { pageKeysMax: 700, hasEmptyPages: true } });
  for (let i = 0; i < 1200; i++) {
    const id = `t${i}`;
    old.thread({ id, createdAt: at(i) });
    const ids = [`${id}b`, `${id}a`];
    for (const message of ids) old.message(id, { id: message, createdAt: at(i) });
    const entries = ids.map((message, score) => ({ id: message, score }));
    if (i % 2 === 0) old.order(id, entries);
  }
  const { store } = target();
  const { tables, problems } = await migrateFromMastra(store, { from: old.from });
  assert.deepEqual(counted(tables, 'written'), { threads: 1200, messages: 2400 });
  assert.deepEqual(problems, []);
  const { total, threads } = await store.listThreads({ filter: { resourceId: 'ada' }, perPage: 1 });
  assert.deepEqual([total, threads[0].id], [1200, 't1199']);
  assert.deepEqual(await idsOf(store, 't0'), ['t0b', 't0a']);
  assert.deepEqual(await idsOf(store, 't1199'), ['t1199a', 't1199b']);
});

test('1,000 messages take two writes each and at most 45 reads, in long threads and in short ones', async () => {
  for (const [threads, each] of [
    [1, 2000],
    [200, 10],
  ]) {
    const old = new MastraLayout();
    for (let t = 0; t < threads; t++) {
      const ids = Array.from({ length: each }, (_, i) => `t${t}-m${i}`);
      for (const [i, id] of ids.entries()) old.message(`t${t}`, { id, createdAt: at(i) });
      old.order(`t${t}`, ids.map((id) => ({ id, score: 0 }))); // prettier-ignore
    }
    const { store } = target();
    const messages = threads * each;
    const { calls } = await migrateFromMastra(store, { from: old.from });
    const reads = calls - 2 * messages;
    assert.ok(reads <= (45 * messages) / 1000, `${reads} reads of ${messages} messages in ${threads} threads`);
    assert.equal((await migrateFromMastra(store, { from: old.from })).calls, reads);
  }
});

describe('in steps', () => {
  for (const maxCalls of [50, 61, 200]) {
    test(`of ${maxCalls} calls, each in a process of its own, to the same end`, async () => {
      const old = new MastraLayout();
      fill(old);
      const whole = target();
      await migrateFromMastra(whole.store, { from: old.from });
      const counter = new CallCounter();
      const { threads, messages, dump } = target();
      const kvs = Object.entries(old.from.bindings).map(([name, kv]) => [name, counter.wrap(kv)]);
      const from = { bindings: Object.fromEntries(kvs) };
      /** @type {MigrationReport} */
      let step;
      /** @type {string | undefined} */
      let cursor;
      do {
        counter.reset();
        const bindings = { threads: counter.wrap(threads.location()), messages: counter.wrap(messages.location()) };
        const store = new KVStore({ bindings, keyPrefix: 'new_', overlay: false });
        step = await migrateFromMastra(store, { from, maxCalls, cursor });
        assert.ok(counter.calls.length <= maxCalls, `${counter.calls.length} calls of ${maxCalls}\n${counter}`);
        assert.equal(step.calls, counter.calls.length);
        assert.notEqual(step.cursor, cursor ?? null, 'it gets on');
        cursor = step.cursor ?? undefined;
      } while (!step.done);
      assert.deepEqual(counted(step.tables, 'written'), COUNTS);
      assert.deepEqual(dump(), whole.dump());
    });
  }

  test('onProgress tells of every table', async () => {
    const old = new MastraLayout();
    fill(old);
    /** @type {Record<string, number>} */
    const last = {};
    await migrateFromMastra(target().store, {
      from: old.from,
      onProgress: ({ table, done }) => {
        assert.ok(done >= (last[table] ?? 0));
        last[table] = done;
      },
    });
    assert.deepEqual(Object.keys(last).sort(), Object.keys(COUNTS).sort());
    for (const [table, count] of Object.entries(COUNTS)) assert.ok(last[table] >= count, table);
  });

  test('too few calls, a cursor of something else, and a source or store that is none, are refused', async () => {
    const { from } = new MastraLayout();
    const { store } = target();
    await assert.rejects(migrateFromMastra(store, { from, maxCalls: 49 }), /maxCalls must be a number, at least 50/);
    await assert.rejects(migrateFromMastra(store, { from, cursor: 'x' }), /cursor must be one/);
    await assert.rejects(migrateFromMastra(store, { from: { bindings: {} } }), /from must name a namespace/);
    await assert.rejects(
      migrateFromMastra(/** @type {any} */ ({}), { from }),
      /must be a CloudflareStore or a KVStore/,
    );
  });
});

describe('interrupted at every KV call, and run again: the same end', () => {
  for (const isDone of [false, true]) {
    test(isDone ? 'the call that is lost happens all the same' : 'the call that is lost does not happen', async () => {
      const faults = new Faults();
      const old = new MastraLayout({ kv: { faults } });
      for (const id of ['t', 't:u']) {
        old.thread({ id });
        for (const name of ['x', 'y', 'z']) old.message(id, { id: `${id}${name}`, createdAt: at(1) });
        old.order(id, [{ id: `${id}z`, score: 0 }]);
      }
      old.run({ workflow: 'w', run: 'r', snapshot: SNAPSHOT, createdAt: at(1), updatedAt: at(3) });
      old.score({ ...SCORE, createdAt: at(7), updatedAt: at(8) });
      const whole = target();
      await migrateFromMastra(whole.store, { from: old.from });
      let isWhole = false;
      let nth = 1;
      for (; !isWhole; nth++) {
        const { store, dump } = target({ faults });
        faults.clear();
        faults.add({ nth, times: Infinity, status: 400, isDone });
        isWhole = await migrateFromMastra(store, { from: old.from }).then(
          () => true,
          () => false,
        );
        faults.clear();
        await migrateFromMastra(store, { from: old.from });
        assert.deepEqual(dump(), whole.dump(), `interrupted at call ${nth}`);
      }
      assert.ok(nth > 40, `${nth} calls`);
    });
  }
});

test('what is moved expires by its own age', async () => {
  const old = new MastraLayout();
  const day = 86_400_000;
  const createdMs = Date.now() - 89 * day;
  old.message('t', { id: 'm', createdAt: new Date(createdMs).toISOString() });
  const kv = new FakeKV();
  const bindings = { threads: kv.location(), messages: kv.location() };
  const store = new KVStore({ bindings, overlay: false, expiration: { messages: '90d' } });
  await migrateFromMastra(store, { from: old.from });
  assert.equal(kv.keys().length, 2);
  for (const key of kv.keys()) {
    const leftMs = Number(kv.read(key)?.expiration) * 1000 - (createdMs + 90 * day);
    assert.ok(leftMs >= 0 && leftMs <= 2_000, `${key}: ${leftMs} ms`);
  }
});

describe('run again', () => {
  test('what has become newer there is moved, what has become newer here stays', async () => {
    const old = new MastraLayout();
    old.thread({ id: 'there' });
    old.thread({ id: 'here' });
    old.message('here', { id: 'm1', createdAt: at(1) });
    old.message('here', { id: 'm2', createdAt: at(2) });
    old.resource({ id: 'ada', workingMemory: 'old', createdAt: at(1), updatedAt: at(2) });
    const { store } = target();
    await migrateFromMastra(store, { from: old.from });

    old.thread({ id: 'there', title: 'newer there', resourceId: 'bob', updatedAt: at(50) });
    old.message('here', { id: 'm3', createdAt: at(3) });
    await store.updateThread({ id: 'here', title: 'newer here' });
    await store.updateMessages({ messages: [{ id: 'm1', content: 'newer here' }] });
    await store.updateResource({ resourceId: 'ada', workingMemory: 'newer here' });
    const said = { id: 'm4', threadId: 'here', role: 'user', content: 'x', createdAt: at(3) };
    await store.saveMessages({ messages: [said] });
    const { problems } = await migrateFromMastra(store, { from: old.from });

    assert.deepEqual(problems, []);
    assert.equal((await store.getThreadById({ threadId: 'there' }))?.title, 'newer there');
    assert.equal((await store.listThreads({ filter: { resourceId: 'bob' } })).total, 1);
    assert.equal((await store.listThreads({ filter: { resourceId: 'ada' } })).total, 1);
    assert.equal((await store.getThreadById({ threadId: 'here' }))?.title, 'newer here');
    assert.equal((await store.getResourceById({ resourceId: 'ada' }))?.workingMemory, 'newer here');
    assert.deepEqual(await idsOf(store, 'here'), ['m1', 'm2', 'm3', 'm4']);
    const { messages } = await store.listMessagesById({ messageIds: ['m1'] });
    assert.deepEqual(messages[0].content.parts, [{ type: 'text', text: 'newer here' }]);
  });

  test('what was just deleted here stays deleted', async () => {
    const old = new MastraLayout();
    for (const id of ['t', 'u']) {
      old.thread({ id });
      old.message(id, { id: `${id}1`, createdAt: at(1) });
      old.message(id, { id: `${id}2`, createdAt: at(1) });
    }
    const { store } = target();
    await migrateFromMastra(store, { from: old.from });
    await store.deleteThread({ threadId: 't' });
    await store.deleteMessages(['u1']);
    const { tables } = await migrateFromMastra(store, { from: old.from });
    assert.deepEqual(counted(tables, 'newer'), { threads: 1, messages: 3 });
    assert.equal(await store.getThreadById({ threadId: 't' }), null);
    assert.deepEqual([await idsOf(store, 't'), await idsOf(store, 'u')], [[], ['u2']]);
  });

  test('a message that moved to another thread there moves here; two of one id are a problem', async () => {
    const old = new MastraLayout();
    old.message('a', { id: 'm', createdAt: at(1) });
    old.message('a', { id: 'n', createdAt: at(1) });
    const { store } = target();
    await migrateFromMastra(store, { from: old.from });
    old.kvs.mastra_messages.write('mastra_messages:a:m', null);
    old.message('b', { id: 'm', createdAt: at(1) });
    old.message('b', { id: 'n', createdAt: at(2) });
    for (let run = 0; run < 2; run++) {
      const { problems } = await migrateFromMastra(store, { from: old.from });
      assert.deepEqual(
        problems.map(({ kind, table, key }) => ({ kind, table, key })),
        [{ kind: 'duplicate', table: 'messages', key: 'mastra_messages:b:n' }],
      );
      assert.deepEqual([await idsOf(store, 'a'), await idsOf(store, 'b')], [['n'], ['m']]);
    }
  });
});

test('what cannot be moved is a problem with its key and why, and all else is moved', async () => {
  const old = new MastraLayout({ keyPrefix: 'p', isOneNamespace: true });
  const other = new MastraLayout({ keyPrefix: 'q', isOneNamespace: true });
  other.kvs = old.kvs; // another store in the same namespaces; whose the bare keys are, nothing tells
  fill(other);
  old.thread({ id: 'good' });
  const thread = { resourceId: 'x', createdAt: at(1), updatedAt: at(1) };
  old.write('mastra_threads', 'p:mastra_threads:broken', '{"id":"broken",');
  old.write('mastra_threads', 'p:mastra_threads:list', '[]');
  old.write('mastra_threads', 'p:mastra_threads:one', { id: 'another', ...thread });
  old.write('mastra_threads', 'p:mastra_threads:nobody', { id: 'nobody', ...thread, resourceId: undefined });
  old.message('good', { id: 'no date', createdAt: 'yesterday' });
  old.message('good', { id: 'é'.repeat(200), createdAt: at(1) });
  old.message('good', { id: 'null', createdAt: at(1), content: 'null' });
  old.write('mastra_resources', 'broken', 'not JSON');
  const { store } = target();
  const { tables, problems } = await migrateFromMastra(store, { from: old.from });
  assert.deepEqual(
    problems.map(({ kind, table, key }) => `${kind} ${table} ${key}`).sort(),
    [
      'invalid messages p:mastra_messages:good:no date',
      'invalid messages p:mastra_messages:good:null',
      'invalid threads p:mastra_threads:nobody',
      'strange_key threads p:mastra_threads:one',
      `too_large messages p:mastra_messages:good:${'é'.repeat(200)}`,
      'unreadable resources broken',
      'unreadable threads p:mastra_threads:broken',
      'unreadable threads p:mastra_threads:list',
    ].sort(),
  );
  for (const { advice } of problems) assert.match(advice, /\w+.*\.$/);
  const { resources, scorers, background_tasks: tasks } = COUNTS;
  const written = { threads: 1, messages: 0, resources, scorers, background_tasks: tasks };
  assert.deepEqual(counted(tables, 'written'), written);
});

test('by REST, from namespaces by their titles, of which none is made', async () => {
  const old = new MastraLayout();
  fill(old);
  const titled = Object.entries(old.kvs).map(([table, kv]) => [`app_${table}`, kv.location()]);
  const from = new RestApiOver(Object.fromEntries(titled.slice(0, 4)));
  const to = new RestApiOver({ threads: new FakeKV().location(), messages: new FakeKV().location() });
  const namespaces = { threads: 'threads', messages: 'messages' };
  const store = new CloudflareStore({ id: 'to', ...to.options, namespaces });
  const { problems, tables } = await migrateFromMastra(store, { from: { ...from.options, namespacePrefix: 'app' } });
  assert.deepEqual(problems, []);
  const { scorers: _, background_tasks: __, ...rest } = COUNTS;
  assert.deepEqual(counted(tables, 'written'), rest);
  assert.ok(from.requests.every(({ method, path }) => method === 'GET' || path.endsWith('/bulk/get')));
  const { messages } = await store.stores.memory.listMessages({ threadId: 'a:b', perPage: false });
  assert.equal(messages.length, 5);
});

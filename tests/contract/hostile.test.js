/* Stored bytes that the store did not write, and what users hand in, at the boundary where JSON.parse reads records: an
 * error with code and key, or an answer; nobody else's data in it, no object with a prototype of the attacker's, and
 * nothing that a user says makes the store write what reads as something else. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { dump, restore } from '../support/dump.js';
import { FakeKV } from '../support/fake-kv.js';
import { fill } from '../support/full-store.js';
import { dateAt, makeMessage } from '../support/samples.js';

const MARK = 'BoBsSeCrEt';
/** In what ada said, which she may be answered, and no error may hold. */
const SAID = 'AdAsWoRdS';

/** What ada asks for: a method and its arguments. @type {[string, ...unknown[]][]} */
const READS = [
  ['getThreadById', { threadId: 'ada-2' }],
  ['listThreads', { filter: { resourceId: 'ada' } }],
  ['listMessages', { threadId: 'ada-1', perPage: false }],
  ['listMessages', { threadId: 'ada-2', perPage: 3, orderBy: { direction: 'DESC' }, includeTotal: false }],
  ['listMessages', { threadId: 'ada-2', filter: { metadata: { seen: true } }, perPage: false }],
  ['listMessages', { threadId: 'ada-1', include: [{ id: 'ada-2-m2', withPreviousMessages: 1, withNextMessages: 1 }] }],
  ['listMessagesById', { messageIds: ['ada-1-m0', 'ada-2-m0', 'ada-2-m4'] }],
  ['listMessagesByResourceId', { resourceId: 'ada' }],
  ['getResourceById', { resourceId: 'ada' }],
  ['getState', { threadId: 'ada-1', type: 'tasks' }],
  ['loadWorkflowSnapshot', { workflowName: 'greet', runId: 'ada-run' }],
  ['getWorkflowRunById', { workflowName: 'greet', runId: 'ada-run' }],
  ['listWorkflowRuns', { resourceId: 'ada' }],
  ['getTask', 'ada-task'],
  ['listTasks', { resourceId: 'ada' }],
  ['getScoreById', { id: 'ada-score' }],
  ['listScoresByRunId', { runId: 'ada-run', pagination: { page: 0, perPage: 10 } }],
  ['getObservationalMemory', 'ada-1', 'ada'],
  ['getObservationalMemoryHistory', null, 'ada'],
];

/** What bob asks for, and what both of the other tenant ask for. @type {[string, ...unknown[]][]} */
const OTHERS = [
  ['getThreadById', { threadId: 'bob-1' }],
  ['listThreads', { filter: { resourceId: 'bob' } }],
  ['listMessages', { threadId: 'bob-1', perPage: false }],
  ['getResourceById', { resourceId: 'bob' }],
  ['getState', { threadId: 'bob-1', type: 'tasks' }],
  ['listTasks', { resourceId: 'bob' }],
];

/** Texts that JSON.parse, a scanner, or who merges objects may read in another way than others do. */
const TEXTS = [
  ...['', ' ', 'null', 'true', '0', '"x"', '[]', '{}', '[1,2]', '{"a":1}x', '{"a":01}', '{"a":1,}', "{'a':1}", 'NaN'],
  '{"_writtenAt":1,"__proto__":{"polluted":true},"id":"x"}',
  '{"_writtenAt":1,"constructor":{"prototype":{"polluted":true}}}',
  '{"_writtenAt":1,"content":{"__proto__":{"polluted":true},"metadata":{"__proto__":{"polluted":true}}}}',
  '{"_writtenAt":1e999}',
  '{"_writtenAt":-1}',
  '{"_writtenAt":9007199254740993,"savedAt":1e999,"seq":-1}',
  '{"_writtenAt":1,"toJSON":1,"then":1,"valueOf":null,"length":-1}',
  `{"_writtenAt":1,"content":${'['.repeat(9000)}${']'.repeat(9000)}}`,
  `{"_writtenAt":1,"content":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  '['.repeat(100_000),
  `{"_writtenAt":1,"x":"${'x'.repeat(600)}","id":"`,
  '{"_writtenAt":1,"id":"\\ud800","threadId":"\\u0000","createdAt":"+275760-09-13T00:00:00.001Z"}',
  '\ufeff{"_writtenAt":1}',
  '{"_writtenAt":1,"snapshot":{"context":[],"value":7},"chunks":{},"_recent":7,"state":[]}',
  '{"_writtenAt":1,"\\u0069d":"a","id":"b"}',
  '{"_writtenAt":1,"id":"a"\u0001,"content":"\u0001"}',
];

/** Members that a record may have twice: what its head says, its tail says otherwise. */
const MEMBERS = [
  ...['"id":"bob-1-m0"', '"threadId":"bob-1"', '"resourceId":"bob"', '"_writtenAt":99999999999999', '"createdAt":7'],
  ...['"__proto__":{"polluted":true}', '"metadata":7', '"content":null', '"role":{}', '"type":[]', '"title":1e999'],
  ...[
    '"movedFrom":"devmessages:bob-1:x:bob-1-m0"',
    '"_movedFrom":"dev_threads:ada-1"',
    '"deleted":true',
    '"_status":1',
  ],
];

const METADATA = [
  ...['{}', '[]', '7', '"x"', 'null', '{"savedAt":"x","seq":{}}', '{"resourceId":"bob"}', '{"resourceId":7,"at":-1}'],
  ...['{"__proto__":{"polluted":true}}', '{"createdAt":"x","status":[],"savedAt":1e999,"seq":1,"moved":true}'],
];

const hostileText = fc.oneof(fc.constantFrom(...TEXTS), fc.json(), fc.string({ unit: 'binary', maxLength: 40 }));
const hostileBytes = fc.uint8Array({ maxLength: 60 });

/** How a key's value is changed. */
const change = fc.oneof(
  fc.record({ how: fc.constant('text'), text: hostileText }),
  fc.record({ how: fc.constant('bytes'), bytes: hostileBytes }),
  fc.record({ how: fc.constant('front'), text: fc.constantFrom(...MEMBERS) }),
  fc.record({ how: fc.constant('tail'), text: fc.constantFrom(...MEMBERS) }),
  fc.record({ how: fc.constant('cut'), at: fc.nat(600) }),
  fc.record({ how: fc.constant('splice'), at: fc.nat(600), gone: fc.nat(8), text: fc.string({ maxLength: 6 }) }),
  fc.record({ how: fc.constant('metadata'), text: fc.constantFrom(...METADATA) }),
  fc.record({ how: fc.constant('gone') }),
);

/**
 * @param {string} value
 * @param {any} to
 * @returns {string | Uint8Array | null}
 */
function changed(value, { how, text, bytes, at, gone }) {
  if (how === 'text') return text;
  if (how === 'bytes') return bytes;
  if (how === 'front') return value.replace('{', `{${text},`);
  if (how === 'tail') return `${value.slice(0, -1)},${text}}`;
  if (how === 'cut') return value.slice(0, at % (value.length + 1));
  if (how === 'splice') return value.slice(0, at % value.length) + text + value.slice((at % value.length) + gone);
  return how === 'gone' ? null : value;
}

const PROTOTYPES = [Object.prototype, Array.prototype, Date.prototype];

/**
 * Plain data has no prototypes but the language's; and it is not to hold the mark. (JSON.stringify, and a function that
 * calls itself, end where data is nested as deep as what is stored may be.)
 * @param {unknown} value
 */
function assertPlain(value) {
  const stack = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === 'string') assert.ok(!next.includes(MARK), next);
    if (next === null || typeof next !== 'object') continue;
    assert.ok(PROTOTYPES.includes(Object.getPrototypeOf(next)));
    for (const [name, member] of Object.entries(next)) stack.push(name, member);
  }
}

describe('hostile stored bytes', () => {
  const kv = new FakeKV();
  const bindings = { threads: kv.location(), messages: kv.location() };
  const store = /** @type {any} */ (new KVStore({ bindings, keyPrefix: 'dev', overlay: false }));
  const other = /** @type {any} */ (new KVStore({ bindings, keyPrefix: 'dev_', overlay: false }));
  /** @type {ReturnType<typeof dump>} */
  let held;
  /** @type {string[]} */
  let keys;
  /** @type {string[]} */
  let answers;

  /** What others are answered, as text. */
  const askOthers = () =>
    Promise.all(
      [store, other].flatMap((of) => OTHERS.map(async ([name, ...args]) => JSON.stringify(await of[name](...args)))),
    );

  before(async () => {
    await fill(other, { resources: ['ada', 'bob'] });
    await fill(store, { resources: ['ada', 'bob'] });
    const long = { format: 2, parts: [{ type: 'text', text: `${SAID}${'x'.repeat(600)}${SAID}` }] };
    await store.saveMessages({
      messages: [
        makeMessage('ada-2-m4', { threadId: 'ada-2', resourceId: 'ada', createdAt: dateAt(9), content: long }),
        makeMessage('bob-1-m4', { threadId: 'bob-1', resourceId: 'bob', createdAt: dateAt(9), content: MARK }),
      ],
    });
    await store.updateThread({ id: 'ada-2', title: SAID, metadata: { SAID } });
    await store.updateResource({ resourceId: 'ada', workingMemory: SAID });
    await store.updateThread({ id: 'bob-1', title: MARK, metadata: { MARK } });
    await store.updateResource({ resourceId: 'bob', workingMemory: MARK });
    await store.setState({ threadId: 'bob-1', type: 'tasks', value: MARK });
    held = dump(kv);
    keys = Object.keys(held).filter((key) => key.startsWith('dev') && !key.startsWith('dev_') && key.includes(':ada'));
    answers = await askOthers();
    assert.ok(keys.length > 40);
    assert.ok(answers.some((answer) => answer.includes(MARK)));
  });

  /**
   * Run an operation: its answer shows nobody else's data; its error has a code and, of a record, the key.
   * @param {string} name
   * @param {unknown[]} args
   */
  async function ask(name, ...args) {
    try {
      const answer = await store[name](...args);
      assertPlain(answer);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      assert.match(error.code, /^[A-Z_]+$/);
      const seen = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack;
      assert.ok(!seen.includes(MARK) && !seen.includes(SAID), seen);
      if (error.code === 'CORRUPT_RECORD') assert.ok(String(error.details.key).startsWith('dev'), error.message);
    }
  }

  it('are an error or an answer, and nobody else is answered otherwise', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(changes, async (all) => {
      restore(kv, held);
      for (const [number, to] of all) {
        const key = keys[number % keys.length];
        const { value, metadata } = held[key];
        kv.write(key, changed(value, to), { metadata: to.how === 'metadata' ? to.text : metadata });
      }
      for (const [name, ...args] of READS) await ask(name, ...args);
      assert.deepEqual(await askOthers(), answers);
      assert.equal(/** @type {any} */ ({}).polluted, undefined);
      assert.equal(Object.keys(Object.prototype).length, 0);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('lead no write to what is another’s', async () => {
    const isOthers = (/** @type {string} */ key) => key.startsWith('dev_') || key.includes(':bob');
    const others = Object.keys(held).filter(isOthers);
    const writes = /** @type {[string, ...unknown[]][]} */ ([
      ['saveMessages', { messages: [makeMessage('ada-1-m0', { threadId: 'ada-2', resourceId: 'ada' })] }],
      ['updateMessages', { messages: [{ id: 'ada-1-m1', threadId: 'ada-2' }, { id: 'ada-2-m0', role: 'tool' }] }], // prettier-ignore
      ['deleteMessages', ['ada-1-m0', 'ada-2-m0']],
      ['updateThread', { id: 'ada-1', title: 't', metadata: {} }],
      ['saveThread', { thread: { id: 'ada-1', resourceId: 'ada', createdAt: dateAt(1), updatedAt: dateAt(1) } }],
      ['updateResource', { resourceId: 'ada', workingMemory: 'w' }],
      ['updateWorkflowState', { workflowName: 'greet', runId: 'ada-run', opts: { status: 'failed' } }],
      ['deleteWorkflowRunById', { workflowName: 'greet', runId: 'ada-run' }],
      ['updateTask', 'ada-task', { status: 'failed' }],
      ['clearObservationalMemory', 'ada-1', 'ada'],
      ['deleteThread', { threadId: 'ada-2' }],
    ]);
    const property = fc.asyncProperty(
      fc.nat(),
      change,
      fc.constantFrom(...writes),
      async (number, to, [name, ...args]) => {
        const key = keys[number % keys.length];
        kv.write(key, changed(held[key].value, to), { metadata: to.how === 'metadata' ? to.text : held[key].metadata });
        await ask(name, args);
        for (const each of others) {
          assert.equal(String(/** @type {any} */ (kv.read(each))?.value), held[each].value, each);
        }
        restore(kv, held);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});

/** The names of a JSON object's members, as often as they stand there. @param {string} text @returns {string[]} */
function namesIn(text) {
  const names = [];
  let depth = 0;
  for (const [token, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:)?|[[\]{}]/g)) {
    if ('[{'.includes(token[0])) depth++;
    else if (']}'.includes(token[0])) depth--;
    else if (colon && depth === 1) names.push(JSON.parse(token.slice(0, -1)));
  }
  return names;
}

describe('what users hand in', () => {
  const NAMES = [
    '_writtenAt',
    '_recent',
    '_movedFrom',
    'movedFrom',
    'deleted',
    'savedAt',
    'seq',
    '__proto__',
    'id',
    '',
  ];
  const name = fc.oneof(
    fc.constantFrom(...NAMES, 'constructor', 'toJSON', '2', 'threadId '),
    fc.string({ maxLength: 4 }),
  );
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...MEMBERS), fc.string({ unit: 'binary' }));
  const id = fc.oneof(
    fc.constantFrom('title', 'deleted', 'schema', 'content', '..', '.', '%', '%3A', ':', 'a:b', '0', '__proto__'),
    fc.constantFrom('bob-1:x', 'metadata:threads', '\u0000', '\u001b[2J', '\ud800', 'é', '\u202e', '"', '\\', ' '),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  );

  it('makes no record that says two things, and none under another key than its ids', async () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    const store = /** @type {any} */ (new KVStore({ bindings, keyPrefix: 'p_', overlay: false }));
    const members = fc.dictionary(name, value, { maxKeys: 4 });
    const property = fc.asyncProperty(id, id, members, value, async (threadId, messageId, more, content) => {
      const message = { ...more, ...makeMessage(messageId, { threadId, content: [content] }) };
      const thread = { ...more, id: threadId, resourceId: messageId, createdAt: dateAt(0), updatedAt: dateAt(0) };
      for (const [operation, args] of [
        ['saveMessages', { messages: [message] }],
        ['saveThread', { thread }],
      ]) {
        // prettier-ignore
        await store[/** @type {string} */ (operation)](args).catch((/** @type {any} */ error) => {
          assert.equal(error.code, 'INVALID_ARGUMENT', error.message);
        });
      }
      for (const key of kv.keys()) {
        const text = String(/** @type {any} */ (kv.read(key)).value);
        const names = namesIn(text);
        assert.equal(new Set(names).size, names.length, text);
        assert.equal(names[0], '_writtenAt', text);
        assert.match(key, /^p_[!-~]+$/);
      }
      const isBlank = threadId.trim() === ''; // which is refused, as Mastra has it
      const listed = isBlank ? { messages: [] } : await store.listMessages({ threadId, perPage: false });
      assertPlain(listed);
      for (const { id: of, threadId: its } of listed.messages) assert.deepEqual([of, its], [messageId, threadId]);
      for (const key of kv.keys()) kv.write(key, null);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('is read once: an object that answers anew each time is stored under the id that it was stored with', async () => {
    const kv = new FakeKV();
    const store = /** @type {any} */ (
      new KVStore({ bindings: { threads: kv.location(), messages: kv.location() }, overlay: false })
    );
    let reads = 0;
    const shifty = () => ({
      ...makeMessage('x'),
      get id() {
        return `m${reads++}`;
      },
      content: {
        toJSON: () => ({ read: reads++ }),
      },
    });
    const lying = { ...makeMessage('y'), toJSON: () => makeMessage('z', { threadId: 't2' }) };
    await store.saveMessages({ messages: [shifty(), lying] });
    for (const key of kv.keys().filter((each) => each.startsWith('messages:'))) {
      const { id: stored, threadId } = JSON.parse(String(/** @type {any} */ (kv.read(key)).value));
      assert.match(key, new RegExp(`^messages:${threadId}:\\d+:${stored}$`));
    }
  });
});

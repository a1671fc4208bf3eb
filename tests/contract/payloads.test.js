/* Content of any size is saved by reference: what is stored and answered must be what JSON.stringify makes of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KVStore, StoreError } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeMessage, textContent } from '../support/samples.js';

const LONG = 'x'.repeat(1000);
const VALUE_BYTES_MAX = 25 * 1024 * 1024;
/** The catalogue's order of columns; what is none follows. */
const COLUMNS = ['id', 'threadId', 'resourceId', 'role', 'type', 'createdAt', 'content'];

function open() {
  const [threads, messages] = [new FakeKV(), new FakeKV()];
  const store = new KVStore({ bindings: { threads: threads.location(), messages: messages.location() } });
  const values = () =>
    messages
      .keys()
      .filter((key) => key.startsWith('messages:'))
      .map((key) => String(messages.read(key)?.value));
  return { store, values };
}

/**
 * The text of a message as it is to be stored, behind the time of its write.
 * @param {any} message
 */
function textOf(message) {
  const given = JSON.parse(JSON.stringify(message));
  const rest = Object.keys(given).filter((name) => !COLUMNS.includes(name));
  const names = [...COLUMNS.filter((name) => name in given), ...rest];
  return names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(given[name])}`).join(',');
}

/**
 * Save messages, and compare what is stored and answered with what JSON.stringify prints of them.
 * @param {any[]} messages with rising ids
 */
async function check(messages) {
  const printed = JSON.stringify(messages);
  const { store, values } = open();
  const { messages: saved } = await store.saveMessages({ messages });
  const stored = values().map((value) => value.replace(/^\{"_writtenAt":\d+,/, '').slice(0, -1));
  assert.deepEqual(stored.sort(), JSON.parse(printed).map(textOf).sort());
  const byId = (/** @type {{ id: string }} */ a, /** @type {{ id: string }} */ b) => (a.id < b.id ? -1 : 1);
  assert.deepEqual(JSON.parse(JSON.stringify([...saved].sort(byId))), JSON.parse(printed));
}

describe('content that is saved by reference', () => {
  it('is stored as JSON.stringify prints it, among columns and other members', async () => {
    await check([
      makeMessage('m1', { content: { a: 1, text: LONG } }),
      { more: LONG, ...makeMessage('m2', { content: [LONG] }), '': 0, last: { content: LONG } },
      makeMessage('m3', { content: LONG }),
      makeMessage('m4', { content: 'short' }),
      makeMessage('m5', { content: 0 }),
      { content: { text: LONG }, ...makeMessage('m6') },
    ]);
  });

  it('is what a caller makes look like a reference, too', async () => {
    const forged = ['\u0001' + '0', '\u00ff0', '\ufffd0', '\\u00010', '0', 0, { 0: '\u0001' + '1' }, { '\u00010': 0 }];
    const messages = forged.flatMap((content, i) => [
      makeMessage(`m${i}a`, { content, forged: content }),
      makeMessage(`m${i}b`, { content: { text: LONG, content, forged }, [String(content)]: content }),
    ]);
    await check(messages);
  });

  it('is of any JSON, of any length', async () => {
    const content = fc
      .tuple(fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }), fc.nat(600))
      .map(([value, length]) => (length < 200 ? (value ?? 0) : { value, pad: LONG.slice(0, length) }));
    const messages = fc
      .array(fc.tuple(content, fc.jsonValue()), { maxLength: 5 })
      .map((all) => all.map(([of, extra], i) => makeMessage(`m${i}`, { content: of, extra })));
    await fc.assert(fc.asyncProperty(messages, check), { numRuns: 200 });
  });

  it('is taken from a caller as JSON.stringify takes it', async () => {
    class Content {
      text = LONG;
      #hidden = 1;
      get hidden() {
        return this.#hidden;
      }
    }
    let reads = 0;
    const counted = {
      get text() {
        reads++;
        return LONG;
      },
    };
    const bare = Object.assign(Object.create(null), makeMessage('m6', { content: { text: LONG } }));
    await check([
      makeMessage('m1', { content: new Content() }),
      makeMessage('m2', {
        content: { text: LONG, no: undefined, nor: () => {}, date: new Date(0), bad: NaN, zero: -0 },
      }),
      makeMessage('m3', { content: { text: LONG, toJSON: (/** @type {string} */ key) => ({ key, text: LONG }) } }),
      makeMessage('m4', { content: new Date(0) }),
      Object.assign(new (class Message {})(), makeMessage('m5', { content: { text: LONG } })),
      bare,
      makeMessage('m7', { content: JSON.parse(`{"__proto__":{"a":"${LONG}"},"b":1}`) }),
      { toJSON: () => makeMessage('m8', { content: { text: LONG } }) },
      makeMessage('m9', { content: new Map([[LONG, LONG]]) }),
    ]);
    await open().store.saveMessages({ messages: [makeMessage('m1', { content: counted })] });
    assert.equal(reads, 1);
  });

  it('is as it was when the call was made', async () => {
    const { store, values } = open();
    const content = { text: LONG };
    const promise = store.saveMessages({ messages: [makeMessage('m1', { content })] });
    content.text = 'changed';
    const [saved] = (await promise).messages;
    assert.equal(saved.content.text, LONG);
    assert.ok(values()[0].includes(LONG));
  });

  it('fails with what JSON.stringify says, and with the same words where it is none', async () => {
    /** @type {any} */
    const circular = { text: LONG };
    circular.parts = [{ circular }];
    const message = makeMessage('m1', { content: { text: LONG } });
    message.content.message = message;
    const throwing = { text: LONG, get more() { return assert.fail('a getter of theirs'); } }; // prettier-ignore
    for (const content of [circular, message.content, { text: LONG, big: 1n }, throwing]) {
      const args = { messages: [makeMessage('m0', { content: { text: LONG } }), { ...message, content }] };
      let words;
      try {
        JSON.stringify(args);
      } catch (cause) {
        words = String(cause);
      }
      await assert.rejects(open().store.saveMessages(args), {
        code: 'INVALID_ARGUMENT',
        message: `The arguments of saveMessages cannot be written as JSON: ${words}`,
      });
    }
    const wrong = [null, undefined, () => {}, Symbol('x'), NaN];
    for (const content of wrong) {
      const args = { messages: [makeMessage('m0', { content: { text: LONG } }), makeMessage('m1', { content })] };
      await assert.rejects(open().store.saveMessages(args), {
        message: 'Invalid message at index 1: content must be given.',
      });
    }
    const sparse = [makeMessage('m0', { content: { text: LONG } }), , makeMessage('m1')]; // eslint-disable-line no-sparse-arrays -- as JSON has null there
    await assert.rejects(open().store.saveMessages(/** @type {any} */ ({ messages: sparse })), {
      message: 'Invalid message at index 1: it must be an object.',
    });
  });

  it('counts to the byte where it is too large, and nothing is written', async () => {
    const around = Buffer.byteLength(
      `{"_writtenAt":1764000000000,${textOf(makeMessage('m1', { content: { text: '' } }))}}`,
    );
    for (const letter of ['x', 'é', '猫', '\u{1f600}', '"']) {
      const bytes = Buffer.byteLength(JSON.stringify(letter)) - 2;
      const room = VALUE_BYTES_MAX - around;
      const text = letter.repeat(Math.floor(room / bytes)) + 'y'.repeat(room % bytes);
      const { store, values } = open();
      await store.saveMessages({ messages: [makeMessage('m1', { content: { text } })] });
      assert.equal(Buffer.byteLength(values()[0]), VALUE_BYTES_MAX);
      const messages = [makeMessage('m0'), makeMessage('m1', { content: { text: `${text}y` } })];
      await assert.rejects(store.saveMessages({ messages }), (error) => {
        assert.ok(error instanceof StoreError && error.code === 'VALUE_TOO_LARGE');
        assert.match(error.message, new RegExp(`would take ${VALUE_BYTES_MAX + 1} bytes`));
        return true;
      });
      assert.equal(values().length, 1);
    }
  });

  it('goes to the engine whole where it has brackets enough to be nested too deep, or stands beside more', async () => {
    await check([
      makeMessage('m1', { content: { items: Array.from({ length: 9000 }, (_, i) => ({ i })) } }),
      makeMessage('m2', { content: textContent(LONG), more: 'x'.repeat(2 << 20) }),
    ]);
  });
});

/**
 * Persist a snapshot, and compare what is stored and read with what JSON.stringify prints of it.
 * @param {any} snapshot
 */
async function checkRun(snapshot) {
  const threads = new FakeKV();
  const store = new KVStore({ bindings: { threads: threads.location(), messages: threads.location() } });
  const printed = JSON.stringify(snapshot);
  const run = { workflowName: 'w', runId: 'r1', resourceId: 'u1', status: 'forged' };
  await store.persistWorkflowSnapshot({ ...run, snapshot });
  const { value, metadata } = /** @type {any} */ (threads.read('workflow_snapshot:w:r1'));
  assert.ok(String(value).endsWith(`,"resourceId":"u1","snapshot":${printed}}`), String(value).slice(0, 300));
  const { status } = JSON.parse(printed);
  const { _status: shown } = JSON.parse(metadata);
  assert.equal(shown && decodeURIComponent(shown), typeof status === 'string' ? status : undefined);
  assert.deepEqual(await store.loadWorkflowSnapshot(run), JSON.parse(printed));
}

describe('a snapshot that is persisted by reference', () => {
  it('is stored as JSON.stringify prints it, and its status known to lists', async () => {
    class Snapshot {
      status = 'failed';
      context = { LONG };
    }
    const hidden = Object.defineProperty({ context: LONG }, 'status', { value: 'hidden' });
    const snapshots = [
      { status: 'running', context: { LONG } },
      { context: { LONG, status: 'x' }, status: 'suspended' },
      { context: LONG },
      { status: 7, context: LONG },
      { status: null, context: LONG },
      { status: NaN, context: LONG },
      { status: () => 'x', context: LONG },
      { status: { toJSON: (/** @type {string} */ key) => `of_${key}` }, context: LONG },
      { status: 'short' },
      new Snapshot(),
      hidden,
      { toJSON: () => ({ status: 'made', context: LONG }) },
      { status: 'dated', context: { LONG, at: new Date(0), no: undefined } },
      { '\u00010': '\u0001' + '0', status: '\u0001' + '0', context: LONG },
      JSON.parse(`{"__proto__":{"status":"a"},"status":"own","context":"${LONG}"}`),
    ];
    for (const snapshot of snapshots) await checkRun(snapshot);
  });

  it('reads each property once', async () => {
    let reads = 0;
    await checkRun({ status: 'running', context: LONG });
    const counted = {
      get status() {
        reads++;
        return 'running';
      },
      context: LONG,
    };
    await open().store.persistWorkflowSnapshot({ workflowName: 'w', runId: 'r1', snapshot: counted });
    assert.equal(reads, 1);
  });

  it('is refused where it is no object, whatever its size', async () => {
    const wrong = [[{ LONG }], LONG, new Map([[LONG, LONG]]).keys().next().value, 7, true, { toJSON: () => [LONG] }];
    for (const snapshot of /** @type {any[]} */ (wrong)) {
      await assert.rejects(open().store.persistWorkflowSnapshot({ workflowName: 'w', runId: 'r1', snapshot }), {
        message: 'Invalid workflow run: snapshot must be an object.',
      });
    }
  });

  it('leaves the resource and createdAt as they were stored, wherever they stand', async () => {
    const kv = new FakeKV();
    const store = new KVStore({ bindings: { threads: kv.location(), messages: kv.location() }, overlay: false });
    const run = { workflowName: 'w', runId: 'r1' };
    const createdAt = '2024-01-01T00:00:00.000Z';
    const front = { _writtenAt: 1, ...run, createdAt, updatedAt: createdAt, resourceId: 'u1' };
    const snapshot = { context: 'x'.repeat(5000) };
    for (const record of [
      { ...front, snapshot },
      { _writtenAt: 1, ...run, snapshot, createdAt, updatedAt: createdAt, resourceId: 'u1' },
      { _writtenAt: 1, ...run, createdAt, snapshot, resourceId: 'u1' },
    ]) {
      await kv.location().put('workflow_snapshot:w:r1', JSON.stringify(record));
      await store.persistWorkflowSnapshot({ ...run, snapshot: { status: 'success', ...snapshot } });
      const stored = JSON.parse(String(kv.read('workflow_snapshot:w:r1')?.value));
      assert.deepEqual([stored.createdAt, stored.resourceId], [createdAt, 'u1']);
    }
  });
});

describe('a state that is set by reference', () => {
  it('comes back as JSON has it', async () => {
    const values = [
      { LONG, '': 1 },
      { LONG, '': { LONG } },
      [LONG],
      LONG,
      { at: new Date(0), LONG },
      { a: 1 },
      null,
      0,
    ];
    for (const value of values) {
      const { store } = open();
      await store.setState({ threadId: 't1', type: 'goal', value });
      assert.deepEqual(await store.getState({ threadId: 't1', type: 'goal' }), JSON.parse(JSON.stringify(value)));
    }
  });
});

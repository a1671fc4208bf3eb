/* What an instance of the engine takes of an isolate's memory, and what happens where that is not enough. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeMessages, makeThread, textContent } from '../support/samples.js';

const PAGE_BYTES = 64 << 10;
/** WASM_STACK_BYTES in the Makefile. */
const STACK_BYTES = 16 << 10;

const bindings = () => ({ threads: new FakeKV().location(), messages: new FakeKV().location() });

/**
 * Run some work and see the memory of the instances it makes.
 * @param {() => Promise<unknown>} work
 * @returns {Promise<ArrayBuffer[]>}
 */
async function memoriesOf(work) {
  const { Instance } = WebAssembly;
  /** @type {WebAssembly.Instance[]} */
  const made = [];
  class Seen extends Instance {
    /** @param {ConstructorParameters<typeof Instance>} args */
    constructor(...args) {
      super(...args);
      made.push(this);
    }
  }
  Object.assign(WebAssembly, { Instance: Seen });
  try {
    await work();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
  return made.map(({ exports }) => /** @type {WebAssembly.Memory} */ (exports.memory).buffer);
}

/**
 * Something of everything, in an order in which each finds what it needs, and the most pages that it takes.
 * @type {[string, number, (store: KVStore) => Promise<unknown>][]}
 */
const OPERATIONS = [
  ['saveThread', 1, (store) => store.saveThread({ thread: makeThread() })],
  ['saveMessages of 2', 1, (store) => store.saveMessages({ messages: makeMessages(2) })],
  ['saveMessages of 100', 5, (store) => store.saveMessages({ messages: makeMessages(100, { type: 'v2' }) })],
  ['getThreadById', 1, (store) => store.getThreadById({ threadId: 't1' })],
  ['listMessages, 10', 2, (store) => store.listMessages({ threadId: 't1', perPage: 10, includeTotal: false })],
  ['listMessages, 40 and the total', 3, (store) => store.listMessages({ threadId: 't1' })],
  [
    'listMessagesById, 10',
    1,
    (store) =>
      store.listMessagesById({
        messageIds: makeMessages(100)
          .map(({ id }) => id)
          .slice(0, 10),
      }),
  ],
  [
    'updateMessages, 2',
    2,
    (store) =>
      store.updateMessages({
        messages: [
          { id: 'm01', role: 'user' },
          { id: 'm02', role: 'user' },
        ],
      }),
  ],
  ['updateThread', 2, (store) => store.updateThread({ id: 't1', metadata: { a: [1, { b: 2 }] } })],
  ['listThreads', 1, (store) => store.listThreads({ filter: { resourceId: 'u1', metadata: { color: 'red' } } })],
  ['copyThread of 100', 6, (store) => store.copyThread({ sourceThreadId: 't1', newThreadId: 't2' })],
  ['deleteMessages, 2', 2, (store) => store.deleteMessages(['m01', 'm02'])],
  ['deleteThread of 100', 5, (store) => store.deleteThread({ threadId: 't1' })],
];

describe('an instance', () => {
  it('begins with one page', async () => {
    const [memory] = await memoriesOf(async () => new KVStore({ bindings: bindings() }));
    assert.equal(memory.byteLength, PAGE_BYTES);
  });

  const given = bindings();
  for (const [name, pages, run] of OPERATIONS) {
    it(`has at most ${pages} of them after ${name}, and used less than half its stack`, async (t) => {
      const memories = await memoriesOf(() => run(new KVStore({ bindings: given, overlay: false })));
      assert.equal(memories.length, 1);
      const [memory] = memories;
      const touched = new Uint8Array(memory, 0, STACK_BYTES).findIndex((byte) => byte !== 0);
      t.diagnostic(`${memory.byteLength / PAGE_BYTES} pages, ${STACK_BYTES - touched} bytes of stack`);
      assert.ok(memory.byteLength <= pages * PAGE_BYTES, `${memory.byteLength} bytes`);
      assert.ok(touched > STACK_BYTES / 2, `${STACK_BYTES - touched} bytes of stack`);
    });
  }

  for (const [count, mebibytes, pages] of [
    [1, 24, 1],
    [40, 1, 3],
  ]) {
    it(`has at most ${pages} pages after ${count} × ${mebibytes} MiB were saved, which stay with JavaScript`, async (t) => {
      const messages = makeMessages(count, { content: textContent('x'.repeat(mebibytes << 20)) });
      const [memory] = await memoriesOf(() =>
        new KVStore({ bindings: bindings(), overlay: false }).saveMessages({ messages }),
      );
      t.diagnostic(`${memory.byteLength / PAGE_BYTES} pages`);
      assert.ok(memory.byteLength <= pages * PAGE_BYTES, `${memory.byteLength} bytes`);
    });
  }

  it('has at most 2 pages after a run of 24 MiB was read, which stays with JavaScript', async (t) => {
    const given = bindings();
    const run = { workflowName: 'w', runId: 'r1', resourceId: 'u1' };
    const snapshot = { status: 'suspended', context: { step: 'ä'.repeat(12 << 20) } };
    await new KVStore({ bindings: given, overlay: false }).persistWorkflowSnapshot({ ...run, snapshot });
    const [memory] = await memoriesOf(async () => {
      const store = new KVStore({ bindings: given, overlay: false });
      assert.deepEqual(await store.loadWorkflowSnapshot(run), snapshot);
      assert.deepEqual((await store.getWorkflowRunById(run))?.snapshot, snapshot);
      assert.deepEqual((await store.getWorkflowRunById({ runId: 'r1' }))?.snapshot, snapshot);
      assert.equal((await store.listWorkflowRuns({ resourceId: 'u1' })).runs.length, 1);
    });
    t.diagnostic(`${memory.byteLength / PAGE_BYTES} pages`);
    assert.ok(memory.byteLength <= 2 * PAGE_BYTES, `${memory.byteLength} bytes`);
  });

  it('has one page after a run of 24 MiB was persisted, and persisted again', async (t) => {
    const given = bindings();
    const run = { workflowName: 'w', runId: 'r1', resourceId: 'u1' };
    const snapshot = { context: { step: 'ä'.repeat(12 << 20) }, status: 'suspended' };
    const [memory] = await memoriesOf(async () => {
      const store = new KVStore({ bindings: given, overlay: false });
      await store.persistWorkflowSnapshot({ ...run, snapshot });
      await store.persistWorkflowSnapshot({ ...run, snapshot: { ...snapshot, status: 'running' } });
    });
    t.diagnostic(`${memory.byteLength / PAGE_BYTES} pages`);
    assert.ok(memory.byteLength <= PAGE_BYTES, `${memory.byteLength} bytes`);
  });

  it('grows to less than four times what it moves', async (t) => {
    const messages = makeMessages(4, { attachment: 'x'.repeat(1 << 20) });
    const bytes = JSON.stringify(messages).length;
    const [memory] = await memoriesOf(() =>
      new KVStore({ bindings: bindings(), overlay: false }).saveMessages({ messages }),
    );
    t.diagnostic(`${memory.byteLength} bytes for ${bytes}`);
    assert.ok(memory.byteLength < 4 * bytes, `${memory.byteLength} bytes for ${bytes}`);
  });
});

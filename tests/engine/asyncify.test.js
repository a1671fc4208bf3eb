/* The engine's other build, which waits without JSPI. `make test` runs the contract suite over it as well. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Asyncify, ROOM_BYTES } from '../../js-shim/engine/asyncify.js';
import { dateImports } from '../../js-shim/engine/dates.js';
import { wasiImports } from '../../js-shim/engine/wasi.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV, macrotask, randomLatency } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';
import { dateAt, makeMessage, makeThread } from '../support/samples.js';

const read = (/** @type {string} */ name) =>
  new WebAssembly.Module(readFileSync(new URL(`../../build/${name}`, import.meta.url)));
const module = read('store.asyncify.wasm');

/** The most of its memory that an operation's locals may take: what is there is many times that. */
const SAVED_BYTES_MAX = 4096;

/** @param {import('../support/fake-kv.js').FakeKVOptions} [options] */
function open(options) {
  const bindings = { threads: new FakeKV(options).location(), messages: new FakeKV(options).location() };
  return new KVStore({ bindings, overlay: false, module });
}

/** Save, copy, list, update and delete, with many rounds of waiting. @param {KVStore} store @param {string} id */
async function converse(store, id) {
  await store.saveThread({ thread: makeThread({ id }) });
  const ids = Array.from({ length: 120 }, (_, i) => `${id}-${i}`);
  await store.saveMessages({
    messages: ids.map((messageId, i) => makeMessage(messageId, { threadId: id, createdAt: dateAt(i) })),
  });
  await store.updateMessages({ messages: [{ id: ids[1], content: { text: `${id}, changed` } }] });
  const { thread } = await store.copyThread({ sourceThreadId: id });
  await store.deleteMessages(ids.slice(0, 100));
  const { messages, total } = await store.listMessages({ threadId: id, perPage: false });
  const copied = await store.listMessages({ threadId: thread.id, perPage: 2 });
  await store.deleteThread({ threadId: id });
  return {
    left: messages.map((message) => message.id),
    total,
    copied: copied.total,
    changed: copied.messages[1].content.text,
    gone: await store.getThreadById({ threadId: id }),
  };
}

/** @param {string} id */
const conversed = (id) => ({
  left: Array.from({ length: 20 }, (_, i) => `${id}-${100 + i}`),
  total: 20,
  copied: 120,
  changed: `${id}, changed`,
  gone: null,
});

describe('the Asyncify build', () => {
  it('has the imports of the other one, and its exports with those of Asyncify', () => {
    const other = read('store.wasm');
    const imports = (/** @type {WebAssembly.Module} */ of) =>
      WebAssembly.Module.imports(of).map((entry) => `${entry.module}.${entry.name}`);
    const names = (/** @type {WebAssembly.Module} */ of) => WebAssembly.Module.exports(of).map(({ name }) => name);
    assert.deepEqual(imports(module).sort(), imports(other).sort());
    assert.deepEqual(
      names(module)
        .filter((name) => !name.startsWith('asyncify_'))
        .sort(),
      names(other).sort(),
    );
  });

  it('serves operations one after another', async () => {
    const store = open();
    for (const id of ['a', 'b', 'c']) assert.deepEqual(await converse(store, id), conversed(id));
  });

  it('serves many at once, each in an instance of its own', async () => {
    const random = makeRandom(1);
    const store = open({ latency: randomLatency(random) });
    const ids = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const answers = await Promise.all(ids.map((id) => converse(store, id)));
    assert.deepEqual(answers, ids.map(conversed));
  });

  it('saves far less than there is room for', async () => {
    const { Instance } = WebAssembly;
    /** @type {{ memory: WebAssembly.Memory, data: number }[]} */
    const made = [];
    /** The engine's instances, and where their locals are saved: in the room that is kept for them. */
    class Watched extends Instance {
      /** @param {ConstructorParameters<typeof Instance>} args */
      constructor(...args) {
        super(...args);
        const { memory, keep } = /** @type {any} */ (this.exports);
        const watchedKeep = (/** @type {number} */ size) => {
          const data = keep(size);
          made.push({ memory, data });
          return data;
        };
        Object.defineProperty(this, 'exports', { value: { ...this.exports, keep: watchedKeep } });
      }
    }
    let savedMax = 0;
    const measure = async () => {
      await macrotask();
      for (const { memory, data } of made) {
        const [end] = new Uint32Array(memory.buffer, data, 1);
        if (end > 0) savedMax = Math.max(savedMax, end - data);
      }
    };
    WebAssembly.Instance = Watched;
    try {
      await converse(open({ latency: measure }), 't1');
    } finally {
      WebAssembly.Instance = Instance;
    }
    assert.ok(savedMax > 0, 'no operation waited');
    assert.ok(savedMax <= SAVED_BYTES_MAX, `${savedMax} bytes of ${ROOM_BYTES}`);
  });

  it('traps where there is no room, so that the instance is dropped', async () => {
    const { exports, run } = makeInstance(new Asyncify(16));
    await assert.rejects(run('getThreadById', '{"threadId":"t1"}'), WebAssembly.RuntimeError);
    assert.ok(exports.memory.buffer.byteLength > 0);
  });

  it('answers without waiting what needs no KV', async () => {
    const { run } = makeInstance(new Asyncify());
    assert.match(await run('getThreadById', '{"threadId":""}'), /INVALID_ARGUMENT/);
  });
});

/**
 * An instance whose KV has no key.
 * @param {Asyncify} suspension
 */
function makeInstance(suspension) {
  const memory = () => exports.memory;
  const started = () => 0;
  const absent = () => 1;
  const kv = {
    get: started,
    put: started,
    delete: started,
    list: started,
    status: absent,
    size: () => 0,
    head: () => ~0,
    forget: () => {},
    read: () => {},
  };
  const imports = {
    kv: { ...kv, wait: suspension.suspending(async () => {}) },
    wasi_snapshot_preview1: wasiImports(memory),
    date: dateImports(memory),
  };
  const exports = /** @type {any} */ (new WebAssembly.Instance(module, imports).exports);
  exports._initialize();
  const call = suspension.promising(exports, 'call');
  const input = (/** @type {string} */ text) => {
    const at = exports.input(text.length);
    new Uint8Array(exports.memory.buffer).set(new TextEncoder().encode(text), at);
    return at;
  };
  const output = (/** @type {number} */ at) => {
    const [address, size] = new Uint32Array(exports.memory.buffer, at, 2);
    return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, size));
  };
  const options = '{"bindings":[{"name":"threads","valid":true},{"name":"messages","valid":true}]}';
  output(exports.open(input(options), options.length));
  return {
    exports,
    /** @param {string} operation @param {string} args @returns {Promise<string>} */
    run: async (operation, args) => output(await call(input(operation + args), operation.length, args.length)),
  };
}

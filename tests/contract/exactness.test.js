/* What was saved comes back exactly. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { KVStore } from '../../js-shim/kv-store.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { makeMessage, makeThread } from '../support/samples.js';

/** JSON text that JavaScript would print another way, or other stores read another way. */
const TEXTS = [
  '{"text":"a\\u0000b\\u0000","\\u0000":"\\u0000"}',
  '{"lone":"\\ud800","swapped":"\\udc00\\ud800","\\udfff":1,"pair":"\u{1f600}"}',
  '{"control":"\\u0001\\u001f\u007f\u0080\\"\\\\/\\b\\f\\n\\r\\t","separators":"\u2028\u2029","bom":"\ufeff"}',
  '[1e+21,5e-324,0.30000000000000004,1.7976931348623157e+308,9007199254740991,-9007199254740991,0,-1.5e-7,123456789012345680000]',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null,"hasOwnProperty":0}',
  '{"2":4,"10":3,"b":1,"a":2,"":5,"_writtenAt":6,"_recent":[],"_patchedAt":"x","id":"not an id","createdAt":"not a date"}',
  '{"looks":"{\\"like\\":\\"json\\"}","number":"12","null":"null","date":"2026-03-01T09:00:00.000Z"}',
  '{"empty":{"object":{},"array":[],"string":"","null":null},"false":false,"true":true}',
  '[[[]],[{}],[null,false,0,""]]',
];

/** @param {unknown} value */
const print = (value) => JSON.stringify(value);

describeOnEachBackend('exactness', (backend) => {
  const open = () => {
    const { threads, messages } = backend.current;
    return new KVStore({ bindings: { threads, messages }, keyPrefix: newPrefix(), overlay: false });
  };

  /**
   * Save a value as a message's content, and as a part of one that is long enough to be saved by reference.
   * @param {KVStore} store
   * @param {unknown} content
   */
  async function checkContent(store, content) {
    await checkOneContent(store, content);
    await checkOneContent(store, { long: 'x'.repeat(1000), content });
  }

  /**
   * Compare what all reads give, as text: so nothing is taken for equal that is not, such as the order of members.
   * @param {KVStore} store
   * @param {unknown} content
   */
  async function checkOneContent(store, content) {
    const text = print(content);
    const { messages: saved } = await store.saveMessages({ messages: [makeMessage('m1', { content })] });
    assert.equal(print(saved[0].content), text);
    const { messages: listed } = await store.listMessages({ threadId: 't1' });
    assert.equal(print(listed[0].content), text);
    const { messages: found } = await store.listMessagesById({ messageIds: ['m1'] });
    assert.equal(print(found[0].content), text);
  }

  /**
   * @param {KVStore} store
   * @param {object} metadata
   */
  async function checkMetadata(store, metadata) {
    const text = print(metadata);
    await store.saveThread({ thread: makeThread({ metadata }) });
    assert.equal(print((await store.getThreadById({ threadId: 't1' }))?.metadata), text);
    await store.updateThread({ id: 't1', title: 'x' });
    assert.equal(print((await store.listThreads()).threads[0].metadata), text);
    // Merging an object into itself changes nothing.
    assert.equal(print((await store.updateThread({ id: 't1', metadata })).metadata), text);
    assert.equal(print((await store.getThreadById({ threadId: 't1' }))?.metadata), text);
  }

  for (const [i, text] of TEXTS.entries()) {
    it(`of awkward JSON, ${i + 1}`, async () => {
      const value = JSON.parse(text);
      assert.equal(print(value), text, 'the sample is what JavaScript prints');
      const store = open();
      await checkContent(store, value);
      if (!Array.isArray(value)) await checkMetadata(store, value);
      assert.equal(Object.prototype.hasOwnProperty.call(Object.prototype, 'polluted'), false);
    });
  }

  it('of titles, roles, types and members that are no columns', async () => {
    const store = open();
    const odd = 'a\0\ud800"\\\u{1f600}';
    const thread = makeThread({ title: odd, extra: { [odd]: odd }, toString: 1 });
    assert.deepEqual(await store.saveThread({ thread }), thread);
    assert.deepEqual(await store.getThreadById({ threadId: 't1' }), thread);
    assert.equal((await store.updateThread({ id: 't1', title: `${odd}!` })).title, `${odd}!`);
    assert.equal((await store.getThreadById({ threadId: 't1' }))?.title, `${odd}!`);
    const message = makeMessage('m1', { role: odd, type: odd, extra: [odd], [odd]: null });
    assert.deepEqual(await store.saveMessages({ messages: [message] }), { messages: [message] });
    assert.deepEqual((await store.listMessages({ threadId: 't1' })).messages, [message]);
  });

  it('of content saved as text', async () => {
    const store = open();
    const odd = 'a\0\ud800"\\\u{1f600}{"json":1}';
    await store.saveMessages({ messages: [makeMessage('m1', { content: odd })] });
    const [{ content }] = (await store.listMessages({ threadId: 't1' })).messages;
    assert.deepEqual(content, { format: 2, content: odd, parts: [{ type: 'text', text: odd }] });
  });

  it('of 1,000 levels of nesting', async () => {
    let value = /** @type {unknown} */ ('the innermost');
    for (let level = 0; level < 1000; level++) value = level % 2 === 0 ? [value] : { value };
    const store = open();
    await checkContent(store, value);
    await checkMetadata(store, { value });
  });

  it('of a message of 1 MiB, and of long strings and many members', async () => {
    const store = open();
    const text = `${'ä\0\ud800\u{1f600}"'.repeat(30_000)}${'x'.repeat(700_000)}`;
    assert.ok(Buffer.byteLength(print(text)) > 1024 * 1024);
    await checkContent(store, { format: 2, parts: [{ type: 'text', text }] });
    const members = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`member ${i}`, i]));
    await checkContent(store, members);
    await checkMetadata(store, members);
  });

  it('of any JSON as content', async () => {
    // Text becomes content in its newer form and null is no content; both are checked elsewhere.
    const content = fc
      .jsonValue({ stringUnit: 'binary', maxDepth: 6 })
      .filter((value) => value !== null && typeof value !== 'string');
    const store = open();
    const property = fc.asyncProperty(content, (value) => checkContent(store, value));
    await fc.assert(property, { numRuns: 500 / backend.slowness });
  });

  it('of any object as metadata', async () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    );
    const key = fc.oneof(
      fc.string({ unit, maxLength: 6 }),
      fc.constantFrom('__proto__', '', '_writtenAt', 'constructor'),
    );
    const metadata = fc.dictionary(
      key,
      fc.oneof(
        fc.jsonValue(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.string({ unit }),
      ),
    );
    const store = open();
    const property = fc.asyncProperty(metadata, (value) => checkMetadata(store, JSON.parse(print(value))));
    await fc.assert(property, { numRuns: 300 / backend.slowness });
  });

  it('holds messages up to the largest value of KV, and saves nothing that it could not answer', async () => {
    const store = open();
    for (const mebibytes of [16, 20, 24.9]) {
      const id = `m${mebibytes}`;
      const content = { text: 'x'.repeat(mebibytes * 2 ** 20) };
      await store.saveMessages({ messages: [makeMessage(id, { threadId: id, content })] });
      const { messages } = await store.listMessagesById({ messageIds: [id] });
      assert.equal(messages[0].content.text.length, content.text.length);
    }
  });
});

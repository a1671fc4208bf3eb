/* Thread state, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ThreadStateStorageCloudflare } from '../../js-shim/index.js';
import { AWKWARD_IDS, EXACT_TEXTS, domainFlavours, openDomain } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';

const GOAL = { threadId: 't1', type: 'goal' };
const TASK = { threadId: 't1', type: 'task' };

describeOnEachBackend('thread state', (backend) => {
  const bindings = () => ({ threads: backend.current.threads, messages: backend.current.messages });

  for (const { name, make } of domainFlavours('threadState')) {
    describe(name, () => {
      const open = (keyPrefix = newPrefix()) => make({ bindings: bindings(), keyPrefix });

      it('is undefined where nothing is stored, and otherwise what was', async () => {
        const store = open();
        assert.equal(await store.getState(GOAL), undefined);
        for (const value of [null, false, 0, '', [], {}, 'text', 1.5, [null], { value: null, updatedAt: 'x' }]) {
          assert.equal(await store.setState({ ...GOAL, value }), undefined);
          assert.deepEqual(await store.getState(GOAL), value);
        }
        for (const text of EXACT_TEXTS) {
          await store.setState({ ...GOAL, value: JSON.parse(text) });
          assert.equal(JSON.stringify(await store.getState(GOAL)), JSON.stringify(JSON.parse(text)));
        }
      });

      it('is replaced and not merged', async () => {
        const store = open();
        await store.setState({ ...GOAL, value: { a: 1 } });
        await store.setState({ ...GOAL, value: { b: 2 } });
        assert.deepEqual(await store.getState(GOAL), { b: 2 });
      });

      it('is copied', async () => {
        const store = open();
        const value = { list: [1] };
        await store.setState({ ...GOAL, value });
        value.list.push(2);
        const found = await store.getState(GOAL);
        found.list.push(3);
        assert.deepEqual(await store.getState(GOAL), { list: [1] });
      });

      it('is deleted by type, also where it is not there, and by the value undefined', async () => {
        const store = open();
        await store.setState({ ...GOAL, value: 1 });
        await store.setState({ ...TASK, value: 2 });
        assert.equal(await store.deleteState(GOAL), undefined);
        await store.deleteState(GOAL);
        assert.equal(await store.getState(GOAL), undefined);
        assert.equal(await store.getState(TASK), 2);
        await store.setState({ ...TASK, value: undefined });
        assert.equal(await store.getState(TASK), undefined);
      });

      it('belongs to its pair of thread and type alone', async () => {
        const keyPrefix = newPrefix();
        const store = open(keyPrefix);
        const pairs = AWKWARD_IDS.flatMap((id, i) => [
          { threadId: id, type: AWKWARD_IDS[AWKWARD_IDS.length - 1 - i] },
          { threadId: id, type: '' },
          { threadId: 'a', type: `${id}:` },
        ]);
        await Promise.all(pairs.map((pair, i) => store.setState({ ...pair, value: i })));
        await Promise.all(
          pairs.map(async (pair, i) => assert.equal(await store.getState(pair), i, JSON.stringify(pair))),
        );
        const other = open(`${keyPrefix}x_`);
        assert.equal(await other.getState(pairs[0]), undefined);
        await other.setState({ ...pairs[0], value: 'other' });
        await store.dangerouslyClearAll();
        assert.equal(await store.getState(pairs[0]), undefined);
        assert.equal(await other.getState(pairs[0]), 'other');
        const { keys } = await backend.current.threads.list({ prefix: keyPrefix, limit: 1000 });
        assert.equal(keys.length, 1);
      });

      it('refuses what names no thread or type', async () => {
        const store = open();
        for (const threadId of ['', undefined, null, 5]) {
          await assert.rejects(store.getState({ threadId, type: 'goal' }), {
            message: 'threadId must be a non-empty string',
          });
        }
        for (const type of [undefined, null, 5]) {
          await assert.rejects(store.setState({ threadId: 't1', type, value: 1 }), {
            message: 'type must be a string',
          });
          await assert.rejects(store.deleteState({ threadId: 't1', type }), { message: 'type must be a string' });
        }
      });
    });
  }
});

describe('thread state in a KV of its own', () => {
  it('is plain JSON under a plain key, with its time in the KV metadata', async () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    await openDomain('threadState', { bindings }).setState({ ...GOAL, value: { objective: 'größe' } });
    assert.deepEqual(kv.keys(), ['thread_state:t1:goal']);
    const { value, metadata } = /** @type {any} */ (kv.read('thread_state:t1:goal'));
    const { _writtenAt, updatedAt } = JSON.parse(value);
    assert.equal(Date.parse(updatedAt), _writtenAt);
    assert.equal(value, `{"_writtenAt":${_writtenAt},"value":{"objective":"größe"},"updatedAt":"${updatedAt}"}`);
    assert.deepEqual(JSON.parse(metadata), { updatedAt });
  });

  it('fails as Mastra has it', async () => {
    const kv = new FakeKV();
    const domain = new ThreadStateStorageCloudflare({ bindings: { threads: kv.location(), messages: kv.location() } });
    await domain.init();
    await assert.rejects(domain.setState({ threadId: 'x'.repeat(500), type: 'goal', value: 1 }), {
      id: 'MASTRA_STORAGE_CLOUDFLARE_SET_STATE_KEY_TOO_LONG',
      category: 'USER',
    });
    kv.write('thread_state:t1:goal', 'x');
    kv.write('thread_state:t1:task', '{"_writtenAt":1}');
    for (const place of [GOAL, TASK]) {
      await assert.rejects(domain.getState(place), {
        id: 'MASTRA_STORAGE_CLOUDFLARE_GET_STATE_FAILED',
        category: 'THIRD_PARTY',
      });
    }
  });
});

/* Observability is not here: the store says so, and a composite gives it another one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InMemoryStore, MastraCompositeStore } from '@mastra/core/storage';
import { CloudflareStore } from '../../js-shim/index.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeThread } from '../support/samples.js';

const open = () =>
  new CloudflareStore({
    id: 'kv',
    bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() },
  });

describe('observability', () => {
  it('is undefined, and who asks for it is told once what to do', async () => {
    const store = open();
    /** @type {string[]} */
    const warnings = [];
    store.__setLogger(/** @type {any} */ ({ warn: (/** @type {string} */ text) => warnings.push(text), debug() {} }));
    assert.equal(await store.getStore('observability'), undefined);
    assert.equal(await store.getStore('observability'), undefined);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /no observability domain.*MastraCompositeStore.*domains: \{ observability/s);
    assert.equal(await store.getStore('agents'), undefined);
    await store.getStore('memory');
    assert.equal(warnings.length, 1);
  });

  it('comes from another store in a composite, and everything else from here', async () => {
    const store = open();
    const other = new InMemoryStore();
    const composite = new MastraCompositeStore({
      id: 'storage',
      default: store,
      domains: { observability: await other.getStore('observability') },
    });
    await composite.init();
    const memory = await composite.getStore('memory');
    const observability = await composite.getStore('observability');
    assert.equal(memory, store.stores.memory);
    assert.equal(await composite.getStore('workflows'), store.stores.workflows);
    assert.equal(await composite.getStore('threadState'), store.stores.threadState);
    assert.equal(observability, await other.getStore('observability'));

    await memory?.saveThread({ thread: /** @type {any} */ (makeThread()) });
    assert.equal((await store.stores.memory.getThreadById({ threadId: 't1' }))?.title, 'A title');
    const span = {
      traceId: 'trace',
      spanId: 'span',
      parentSpanId: null,
      name: 'agent run',
      spanType: 'agent_run',
      isEvent: false,
      startedAt: new Date(),
      endedAt: null,
    };
    await observability?.createSpan(/** @type {any} */ ({ span }));
    assert.equal((await observability?.getTrace({ traceId: 'trace' }))?.spans.length, 1);
    await composite.close?.(); // which older versions of Mastra lack
  });
});

/* The store as part of a composite, which takes observability from elsewhere. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InMemoryStore, MastraCompositeStore } from '@mastra/core/storage';
import { CloudflareStore } from '../../js-shim/index.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeThread } from '../support/samples.js';

const open = () =>
  new CloudflareStore({ id: 'kv', bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() } });

it('a composite has our domains and the other store’s observability', async () => {
  const store = open();
  const other = new InMemoryStore();
  const composite = new MastraCompositeStore({
    id: 'composite',
    default: store,
    domains: { observability: await other.getStore('observability') },
  });
  await composite.init();
  for (const name of /** @type {const} */ (['memory', 'workflows', 'scores', 'backgroundTasks', 'threadState'])) {
    assert.equal(await composite.getStore(name), await store.getStore(name), name);
  }
  assert.equal(await composite.getStore('observability'), await other.getStore('observability'));
  const memory = await composite.getStore('memory');
  await memory?.saveThread({ thread: /** @type {any} */ (makeThread()) });
  assert.equal((await (await store.getStore('memory'))?.getThreadById({ threadId: 't1' }))?.id, 't1');
  await composite.close();
});

it('the store alone has no observability', async () => {
  assert.equal(await open().getStore('observability'), undefined);
});

/* The examples for Node, over REST, from the installed package. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { copyExample, runProgram } from '../support/consumer.js';
import { startRestServer } from '../support/rest-server.js';

describe('over REST', () => {
  /** @type {Awaited<ReturnType<typeof startRestServer>>} */
  let server;
  before(async () => {
    server = await startRestServer();
  });
  after(() => server?.close());
  const env = () => ({
    ACCOUNT_ID: server.options.accountId,
    API_TOKEN: server.options.apiToken,
    BASE_URL: server.options.baseUrl,
    MASTRA_TELEMETRY_DISABLED: '1',
  });

  it("node-rest prints a user's conversations", async () => {
    const createdAt = new Date('2026-03-01T09:00:00Z');
    const store = new KVStore({ ...server.options, namespacePrefix: 'worker_' });
    await store.saveThread({
      thread: { id: 't1', resourceId: 'ada', title: 'Riga', createdAt, updatedAt: createdAt },
    });
    await store.saveMessages({
      messages: [{ id: 'm1', threadId: 't1', resourceId: 'ada', role: 'user', content: 'Hello', createdAt }],
    });
    const ids = Object.fromEntries(server.api.namespaces.map(({ title, id }) => [title.replace('worker_', ''), id]));
    const directory = await copyExample('node-rest');
    const NAMESPACES = JSON.stringify(ids);
    const { code, output } = await runProgram(directory, process.execPath, ['index.js', 'ada'], {
      ...env(),
      NAMESPACES,
    });
    assert.equal(code, 0, output);
    assert.equal(output, '# Riga\n\n2026-03-01T09:00:00.000Z\n\n**user**: Hello\n\n');
  });

  it('observability keeps traces out of KV', async () => {
    const directory = await copyExample('observability');
    const { code, output } = await runProgram(directory, process.execPath, ['index.js'], env());
    assert.equal(code, 0, output);
    assert.match(output, /^thread Riga in KV, 1 span elsewhere$/m);
    const titles = server.api.namespaces.map(({ title }) => title).filter((title) => title.startsWith('app_'));
    assert.deepEqual(titles, ['app_threads']); // made when first used
  });
});

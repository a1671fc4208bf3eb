/* The installed package over REST, in the runtimes that it is for. Node 22 has no JSPI: there it is the Asyncify build that
 * runs. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeProject, runProgram } from '../support/consumer.js';
import { startRestServer } from '../support/rest-server.js';

const PLAIN = `
import { KVStore } from 'mastra-kv-wasm/kv-store';
const store = new KVStore({ ...JSON.parse(process.env.STORE), namespacePrefix: process.env.PREFIX });
const now = new Date();
await store.saveThread({ thread: { id: 't1', resourceId: 'ada', title: 'Riga', createdAt: now, updatedAt: now } });
await Promise.all(Array.from({ length: 20 }, (_, i) => store.saveMessages({
  messages: [{ id: 'm' + i, threadId: 't1', resourceId: 'ada', role: 'user', content: 'Hello ' + i, createdAt: now }],
})));
const { messages, total } = await store.listMessages({ threadId: 't1', perPage: 5 });
console.log(typeof WebAssembly.Suspending, total, messages.length, (await store.getThreadById({ threadId: 't1' })).title);
`;
const MASTRA = `
import { CloudflareStore } from 'mastra-kv-wasm';
const store = new CloudflareStore({ id: 's', ...JSON.parse(process.env.STORE), namespacePrefix: process.env.PREFIX });
await store.init();
const memory = await store.getStore('memory');
const now = new Date();
await memory.saveThread({ thread: { id: 't2', resourceId: 'ada', title: 'Oslo', createdAt: now, updatedAt: now } });
console.log(typeof WebAssembly.Suspending, (await memory.getThreadById({ threadId: 't2' })).title);
`;

const path = (/** @type {string} */ name) => fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));
const arch = process.arch === 'arm64' ? { node: 'arm64', bun: 'aarch64' } : { node: 'x64', bun: 'x64' };
const RUNTIMES = [
  { name: 'Node 24', program: process.execPath, jspi: 'function' },
  { name: 'Node 22', program: path(`node22-linux-${arch.node}/bin/node`), jspi: 'undefined' },
  { name: 'Bun', program: path(`@oven/bun-linux-${arch.bun}/bin/bun`), jspi: 'function' },
];

describe('over REST', () => {
  /** @type {Awaited<ReturnType<typeof startRestServer>>} */
  let server;
  /** @type {string} */
  let directory;
  before(async () => {
    server = await startRestServer();
    directory = await makeProject('runtimes', { 'plain.js': PLAIN, 'mastra.js': MASTRA });
  });
  after(() => server?.close());

  for (const { name, program, jspi } of RUNTIMES) {
    const skip = existsSync(program) ? false : `there is no ${name} for this machine`;
    const env = (/** @type {string} */ prefix) => ({ STORE: JSON.stringify(server.options), PREFIX: prefix });

    it(`${name} runs the plain store`, { skip }, async () => {
      const { code, output } = await runProgram(directory, program, ['plain.js'], env(`${name}_`.replace(' ', '')));
      assert.equal(code, 0, output);
      assert.equal(output.trim(), `${jspi} 20 5 Riga`);
    });

    it(`${name} runs Mastra's`, { skip }, async () => {
      const { code, output } = await runProgram(directory, program, ['mastra.js'], env(`${name}_`.replace(' ', '')));
      assert.equal(code, 0, output);
      assert.equal(output.trim(), `${jspi} Oslo`);
    });
  }
});

/* An agent of the oldest Mastra that the package takes remembers, too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../support/consumer.js';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = `
import { Agent } from '@mastra/core/agent';
import { Memory } from '@mastra/memory';
import { CloudflareStore } from './js-shim/index.js';
import { createRecallModel } from './js-shim/worker/recall-model.js';
import { FakeKV } from './tests/support/fake-kv.js';

const storage = new CloudflareStore({
  id: 'memory',
  bindings: { threads: new FakeKV().location(), messages: new FakeKV().location() },
});
const agent = new Agent({
  id: 'chat', name: 'chat', instructions: 'You remember.', model: createRecallModel(), memory: new Memory({ storage }),
});
const memory = { thread: 't1', resource: 'ada' };
await agent.generate('I live in Riga.', { memory });
console.log((await agent.generate('Where do I live?', { memory })).text);
process.exit(); // Mastra's telemetry keeps Node running
`;

test('an agent remembers, with the oldest @mastra/core and its @mastra/memory', async () => {
  const hook = './tests/support/oldest-core.js';
  const { code, output } = await runProgram(TOP, process.execPath, [
    '--import',
    hook,
    '--input-type=module',
    '-e',
    PROGRAM,
  ]);
  assert.equal(code, 0, output);
  assert.match(output, /Before, you said: "I live in Riga\."/);
});

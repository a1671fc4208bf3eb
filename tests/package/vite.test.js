/* Vite with Cloudflare's plugin, and vitest in workerd by Cloudflare's pool: the package as it is installed, no option. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeProject, runTool, startBundle, WORKER, WRANGLER_TOML } from '../support/consumer.js';

describe('Vite', () => {
  it("with Cloudflare's plugin builds a Worker", async () => {
    const directory = await makeProject('vite', {
      'wrangler.toml': WRANGLER_TOML,
      'worker.js': WORKER,
      'vite.config.js': `import { cloudflare } from '@cloudflare/vite-plugin';
export default { plugins: [cloudflare()], logLevel: 'warn' };
`,
    });
    const { code, output } = await runTool(directory, 'vite/bin/vite.js', ['build']);
    assert.equal(code, 0, output);
    const built = join(directory, 'dist/consumer');
    const files = await readdir(built, { recursive: true });
    assert.equal(files.filter((file) => file.endsWith('.wasm')).length, 1, files.join('\n'));
    const miniflare = await startBundle(built, 'index.js');
    try {
      const response = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body: 'Hello' });
      assert.equal(/** @type {any} */ (await response.json()).messages[0].content.content, 'Hello');
    } finally {
      await miniflare.dispose();
    }
  });
});

describe('vitest', () => {
  it("in workerd, by Cloudflare's pool, tests a Worker that uses the store", async () => {
    const directory = await makeProject('vitest', {
      'wrangler.toml': WRANGLER_TOML,
      'worker.js': WORKER,
      'vitest.config.js': `import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
export default defineConfig({ plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })] });
`,
      'worker.test.js': `import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { KVStore } from 'mastra-kv-wasm/kv-store';

it('remembers over requests', async () => {
  const response = await exports.default.fetch(new Request('http://worker/', { method: 'POST', body: 'Hello' }));
  expect((await response.json()).total).toBe(1);
});
it('can be used in a test itself', async () => {
  const store = new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV }, keyPrefix: 'test_' });
  expect(await store.getThreadById({ threadId: 't1' })).toBe(null);
});
`,
    });
    const { code, output } = await runTool(directory, 'vitest/vitest.mjs', ['run', '--reporter=verbose']);
    assert.equal(code, 0, output);
    assert.match(output, /2 passed/);
  });
});

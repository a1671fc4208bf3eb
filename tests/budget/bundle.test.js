/* What the store's JavaScript adds to a Worker's bundle, the engine's module apart (tests/size.test.js). An import that
 * keeps a bundler from leaving out what is not used shows here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * @param {string} entry
 * @returns {Promise<number>} the bytes of its JavaScript, gzipped
 */
async function gzippedBytesOf(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../bench/bundles/${entry}`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node', // only so that Node's own modules, which Workers have, stay outside
    conditions: ['workerd', 'worker'],
    loader: { '.wasm': 'copy' },
    outdir: '/',
    logLevel: 'error',
  });
  const [script] = outputFiles.filter(({ path }) => path.endsWith('.js'));
  return gzipSync(script.contents, { level: 9 }).length;
}

for (const [entry, kibibytes] of /** @type {[string, number][]} */ ([
  ['kv-store.js', 12],
  ['mastra.js', 140],
])) {
  test(`a Worker with ${entry} has at most ${kibibytes} KiB of JavaScript, gzipped`, async (t) => {
    const bytes = await gzippedBytesOf(entry);
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes <= kibibytes * 1024, `${bytes} bytes`);
  });
}

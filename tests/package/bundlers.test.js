/* The recipes of docs/bundlers.md. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { build } from 'esbuild';
import { makeProject, runProgram, startBundle, WORKER } from '../support/consumer.js';

/** A KV namespace that is empty, for programs that only show that the engine answers. */
const KV = `const kv = {
  get: async (keys) => (Array.isArray(keys) ? new Map(keys.map((key) => [key, null])) : null),
  put: async () => {}, delete: async () => {}, list: async () => ({ keys: [], list_complete: true }),
};
const bindings = { threads: kv, messages: kv };
`;
const PROGRAM = `import { KVStore } from 'mastra-kv-wasm/kv-store';
${KV}
try {
  console.log(await new KVStore({ bindings }).getThreadById({ threadId: 't1' }));
} catch (error) {
  console.log(error.code, error.message);
}
`;
const WITH_MODULE = `import bytes from 'mastra-kv-wasm/store.wasm';
import { KVStore } from 'mastra-kv-wasm/kv-store';
${KV}
const module = new WebAssembly.Module(bytes);
console.log(await new KVStore({ bindings, module }).getThreadById({ threadId: 't1' }));
`;

/**
 * Bundle for Node and run it from elsewhere, where no package is.
 * @param {string} name
 * @param {string} program
 * @param {import('esbuild').BuildOptions} options
 */
async function bundleAndRun(name, program, options) {
  const directory = await makeProject(name, { 'index.js': program });
  const outfile = join(directory, options.format === 'cjs' ? 'out/index.cjs' : 'out/index.mjs');
  await build({
    entryPoints: [join(directory, 'index.js')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    ...options,
  });
  const { output } = await runProgram(directory, process.execPath, [outfile]);
  return output.trim().slice(0, 2000);
}

describe('esbuild, for Node', () => {
  it('leaves the package out', async () => {
    const options = { format: /** @type {const} */ ('esm'), external: ['mastra-kv-wasm'] };
    assert.equal(await bundleAndRun('esbuild-external', PROGRAM, options), 'null');
  });

  it('takes the engine in, as bytes that are handed to the store', async () => {
    const options = { format: /** @type {const} */ ('esm'), loader: { '.wasm': /** @type {const} */ ('binary') } };
    assert.equal(await bundleAndRun('esbuild-binary', WITH_MODULE, options), 'null');
  });

  for (const format of /** @type {const} */ (['esm', 'cjs'])) {
    it(`without a recipe (${format}) gets an error that says what to do`, async () => {
      // No await at the top of CommonJS.
      const program = format === 'cjs' ? PROGRAM.replace('try {', '(async () => { try {').concat('})();') : PROGRAM;
      const options = { format, logLevel: /** @type {const} */ ('silent') };
      const output = await bundleAndRun(`esbuild-none-${format}`, program, options);
      assert.match(output, /^MISSING_MODULE The engine, store\.wasm, .*--external:mastra-kv-wasm.*docs\/bundlers\.md/);
    });
  }
});

describe('esbuild, for Workers', () => {
  it('without a loader says that .wasm has none', async () => {
    const directory = await makeProject('esbuild-worker-none', { 'worker.js': WORKER });
    const entryPoints = [join(directory, 'worker.js')];
    const options = { bundle: true, write: false, format: /** @type {const} */ ('esm'), conditions: ['workerd'] };
    await assert.rejects(
      build({ ...options, entryPoints, external: ['cloudflare:*'], logLevel: 'silent' }),
      /No loader is configured for "\.wasm" files: .*store\.wasm/,
    );
  });

  it('with --conditions=workerd --loader:.wasm=copy makes a Worker, of the JSPI build alone', async () => {
    const directory = await makeProject('esbuild-worker', { 'worker.js': WORKER });
    const outdir = join(directory, 'out');
    await build({
      entryPoints: [join(directory, 'worker.js')],
      outdir,
      bundle: true,
      format: 'esm',
      conditions: ['workerd'],
      external: ['cloudflare:*'],
      loader: { '.wasm': 'copy' },
    });
    const wasm = (await readdir(outdir)).filter((file) => file.endsWith('.wasm'));
    assert.match(wasm.join(), /^store-\w+\.wasm$/);
    const miniflare = await startBundle(outdir, 'worker.js');
    try {
      const response = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body: 'Hello' });
      assert.equal(/** @type {any} */ (await response.json()).total, 1);
    } finally {
      await miniflare.dispose();
    }
  });
});

describe('mastra-kv-wasm/kv-store', () => {
  it('needs nothing of Mastra: no file of another package', async () => {
    const directory = await makeProject('graph', { 'index.js': `export * from 'mastra-kv-wasm/kv-store';` });
    const { metafile } = await build({
      entryPoints: [join(directory, 'index.js')],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
    });
    const foreign = Object.keys(metafile.inputs).filter(
      (path) => path.includes('node_modules/') && !path.includes('node_modules/mastra-kv-wasm/'),
    );
    assert.deepEqual(foreign, []);
    assert.ok(Object.keys(metafile.inputs).length > 10);
  });
});

/* The README's examples, run as they stand there. */
import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { wrangler } from '../support/worker.js';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const README = await readFile(join(TOP, 'README.md'), 'utf8');
const [WITH_MASTRA, WITHOUT_MASTRA] = [...README.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
const NAMESPACES = ['THREADS_KV', 'MESSAGES_KV'];

/** @type {Miniflare[]} */
const running = [];
after(() => Promise.all(running.map((miniflare) => miniflare.dispose())));

/**
 * Bundle an example as `wrangler deploy` would, and start it.
 * @param {string} name
 * @param {string} code
 * @returns {Promise<Miniflare>}
 */
async function start(name, code) {
  const directory = join(TOP, 'build/readme', name);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'worker.js'), code);
  await writeFile(
    join(directory, 'wrangler.toml'),
    [
      'name = "readme"',
      'main = "worker.js"',
      'compatibility_date = "2026-07-01"',
      'compatibility_flags = ["nodejs_compat"]',
    ]
      .concat(NAMESPACES.flatMap((binding) => ['[[kv_namespaces]]', `binding = "${binding}"`, `id = "${binding}"`]))
      .join('\n'),
  );
  const bundle = join(directory, 'bundle');
  await wrangler('deploy', '--dry-run', '--config', join(directory, 'wrangler.toml'), '--outdir', bundle);
  const wasm = (await readdir(bundle)).filter((file) => file.endsWith('.wasm'));
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    modulesRoot: bundle,
    modules: [
      { type: 'ESModule', path: join(bundle, 'worker.js') },
      ...wasm.map((file) => ({ type: /** @type {const} */ ('CompiledWasm'), path: join(bundle, file) })),
    ],
    kvNamespaces: NAMESPACES,
  });
  running.push(miniflare);
  await miniflare.ready;
  return miniflare;
}

describe("the README's examples", () => {
  test('without Mastra', async () => {
    const miniflare = await start('without-mastra', WITHOUT_MASTRA);
    const answer = /** @type {any} */ (await (await miniflare.dispatchFetch('http://worker/')).json());
    assert.equal(answer.total, 1);
    assert.equal(answer.messages[0].content.content, 'Hello');
  });

  test('with Mastra, but for the model, which would need the network', async () => {
    const model = "'openai/gpt-5-mini'";
    assert.ok(WITH_MASTRA.includes(model));
    const code = `import { createRecallModel } from '../../../js-shim/worker/recall-model.js';\n${WITH_MASTRA}`;
    const miniflare = await start('with-mastra', code.replace(model, 'createRecallModel()'));
    const say = async (/** @type {string} */ message) => {
      const body = JSON.stringify({ message, thread: 't1', resource: 'ada' });
      const response = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body });
      return /** @type {any} */ (await response.json()).text;
    };
    await say('I live in Riga.');
    assert.match(await say('Where do I live?'), /Before, you said: "I live in Riga\."/);
    const threads = /** @type {any} */ (await miniflare.getKVNamespace('THREADS_KV'));
    const { keys } = await threads.list({ prefix: 'dev_threads:' });
    assert.equal(keys[0].name, 'dev_threads:t1');
    assert.equal(keys.length, 1);
  });
});

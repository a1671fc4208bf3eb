/* The examples of the README and of docs/observing.md, run as they stand there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare } from 'miniflare';
import { wrangler } from '../support/worker.js';

const TOP = fileURLToPath(new URL('../../', import.meta.url));

/** The JavaScript of a page. @param {string} path */
const examplesIn = async (path) =>
  [...(await readFile(join(TOP, path), 'utf8')).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

const [WITH_MASTRA, WITHOUT_MASTRA, IN_NODE] = await examplesIn('README.md');
const [OBSERVING] = await examplesIn('docs/observing.md');
const NAMESPACES = ['THREADS_KV', 'MESSAGES_KV'];

/** @type {Miniflare[]} */
const running = [];
after(() => Promise.all(running.map((miniflare) => miniflare.dispose())));

/**
 * A directory for an example, with a wrangler.toml.
 * @param {string} name
 * @param {string} code
 */
async function prepare(name, code) {
  const directory = join(TOP, 'build/readme', name);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'worker.js'), code);
  const settings = [
    'name = "readme"',
    'main = "worker.js"',
    'compatibility_date = "2026-07-01"',
    'compatibility_flags = ["nodejs_compat"]',
    ...NAMESPACES.flatMap((binding) => ['[[kv_namespaces]]', `binding = "${binding}"`, `id = "${binding}"`]),
  ];
  await writeFile(join(directory, 'wrangler.toml'), settings.join('\n'));
  return directory;
}

/**
 * Bundle an example as `wrangler deploy` would, and start it.
 * @param {string} name
 * @param {string} code
 * @param {(message: string) => void} [log] what the example prints
 * @returns {Promise<Miniflare>}
 */
async function start(name, code, log = () => {}) {
  const directory = await prepare(name, code);
  const bundle = join(directory, 'bundle');
  await wrangler('deploy', '--dry-run', '--config', join(directory, 'wrangler.toml'), '--outdir', bundle);
  const wasm = (await readdir(bundle)).filter((file) => file.endsWith('.wasm'));
  const miniflare = new Miniflare({
    cf: false,
    handleStructuredLogs: (/** @type {{ message: string }} */ { message }) => {
      log(message);
    },
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

  test('in Node, over the namespaces of wrangler', async () => {
    const directory = await prepare('in-node', IN_NODE);
    const { stdout } = await promisify(execFile)(process.execPath, ['worker.js'], { cwd: directory });
    assert.match(stdout, /threads: \[\], total: 0/);
  });
});

test('the example of docs/observing.md logs each call', async () => {
  /** @type {any[]} */
  const calls = [];
  const code = `${OBSERVING}
    export default {
      async fetch() {
        return Response.json(await store.getThreadById({ threadId: 't1' }));
      },
    };`;
  const miniflare = await start('observing', code, (message) => calls.push(JSON.parse(message)));
  assert.equal(await (await miniflare.dispatchFetch('http://worker/')).json(), null);
  assert.equal(calls.length, 1);
  const { ms, ...call } = calls[0];
  assert.ok(ms >= 0);
  assert.deepEqual(call, {
    operation: 'get',
    namespace: 'THREADS_KV',
    key: 'threads:t1',
    keys: 4,
    billed: { unit: 'read', count: 4 },
  });
});

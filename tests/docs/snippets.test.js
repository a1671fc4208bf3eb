/* The code of README and docs, run as it stands there, with the package as it is installed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { bundle, makeProject, startBundle, WRANGLER_TOML } from '../support/consumer.js';
import { blocks, commands, PAGES, readPage } from '../support/docs.js';
import { fakeOpenAI } from '../support/fake-openai.js';

const [WITH_MASTRA, WITHOUT_MASTRA, IN_NODE] = blocks('README.md', 'js');
const [OBSERVING] = blocks('docs/observing.md', 'js');

/** @type {Awaited<ReturnType<typeof startBundle>>[]} */
const running = [];
after(() => Promise.all(running.map((miniflare) => miniflare.dispose())));

/**
 * Bundle a Worker as `wrangler deploy` would, and start it.
 * @param {string} name
 * @param {Record<string, string>} files
 * @param {object} [options] Miniflare's
 */
async function start(name, files, options) {
  const directory = await makeProject(name, { 'wrangler.toml': WRANGLER_TOML, ...files });
  const miniflare = await startBundle(await bundle(directory), 'worker.js', options);
  running.push(miniflare);
  return miniflare;
}

describe("the README's code", () => {
  it('is a Worker that remembers, asked as its commands ask', async () => {
    const [toml] = blocks('README.md', 'toml');
    const miniflare = await start(
      'readme',
      { 'worker.js': WITH_MASTRA, 'wrangler.toml': toml },
      {
        bindings: { MODEL_API_KEY: 'a-key' },
        outboundService: fakeOpenAI(({ input }) => ({ text: JSON.stringify(input) })),
      },
    );
    const bodies = commands('README.md').flatMap((line) => /^curl localhost:8787 -d '(.*)'$/.exec(line)?.[1] ?? []);
    assert.equal(bodies.length, 2);
    const answers = [];
    for (const body of bodies) {
      const response = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body });
      answers.push(/** @type {any} */ (await response.json()).text);
    }
    assert.match(answers[1], /I live in Riga\..*Where do I live\?/s);
    const threads = /** @type {any} */ (await miniflare.getKVNamespace('THREADS_KV'));
    const { keys } = await threads.list({ prefix: 'threads:' });
    assert.deepEqual(
      keys.map((/** @type {any} */ { name }) => name),
      ['threads:t1'],
    );
  });

  it('is a Worker without Mastra', async () => {
    const miniflare = await start('readme-plain', { 'worker.js': WITHOUT_MASTRA });
    const answer = /** @type {any} */ (await (await miniflare.dispatchFetch('http://worker/')).json());
    assert.equal(answer.total, 1);
    assert.equal(answer.messages[0].content.content, 'Hello');
  });

  it('is a program for Node, over the namespaces of wrangler', async () => {
    const directory = await makeProject('readme-node', { 'wrangler.toml': WRANGLER_TOML, 'worker.js': IN_NODE });
    const { stdout } = await promisify(execFile)(process.execPath, ['worker.js'], { cwd: directory });
    assert.match(stdout, /threads: \[\], total: 0/);
  });
});

it('the example of docs/observing.md logs each call as it says there', async () => {
  /** @type {any[]} */
  const calls = [];
  const code = `${OBSERVING}
    export default {
      async fetch() {
        return Response.json(await store.getThreadById({ threadId: 't1' }));
      },
    };`;
  const miniflare = await start(
    'observing',
    { 'worker.js': code },
    { handleStructuredLogs: (/** @type {{ message: string }} */ { message }) => void calls.push(JSON.parse(message)) },
  );
  assert.equal(await (await miniflare.dispatchFetch('http://worker/')).json(), null);
  assert.equal(calls.length, 1);
  const [, line] = /^ {4}(\{"operation".*\})$/m.exec(readPage('docs/observing.md')) ?? [];
  assert.deepEqual({ ...calls[0], ms: 38 }, JSON.parse(line));
});

describe('every other piece of JavaScript', () => {
  const pieces = PAGES.flatMap((page) => blocks(page, 'js').map((code, i) => ({ name: `${page}, ${i + 1}`, code })));
  for (const { name, code } of pieces) {
    it(`of ${name} is JavaScript, and imports what there is`, async () => {
      // A piece of a function may return.
      await transform(code, { format: 'esm' }).catch(() => transform(`async () => {${code}\n}`));
      for (const [, names, specifier] of code.matchAll(/import \{([^}]*)\} from '(mastra-kv-wasm[^']*)'/g)) {
        if (specifier.endsWith('.wasm')) continue;
        const entry = await import(`../../js-shim/${specifier.split('/')[1] ?? 'index'}.js`);
        const missing = names.split(',').map((each) => each.trim()).filter((each) => each && !(each in entry)); // prettier-ignore
        assert.deepEqual(missing, []);
      }
    });
  }
});

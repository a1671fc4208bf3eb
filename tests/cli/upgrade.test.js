/* mkv upgrade over REST, on what the first version stored, with many threads that their lists do not show. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump, restore } from '../support/dump.js';
import { FakeKV } from '../support/fake-kv.js';
import { envOf, mkv, wordsOf } from '../support/mkv.js';
import { RestApiOver } from '../support/rest-api.js';
import { startRestServer } from '../support/rest-server.js';

/** @type {import('../support/layout.js').Layout} */
const FIRST = JSON.parse(readFileSync(new URL('../care/fixtures/layout-1.json', import.meta.url), 'utf8'));
const THREADS = 1_500;
/** The entries that its failed calls left out, of a thread and of a score. */
const MISSING = 4;
const DOCUMENT = 'metadata:schema';

const kvs = { app_threads: new FakeKV(), app_messages: new FakeKV() };
const api = new RestApiOver({ app_threads: kvs.app_threads.location(), app_messages: kvs.app_messages.location() });
/** @type {{ env: Record<string, string>, close: () => Promise<void> }} */
let server;

before(async () => {
  const { options, close } = await startRestServer({ api });
  server = { env: envOf(options), close };
});

after(() => server?.close());

beforeEach(() => {
  restore(kvs.app_threads, FIRST.namespaces.threads);
  restore(kvs.app_messages, FIRST.namespaces.messages);
  const createdAt = '2026-01-01T00:00:00.000Z';
  for (let i = 0; i < THREADS; i++) {
    const value = { _writtenAt: 1, id: `x${i}`, resourceId: 'many', createdAt, updatedAt: createdAt };
    const metadata = JSON.stringify({ resourceId: 'many', createdAt });
    kvs.app_threads.write(`threads:x${i}`, JSON.stringify(value), { metadata });
  }
});

const ON_APP = ['--namespace', 'threads=app_threads', '--namespace', 'messages=app_messages'];
/** @param {string[]} args */
const run = (...args) => mkv(['upgrade', ...args, ...ON_APP], { env: server.env });

const listed = async () => {
  const bindings = { threads: kvs.app_threads.location(), messages: kvs.app_messages.location() };
  const { total } = await new KVStore({ bindings, overlay: false }).listThreads({ filter: { resourceId: 'many' } });
  return total;
};

describe('mkv upgrade', () => {
  test('a dry run: 1, with what is due; nothing is written', async () => {
    const held = dump(kvs.app_threads);
    const { status, stdout, stderr } = await run('--dry-run');
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^Schema: version 1 to 2$/m);
    assert.match(stdout, /^Steps: index_entries$/m);
    assert.match(stdout, /^threads\t1,503$/m);
    assert.match(stdout, /^1,504 keys would be written$/m);
    assert.deepEqual(dump(kvs.app_threads), held);
  });

  test('stats and verify tell that it is due, and no more once it is done', async () => {
    const before = await mkv(['stats', ...ON_APP], { env: server.env });
    assert.match(before.stdout, /^Due: 1 step of an upgrade; mkv upgrade --dry-run tells more$/m);
    assert.equal((await run('--yes')).status, 0);
    for (const command of ['stats', 'verify']) {
      const { status, stdout } = await mkv([command, ...ON_APP], { env: server.env });
      assert.equal(status, 0, stdout);
      assert.doesNotMatch(stdout, /^Due/m);
    }
  });

  test('asks first: without a terminal it wants --yes', async () => {
    const { status, stderr } = await run();
    assert.equal(status, 2);
    assert.match(stderr, /^mkv: Older versions of mastra-kv-wasm are refused from then on/);
    assert.equal(JSON.parse(String(/** @type {any} */ (kvs.app_threads.read(DOCUMENT)).value)).version, 1);
  });

  test('does it: 0, in JSON as well; the next finds nothing due', async () => {
    const { status, stdout, stderr } = await run('--yes', '--json');
    assert.equal(status, 0, stderr);
    const { version, steps, written } = JSON.parse(stdout);
    assert.deepEqual([version, steps, written], [{ from: 1, to: 2 }, ['index_entries'], THREADS + MISSING]);
    assert.equal(await listed(), THREADS);
    const again = await run('--yes');
    assert.deepEqual([again.status, again.stdout], [0, 'Nothing is due: the data is of version 2 of the schema\n']);
    assert.equal((await run('--dry-run')).status, 0);
  });

  test('Ctrl-C: 130, and the command that goes on', async () => {
    const begun = api.requests.length;
    const stopped = await mkv(['upgrade', '--yes', '--json', ...ON_APP], {
      env: server.env,
      started: (child) => {
        const timer = setInterval(() => {
          if (api.requests.length < begun + 12) return;
          clearInterval(timer);
          child.kill('SIGINT');
        }, 2);
        child.on('close', () => clearInterval(timer));
      },
    });
    assert.equal(stopped.status, 130, stopped.stderr);
    const line = stopped.stderr.split('\n').find((text) => text.startsWith('  mkv upgrade')) ?? '';
    assert.match(line, /--yes .*--cursor=\S+$/);
    const rest = await mkv(wordsOf(line), { env: server.env });
    assert.equal(rest.status, 0, rest.stderr);
    assert.deepEqual(JSON.parse(rest.stdout).steps, ['index_entries']);
    assert.equal(await listed(), THREADS);
  });

  test('newer data: 3, and what to do', async () => {
    const text = String(/** @type {any} */ (kvs.app_threads.read(DOCUMENT)).value);
    kvs.app_threads.write(DOCUMENT, text.replace('"version":1', '"version":3'));
    const { status, stderr } = await run('--yes');
    assert.equal(status, 3);
    assert.match(stderr, /version 3 of the schema, and this package knows versions up to 2\. Update mastra-kv-wasm/);
  });
});

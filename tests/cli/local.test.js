/* The commands on the state of wrangler dev. */
import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { getPlatformProxy } from 'wrangler';
import { KVStore } from '../../js-shim/kv-store.js';
import { mkv } from '../support/mkv.js';
import { at } from '../support/mastra-layout.js';
import { makeTemporaryDirectory, startWranglerDev } from '../support/worker.js';

const CONFIG = {
  name: 'app',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  kv_namespaces: [
    { binding: 'THREADS_KV', id: 'threads' },
    { binding: 'MESSAGES_KV', id: 'messages' },
    { binding: 'mastra_threads', id: 'old-threads' },
    { binding: 'mastra_messages', id: 'old-messages' },
  ],
};

/** @type {string} a project, with a wrangler configuration and what wrangler dev has kept */
let project;

before(async () => {
  project = await makeTemporaryDirectory();
  await writeFile(join(project, 'wrangler.jsonc'), `// The Worker.\n${JSON.stringify(CONFIG)}`);
  await writeFile(join(project, 'index.js'), 'export default {}');
  const proxy = await getPlatformProxy({
    configPath: join(project, 'wrangler.jsonc'),
    persist: { path: join(project, '.wrangler/state/v3') },
  });
  const { THREADS_KV: threads, MESSAGES_KV: messages, ...old } = /** @type {any} */ (proxy.env);
  const store = new KVStore({ bindings: { threads, messages } });
  await store.saveThread({ thread: { id: 't1', resourceId: 'ada', createdAt: at(0), updatedAt: at(0) } });
  const said = { role: 'user', content: 'Hello', threadId: 't1', createdAt: at(1) };
  await store.saveMessages({ messages: ['a', 'b', 'c'].map((id) => ({ id, ...said })) });
  const thread = { id: 'o1', resourceId: 'bob', title: 'Old', createdAt: at(0), updatedAt: at(5) };
  await old.mastra_threads.put('mastra_threads:o1', JSON.stringify(thread), { metadata: '' });
  await proxy.dispose();
});

after(() => rm(project, { recursive: true, force: true }));

/** @param {string[]} args */
const run = (...args) => mkv(args, { cwd: project });

test('it finds the namespaces by the configuration and the bindings by their names', async () => {
  const { status, stdout, stderr } = await run('ls', 'messages', 't1', '--local', '--json');
  assert.equal(status, 0, stderr);
  const ids = stdout.trimEnd().split('\n').map((line) => JSON.parse(line).id); // prettier-ignore
  assert.deepEqual(ids, ['c', 'b', 'a']);
});

test("Mastra's own adapter's bindings are moved from", async () => {
  const moved = await run('migrate', '--local', '--json');
  assert.equal(moved.status, 0, moved.stderr);
  assert.equal(JSON.parse(moved.stdout).tables.threads.written, 1);
  const shown = await run('show', 'thread', 'o1', '--local');
  assert.equal(JSON.parse(shown.stdout).title, 'Old');
  const verified = await run('verify', '--local');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
});

describe('what it cannot find is wrong use', () => {
  /** @param {object} config @returns {Promise<string>} a project of it */
  async function projectWith(config) {
    const directory = join(project, `other-${Math.random()}`);
    await mkdir(directory);
    await cp(join(project, 'index.js'), join(directory, 'index.js'));
    await writeFile(join(directory, 'wrangler.json'), JSON.stringify({ ...CONFIG, ...config }));
    return directory;
  }

  test('no namespaces', async () => {
    const { status, stderr } = await mkv(['ls', '--local'], { cwd: await projectWith({ kv_namespaces: [] }) });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /has no kv_namespaces/);
  });

  test('bindings whose names tell nothing, until --binding does', async () => {
    const names = ['ONE', 'TWO'].map((binding) => ({ binding, id: binding }));
    const cwd = await projectWith({ kv_namespaces: names });
    const { status, stderr } = await mkv(['ls', '--local'], { cwd });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /--binding threads=ONE/);
    const said = await mkv(['ls', '--local', '--binding', 'threads=ONE', '--binding', 'messages=TWO'], { cwd });
    assert.equal(said.status, 0, said.stderr);
  });
});

test('verify works beside wrangler dev', async () => {
  const state = await makeTemporaryDirectory();
  const dev = await startWranglerDev(state);
  try {
    await dev.ask('POST', '/api/chat', { threadId: 't1', resourceId: 'ada', message: 'Hello' });
    const { status, stdout, stderr } = await mkv(['verify', '--local', '--persist-to', state], {});
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^messages\t2\t4$/m);
    assert.equal((await dev.ask('GET', '/api/threads/t1/messages')).json.total, 2);
  } finally {
    await dev.stop();
    await rm(state, { recursive: true, force: true });
  }
});

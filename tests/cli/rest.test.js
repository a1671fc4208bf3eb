/* The commands over REST, on a store of 10,000 messages. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { MastraLayout, at } from '../support/mastra-layout.js';
import { envOf, mkv, wordsOf } from '../support/mkv.js';
import { API_TOKEN, RestApiOver } from '../support/rest-api.js';
import { startRestServer } from '../support/rest-server.js';

const THREADS = 100;
const EACH = 100;

/** The namespaces of the store, and of the other one that is moved. @type {Record<string, FakeKV>} */
const kvs = {};
/** @type {RestApiOver} */
let api;
/** @type {{ env: Record<string, string>, close: () => Promise<void> }} */
let server;

before(async () => {
  for (const title of ['app_threads', 'app_messages', 'empty_threads', 'empty_messages']) kvs[title] = new FakeKV();
  const old = new MastraLayout({ keyPrefix: 'prod' });
  for (let t = 0; t < 20; t++) {
    old.thread({ id: `o${t}`, createdAt: at(t) });
    for (let m = 0; m < 20; m++) old.message(`o${t}`, { id: `o${t}-${m}`, createdAt: at(m) });
  }
  for (const [table, kv] of Object.entries(old.kvs)) kvs[`old_${table}`] = kv;
  api = new RestApiOver(Object.fromEntries(Object.entries(kvs).map(([title, kv]) => [title, kv.location()])));
  const { options, close } = await startRestServer({ api });
  server = { env: envOf(options), close };
  await seed();
});

after(() => server?.close());

/** An hour ago: what was written just now is not judged. */
async function seed() {
  mock.timers.enable({ apis: ['Date'], now: Date.now() - 3_600_000 });
  const bindings = { threads: kvs.app_threads.location(), messages: kvs.app_messages.location() };
  const store = new KVStore({ bindings, overlay: false });
  await store.init();
  const said = { role: 'user', content: 'Hello', resourceId: 'ada' };
  for (let t = 0; t < THREADS; t++) {
    const ids = Array.from({ length: EACH }, (_, m) => `m${t}-${m}`);
    await store.saveMessages({
      messages: ids.map((id, m) => ({ ...said, id, threadId: `t${t}`, createdAt: at(t * EACH + m) })),
    });
    await store.saveThread({ thread: { id: `t${t}`, resourceId: 'ada', title: `T${t}`, createdAt: at(t), updatedAt: at(t) } }); // prettier-ignore
  }
  await store.updateResource({ resourceId: 'grace', workingMemory: 'Likes COBOL' });
  await store.updateResource({ resourceId: 'ada', metadata: { plan: 'pro' } });
  mock.timers.reset();
}

/** Over the namespaces of the store, by their ids, which here are their titles. @param {string[]} args */
const run = (...args) => mkv([...args, ...ON_APP], { env: server.env });
const ON_APP = ['--namespace', 'threads=app_threads', '--namespace', 'messages=app_messages'];
const ON_EMPTY = ['--namespace', 'threads=empty_threads', '--namespace', 'messages=empty_messages'];

/**
 * Press Ctrl-C when a command has made some requests.
 * @param {number} count
 * @returns {(child: import('node:child_process').ChildProcess) => void}
 */
const interruptAfter = (count) => (child) => {
  const begun = api.requests.length;
  const timer = setInterval(() => {
    if (api.requests.length < begun + count) return;
    clearInterval(timer);
    child.kill('SIGINT');
  }, 2);
  child.on('close', () => clearInterval(timer));
};

describe('looking', () => {
  test('ls lists threads, and messages of one, newest first', async () => {
    const threads = await run('ls');
    assert.equal(threads.status, 0, threads.stderr);
    const lines = threads.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 1 + 50);
    assert.deepEqual(lines.slice(0, 2), ['id\tresourceId\ttitle\tupdatedAt', `t99\tada\tT99\t${at(99)}`]);
    const messages = await run('ls', 'messages', 't7', '--limit', '2', '--json');
    const ids = messages.stdout.trimEnd().split('\n').map((line) => JSON.parse(line).id); // prettier-ignore
    assert.deepEqual(ids, ['m7-99', 'm7-98']);
  });

  test('ls lists resources, which no operation of the store lists', async () => {
    const { status, stdout, stderr } = await run('ls', 'resources', '--json');
    assert.equal(status, 0, stderr);
    const rows = stdout.trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    assert.deepEqual(
      rows.map(({ id, workingMemory, metadata }) => [id, workingMemory, metadata?.plan]),
      [
        ['ada', undefined, 'pro'],
        ['grace', 'Likes COBOL', undefined],
      ],
    );
    const one = await run('ls', 'resources', '--limit', '1');
    assert.match(one.stdout, /^id\tworkingMemory\tupdatedAt\nada\t\t\S+\n$/);
  });

  test('show shows a record, and says when there is none', async () => {
    const shown = await run('show', 'thread', 't3');
    assert.equal(shown.status, 0, shown.stderr);
    assert.equal(JSON.parse(shown.stdout).title, 'T3');
    const none = await run('show', 'message', 'nothing');
    assert.deepEqual(none, { status: 1, stdout: '', stderr: 'mkv: there is no message "nothing"\n' });
  });

  test('stats counts', async () => {
    const { status, stdout, stderr } = await run('stats', '--json');
    assert.equal(status, 0, stderr);
    const { tables } = JSON.parse(stdout);
    assert.deepEqual([tables.threads.records, tables.messages.records], [THREADS, THREADS * EACH]);
  });
});

describe('verify and repair', () => {
  test('a sound store: 0', async () => {
    const { status, stdout, stderr } = await run('verify');
    assert.equal(status, 0, stderr + stdout);
    assert.match(stdout, /^messages\t10,000\t20,000$/m);
  });

  test('a damaged one: 1, with what is wrong and what to do; repaired: 0 again', async () => {
    const entry = kvs.app_threads.keys().find((key) => /^metadata:threads_by_resource:ada:.*:t5$/.test(key)) ?? '';
    const before = kvs.app_threads.read(entry)?.value;
    kvs.app_threads.write(entry, null);
    const found = await run('verify', '--table', 'threads', '--json');
    assert.equal(found.status, 1, found.stderr);
    const { problems } = JSON.parse(found.stdout);
    assert.deepEqual(
      problems.map((/** @type {any} */ { kind, key }) => [kind, key]),
      [['missing_entry', entry]],
    );

    const refused = await run('repair', '--table', 'threads');
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /give --yes/);
    const dry = await run('repair', '--table', 'threads', '--dry-run');
    assert.equal(dry.status, 1);
    assert.match(dry.stdout, /^1 problem\nNothing was written$/m);
    assert.equal(kvs.app_threads.read(entry), null);

    const repaired = await run('repair', '--table', 'threads', '--yes');
    assert.equal(repaired.status, 0, repaired.stderr);
    assert.equal(kvs.app_threads.read(entry)?.value, before);
    assert.equal((await run('verify', '--table', 'threads')).status, 0);
  });
});

describe('migrate', () => {
  const from = ['--from-namespace-prefix', 'old', '--from-key-prefix', 'prod'];

  test('a dry run writes nothing; a run moves everything, the next finds nothing new', async () => {
    const dry = await mkv(['migrate', ...from, '--dry-run', ...ON_EMPTY], { env: server.env });
    assert.equal(dry.status, 0, dry.stderr);
    assert.match(dry.stdout, /^messages\t400\t400\t0\t0$/m);
    assert.deepEqual(kvs.empty_messages.keys(), []);
    const moved = await mkv(['migrate', ...from, ...ON_EMPTY], { env: server.env });
    assert.equal(moved.status, 0, moved.stderr);
    assert.match(moved.stdout, /All is moved/);
    const again = await mkv(['migrate', ...from, ...ON_EMPTY, '--json'], { env: server.env });
    const { tables, problems } = JSON.parse(again.stdout);
    assert.deepEqual([tables.messages.unchanged, tables.threads.unchanged, problems], [400, 20, []]);
    assert.equal((await mkv(['verify', ...ON_EMPTY], { env: server.env })).status, 0);
  });

  test('a dry run to namespaces that are not there yet makes none', async () => {
    const { status, stdout, stderr } = await mkv(['migrate', ...from, '--dry-run', '--namespace-prefix', 'new_'], {
      env: server.env,
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^threads\t20\t20\t0\t0$/m);
    assert.ok(!api.namespaces.some(({ title }) => title.startsWith('new_')));
  });

  test('Ctrl-C stops it, and the command that it prints goes on', async () => {
    const on = ['--key-prefix', 'stopped_', ...ON_EMPTY];
    const stopped = await mkv(['migrate', ...from, ...on], { env: server.env, started: interruptAfter(12) });
    assert.equal(stopped.status, 130, stopped.stderr);
    const line = stopped.stderr.split('\n').find((text) => text.startsWith('  mkv migrate')) ?? '';
    const rest = await mkv([...wordsOf(line), '--json'], { env: server.env });
    assert.equal(rest.status, 0, rest.stderr);
    const { tables } = JSON.parse(rest.stdout);
    assert.deepEqual([tables.messages.written, tables.threads.written], [400, 20]);
    assert.equal((await mkv(['verify', ...on], { env: server.env })).status, 0);
  });

  test('what could not be moved: 1', async () => {
    kvs.old_mastra_threads.write('prod:mastra_threads:broken', '{');
    const { status, stdout } = await mkv(['migrate', ...from, ...ON_EMPTY], { env: server.env });
    kvs.old_mastra_threads.write('prod:mastra_threads:broken', null);
    assert.equal(status, 1);
    assert.match(stdout, /unreadable in threads: prod:mastra_threads:broken/);
  });
});

describe('export and import', () => {
  /** @type {string} */
  let directory;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mkv-'));
  });
  after(() => rm(directory, { recursive: true }));

  test('an import of an export is the export', async () => {
    const file = join(directory, 'all.jsonl');
    const exported = await run('export', file);
    assert.equal(exported.status, 0, exported.stderr);
    const imported = await mkv(['import', file, '--yes', '--key-prefix', 'in_', ...ON_EMPTY], { env: server.env });
    assert.equal(imported.status, 0, imported.stderr);
    const again = await mkv(['export', '--key-prefix', 'in_', ...ON_EMPTY], { env: server.env });
    assert.equal(again.stdout, await readFile(file, 'utf8'));
  });

  test("one person's", async () => {
    const { status, stdout } = await run('export', '--resource', 'nobody');
    assert.equal(status, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 2, 'a header and an end');
  });

  test('a file that was cut is refused, and so is one that is not there', async () => {
    const file = join(directory, 'cut.jsonl');
    const { stdout } = await run('export', '--table', 'threads');
    await writeFile(file, stdout.slice(0, stdout.length / 2));
    for (const [name, said] of /** @type {const} */ ([
      [file, /Line \d+/],
      [join(directory, 'none.jsonl'), /none\.jsonl/],
    ])) {
      const { status, stderr } = await mkv(['import', name, '--yes', '--key-prefix', 'cut_', ...ON_EMPTY], {
        env: server.env,
      });
      assert.ok(status === 2 || status === 3, stderr);
      assert.match(stderr, said);
    }
  });
});

describe('erase', () => {
  test("one person's data, after asking, and says that nothing is left", async () => {
    const store = new KVStore({
      bindings: { threads: kvs.empty_threads.location(), messages: kvs.empty_messages.location() },
      keyPrefix: 'erase_',
      overlay: false,
    });
    for (const resourceId of ['zoe', 'bob']) {
      await store.saveThread({ thread: { id: `of-${resourceId}`, resourceId, createdAt: at(1), updatedAt: at(1) } });
      const said = { threadId: `of-${resourceId}`, resourceId, role: 'user', content: 'x', createdAt: at(2) };
      await store.saveMessages({ messages: [{ id: `m-${resourceId}`, ...said }] });
    }
    const args = ['erase', 'zoe', '--key-prefix', 'erase_', ...ON_EMPTY];
    const refused = await mkv(args, { env: server.env });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /of "zoe" are deleted for good.* give --yes/);
    const erased = await mkv([...args, '--yes'], { env: server.env });
    assert.equal(erased.status, 0, erased.stderr);
    assert.match(erased.stdout, /Verified: nothing of theirs is left/);
    const left = [kvs.empty_threads, kvs.empty_messages]
      .flatMap((kv) => kv.keys())
      .filter((key) => key.startsWith('erase_'));
    assert.ok(left.some((key) => key.includes('bob')));
    assert.ok(
      left.every((key) => !key.includes('zoe')),
      left.join(' '),
    );
  });
});

describe('prune', () => {
  test('deletes what is older than an age, after asking', async () => {
    const bindings = { threads: kvs.empty_threads.location(), messages: kvs.empty_messages.location() };
    const store = new KVStore({ bindings, keyPrefix: 'prune_', overlay: false });
    const said = { threadId: 't', role: 'user', content: 'x' };
    const recent = new Date(Date.now() - 60_000);
    await store.saveMessages({
      messages: [
        { id: 'old', createdAt: at(0), ...said },
        { id: 'new', createdAt: recent, ...said },
      ],
    });
    const args = ['prune', '--max-age', 'messages=1h', '--key-prefix', 'prune_', ...ON_EMPTY];
    const refused = await mkv(args, { env: server.env });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /Deleted for good: messages older than 1h\. .*give --yes/);
    const pruned = await mkv([...args, '--yes', '--json'], { env: server.env });
    assert.equal(pruned.status, 0, pruned.stderr);
    assert.deepEqual(JSON.parse(pruned.stdout), [{ table: 'messages', deleted: 1 }]);
    const { messages } = await store.listMessages({ threadId: 't' });
    assert.deepEqual(messages.map(({ id }) => id), ['new']); // prettier-ignore
    const wrong = await mkv(['prune', '--max-age', 'messages=soon', '--yes', ...ON_EMPTY], { env: server.env });
    assert.equal(wrong.status, 2, wrong.stderr);
  });
});

describe('interrupted', () => {
  test('Ctrl-C stops at a safe place with 130, and prints the command that goes on', async () => {
    const stopped = await mkv(['verify', '--json', ...ON_APP], { env: server.env, started: interruptAfter(10) });
    assert.equal(stopped.status, 130, stopped.stderr);
    const line = stopped.stderr.split('\n').find((text) => text.startsWith('  mkv verify')) ?? '';
    assert.match(line, / --cursor=\S+$/);
    const rest = await mkv(wordsOf(line), { env: server.env });
    assert.equal(rest.status, 0, rest.stderr);
    const whole = await run('verify', '--json');
    assert.deepEqual(JSON.parse(rest.stdout), JSON.parse(whole.stdout));
  });

  test('a task that fails halfway says how to go on', async () => {
    const { fetch } = api;
    const begun = api.requests.length;
    api.fetch = async (input, init) => {
      const isDown = api.requests.length > begun + 300;
      return isDown
        ? new Response('{"success":false,"errors":[{"code":1,"message":"gone"}]}', { status: 403 })
        : fetch(input, init);
    };
    const failed = await run('verify', '--json');
    api.fetch = fetch;
    assert.equal(failed.status, 3, failed.stderr);
    assert.match(failed.stderr, /^mkv: .*403.*\nTo go on:\n\n {2}mkv verify --json .*--cursor=\S+\n/);
  });
});

test('what a terminal takes for commands is escaped', async () => {
  const bindings = { threads: kvs.empty_threads.location(), messages: kvs.empty_messages.location() };
  const store = new KVStore({ bindings, keyPrefix: 'evil_', overlay: false });
  const title = '\u001b[2J\u009b2J\u0007';
  await store.saveThread({ thread: { id: 't', resourceId: 'r', title, createdAt: at(1), updatedAt: at(1) } });
  const on = ['--key-prefix', 'evil_', ...ON_EMPTY];
  const shown = await mkv(['show', 'thread', 't', ...on], { env: server.env });
  assert.equal(JSON.parse(shown.stdout).title, title);
  const listed = await mkv(['ls', ...on], { env: server.env });
  // eslint-disable-next-line no-control-regex
  for (const { stdout } of [shown, listed]) assert.doesNotMatch(stdout, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test('so is what stands in names that the store did not make, and in what the API says', async () => {
  const evil = '\u001b[2J\u009b2J\u202e';
  await kvs.empty_threads.location().put(`evil2_threads:${evil}`, '{"said":"ada"}');
  const on = ['--key-prefix', 'evil2_', ...ON_EMPTY];
  const erased = await mkv(['erase', 'ada', '--yes', ...on], { env: server.env });
  assert.match(erased.stdout, /someone else's.*\n {4}evil2_threads:/);
  const { fetch } = api;
  api.fetch = async () =>
    new Response(JSON.stringify({ success: false, errors: [{ code: 1, message: evil }] }), { status: 403 });
  const failed = await mkv(['show', 'thread', 't', ...on], { env: server.env });
  api.fetch = fetch;
  assert.match(failed.stderr, /^mkv: .*403/);
  for (const text of [erased.stdout, failed.stderr]) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

describe('wrong use: 2', () => {
  for (const [what, args, said] of /** @type {[string, string[], RegExp][]} */ ([
    ['no command', [], /Usage: mkv/],
    ['an unknown command', ['verfiy'], /unknown command 'verfiy'.*\n?.*verify/],
    ['an unknown option', ['verify', '--lokal'], /unknown option '--lokal'/],
    ['no place', ['verify'], /--local, or --account-id/],
    [
      'a title that is none',
      ['verify', '--namespace-prefix', 'ap_'],
      /no namespaces titled "ap_threads".*"app_threads"/,
    ],
    ['an option that is no pair', ['verify', '--namespace', 'x'], /must be name=value/],
    ['a table that is none', ['verify', '--table', 'x', ...ON_APP], /"x" is not a table/],
    ['a cursor that is none', ['verify', '--cursor', 'x', ...ON_APP], /cursor must be one/],
  ])) {
    test(what, async () => {
      const env = what === 'no place' ? {} : server.env;
      const { status, stdout, stderr } = await mkv(args, { env });
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, said);
    });
  }

  test('no namespace is made by looking', async () => {
    const looked = await mkv(['verify', '--namespace-prefix', 'app_', '--table', 'resources'], { env: server.env });
    assert.equal(looked.status, 0, looked.stderr);
    assert.ok(api.requests.every(({ method, path }) => method !== 'POST' || path !== ''));
  });
});

test('help is fine, and every command shows one example', async () => {
  const { status, stdout } = await mkv(['--help']);
  assert.equal(status, 0);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name);
  assert.ok(commands.length >= 6, stdout);
  for (const command of commands) {
    const help = await mkv([command, '--help']);
    assert.equal(help.status, 0);
    assert.match(help.stdout, new RegExp(`\nExample:\n {2}\\$ mkv ${command} `), command);
  }
});

test('the token is in no option, and in no error', async () => {
  const env = { ...server.env, CLOUDFLARE_API_TOKEN: 'wrong-token-of-mine' };
  const wrong = await mkv(['ls', ...ON_APP], { env });
  assert.equal(wrong.status, 3);
  assert.match(wrong.stderr, /Authentication error/);
  for (const { stdout, stderr } of [wrong, await mkv(['verify', '--help'], { env: server.env })]) {
    assert.ok(!`${stdout}${stderr}`.includes('wrong-token-of-mine'));
    assert.ok(!`${stdout}${stderr}`.includes(API_TOKEN));
  }
});

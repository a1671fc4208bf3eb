/* The commands of the docs, one after another as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { FakeKV } from '../support/fake-kv.js';
import { MastraLayout, at } from '../support/mastra-layout.js';
import { envOf, mkv, wordsOf } from '../support/mkv.js';
import { RestApiOver } from '../support/rest-api.js';
import { startRestServer } from '../support/rest-server.js';
import { makeTemporaryDirectory } from '../support/worker.js';

const TABLES = [
  ...['threads', 'messages', 'resources', 'workflow_snapshot', 'scorers', 'background_tasks', 'thread_state'],
];

/** The commands of a page's blocks of sh. @param {string} page @returns {string[]} */
function commandsOf(page) {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split('\n').filter((line) => line.startsWith('npx mkv ')));
}

/** An account with a store of Mastra's own adapter, and the namespaces of a new one. */
function account() {
  const old = new MastraLayout({ keyPrefix: 'prod' });
  for (const id of ['t1', 't2']) {
    old.thread({ id, createdAt: at(0) });
    for (const name of ['a', 'b']) old.message(id, { id: `${id}${name}`, createdAt: at(1) });
  }
  const there = Object.entries(old.kvs).map(([table, kv]) => [`app_${table}`, kv.location()]);
  const here = TABLES.map((table) => [`memory_${table}`, new FakeKV().location()]);
  return new RestApiOver(Object.fromEntries([...there, ...here]));
}

const MIGRATION = commandsOf('migrating.md');

for (const [page, commands] of /** @type {const} */ ([
  ['migrating.md', MIGRATION],
  ['mkv.md', [MIGRATION[1], ...commandsOf('mkv.md')]],
  ['upgrading.md', [MIGRATION[1], ...commandsOf('upgrading.md')]],
])) {
  describe(`docs/${page}`, () => {
    test('every command is fine', async () => {
      const { options, close } = await startRestServer({ api: account() });
      const cwd = await makeTemporaryDirectory();
      try {
        assert.ok(commands.length >= 5);
        for (const command of commands) {
          const { status, stdout, stderr } = await mkv(wordsOf(command).slice(1), { env: envOf(options), cwd });
          assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
        }
      } finally {
        await close();
        await rm(cwd, { recursive: true });
      }
    });
  });
}

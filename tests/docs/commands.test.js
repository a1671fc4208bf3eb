/* The commands of README and docs: each is run by some test, or asked for its help where it needs an account. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runTool } from '../support/consumer.js';
import { commands, PAGES, readPage, TOP } from '../support/docs.js';

const all = PAGES.flatMap((page) => commands(page).map((command) => ({ page, command })));

/** @param {string} file named in a command */
const isThere = (file) => /[*…]/.test(file) || existsSync(join(TOP, file));

/** What runs commands that begin so. @type {[RegExp, (command: string) => void][]} */
const TRIED = [
  [/^make\b/, isTarget],
  [/^node (bench|wasm|tests)\//, (command) => assert.ok(isThere(command.split(' ')[1]), command)],
  [/^node --/, () => {}],
  [/^build\//, () => {}], // what make has just built
  [/^npm (ci|test|install)\b/, isInstalled],
  [/^npm audit\b/, () => {}], // what it tells is the registry's, and of the day
  [/^npx mkv\b/, () => {}], // tests/cli/docs.test.js
  [/^npx esbuild\b/, () => {}], // tests/package/bundlers.test.js
  [/^npx wrangler\b/, () => {}], // below
  [/^curl localhost:8787/, () => {}], // tests/docs/snippets.test.js, tests/worker/http.test.js
  [/^echo 'MODEL_API_KEY=…' > \.dev\.vars$/, () => {}],
];

/** @param {string} command */
function isTarget(command) {
  const makefile = readPage('Makefile');
  // A target may follow `&&`; NAME=value is a variable.
  for (const part of command.split('&&').map((each) => each.trim())) {
    if (!part.startsWith('make')) continue;
    const targets = part.replace(/'[^']*'/g, '').split(/\s+/).slice(1).filter((word) => !/[=:/]|^-/.test(word)); // prettier-ignore
    for (const target of targets) assert.match(makefile, new RegExp(`^${target}:`, 'm'), command);
  }
}

/** @param {string} command */
function isInstalled(command) {
  const { name, devDependencies, dependencies } = JSON.parse(readPage('package.json'));
  for (const each of command.split(/\s+/).slice(2)) {
    if (!each.startsWith('-')) {
      assert.ok([name, ...Object.keys({ ...devDependencies, ...dependencies })].includes(each), each);
    }
  }
}

describe('the commands of README and docs', () => {
  it('are all known here', () => {
    const unknown = all.filter(({ command }) => !TRIED.some(([begins]) => begins.test(command)));
    assert.deepEqual(unknown, []);
    assert.ok(all.length > 20);
  });

  for (const { page, command } of all) {
    it(`of ${page}: ${command}`, () => TRIED.find(([begins]) => begins.test(command))?.[1](command));
  }

  const inText = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/`(?:npx )(wrangler [^`]+)`/g)].map(([, line]) => line),
  );
  const lines = [...inText, ...all.map(({ command }) => command.replace(/^npx /, ''))].filter((line) =>
    line.startsWith('wrangler'),
  );
  const words = lines.map((line) => (/^wrangler((?: [a-z]+)+)/.exec(line)?.[1] ?? '').trim());
  // Of `secret put NAME` only what is in small letters; a key or a prefix may be, too, but comes behind an option.
  for (const subcommand of new Set(words)) {
    it(`wrangler ${subcommand} is a command of wrangler`, async () => {
      const { code, output } = await runTool(TOP, 'wrangler/bin/wrangler.js', [...subcommand.split(' '), '--help']);
      assert.equal(code, 0, output);
      assert.ok(output.includes(`wrangler ${subcommand}`), output);
    });
  }
});

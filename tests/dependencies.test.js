/* What is installed: with the package, and to build and test it. `npm audit` asks a registry for what is known to be wrong
 * with these versions; this test holds what needs no network. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));

/** What `npm install mastra-kv-wasm` brings along, for the command mkv alone. A longer list wants a reason. */
const RUNTIME = [
  ...['@inquirer/ansi', '@inquirer/confirm', '@inquirer/core', '@inquirer/figures', '@inquirer/type', 'ansi-regex'],
  ...['cli-progress', 'cli-width', 'commander', 'emoji-regex', 'fast-string-truncated-width', 'fast-string-width'],
  ...['fast-wrap-ansi', 'is-fullwidth-code-point', 'mute-stream', 'signal-exit', 'string-width', 'strip-ansi'],
];

/** Packages that run a script of their own when they are installed: each fetches or checks a program. */
const WITH_SCRIPTS = ['esbuild', 'node', 'workerd'];

/**
 * @typedef {{ version: string, integrity?: string, resolved?: string, link?: boolean, dev?: boolean, peer?: boolean,
 *   devOptional?: boolean, optional?: boolean, hasInstallScript?: boolean }} Locked
 */

/** By their places. @param {string} path @returns {[string, Locked][]} */
const lockedIn = (path) => Object.entries(readJson(path).packages).filter(([place]) => place !== '');

/** @param {string} place */
const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('dependencies', () => {
  test('of the package are few, of exact versions, and what they bring along is known', () => {
    const { dependencies } = readJson('package.json');
    assert.deepEqual(Object.keys(dependencies), ['@inquirer/confirm', 'cli-progress', 'commander']);
    for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
    const installed = lockedIn('package-lock.json').filter(
      ([, { dev, peer, devOptional }]) => !dev && !peer && !devOptional,
    );
    assert.deepEqual([...new Set(installed.map(([place]) => nameOf(place)))].sort(), RUNTIME);
  });

  for (const path of ['package-lock.json', 'tests/versions/package-lock.json']) {
    test(`${path} holds them to their checksums, and lets none come from elsewhere than the registry`, () => {
      for (const [place, { integrity, resolved, link }] of lockedIn(path)) {
        assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, place);
        assert.ok(!link, place);
        assert.equal(resolved, undefined, place); // another place is written down, the registry that npm knows is not
      }
    });
  }

  test('run scripts when they are installed only where that is known', () => {
    const scripted = lockedIn('package-lock.json').filter(([, { hasInstallScript }]) => hasInstallScript);
    assert.deepEqual([...new Set(scripted.map(([place]) => nameOf(place)))].sort(), WITH_SCRIPTS);
  });

  test('for development are of exact versions', () => {
    for (const [name, version] of Object.entries(readJson('package.json').devDependencies)) {
      assert.match(version, /^(npm:[@\w/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    }
  });
});

/* A soak of hours must say what failed, and neither stop nor lose count because of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/** A module that is no engine: every call fails. */
const EMPTY_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'soak-'));
  writeFileSync(join(folder, 'empty.wasm'), EMPTY_MODULE);
});
after(() => rmSync(folder, { recursive: true }));

/** @param {string[]} args */
function soak(...args) {
  const path = fileURLToPath(new URL('soak.js', import.meta.url));
  const env = { ...process.env, SEED: undefined };
  const { status, stdout } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8', env });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('a soak', () => {
  it('is over when its seeds are, with what they took', () => {
    const { status, lines } = soak('--first=7', '--seeds=4', '--jobs=2');
    assert.match(lines.at(-1) ?? '', /^4 histories from seed 7, [1-9]\d* steps, [1-9]\d* KV calls, \d+ s; 0 failed$/);
    assert.equal(status, 0);
  });

  it('goes on behind seeds that fail, and names them', () => {
    const module = `--module=${join(folder, 'empty.wasm')}`;
    const { status, lines } = soak('--first=7', '--seeds=3', '--keep-going', '--no-shrink', module);
    assert.match(lines[0], /^SEED=7 fails: /);
    assert.match(lines.at(-1) ?? '', /^3 histories .* 3 failed 7 8 9$/);
    assert.equal(status, 1);
  });

  it('ends at the first that fails', () => {
    const { status, lines } = soak('--first=7', '--seeds=3', '--no-shrink', `--module=${join(folder, 'empty.wasm')}`);
    assert.match(lines.at(-1) ?? '', /^1 histories .* 1 failed 7$/);
    assert.equal(status, 1);
  });

  it('counts a seed whose process dies as failed, and gives up where none comes to its first history', () => {
    const { status, lines } = soak('--first=7', '--seeds=9', '--keep-going', `--module=${join(folder, 'none.wasm')}`);
    assert.match(lines[0], /^SEED=7 fails: its process ended with 1$/);
    assert.match(lines.at(-1) ?? '', /^3 histories .* 3 failed 7 8 9$/);
    assert.equal(status, 1);
  });
});

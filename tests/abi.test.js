import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** @param {string} path from the top of the repository */
const fromTop = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** @type {string[]} */
let built;

before(() => {
  const flag = '--experimental-wasm-type-reflection';
  const args = [flag, fromTop('wasm/tools/abi.js'), fromTop('build/store.wasm')];
  built = execFileSync(process.execPath, args, { encoding: 'utf8' }).trimEnd().split('\n');
});

test("the module's imports and exports are those reviewed in wasm/abi.txt", () => {
  const reviewed = readFileSync(fromTop('wasm/abi.txt'), 'utf8').trimEnd().split('\n');
  const added = built.filter((line) => !reviewed.includes(line)).map((line) => `  + ${line}`);
  const removed = reviewed.filter((line) => !built.includes(line)).map((line) => `  - ${line}`);
  assert.ok(
    added.length + removed.length === 0,
    `build/store.wasm differs from wasm/abi.txt:\n${[...removed, ...added].join('\n')}\n` +
      "If that is meant, run 'make abi' and have the change to wasm/abi.txt reviewed with the shim's.",
  );
});

test("the module imports kv.*, the clock, random numbers and the runtime's dates, nothing else", () => {
  const imports = built.filter((line) => line.startsWith('import '));
  const allowed = /^import (kv\.\w+|date\.parse|wasi_snapshot_preview1\.(clock_time_get|random_get))\(/;
  assert.deepEqual(
    imports.filter((line) => !allowed.test(line)),
    [],
    'libc drags these in',
  );
});

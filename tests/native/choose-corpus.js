/* Keeps, of all that a fuzz target has found, the few inputs that reach the most, for `make test` to begin with.
 *
 *   node tests/native/choose-corpus.js [--files=N] [--bytes=N] build/fuzz/fuzz_json build/fuzz/corpus/fuzz_json …
 *
 * libFuzzer itself keeps an input for every feature (an edge, by how often it is taken), thousands of them. Its notes say which
 * features each input is the smallest to reach; those with the most of them are kept. Inputs with names of their own, which
 * tell of what was found, stay in any case; the others are named after what they hold. They go to
 * tests/native/corpus/{target}. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

/** @typedef {{ path: string, size: number, features: number[] }} Input */

const HASH = /^[0-9a-f]{40}$/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string', default: '150' }, bytes: { type: 'string', default: '1400' } },
});
const [target, ...corpora] = positionals;
const kept = join('tests/native/corpus', basename(target));
const scratch = mkdtempSync(join(tmpdir(), 'corpus-'));

/**
 * Run every input, each of at most so many bytes.
 * @returns {Input[]}
 */
function measure() {
  const control = join(scratch, 'control');
  const into = join(scratch, 'merged');
  mkdirSync(into);
  mkdirSync(kept, { recursive: true });
  const options = ['-merge=1', `-max_len=${values.bytes}`, '-timeout=20', `-merge_control_file=${control}`];
  execFileSync(target, [...options, `-artifact_prefix=${scratch}/`, into, kept, ...corpora], { stdio: 'ignore' });
  return readControl(readFileSync(control, 'utf8').split('\n'));
}

/**
 * libFuzzer's notes of a merge: the number of files, twice; their names; then for each "FT number features…".
 * @param {string[]} lines
 * @returns {Input[]}
 */
function readControl(lines) {
  const count = Number(lines[0]);
  const inputs = lines.slice(2, 2 + count).map((path) => ({ path, size: 0, features: /** @type {number[]} */ ([]) }));
  for (const line of lines.slice(2 + count)) {
    const [what, number, ...rest] = line.split(' ');
    if (what === 'STARTED') inputs[Number(number)].size = Number(rest[0]);
    if (what === 'FT') inputs[Number(number)].features = rest.map(Number);
  }
  return inputs.filter(({ size }) => size <= Number(values.bytes));
}

/** Whether somebody gave the input its name. @param {Input} input */
const isNamed = ({ path }) => path.startsWith(kept) && !HASH.test(basename(path));

const inputs = measure();
const named = inputs.filter(isNamed);
const others = inputs
  .filter((input) => !isNamed(input) && input.features.length > 0)
  .sort((a, b) => b.features.length - a.features.length || a.size - b.size)
  .slice(0, Number(values.files));
const contents = others.map(({ path }) => readFileSync(path));
for (const name of readdirSync(kept)) if (HASH.test(name)) rmSync(join(kept, name));
for (const bytes of contents) writeFileSync(join(kept, createHash('sha1').update(bytes).digest('hex')), bytes);
rmSync(scratch, { recursive: true });
const size = contents.reduce((sum, bytes) => sum + bytes.length, 0);
console.log(
  `${basename(target)}: ${contents.length} of ${inputs.length} inputs, ${size} bytes; ${named.length} with names`,
);

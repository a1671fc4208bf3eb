/* Runs tests of every kind and ends in one line, "N passed, N failed".
 *
 *   node tests/run.js [--fuzz-runs=N] build/native/test_key build/fuzz/fuzz_json 'tests/**' + '/*.test.js'
 *
 *   .../test_*   a program of cmocka tests
 *   .../fuzz_*   a libFuzzer target; it counts as one test, of N inputs that follow from a fixed seed
 *   *.js         files or globs of tests for node:test
 *
 * --again=PART:GLOB runs those tests once more, with tests/support/PART.js loaded in front of each.
 *
 * The exit status is 1 when a test failed, and when there was none. */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

// A hanging test must not hang the build: each test, each program, and node:test as a whole end at some time. The
// slowest tests start workerd and wrangler.
const NATIVE_TIMEOUT_MS = 120_000;
const JS_TEST_TIMEOUT_MS = 120_000;
const JS_TIMEOUT_MS = 900_000;

/** Targets of which an input takes longer, and by how much: this one's is dozens of operations. @type {Record<string, number>} */
const SLOW_TARGETS = { fuzz_stored: 20 };

/**
 * Run a program, its output going to ours.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ stdout: string, failure: string | null }>} failure says how it ended, unless with status 0
 */
async function runProgram(program, args, env) {
  const child = spawn(program, args, {
    env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: NATIVE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ stdout, failure: error.message }));
    child.on('close', (status, signal) => {
      const ending = signal === null ? `exit status ${status}` : `killed by ${signal}`;
      resolve({ stdout, failure: status === 0 ? null : ending });
    });
  });
}

/**
 * cmocka prints the Test Anything Protocol: a plan "1..3", then "ok 1 - name" or "not ok 1 - name".
 * @param {string} program
 * @returns {Promise<Counts>}
 */
async function runCmocka(program) {
  console.log(`\n${program}`);
  const { stdout, failure } = await runProgram(program, [], { CMOCKA_MESSAGE_OUTPUT: 'TAP' });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let planned = 0;
  for (const line of stdout.split('\n')) {
    planned += Number(/^1\.\.(\d+)/.exec(line)?.[1] ?? 0);
    if (/^(not )?ok\b.*# SKIP/i.test(line)) counts.skipped++;
    else if (/^ok\b/.test(line)) counts.passed++;
    else if (/^not ok\b/.test(line)) counts.failed++;
  }
  // A sanitizer's report ends the program in the middle of its plan.
  const missing = planned - counts.passed - counts.failed - counts.skipped;
  if (missing > 0) {
    console.log(`not ok - ${program}: ${missing} of its tests did not end (${failure ?? 'exit status 0'})`);
    counts.failed += missing;
  } else if (failure !== null && counts.failed === 0) {
    console.log(`not ok - ${program}: ${failure}`);
    counts.failed++;
  } else if (planned === 0) {
    console.log(`not ok - ${program}: it has no tests`);
    counts.failed++;
  }
  return counts;
}

/**
 * @param {string} program
 * @param {string} runs
 * @returns {Promise<Counts>}
 */
async function runFuzzTarget(program, runs) {
  const name = basename(program);
  const count = Math.ceil(Number(runs) / (SLOW_TARGETS[name] ?? 1));
  const corpus = `tests/native/corpus/${name}`;
  const artifacts = 'build/fuzz/artifacts/';
  mkdirSync(artifacts, { recursive: true });
  const args = [`-runs=${count}`, '-seed=1', '-verbosity=0', '-timeout=10', `-artifact_prefix=${artifacts}${name}-`];
  if (existsSync(corpus)) {
    // libFuzzer keeps what it finds in the first directory, which is therefore an empty one of its own.
    const finds = `build/fuzz/finds/${name}`;
    rmSync(finds, { recursive: true, force: true });
    mkdirSync(finds, { recursive: true });
    args.push(finds, corpus);
  }
  console.log(`\n${program}`);
  const { failure } = await runProgram(program, args, {});
  console.log(failure === null ? `ok - ${count} inputs` : `not ok - ${failure}; the input is in ${artifacts}`);
  return { passed: failure === null ? 1 : 0, failed: failure === null ? 0 : 1, skipped: 0 };
}

/**
 * @param {string[]} globs
 * @param {string[]} [imports] modules to load in front of each file
 * @returns {Promise<Counts>}
 */
async function runNodeTests(globs, imports = []) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const glob of globs) {
    if (globSync(glob).length === 0) {
      console.log(`not ok - no file matches ${glob}`);
      counts.failed++;
    }
  }
  // What a test installs has tests of its own.
  const files = globSync(globs)
    .filter((file) => !file.includes('node_modules'))
    .sort();
  if (files.length === 0) return counts;
  console.log('');
  const events = run({
    files,
    concurrency: availableParallelism(),
    timeout: JS_TEST_TIMEOUT_MS,
    signal: AbortSignal.timeout(JS_TIMEOUT_MS),
    execArgv: [...imports, './leftovers.js'].flatMap((path) => ['--import', new URL(path, import.meta.url).href]),
  });
  events.on('test:summary', ({ file, counts: all, success }) => {
    if (file !== undefined) return; // the sum of one file; that of all files has none
    const skipped = all.skipped + all.todo;
    const failed = all.tests - all.passed - skipped;
    counts.passed += all.passed;
    counts.failed += failed === 0 && !success ? 1 : failed; // a hook that fails after its tests is not a test
    counts.skipped += skipped;
  });
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await finished(report);
  return counts;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'fuzz-runs': { type: 'string', default: '20000' },
    again: { type: 'string', multiple: true, default: [] },
  },
});
/** @type {Counts} */
const sum = { passed: 0, failed: 0, skipped: 0 };
/** @param {Counts} counts */
const add = (counts) => {
  sum.passed += counts.passed;
  sum.failed += counts.failed;
  sum.skipped += counts.skipped;
};
for (const program of positionals.filter((path) => !path.endsWith('.js'))) {
  if (basename(program).startsWith('fuzz_')) add(await runFuzzTarget(program, values['fuzz-runs']));
  else add(await runCmocka(program));
}
add(await runNodeTests(positionals.filter((path) => path.endsWith('.js'))));
for (const [, part, glob] of values.again.map((again) => /^([\w-]+):(.+)$/.exec(again) ?? [])) {
  console.log(`\nAgain, ${part}:`);
  add(await runNodeTests([glob], [`./support/${part}.js`]));
}

console.log('');
if (sum.skipped > 0) console.log(`${sum.skipped} skipped`);
if (sum.passed + sum.failed === 0) console.log('There was no test to run, which counts as a failure.');
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

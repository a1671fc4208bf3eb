/* Mutation testing of the C core: small changes to the engine, each of which some native test should notice.
 *
 *   node tests/mutation/run.js --cc=clang --flags='-std=c11 …' --support='build/coverage/…/kv_memory.o …'
 *     --programs='build/coverage/test_key …' [--sample=800] [--seed=1] [--jobs=2] [--mutate='wasm/src/base/json.c …']
 *     wasm/src/base/json.c …
 *
 * The sources, or those of --mutate, are rewritten once (rewrite.js) to build/mutation/src and become one library that the programs run instead of
 * theirs. A first run tells which programs come to which mutant; then each mutant of the sample runs those, the quickest
 * first, until one fails or hangs. Prints a line for each that none of them noticed, and the score; build/mutation/results.json
 * has them all. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeRandom } from '../support/random.js';
import { readBodies, SourceText } from './ast.js';
import { mutantsOf } from './operators.js';
import { rewrite } from './rewrite.js';

/** @import { NumberedMutant } from './rewrite.js' */
/** @typedef {NumberedMutant & { path: string, line: number, lastLine: number, change: string }} Candidate */
/** @typedef {{ path: string, args: string[], ms: number, reached: Uint8Array }} Program */
/** @typedef {'killed' | 'hung' | 'survived' | 'unreached'} Fate */

const FOLDER = 'build/mutation';
const HERE = import.meta.dirname;
/** A program that takes longer is not run a mutant: it would take most of the time there is. */
const PROGRAM_MS_MAX = 3000;
/** How long a program that ran `ms` may take before it is said to hang. */
const patience = (/** @type {number} */ ms) => Math.ceil(2000 + 5 * ms);

const { values, positionals: sources } = parseArgs({
  allowPositionals: true,
  options: {
    cc: { type: 'string', default: 'clang' },
    flags: { type: 'string', default: '' },
    support: { type: 'string', default: '' },
    programs: { type: 'string', default: '' },
    mutate: { type: 'string', default: '' },
    sample: { type: 'string', default: '800' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
  },
});
const words = (/** @type {string} */ text) => text.split(' ').filter((word) => word !== '');
const flags = words(values.flags);
const jobs = Math.max(1, Number(values.jobs) || 1);

/**
 * Run a program to its end.
 * @param {string} path
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, timeout?: number }} [options]
 * @returns {Promise<{ code: number | null, isLate: boolean, stderr: string }>}
 */
function run(path, args, { env = {}, timeout = 0 } = {}) {
  const isHeard = timeout === 0;
  const child = spawn(path, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', isHeard ? 'pipe' : 'ignore'],
    timeout: timeout === 0 ? undefined : timeout,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code, isLate: signal === 'SIGKILL', stderr }));
  });
}

/**
 * Do something with each item, `jobs` at a time.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => Promise<void>} work
 */
async function forEach(items, work) {
  const rest = items[Symbol.iterator]();
  await Promise.all(Array.from({ length: jobs }, async () => { for (const item of rest) await work(item); })); // prettier-ignore
}

/** @param {string} text @returns {string} on one line, and not too long */
function brief(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 88)} …` : line;
}

/** All mutants of a source. @param {string} path @returns {Candidate[]} */
function candidatesOf(path) {
  const source = new SourceText(path, readFileSync(path, 'latin1'));
  /** @type {Map<string, Candidate>} */
  const candidates = new Map(); // a macro may use an argument twice
  for (const mutant of readBodies(values.cc, flags, path).flatMap((body) => mutantsOf(source, body))) {
    const { span, text } = mutant;
    const was = brief(source.slice(span));
    candidates.set(`${span.begin}-${span.end}-${text}`, {
      ...mutant,
      path,
      number: 0,
      line: source.lineOf(span.begin),
      lastLine: source.lineOf(span.end),
      change: text === '' ? `without ${was}` : `${was}  ->  ${brief(text)}`,
    });
  }
  return [...candidates.values()];
}

/**
 * Compile a source with its mutants, less those that do not compile.
 * @param {string} path
 * @param {Candidate[]} candidates
 * @returns {Promise<Candidate[]>} those that are in the object
 */
async function compile(path, candidates) {
  const into = join(FOLDER, 'src', path);
  mkdirSync(dirname(into), { recursive: true });
  writeFileSync(into, rewrite(readFileSync(path, 'latin1'), candidates), 'latin1');
  const args = [...flags, '-w', '-ferror-limit=0', '-include', join(HERE, 'mutant.h'), '-c', into, '-o', `${into}.o`];
  const { code, stderr } = await run(values.cc, args);
  if (code === 0) return candidates;
  const lines = [...stderr.matchAll(/:(\d+):\d+: error/g)].map(([, line]) => Number(line));
  const sound = candidates.filter(({ line, lastLine }) => !lines.some((wrong) => line <= wrong && wrong <= lastLine));
  if (sound.length === candidates.length) throw new Error(`${path}: ${stderr}`);
  return compile(path, sound);
}

/** @param {number} count of all mutants */
async function link(count) {
  const objects = [...sources.map((path) => join(FOLDER, 'src', `${path}.o`)), ...words(values.support)];
  const library = join(FOLDER, 'libengine.so');
  const args = [
    ...flags,
    `-DMK_MUTANTS=${count}`,
    '-shared',
    join(HERE, 'mutant.c'),
    ...objects,
    '-lcmocka',
    '-o',
    library,
  ];
  const { code, stderr } = await run(values.cc, args);
  if (code !== 0) throw new Error(stderr);
}

const library = { LD_LIBRARY_PATH: resolve(FOLDER) };

/** Run a program without a mutant: how long it takes, and what it comes to. @param {string} path @returns {Promise<Program>} */
async function tryProgram(path) {
  const corpus = join('tests/native/corpus', basename(path));
  const args = basename(path).startsWith('fuzz_')
    ? ['-runs=0', `-artifact_prefix=${FOLDER}/`, ...(existsSync(corpus) ? [corpus] : [])]
    : [];
  const reached = join(FOLDER, `${basename(path)}.reached`);
  const start = performance.now();
  const { code, stderr } = await run(path, args, { env: { ...library, MK_REACHED: resolve(reached) } });
  if (code !== 0) throw new Error(`${path} fails without any mutant:\n${stderr}`);
  return { path, args, ms: performance.now() - start, reached: readFileSync(reached) };
}

/** @param {Candidate} mutant @param {Program[]} programs the quickest first @returns {Promise<Fate>} */
async function judge({ number }, programs) {
  /** @type {Fate} */
  let fate = 'unreached';
  for (const { path, args, ms, reached } of programs) {
    if (reached[number] === 0) continue;
    const env = { ...library, MK_MUTANT: String(number) };
    const { code, isLate } = await run(path, args, { env, timeout: patience(ms) });
    if (code !== 0) return isLate ? 'hung' : 'killed';
    fate = 'survived';
  }
  return fate;
}

/** @param {Candidate[]} all @returns {Candidate[]} so many of them, by the seed, and in its order: a run that is stopped has tried a fair part */
function sampleOf(all) {
  const count = Number(values.sample) || all.length;
  const { next } = makeRandom(Number(values.seed));
  const order = all.map((mutant) => ({ mutant, key: next() })).sort((a, b) => a.key - b.key);
  return order.slice(0, count).map(({ mutant }) => mutant);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const mutated = values.mutate === '' ? sources : words(values.mutate);
const candidates = mutated.flatMap(candidatesOf).map((mutant, i) => ({ ...mutant, number: i + 1 }));
/** @type {Candidate[]} */
const compiled = [];
await forEach(sources, async (path) => {
  compiled.push(...(await compile(path, candidates.filter((mutant) => mutant.path === path)))); // prettier-ignore
});
compiled.sort((a, b) => a.number - b.number);
await link(candidates.length);
/** @type {Program[]} */
const programs = [];
await forEach(words(values.programs), async (path) => {
  programs.push(await tryProgram(path));
});
const quick = programs.filter(({ ms }) => ms < PROGRAM_MS_MAX).sort((a, b) => a.ms - b.ms);
const slow = programs.filter((program) => !quick.includes(program)).map(({ path }) => basename(path));
const sample = sampleOf(compiled);
console.log(
  `${compiled.length} mutants of ${mutated.length} files, ${sample.length} of them tried with ${quick.length} programs`,
);
if (slow.length > 0) console.log(`Left out, since they are slow: ${slow.join(', ')}`);

/** @type {(Candidate & { fate: Fate })[]} */
const results = [];
await forEach(sample, async (mutant) => {
  const fate = await judge(mutant, quick);
  results.push({ ...mutant, fate });
  if (fate === 'survived') console.log(`${mutant.path}:${mutant.line}: ${mutant.change}`);
});
results.sort((a, b) => a.number - b.number);
writeFileSync(join(FOLDER, 'results.json'), JSON.stringify(results, null, 1));

/** @param {Fate} fate */
const count = (fate) => results.filter((result) => result.fate === fate).length;
const noticed = count('killed') + count('hung');
const percent = (/** @type {number} */ part, /** @type {number} */ whole) => `${((100 * part) / whole).toFixed(1)} %`;
console.log(
  `\n${noticed} noticed (${count('hung')} of them hung), ${count('survived')} survived, ${count('unreached')} not reached by any test`,
);
console.log(
  `score: ${percent(noticed, results.length)} of all, ${percent(noticed, results.length - count('unreached'))} of those that tests reach`,
);

/* Whether the histories notice defects: builds each mutant of list.js, and runs histories with it until one fails, some in a
 * process of their own (hunt.js).
 *
 *   node tests/mutants/run.js --cc=clang --cflags='…' --ldflags='…' --objects='build/wasm/wasm/src/….o …'
 *     [--seeds=2000] [--only=ties-by-id]
 *
 * A mutant of the engine is its one source compiled anew and linked with the objects of the others; a mutant of the shim is a
 * copy of js-shim. Prints a table, as Markdown. Fails when a mutant survives all seeds, and when the engine as it is fails one
 * that a mutant fails, too: such a seed would tell nothing. */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutated } from './apply.js';
import { MUTANTS } from './list.js';

/** @import { Mutant } from './list.js' */
/** @import { Hunted } from './hunt.js' */
/** @typedef {{ module?: string, root?: string }} Build the path of a store.wasm with a defect, or of a folder with js-shim */

const FOLDER = 'build/mutants';
const HUNT = fileURLToPath(new URL('hunt.js', import.meta.url));
/** How many seeds a process runs: V8 keeps the stacks of operations that a history cuts off, and they become too many. */
const SEEDS_A_PROCESS = 500;

const { values } = parseArgs({
  options: {
    cc: { type: 'string', default: 'clang' },
    cflags: { type: 'string', default: '' },
    ldflags: { type: 'string', default: '' },
    objects: { type: 'string', default: '' },
    seeds: { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
  },
});
const words = (/** @type {string} */ text) => text.split(' ').filter((word) => word !== '');

/** @param {string[]} args */
function compiler(args) {
  const { status, stderr } = spawnSync(values.cc, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Write a mutant's source. @param {Mutant} mutant @returns {string} its path */
function writeSource(mutant) {
  const path = join(FOLDER, mutant.name, mutant.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, mutated(mutant, readFileSync(mutant.file, 'utf8')));
  return path;
}

/** @param {Mutant} mutant @returns {string} the path of a store.wasm with it */
function buildEngine(mutant) {
  const source = writeSource(mutant);
  const module = join(FOLDER, mutant.name, 'store.wasm');
  const own = `build/wasm/${mutant.file.replace(/\.c$/, '.o')}`;
  const objects = words(values.objects);
  if (!objects.includes(own)) throw new Error(`${mutant.name}: ${own} is not linked into store.wasm`);
  compiler([...words(values.cflags), '-c', source, '-o', `${source}.o`]);
  const linked = objects.map((object) => (object === own ? `${source}.o` : object));
  compiler([...words(values.ldflags), ...linked, '-o', module]);
  return module;
}

/** @param {Mutant} mutant @returns {Build} */
function build(mutant) {
  rmSync(join(FOLDER, mutant.name), { recursive: true, force: true });
  if (mutant.file.endsWith('.c')) return { module: buildEngine(mutant) };
  const root = join(FOLDER, mutant.name);
  cpSync('js-shim', join(root, 'js-shim'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  writeSource(mutant);
  return { root };
}

/** Seeds that the engine fails as it is, and that therefore tell nothing of a mutant. @type {Set<number>} */
const failing = new Set();

/**
 * Some seeds, in a process of their own.
 * @param {Build} built
 * @param {number} first
 * @param {number} count
 * @returns {Promise<Hunted>}
 */
async function huntSome(built, first, count) {
  const child = fork(HUNT, [JSON.stringify({ ...built, first, count, passedOver: [...failing] })]);
  /** @type {Hunted | undefined} */
  let hunted;
  child.on('message', (message) => (hunted = /** @type {Hunted} */ (message)));
  const [code] = await once(child, 'close');
  if (!hunted) throw new Error(`Seeds from ${first} on ended with ${code}`);
  return hunted;
}

/** The first seed that fails with a mutant alone, and what it says. @param {Build} built */
async function hunt(built) {
  for (let first = 1; first <= Number(values.seeds); first += SEEDS_A_PROCESS) {
    const count = Math.min(SEEDS_A_PROCESS, Number(values.seeds) + 1 - first);
    const { caught, failing: more } = await huntSome(built, first, count);
    for (const seed of more) failing.add(seed);
    if (caught) return caught;
  }
  return null;
}

const chosen = MUTANTS.filter(({ name }) => values.only === '' || words(values.only).includes(name));
let survived = 0;
console.log('| mutant | | caught at seed | by |\n| --- | --- | ---: | --- |');
for (const mutant of chosen) {
  const caught = await hunt(build(mutant));
  if (!caught) survived++;
  const says = (caught?.says ?? '').replaceAll('|', '\\|').slice(0, 160);
  console.log(`| \`${mutant.name}\` | ${mutant.story} | ${caught ? caught.seed : 'none'} | ${says} |`);
}
console.log(`\n${chosen.length - survived} of ${chosen.length} mutants caught within ${values.seeds} seeds`);
if (failing.size > 0) console.log(`Without any mutant, these seeds fail: ${[...failing].join(', ')}`);
process.exitCode = failing.size > 0 || survived > 0 || chosen.length === 0 ? 1 : 0;

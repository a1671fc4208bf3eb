/* Whether the histories notice defects: builds each mutant of list.js, and runs histories with it until one fails.
 *
 *   node tests/mutants/run.js --cc=clang --cflags='…' --ldflags='…' --objects='build/wasm/wasm/src/….o …'
 *     [--seeds=2000] [--only=ties-by-id]
 *
 * A mutant of the engine is its one source compiled anew and linked with the objects of the others; a mutant of the shim is a
 * copy of js-shim. Prints a table, as Markdown. Fails when a mutant survives all seeds, and when the engine as it is fails one
 * that a mutant fails, too: such a seed would tell nothing. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadProgram, readModules } from '../histories/isolate.js';
import { runSeed } from '../histories/seed.js';
import { mutated } from './apply.js';
import { MUTANTS } from './list.js';

/** @import { Mutant } from './list.js' */
/** @import { Package } from '../histories/run.js' */

const FOLDER = 'build/mutants';

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

/** @param {Mutant} mutant @returns {Promise<Package>} */
async function build(mutant) {
  if (mutant.file.endsWith('.c')) return { ...sound, modules: readModules(buildEngine(mutant)) };
  const root = join(FOLDER, mutant.name);
  cpSync('js-shim', join(root, 'js-shim'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  writeSource(mutant);
  return { program: await loadProgram(root), modules: readModules() };
}

const sound = { program: await loadProgram(), modules: readModules() };
/** Seeds that the engine fails as it is, and that therefore tell nothing of a mutant. @type {Set<number>} */
const failing = new Set();

/** The first seed that fails with a mutant alone, and what it says. @param {Package} pack */
async function hunt(pack) {
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const { failure } = failing.has(seed) ? { failure: null } : await runSeed(seed, pack, { shrink: false });
    if (!failure) continue;
    if (!(await runSeed(seed, sound, { shrink: false })).failure) {
      return { seed, says: failure.error.message.split('\n', 1)[0] ?? '' };
    }
    failing.add(seed);
  }
  return null;
}

rmSync(FOLDER, { recursive: true, force: true });
const chosen = MUTANTS.filter(({ name }) => values.only === '' || words(values.only).includes(name));
let survived = 0;
console.log('| mutant | | caught at seed | by |\n| --- | --- | ---: | --- |');
for (const mutant of chosen) {
  const caught = await hunt(await build(mutant));
  if (!caught) survived++;
  const says = (caught?.says ?? '').replaceAll('|', '\\|').slice(0, 160);
  console.log(`| \`${mutant.name}\` | ${mutant.story} | ${caught ? caught.seed : 'none'} | ${says} |`);
}
console.log(`\n${chosen.length - survived} of ${chosen.length} mutants caught within ${values.seeds} seeds`);
if (failing.size > 0) console.log(`Without any mutant, these seeds fail: ${[...failing].join(', ')}`);
process.exitCode = failing.size > 0 || survived > 0 || chosen.length === 0 ? 1 : 0;

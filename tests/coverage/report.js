/* What of the C core its native tests run.
 *
 *   node tests/coverage/report.js build/coverage test_key test_score fuzz_json …
 *
 * Runs the programs of that folder, which share its libengine.so: a test as it is, a fuzz target over its corpus. Prints a
 * line for each folder of wasm/src, as Markdown, and writes every region of code that none of them ran, with its source, to
 * uncovered.txt. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** @typedef {{ count: number, covered: number }} Share */
/** @typedef {{ filename: string, summary: Record<string, Share> }} File */
/** What llvm-cov calls a region: the lines and columns it begins and ends at, its count, the places in `filenames` of its
 * file and of what it expands to, its kind.
 * @typedef {[number, number, number, number, number, number, number, number]} Region */
/** @typedef {{ data: { files: File[], functions: { name: string, filenames: string[], regions: Region[] }[] }[] }} Export */

const SOURCES = 'wasm/src/';
const KIND_CODE = 0;
const PARTS = ['functions', 'lines', 'branches'];

const [folder = '', ...programs] = process.argv.slice(2);
const engine = join(folder, 'libengine.so');
const raw = join(folder, 'raw');
const profile = join(folder, 'merged.profdata');

/** Run one program and leave its counters in `raw`. @param {string} name */
function runProgram(name) {
  const corpus = join('tests/native/corpus', name);
  const args = name.startsWith('fuzz_') ? ['-runs=0', ...(existsSync(corpus) ? [corpus] : [])] : [];
  const { status, signal, stderr } = spawnSync(join(folder, name), args, {
    env: { ...process.env, LLVM_PROFILE_FILE: join(raw, `${name}.profraw`) },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    console.error(`${name} fails (${signal ?? status}), and so its coverage says nothing:\n${stderr.slice(-2000)}`);
    process.exit(1);
  }
}

/** @returns {Export} */
function readCoverage() {
  execFileSync('llvm-profdata', ['merge', '--sparse', raw, '-o', profile]);
  const text = execFileSync('llvm-cov', ['export', engine, `--instr-profile=${profile}`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  return JSON.parse(text);
}

/** @param {string} filename @returns {string} the folder below wasm/src that a file is in, or '' */
function layerOf(filename) {
  const path = relative('.', filename);
  return path.startsWith(SOURCES) ? (path.slice(SOURCES.length).split('/')[0] ?? '') : '';
}

/** @param {File[]} files */
function table(files) {
  // (A header may hold types alone.)
  const withCode = files.filter(({ filename, summary }) => layerOf(filename) !== '' && summary.functions?.count);
  const layers = [...new Set(withCode.map((file) => layerOf(file.filename)))].sort();
  /** @param {(file: File) => boolean} isIn */
  const cells = (isIn) =>
    PARTS.map((part) => {
      const shares = withCode.filter(isIn).flatMap(({ summary }) => summary[part] ?? []);
      const count = shares.reduce((sum, share) => sum + share.count, 0);
      const covered = shares.reduce((sum, share) => sum + share.covered, 0);
      return `${((100 * covered) / count).toFixed(1)} % of ${count}`;
    });
  return [
    `| folder | ${PARTS.join(' | ')} |`,
    '| --- | ---: | ---: | ---: |',
    ...layers.map((layer) => `| ${layer} | ${cells((file) => layerOf(file.filename) === layer).join(' | ')} |`),
    `| all | ${cells(() => true).join(' | ')} |`,
  ].join('\n');
}

/**
 * Regions of code that never ran, without those inside another such.
 * @param {Export['data'][0]['functions']} functions
 */
function uncovered(functions) {
  /** @type {Map<string, Region[]>} */
  const counts = new Map();
  for (const { filenames, regions } of functions) {
    for (const region of regions) {
      const file = filenames[region[5]] ?? '';
      if (layerOf(file) === '' || region[7] !== KIND_CODE) continue;
      counts.set(file, [...(counts.get(file) ?? []), region]);
    }
  }
  return [...counts].sort().flatMap(([file, all]) => {
    const source = readFileSync(file, 'utf8').split('\n');
    // A function of a header, or a macro's text, has a region for each of its users.
    const ran = new Set(all.filter((region) => region[4] > 0).map((region) => region.slice(0, 4).join()));
    const regions = all
      .filter((region) => !ran.has(region.slice(0, 4).join()))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || b[2] - a[2] || b[3] - a[3]);
    /** @type {string[]} */
    const lines = [];
    let [endLine, endColumn] = [0, 0];
    for (const [fromLine, fromColumn, toLine, toColumn] of regions) {
      if (fromLine < endLine || (fromLine === endLine && fromColumn < endColumn)) continue;
      [endLine, endColumn] = [toLine, toColumn];
      lines.push(`${relative('.', file)}:${fromLine}:${fromColumn}-${toLine}:${toColumn}`);
      lines.push(...source.slice(fromLine - 1, Math.min(toLine, fromLine + 12)).map((line) => `    ${line}`));
    }
    return lines;
  });
}

rmSync(raw, { recursive: true, force: true });
mkdirSync(raw, { recursive: true });
programs.forEach(runProgram);
const { files, functions } = /** @type {Export['data'][0]} */ (readCoverage().data[0]);
console.log(table(files));
const places = uncovered(functions);
writeFileSync(join(folder, 'uncovered.txt'), `${places.join('\n')}\n`);
console.log(`\n${places.filter((line) => !line.startsWith(' ')).length} regions never run: ${folder}/uncovered.txt`);

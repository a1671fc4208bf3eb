/* Lays out the npm package in a folder: the files that `npm pack` would take, JavaScript without comments and blanks. What users
 * read of them is in the declarations; here they would be a sixth of the package.
 *
 *   node wasm/tools/stage-package.js <list of npm pack --dry-run --json> <folder> */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';

const [list, folder] = process.argv.slice(2);
/** @type {[{ files: { path: string }[] }]} */
const [{ files }] = JSON.parse(readFileSync(list, 'utf8'));
rmSync(folder, { recursive: true, force: true });
for (const { path } of files) {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  if (path.endsWith('.js')) {
    writeFileSync(
      target,
      transformSync(readFileSync(path, 'utf8'), { format: 'esm', target: 'esnext', minifyWhitespace: true }).code,
    );
    chmodSync(target, statSync(path).mode);
  } else {
    copyFileSync(path, target);
  }
}

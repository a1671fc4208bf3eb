/* Workers of the benchmarks in workerd, and its processes. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @param {string} path */
export const fromTop = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * A Worker's modules for Miniflare, bundled but for dynamic imports, which stay modules of their own.
 * @param {string} entry
 */
export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [fromTop(entry)],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:workers'],
    outdir: '/',
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
  });
  const modules = outputFiles.map(({ path, contents }) => ({
    type: path.endsWith('.wasm') ? /** @type {const} */ ('CompiledWasm') : /** @type {const} */ ('ESModule'),
    path,
    contents,
  }));
  const first = `/${basename(entry)}`;
  return modules.sort((a, b) => Number(b.path === first) - Number(a.path === first));
}

/** @param {number} pid @returns {string[]} the processes that it started, where Linux tells them */
export function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

/** @param {number} pid @returns {number} the resident memory of the largest of its children, in MiB; Linux alone shows it */
export function childrenMiB(pid) {
  const sizes = childrenOf(pid).map(residentMiB);
  return sizes.length > 0 ? Math.max(...sizes) : NaN;
}

/** @param {string} pid @returns {number} 0 where it has ended */
function residentMiB(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

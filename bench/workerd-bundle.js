/* Workers of the benchmarks in workerd, and its processes. */
import { readFileSync, readdirSync } from 'node:fs';
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
  return modules.sort((a, b) => Number(b.path === '/worker.js') - Number(a.path === '/worker.js'));
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

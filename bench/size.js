/* What the engine adds to a Worker's bundle, as `wrangler deploy` counts it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { wrangler } from '../tests/support/worker.js';
import { table } from './table.js';

const fromHere = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @type {[string, string][]} */
const BUNDLES = [
  ['Worker with KVStore', 'bundles/kv-store.js'],
  ['Worker with CloudflareStore, without an agent', 'bundles/mastra.js'],
  ['Worker with an agent and InMemoryStore', 'bundles/agent-in-memory.js'],
  ['Worker with an agent and CloudflareStore', 'bundles/agent.js'],
];

/** @param {string} file */
function sizeOfModule(file) {
  const module = readFileSync(fromHere(`../build/${file}`));
  return {
    title: file,
    bytes: module.length,
    gzippedBytes: gzipSync(module, { level: 9 }).length,
    brotliBytes: brotliCompressSync(module).length,
  };
}

/**
 * @param {string} title
 * @param {string} entry
 */
async function sizeOfBundle(title, entry) {
  const flags = ['--dry-run', '--minify', '--outdir', fromHere('../build/bench-bundle')];
  const settings = ['--name', 'bench', '--compatibility-date', '2026-07-01', '--compatibility-flags', 'nodejs_compat'];
  const printed = await wrangler('deploy', fromHere(entry), ...flags, ...settings);
  const found = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(printed);
  if (!found) throw new Error(`wrangler printed no size:\n${printed}`);
  const [bytes, gzippedBytes] = found.slice(1).map((kib) => Math.round(Number(kib) * 1024));
  return { title, bytes, gzippedBytes };
}

export async function measure() {
  const bundles = [];
  for (const [title, entry] of BUNDLES) bundles.push(await sizeOfBundle(title, entry));
  return [sizeOfModule('store.wasm'), sizeOfModule('store.asyncify.wasm'), ...bundles];
}

/** @param {{ title: string, bytes: number, gzippedBytes: number, brotliBytes?: number }[]} rows */
export function format(rows) {
  return [
    '## Size',
    '',
    'In bytes; the Workers as `wrangler deploy --dry-run --minify` has them, the engine included.',
    '',
    table(
      ['', ' bytes', ' gzip', ' brotli'],
      rows.map(({ title, bytes, gzippedBytes, brotliBytes }) => [title, bytes, gzippedBytes, brotliBytes ?? '']),
    ),
  ].join('\n');
}

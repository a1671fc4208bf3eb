/* Projects of someone who has installed the package: folders in build/consumer, where `npm install` has put the tarball
 * (Makefile). What else they need, such as wrangler and @mastra/core, is found further up, in the repository's node_modules. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare } from 'miniflare';
import { wrangler } from './worker.js';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const CONSUMER = join(TOP, 'build/consumer');
const COMMAND_TIMEOUT_MS = 100_000;

/** Where the package is installed. */
export const INSTALLED = join(CONSUMER, 'node_modules/mastra-kv-wasm');
export const TARBALL = join(TOP, 'build/package/mastra-kv-wasm.tgz');

/** A wrangler.toml with the namespaces of the README. */
export const WRANGLER_TOML = `name = "consumer"
main = "worker.js"
compatibility_date = "2026-07-01"
compatibility_flags = ["nodejs_compat"]

[[kv_namespaces]]
binding = "THREADS_KV"
id = "threads-kv"

[[kv_namespaces]]
binding = "MESSAGES_KV"
id = "messages-kv"
`;

/** A Worker without Mastra that saves a message and answers the thread's. */
export const WORKER = `import { env } from 'cloudflare:workers';
import { KVStore } from 'mastra-kv-wasm/kv-store';

const store = new KVStore({ bindings: { threads: env.THREADS_KV, messages: env.MESSAGES_KV } });

export default {
  async fetch(request) {
    const now = new Date();
    const content = await request.text();
    await store.saveMessages({
      messages: [{ id: 'm1', threadId: 't1', resourceId: 'ada', role: 'user', content, createdAt: now }],
    });
    return Response.json(await store.listMessages({ threadId: 't1' }));
  },
};
`;

/**
 * A new project, in place of an older one of this name.
 * @param {string} name
 * @param {Record<string, string>} files
 * @returns {Promise<string>} its directory
 */
export async function makeProject(name, files) {
  const directory = join(CONSUMER, name);
  await rm(directory, { recursive: true, force: true });
  const all = { 'package.json': `{ "name": "${name}", "private": true, "type": "module" }`, ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/**
 * One of examples/, as a project.
 * @param {string} name
 * @returns {Promise<string>} its directory
 */
export async function copyExample(name) {
  const directory = join(CONSUMER, `example-${name}`);
  await rm(directory, { recursive: true, force: true });
  await cp(join(TOP, 'examples', name), directory, { recursive: true });
  return directory;
}

/**
 * Run one of the repository's tools in a project.
 * @param {string} directory
 * @param {string} script of the tool, in node_modules
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string }>}
 */
export const runTool = (directory, script, args, env) =>
  runProgram(directory, process.execPath, [join(TOP, 'node_modules', script), ...args], env);

/**
 * @param {string} directory
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runProgram(directory, program, args, env = {}) {
  const options = {
    cwd: directory,
    env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', ...env },
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: 64 << 20,
  };
  // A test of ours is one of node's runner, which programs that we start must not take themselves for.
  delete (/** @type {any} */ (options.env).NODE_TEST_CONTEXT);
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {any} */ (error);
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr };
  }
}

/**
 * Bundle a project's Worker as `wrangler deploy` would.
 * @param {string} directory
 * @returns {Promise<string>} the directory of the bundle
 */
export async function bundle(directory) {
  const out = join(directory, 'bundle');
  await wrangler('deploy', '--dry-run', '--cwd', directory, '--outdir', out);
  return out;
}

/**
 * Start a bundled Worker in workerd.
 * @param {string} directory of the bundle
 * @param {string} main its file in there
 * @param {Record<string, any>} [options] Miniflare's
 * @returns {Promise<Miniflare>} to be disposed of
 */
export async function startBundle(directory, main, options = {}) {
  const files = (await readdir(directory, { recursive: true })).filter((file) => /\.(wasm|m?js)$/.test(file));
  const typeOf = (/** @type {string} */ file) => (file.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule');
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['nodejs_compat'],
    modulesRoot: directory,
    modules: [main, ...files.filter((file) => file !== main)].map((file) => ({
      type: /** @type {'ESModule'} */ (typeOf(file)),
      path: join(directory, file),
    })),
    kvNamespaces: ['THREADS_KV', 'MESSAGES_KV'],
    ...options,
  });
  await miniflare.ready.catch(async (error) => {
    await miniflare.dispose();
    throw error;
  });
  return miniflare;
}

/* The Worker of wrangler.toml in tests: bundled as wrangler deploys it and run by Miniflare (`startWorker`), or run by
 * `wrangler dev` itself (`startWranglerDev`). */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare, Response as MiniflareResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';

/** @import { KVNamespaceLike } from '../../js-shim/kv/namespace.js' */

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const WRANGLER = join(TOP, 'node_modules/wrangler/bin/wrangler.js');
/** Where the Worker's bundle is, for this file of tests alone: files run side by side. */
let bundle = '';

// Generous, for a machine that runs other tests at the same time. Nothing waits this long unless something is broken.
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 100;

/**
 * wrangler's environment: its settings and logs in a directory of the test's, no questions, no calls home.
 * @param {string} home
 * @returns {NodeJS.ProcessEnv}
 */
const wranglerEnv = (home) => ({
  ...process.env,
  HOME: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
});

/** A new empty directory. @returns {Promise<string>} */
export const makeTemporaryDirectory = () => mkdtemp(join(tmpdir(), 'mastra-kv-wasm-'));

/**
 * Runs a wrangler command to its end.
 * @param {string[]} args
 * @returns {Promise<string>} its standard output
 */
export async function wrangler(...args) {
  const home = await makeTemporaryDirectory();
  try {
    const options = { cwd: TOP, env: wranglerEnv(home), timeout: START_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)(process.execPath, [WRANGLER, ...args], options);
    return stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Bundles the Worker as `wrangler deploy` would, into build/worker/{name}. @param {string} name */
export async function bundleWorker(name) {
  bundle = join(TOP, 'build/worker', name);
  await wrangler('deploy', '--dry-run', '--outdir', bundle);
}

/**
 * What a response says, with what tests look at.
 * @typedef {{ status: number, headers: { get(name: string): string | null }, text: string, json: any }} Answer
 */

/** A call as a namespace got it. @typedef {{ namespace: string, operation: string, keys: string[] }} KVCallSeen */

/**
 * @typedef {object} RunningWorker
 * @property {(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>} ask
 *   `body` is sent as JSON, unless it is a string, bytes or a stream: those go as they are
 * @property {(binding: string) => Promise<string[]>} keys all keys of a namespace
 * @property {(operation: 'get' | 'getWithMetadata' | 'put' | 'delete' | 'list', message: string | null) => Promise<void>} failKv
 *   makes an operation of MESSAGES_KV throw this until it is called with null
 * @property {() => readonly string[]} fetched the URLs that the Worker has asked the network for
 * @property {() => KVCallSeen[]} calls those to both namespaces since it was asked last, with the option `counts`
 * @property {(binding: string) => Promise<KVNamespaceLike>} namespace as it is behind the Worker's back
 * @property {string} url for a browser
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the bundled Worker in workerd, with empty namespaces in memory. It cannot reach the network.
 * @param {object} [options]
 * @param {Record<string, string>} [options.variables] the Worker's variables and secrets
 * @param {(request: { json(): Promise<any> }) => Promise<{ status: number, json: object }>} [options.network] answers
 *   what the Worker fetches
 * @param {boolean} [options.counts] tells every call to a namespace, see `calls`
 * @returns {Promise<RunningWorker>}
 */
export async function startWorker({ variables = {}, network, counts = false } = {}) {
  const { compatibilityDate, compatibilityFlags } = miniflareOptionsOf(join(TOP, 'wrangler.toml')).workerOptions;
  /** @type {string[]} */
  const fetched = [];
  /** @type {KVCallSeen[]} */
  let calls = [];
  const wrapper = (/** @type {string} */ binding, /** @type {string} */ id, /** @type {string} */ faults) => ({
    name: `wrapped-${id}`,
    modules: [{ type: /** @type {const} */ ('ESModule'), path: 'wrapped-kv.js', contents: WRAPPED_KV }],
    bindings: { BINDING: binding, IS_COUNTED: counts },
    kvNamespaces: { NAMESPACE: id, FAULTS: faults },
    serviceBindings: {
      COUNTER: async (/** @type {{ json(): Promise<any> }} */ request) => {
        calls.push(await request.json());
        return new MiniflareResponse();
      },
    },
  });
  const miniflare = new Miniflare({
    cf: false,
    // The Worker logs the failures that tests cause, stack and all; what a test needs to know is in the answers.
    handleStructuredLogs: () => {},
    workers: [
      {
        name: 'worker',
        compatibilityDate,
        compatibilityFlags,
        modulesRoot: bundle,
        modules: await bundledModules(bundle),
        bindings: { PAGE: 'on', ...variables },
        kvNamespaces: { THREADS_KV_ITSELF: 'threads', FAULTS: 'faults', MESSAGES_KV_ITSELF: 'messages' },
        wrappedBindings: {
          THREADS_KV: { scriptName: 'wrapped-threads' },
          MESSAGES_KV: { scriptName: 'wrapped-messages' },
        },
        assets: {
          directory: join(TOP, 'js-shim/worker/page'),
          binding: 'ASSETS',
          routerConfig: { invoke_user_worker_ahead_of_assets: true, has_user_worker: true },
        },
        outboundService: async (/** @type {{ url: string, json(): Promise<any> }} */ request) => {
          fetched.push(request.url);
          if (!network) return new MiniflareResponse('no network', { status: 500 });
          const { status, json } = await network(request);
          return MiniflareResponse.json(json, { status });
        },
      },
      wrapper('THREADS_KV', 'threads', 'no-faults'),
      wrapper('MESSAGES_KV', 'messages', 'faults'),
    ],
  });
  const url = await miniflare.ready.catch(async (error) => {
    await miniflare.dispose();
    throw error;
  });

  /** @param {string} binding @returns {Promise<KVNamespaceLike>} */
  const namespace = async (binding) =>
    /** @type {any} */ (
      await miniflare.getKVNamespace(binding.endsWith('_KV') ? `${binding}_ITSELF` : binding, 'worker')
    );
  return {
    ask: (method, path, body, headers) =>
      ask(miniflare.dispatchFetch.bind(miniflare), 'http://worker', method, path, body, headers),
    async keys(binding) {
      const kv = await namespace(binding);
      const { keys, list_complete: isComplete } = await kv.list({ prefix: '', limit: 1000 });
      if (!isComplete) throw new Error(`${binding} holds more keys than one list shows`);
      return keys.map(({ name }) => name);
    },
    async failKv(operation, message) {
      const faults = await namespace('FAULTS');
      if (message === null) await faults.delete(operation);
      else await faults.put(operation, message);
    },
    fetched: () => fetched,
    calls() {
      const seen = calls;
      calls = [];
      return seen;
    },
    namespace,
    url: String(url),
    stop: () => miniflare.dispose(),
  };
}

/** A KV namespace whose operations are told, and throw what the namespace FAULTS holds under their name. */
const WRAPPED_KV = `
  export default ({ NAMESPACE, FAULTS, BINDING, IS_COUNTED, COUNTER }) => new Proxy(NAMESPACE, {
    get(namespace, operation) {
      const method = namespace[operation];
      if (typeof method !== 'function') return method;
      return async (...args) => {
        if (IS_COUNTED) {
          const keys = operation === 'list' ? [args[0].prefix] : [args[0]].flat();
          const body = JSON.stringify({ namespace: BINDING, operation, keys });
          await COUNTER.fetch('http://counter', { method: 'POST', body });
        }
        const fault = await FAULTS.get(operation);
        if (fault !== null) throw new Error(fault);
        return method.apply(namespace, args);
      };
    },
  });
`;

/**
 * Starts `wrangler dev` on a free port. `.dev.vars` is not read: a developer's own model stays out of the tests.
 * @param {string} state the directory that keeps its namespaces
 * @param {string} [script] the path of another Worker than the repository's, for the same namespaces
 */
export async function startWranglerDev(state, script) {
  const home = await makeTemporaryDirectory();
  const noVariables = join(home, 'no-variables.env');
  await writeFile(noVariables, '');
  const [port, inspectorPort] = [await freePort(), await freePort()];
  const options = {
    ip: '127.0.0.1',
    port,
    'inspector-port': inspectorPort,
    'persist-to': state,
    'env-file': noVariables,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // In a process group of its own: wrangler starts workerd and others, and all of them have to end.
  const child = spawn(process.execPath, [WRANGLER, 'dev', ...(script === undefined ? [] : [script]), ...args], {
    cwd: TOP,
    env: wranglerEnv(home),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (output += chunk));
  }
  const exited = once(child, 'exit');
  const killNow = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', killNow);

  const stop = async () => {
    signalGroup(child.pid, 'SIGTERM');
    await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    killNow();
    await exited;
    process.off('exit', killNow);
    await rm(home, { recursive: true, force: true });
  };

  const url = `http://127.0.0.1:${port}`;
  for (const start = Date.now(); ; await sleep(POLL_MS)) {
    const up = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (up) break;
    if (child.exitCode !== null || Date.now() - start > START_TIMEOUT_MS) {
      await stop();
      throw new Error(`wrangler dev did not start:\n${output}`);
    }
  }
  return {
    /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<Answer>} */
    ask: (method, path, body) => ask(fetch, url, method, path, body),
    url,
    /** Of wrangler, which starts workerd. */
    pid: child.pid ?? 0,
    /** What wrangler has printed so far. */
    output: () => output,
    stop,
  };
}

/**
 * @param {(url: string, init: any) => Promise<{ status: number, headers: { get(name: string): string | null }, text(): Promise<string> }>} send
 * @param {string} origin
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Answer>}
 */
async function ask(send, origin, method, path, body, headers = {}) {
  const asIs =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
  const response = await send(origin + path, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: asIs ? body : JSON.stringify(body),
    duplex: 'half', // which Node asks for where the body is a stream
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of the group has ended.
  }
}

/** A port that was free a moment ago. @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * The modules of what wrangler bundled into a directory, for miniflare.
 * @param {string} directory
 */
export async function bundledModules(directory) {
  const wasm = (await readdir(directory)).filter((name) => name.endsWith('.wasm'));
  return [
    { type: /** @type {const} */ ('ESModule'), path: join(directory, 'index.js') },
    ...wasm.map((name) => ({ type: /** @type {const} */ ('CompiledWasm'), path: join(directory, name) })),
  ];
}

/**
 * A Worker with empty namespaces, for the tests of one group.
 * @param {Parameters<typeof startWorker>[0]} [options]
 */
export function freshWorker(options) {
  /** @type {RunningWorker} */
  let worker;
  before(async () => {
    worker = await startWorker(options);
  });
  after(() => worker?.stop());
  return () => worker;
}

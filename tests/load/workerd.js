/* The Worker of the load, bundled as wrangler deploys it and run by Miniflare: workerd, and no other program in between. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as miniflareOptionsOf } from 'wrangler';
import { childrenMiB } from '../../bench/workerd-bundle.js';
import { bundledModules, makeTemporaryDirectory, wrangler } from '../support/worker.js';
import { isClosing } from './client.js';
import { Inspector } from './inspector.js';

/** @typedef {{ made: number, collected: number }} Census of things, and how many of them are gone again */
/** @typedef {{ isolate: string, instances: Census, served: Census, rejections: string[] }} Isolate */

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const LOG_LEVELS = ['warn', 'error'];

export async function startLoaded() {
  const directory = await makeTemporaryDirectory();
  const bundle = join(directory, 'bundle');
  await wrangler('deploy', 'tests/load/worker.js', '--dry-run', '--outdir', bundle);
  const { compatibilityDate, compatibilityFlags } = miniflareOptionsOf(join(TOP, 'wrangler.toml')).workerOptions;
  /** @type {string[]} */
  const complaints = [];
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate,
    compatibilityFlags,
    modulesRoot: bundle,
    modules: (await bundledModules(bundle)).map((module) => ({
      ...module,
      path: module.path.replace(/index\.js$/, 'worker.js'),
    })),
    kvNamespaces: ['THREADS_KV', 'MESSAGES_KV'],
    kvPersist: join(directory, 'kv'),
    inspectorPort: 0,
    handleStructuredLogs: (/** @type {{ level: string, message: string }} */ { level, message }) => {
      if (LOG_LEVELS.includes(level)) complaints.push(message);
    },
  });
  const url = String(await miniflare.ready).replace(/\/$/, '');
  /** @returns {Promise<Isolate>} */
  const isolate = async () => {
    try {
      return /** @type {Isolate} */ (await (await fetch(`${url}/load/isolate`)).json());
    } catch (cause) {
      if (!isClosing(cause)) throw cause;
      return isolate();
    }
  };
  const inspector = await Inspector.open(httpOf(await miniflare.getInspectorURL()), isolate);
  return {
    url,
    isolate,
    heldMiB: () => inspector.heldMiB(),
    /** The resident memory of workerd, which Linux alone shows. */
    processMiB: () => childrenMiB(process.pid),
    complaints: () => complaints,
    async stop() {
      inspector.close();
      await miniflare.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The address for HTTP of what is told for WebSockets. @param {URL} url */
export const httpOf = (url) => new URL(String(url).replace(/^ws/, 'http'));

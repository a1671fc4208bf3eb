/* Isolates: programs that run the package's shim, each with globals of its own, in one process.
 *
 * The shim is bundled once into the body of a function whose parameters are all that it takes from its surroundings
 * and that must follow from the history: the clock, timers, random numbers, the compiled engine. Each call of it is a
 * new isolate, that knows nothing of the others, not even by the module-level clock that rises strictly. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { build } from 'esbuild';
import { makeRandom } from '../support/random.js';

/** @import { VirtualTime } from './virtual-time.js' */
/** @typedef {{ store: WebAssembly.Module, care: WebAssembly.Module }} Modules the engine, and with data care */
/** @typedef {typeof import('../../js-shim/kv-store.js')} KVStoreModule */
/** @typedef {Pick<KVStoreModule, 'KVStore'> & typeof import('../../js-shim/care.js')} Shim */
/** @typedef {(globals: IsolateGlobals) => Shim} Program */

/**
 * @typedef {object} IsolateGlobals
 * @property {typeof Date} Date
 * @property {typeof Math} Math
 * @property {(done: () => void, ms: number) => unknown} setTimeout
 * @property {{ getRandomValues: (bytes: Uint8Array) => Uint8Array, randomUUID: () => string }} crypto
 * @property {Modules} modules
 */

const ROOT = new URL('../../', import.meta.url);
const NAMES = ['Date', 'Math', 'setTimeout', 'crypto', 'modules'];

/** Where the shim finds its modules: not in files, but in what the isolate is given. */
const MODULES = `
export const packageModule = () => modules.store;
export const careModule = () => modules.care;
`;

/**
 * Read a build of the engine.
 * @param {string} path
 */
const compile = (path) => new WebAssembly.Module(readFileSync(path));

/**
 * The engine's modules.
 * @param {string} [store] the path of another store.wasm than the package's, such as one with a defect
 * @returns {Modules}
 */
export function readModules(store) {
  const built = (/** @type {string} */ name) => fileURLToPath(new URL(`build/${name}`, ROOT));
  const path = store ?? built('store.wasm');
  if (!existsSync(path)) throw new Error(`There is no engine at ${path}: make build`);
  return { store: compile(path), care: compile(built('store.asyncify.wasm')) };
}

/**
 * Bundle the shim, once for all isolates of this process.
 * @param {string} [root] the folder that js-shim is in, such as one with a defect
 * @returns {Promise<Program>}
 */
export async function loadProgram(root = fileURLToPath(ROOT)) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { KVStore } from './js-shim/kv-store.js'; export * from './js-shim/care.js';`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'esnext',
    plugins: [
      {
        name: 'modules',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^#(package|care)-module$/ }, ({ path }) => ({ path, namespace: 'modules' }));
          onLoad({ filter: /.*/, namespace: 'modules' }, () => ({ contents: MODULES }));
        },
      },
    ],
  });
  const body = `const module = { exports: {} };\n${outputFiles[0].text}\nreturn module.exports;`;
  const run = compileFunction(body, NAMES, { filename: 'js-shim' });
  return (globals) => run(...NAMES.map((name) => globals[/** @type {keyof IsolateGlobals} */ (name)]));
}

/**
 * The globals of an isolate.
 * @param {VirtualTime} time
 * @param {{ skewMs: number, seed: number, modules: Modules, isWaited: () => () => boolean }} options how far its clock is
 *   ahead, what its random numbers follow from, and whether what begins now is still waited for
 * @returns {IsolateGlobals}
 */
export function globalsOf(time, { skewMs, seed, modules, isWaited }) {
  const random = makeRandom(seed);
  const now = () => time.now + skewMs;
  class VirtualDate extends Date {
    /** @param {any[]} args */
    constructor(...args) {
      super(.../** @type {[number]} */ (args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  }
  const fill = (/** @type {Uint8Array} */ bytes) => bytes.map(() => random.integer(256));
  return {
    Date: /** @type {any} */ (VirtualDate),
    Math: Object.create(Math, { random: { value: random.next } }),
    setTimeout(done, ms) {
      const isStillWaited = isWaited();
      time.after(ms, () => isStillWaited() && done());
    },
    crypto: {
      getRandomValues(bytes) {
        bytes.set(fill(bytes));
        return bytes;
      },
      randomUUID: () => Buffer.from(fill(new Uint8Array(16))).toString('hex'),
    },
    modules,
  };
}

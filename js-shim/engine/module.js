/** The compiled engine of a store. */
import { packageModule } from '#package-module';
import { StoreError } from '../store/errors.js';

/** What an engine exports, of either build. */
const EXPORTS = ['memory', '_initialize', 'input', 'open', 'call'];

/**
 * The module a store was given, or else the package's own.
 * @param {unknown} given
 * @returns {WebAssembly.Module}
 */
export function engineModule(given) {
  if (given === undefined) return packageModule();
  if (!isModule(given) || !isEngine(given)) {
    throw new StoreError({
      code: 'INVALID_ARGUMENT',
      message:
        'module must be the compiled engine, a WebAssembly.Module made of mastra-kv-wasm/store.wasm or ' +
        'mastra-kv-wasm/store.asyncify.wasm of this version. Where a bundler answers bytes or a path, compile them: ' +
        'new WebAssembly.Module(bytes).',
    });
  }
  return given;
}

/**
 * By its name rather than its class, which is another one in another realm, such as a test's.
 * @param {unknown} value
 * @returns {value is WebAssembly.Module}
 */
const isModule = (value) => Object.prototype.toString.call(value) === '[object WebAssembly.Module]';

/** @param {WebAssembly.Module} module */
function isEngine(module) {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return EXPORTS.every((name) => names.includes(name));
}

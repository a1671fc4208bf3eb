/** The compiled engine, in Node, Bun and Deno: read from the package when the first store is built. */
import { readFileSync } from 'node:fs';
import { StoreError } from '../store/errors.js';
import { hasJspi } from './suspend.js';

/** @type {Map<string, WebAssembly.Module>} */
const compiled = new Map();

/** The build that this runtime can wait with. */
export const packageModule = () => moduleNamed(hasJspi() ? 'store.wasm' : 'store.asyncify.wasm');

/** The build that has data care. */
export const careModule = () => moduleNamed('store.asyncify.wasm');

/** @param {string} name */
function moduleNamed(name) {
  const module = compiled.get(name) ?? new WebAssembly.Module(read(name));
  compiled.set(name, module);
  return module;
}

/** @param {string} name */
function read(name) {
  try {
    return readFileSync(new URL(`../../build/${name}`, import.meta.url));
  } catch (cause) {
    throw new StoreError(
      {
        code: 'MISSING_MODULE',
        message:
          `The engine, ${name}, is not where the package mastra-kv-wasm keeps it, as happens when a bundler moves the code ` +
          'and not the file. Leave the package out of the bundle (esbuild: --external:mastra-kv-wasm), or give the store ' +
          `its module: new KVStore({ …, module }), compiled from mastra-kv-wasm/${name}. docs/bundlers.md has the recipes.`,
      },
      { cause },
    );
  }
}

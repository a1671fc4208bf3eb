/** The compiled engine with data care, in Node, Bun and Deno: read from the package when the first task begins. */
import { readFileSync } from 'node:fs';
import { hasJspi } from './suspend.js';

/** @type {WebAssembly.Module | undefined} */
let compiled;

/** The build that this runtime can wait with. */
export function careModule() {
  const name = hasJspi() ? 'care.wasm' : 'care.asyncify.wasm';
  compiled ??= new WebAssembly.Module(readFileSync(new URL(`../../build/${name}`, import.meta.url)));
  return compiled;
}

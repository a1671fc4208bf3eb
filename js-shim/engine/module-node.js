/** The compiled engine, in Node: read from the package. */
import { readFileSync } from 'node:fs';

export default new WebAssembly.Module(readFileSync(new URL('../../build/store.wasm', import.meta.url)));

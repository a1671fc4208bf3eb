/* Prints the imports and exports of a wasm module with their types, one a line: the ABI between the engine and the shim
 * as wasm/abi.txt holds it. tests/abi.test.js compares the two.
 *
 *   node --experimental-wasm-type-reflection wasm/tools/abi.js build/store.wasm
 *
 * V8 tells the types of functions only under that flag. */
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ parameters: string[], results: string[] }} FunctionType
 * @typedef {{ module?: string, name: string, kind: string, type?: Partial<FunctionType> }} Entry
 */

/** @param {Entry} entry */
function describe({ module, name, kind, type }) {
  const path = module === undefined ? `export ${name}` : `import ${module}.${name}`;
  if (kind !== 'function') return `${path}: ${kind}`;
  if (!type?.parameters || !type.results) {
    throw new Error('Run node with --experimental-wasm-type-reflection.');
  }
  const results = type.results.length > 0 ? ` -> ${type.results.join(', ')}` : '';
  return `${path}(${type.parameters.join(', ')})${results}`;
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node --experimental-wasm-type-reflection wasm/tools/abi.js <module.wasm>');
  process.exit(2);
}
const module = new WebAssembly.Module(readFileSync(path));
const imports = WebAssembly.Module.imports(module).map(describe).sort();
const exports = WebAssembly.Module.exports(module).map(describe).sort();
console.log([...imports, ...exports].join('\n'));

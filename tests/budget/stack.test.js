/* The stack of 16 KiB: an operation that needs more than there is traps, and overwrites nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const wasm = readFileSync(new URL('../../build/store.wasm', import.meta.url));
const OPTIONS = JSON.stringify({ bindings: ['threads', 'messages'].map((name) => ({ name, valid: true })) });
/** The section's id. */
const GLOBALS = 6;
/** MK_KV_ABSENT (wasm/src/host/kv.h). */
const ABSENT = 1;

/** @param {number} value */
function leb128(value) {
  const bytes = [];
  for (; value >= 64; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/**
 * The engine with another size of its stack. The stack pointer is the module's first global,
 * `(global (mut i32) (i32.const 16384))` (WebAssembly Core Specification, 5.5.9), and begins at the stack's end.
 * @param {number} stackBytes
 */
function moduleWithStack(stackBytes) {
  const begin = leb128(16 << 10);
  const before = [0x7f, 0x01, 0x41, ...begin, 0x0b];
  let at = 8;
  while (wasm[at] !== GLOBALS) {
    let size = 0;
    let shift = 0;
    let byte;
    do {
      byte = wasm[++at];
      size |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    at += size + 1;
  }
  const found = wasm.indexOf(Uint8Array.from(before), at);
  assert.ok(found > 0 && found < at + 8, 'the first global is the stack pointer, of 16 KiB');
  const patched = Buffer.from(wasm);
  // As many bytes as before: a padded LEB128 number is as good.
  const padded = [(stackBytes & 0x7f) | 0x80, ((stackBytes >> 7) & 0x7f) | 0x80, stackBytes >> 14];
  assert.equal(begin.length, padded.length);
  patched.set(padded, found + 3);
  return new WebAssembly.Module(patched);
}

/**
 * Open the engine and run an operation over a KV that holds nothing.
 * @param {number} stackBytes
 */
function run(stackBytes) {
  const module = moduleWithStack(stackBytes);
  /** @type {Record<string, Record<string, () => number>>} */
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => (name === 'status' ? ABSENT : 0);
  }
  const instance = new WebAssembly.Instance(module, imports);
  const { memory, input, open, call, _initialize } = /** @type {any} */ (instance.exports);
  const give = (/** @type {string} */ text) => {
    const at = input(text.length);
    new TextEncoder().encodeInto(text, new Uint8Array(memory.buffer, at, text.length));
    return at;
  };
  const answer = (/** @type {number} */ at) => {
    const [address, size] = new Uint32Array(memory.buffer, at, 2);
    return new TextDecoder().decode(new Uint8Array(memory.buffer, address, size));
  };
  const operation = 'updateThread';
  const args = JSON.stringify({ id: 't1', title: 'A title', metadata: { a: 1 } });
  _initialize();
  return [
    answer(open(give(OPTIONS), OPTIONS.length)),
    answer(call(give(operation + args), operation.length, args.length)),
  ];
}

test('whatever the size of the stack, an operation answers rightly or traps', (t) => {
  const right = run(16 << 10);
  assert.match(right[0], /"namespaces":\["threads","messages"\]/);
  assert.match(right[1], /"code":"NOT_FOUND"/);
  let traps = 0;
  let answers = 0;
  for (let stackBytes = 0; stackBytes < 4096; stackBytes += 16) {
    try {
      assert.deepEqual(run(stackBytes), right);
      answers++;
    } catch (error) {
      assert.ok(error instanceof WebAssembly.RuntimeError, String(error));
      assert.match(error.message, /memory access out of bounds/);
      traps++;
    }
  }
  t.diagnostic(`${traps} sizes trap, ${answers} do not`);
  assert.ok(traps > 0 && answers > 0);
});

/* Loaded in front of tests (node --import), it makes a runtime without JSPI of this one, such as Node 22 is: the shim then
 * chooses the engine's other build, build/store.asyncify.wasm. How the engine waits is all the same to the kinds of KV, so
 * one of them will do. */
for (const name of ['Suspending', 'promising']) Reflect.deleteProperty(WebAssembly, name);
process.env.TEST_BACKENDS = '1';

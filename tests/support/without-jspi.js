/* Loaded in front of tests (node --import), it makes a runtime without JSPI of this one, such as Node 22 and Bun are: the
 * shim then chooses the engine's other build, build/store.asyncify.wasm. */
for (const name of ['Suspending', 'promising']) Reflect.deleteProperty(WebAssembly, name);

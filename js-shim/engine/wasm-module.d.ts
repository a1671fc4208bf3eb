// A .wasm file imported in a Worker is a compiled module: the bundler sees to it.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** The compiled engine, in Workers: they refuse to compile wasm at run time, so the bundler imports it. */
import module from '../../build/store.wasm';

/** The build for JSPI, which every Worker has. */
export const packageModule = () => module;

/** The compiled engine with data care, in Workers: they refuse to compile wasm at run time, so the bundler imports it. */
import module from '../../build/store.asyncify.wasm';

/** The build for Asyncify, the one that has data care. */
export const careModule = () => module;

/** The compiled engine with data care, in Workers: they refuse to compile wasm at run time, so the bundler imports it. */
import module from '../../build/care.wasm';

/** The build for JSPI, which every Worker has. */
export const careModule = () => module;

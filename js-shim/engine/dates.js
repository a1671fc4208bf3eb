const utf8 = new TextDecoder();

/**
 * The import object's member `date`: what only the runtime knows of dates, its own time zone among it.
 * @param {() => WebAssembly.Memory} memory
 */
export function dateImports(memory) {
  return {
    /**
     * @param {number} at
     * @param {number} size
     * @returns {number} milliseconds since 1970, or NaN
     */
    parse: (at, size) => Date.parse(utf8.decode(new Uint8Array(memory().buffer, at, size))),
  };
}

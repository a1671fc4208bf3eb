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

/**
 * Turn the dates of a result into Dates, in place.
 * @param {unknown} result
 * @param {string[]} paths where they are, as the engine says: "threads.*.createdAt"
 */
export function reviveDates(result, paths) {
  for (const path of paths) revive(result, path.split('.'), 0);
}

/**
 * @param {unknown} parent
 * @param {string[]} names
 * @param {number} depth
 */
function revive(parent, names, depth) {
  if (parent === null || typeof parent !== 'object') return;
  const object = /** @type {Record<string, unknown>} */ (parent);
  const name = names[depth];
  if (name === '*') {
    for (const element of Object.values(object)) revive(element, names, depth + 1);
  } else if (depth < names.length - 1) {
    revive(object[name], names, depth + 1);
  } else if (typeof object[name] === 'string') {
    object[name] = new Date(object[name]);
  }
}

/**
 * From the engine's answer to what the caller gets: the records that it names by their tickets are put in, and dates made
 * Dates, both where the engine says.
 *
 * @typedef {object} View how such a record is shown
 * @property {string} own the member that is the store's own, a whole number: it is not shown
 * @property {Record<string, unknown>} defaults members that it gets if it lacks them
 * @property {Record<string, unknown>} texts for members that are strings, what they become: a template, in which null
 *   is the string
 */

/**
 * @param {unknown} result
 * @param {(string | View)[]} places paths of dates, "threads.*.createdAt", and perhaps a view behind them
 * @param {(ticket: number, own: string) => Record<string, unknown>} recordOf
 */
export function complete(result, places, recordOf) {
  const view = /** @type {View} */ (places.at(-1));
  const make = (/** @type {number} */ ticket) => show(recordOf(ticket, view.own), view);
  for (const path of places) {
    if (typeof path === 'string') visit(result, path.split('.'), 0, make);
  }
}

/**
 * @param {unknown} parent
 * @param {string[]} names
 * @param {number} depth
 * @param {(ticket: number) => Record<string, unknown>} make
 */
function visit(parent, names, depth, make) {
  if (parent === null || typeof parent !== 'object') return;
  const object = /** @type {Record<string, unknown>} */ (parent);
  const name = names[depth];
  if (name === '*') {
    for (const [at, element] of Object.entries(object)) {
      // What is a record elsewhere is never a number.
      if (typeof element === 'number') object[at] = make(element);
      visit(object[at], names, depth + 1, make);
    }
  } else if (depth < names.length - 1) {
    visit(object[name], names, depth + 1, make);
  } else if (typeof object[name] === 'string') {
    object[name] = new Date(object[name]);
  }
}

/**
 * @param {Record<string, unknown>} record
 * @param {View} view
 */
function show(record, { defaults, texts }) {
  for (const [name, template] of Object.entries(texts)) {
    if (typeof record[name] === 'string') record[name] = fill(template, record[name]);
  }
  for (const [name, value] of Object.entries(defaults)) if (!(name in record)) record[name] = value;
  return record;
}

/**
 * @param {unknown} template
 * @param {unknown} value
 * @returns {unknown}
 */
function fill(template, value) {
  if (template === null) return value;
  if (typeof template !== 'object') return template;
  if (Array.isArray(template)) return template.map((element) => fill(element, value));
  return Object.fromEntries(Object.entries(template).map(([name, element]) => [name, fill(element, value)]));
}

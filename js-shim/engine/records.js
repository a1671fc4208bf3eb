/**
 * From the engine's answer to what the caller gets: the records that it names by their tickets are put in, and dates made
 * Dates, both where the engine says.
 *
 * @typedef {object} View how such a record is shown
 * @property {string} own the member that is the store's own, a whole number: it is not shown
 * @property {string[]} [drops] other members that are
 * @property {Record<string, unknown>} [defaults] members that it gets if it lacks them
 * @property {Record<string, unknown>} [texts] for members that are strings, what they become: a template, in which null
 *   is the string
 * @property {string} [member] the one that is shown instead of the record; without it, null
 */

/**
 * @param {unknown} result
 * @param {(string | View)[]} places paths of dates, "threads.*.createdAt", and perhaps a view behind them
 * @param {(ticket: number, own: string) => Record<string, unknown>} recordOf
 * @returns {any}
 */
export function complete(result, places, recordOf) {
  const view = places.at(-1);
  const make = (/** @type {any} */ given) =>
    typeof given === 'number' && typeof view === 'object' ? show(recordOf(given, view.own), view) : given;
  const whole = make(result);
  for (const path of places) {
    if (typeof path === 'string') visit(whole, path.split('.'), 0, make);
  }
  return whole;
}

/**
 * @param {unknown} parent
 * @param {string[]} names
 * @param {number} depth
 * @param {(given: unknown) => unknown} make the record of a ticket; of all else nothing
 */
function visit(parent, names, depth, make) {
  if (parent === null || typeof parent !== 'object') return;
  const object = /** @type {Record<string, unknown>} */ (parent);
  const name = names[depth];
  if (name === '*') {
    for (const [at, element] of Object.entries(object)) {
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
function show(record, { drops = [], defaults = {}, texts = {}, member }) {
  if (member !== undefined) return record[member] ?? null;
  for (const name of drops) delete record[name];
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

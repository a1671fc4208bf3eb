/* All mutants of a source in one text: each expression that has some becomes a choice by the mutant's number (mutant.h).
 * Lines stay where they are. */

/** @import { Span } from './ast.js' */
/** @import { Mutant } from './operators.js' */
/** @typedef {Mutant & { number: number }} NumberedMutant */
/** @typedef {{ span: Span, mutants: NumberedMutant[], within: Site[] }} Site */

/**
 * @param {string} text
 * @param {NumberedMutant[]} mutants
 */
export function rewrite(text, mutants) {
  return print(text, { span: { begin: 0, end: text.length }, mutants: [], within: nest(mutants) });
}

/** @param {NumberedMutant[]} mutants @returns {Site[]} */
function nest(mutants) {
  /** @type {Map<string, Site>} */
  const sites = new Map();
  for (const mutant of mutants) {
    const { begin, end } = mutant.span;
    const site = sites.get(`${begin}-${end}`) ?? { span: mutant.span, mutants: [], within: [] };
    site.mutants.push(mutant);
    sites.set(`${begin}-${end}`, site);
  }
  /** @type {Site[]} */
  const top = [];
  /** @type {Site[]} */
  const open = [];
  for (const site of [...sites.values()].sort((a, b) => a.span.begin - b.span.begin || b.span.end - a.span.end)) {
    while (open.length > 0 && /** @type {Site} */ (open.at(-1)).span.end <= site.span.begin) open.pop();
    (open.at(-1)?.within ?? top).push(site);
    open.push(site);
  }
  return top;
}

/** @param {string} text @param {Site} site @returns {string} */
function print(text, { span, mutants, within }) {
  let out = '';
  let at = span.begin;
  for (const site of within) {
    out += text.slice(at, site.span.begin) + print(text, site);
    at = site.span.end;
  }
  out += text.slice(at, span.end);
  for (const mutant of mutants.filter(({ isStatement }) => !isStatement)) {
    out = `(mk_is_mutant(${mutant.number}) ? (${mutant.text.replace(/\s*\n\s*/g, ' ')}) : (${out}))`;
  }
  for (const mutant of mutants.filter(({ isStatement }) => isStatement)) {
    out = `(mk_is_mutant(${mutant.number}) ? (void)0 : (void)(${out}))`;
  }
  return out;
}

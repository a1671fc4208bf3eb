/* Which sections of a benchmark run, and where their figures are kept. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * What `--only` names, or all; the process ends where it names something else.
 * @param {string[]} sections
 */
export function sectionsToRun(sections) {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
  const names = values.only?.flatMap((list) => list.split(',')) ?? sections;
  if (names.every((name) => sections.includes(name))) return names;
  console.error(`--only takes ${sections.join(', ')}.`);
  return process.exit(2);
}

/** @param {URL} file @returns {Record<string, unknown>} what is not measured now stays what it was */
export const readFigures = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

/** @param {URL} file @param {Record<string, unknown>} figures */
export const writeFigures = (file, figures) => writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);

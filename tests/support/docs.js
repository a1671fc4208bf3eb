/* What README and docs/ hold: blocks of code, and commands. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = fileURLToPath(new URL('../../', import.meta.url));

/** Every page, by its path from the top. */
export const PAGES = ['README.md', 'CONTRIBUTING.md', 'examples/README.md', ...globSync('docs/*.md', { cwd: TOP })];

/** @param {string} path from the top */
export const readPage = (path) => readFileSync(join(TOP, path), 'utf8');

/**
 * A page's blocks of a language.
 * @param {string} path
 * @param {string} language
 * @returns {string[]}
 */
export const blocks = (path, language) =>
  [...readPage(path).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code);

/**
 * A page's commands: those of blocks of shell, and of indented lines that begin with a program's name.
 * @param {string} path
 * @returns {string[]} without comments, lines that go on joined
 */
export function commands(path) {
  const text = readPage(path);
  const fenced = blocks(path, '(?:sh|bash|console)').join('\n');
  const unfenced = text.replace(/^```.*?^```/gms, '');
  const indented = [...unfenced.matchAll(/^ {4}(?:\$ )?((?:make|npm|npx|node|curl|echo|cd|build)\b.*(?:\\\n.*)*)/gm)];
  return [...fenced.replace(/\\\n\s*/g, '').split('\n'), ...indented.map(([, line]) => line.replace(/\\\n\s*/g, ''))]
    .map((line) =>
      line
        .replace(/\s+#.*/, '')
        .replace(/^\$ /, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/* Tables of text that are Markdown, too. */

/** @param {number} value */
export const number = (value) => value.toLocaleString('en-US');

/**
 * @param {string[]} columns those whose name begins with a blank hold numbers and are set to the right
 * @param {(string | number)[][]} rows
 */
export function table(columns, rows) {
  const isRight = columns.map((name) => name.startsWith(' '));
  const names = columns.map((name) => name.trim());
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)));
  const widths = names.map((name, i) => Math.max(name.length, 3, ...cells.map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) =>
    `| ${row.map((cell, i) => (isRight[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (isRight[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(names), line(rule), ...cells.map(line)].join('\n');
}

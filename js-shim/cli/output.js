/** What commands print. */

const count = new Intl.NumberFormat('en');

/** @param {number} number */
export const formatCount = (number) => count.format(number);

/** "1 problem", "2 problems". @param {number} number @param {string} noun */
export const formatCounted = (number, noun) => `${formatCount(number)} ${noun}${number === 1 ? '' : 's'}`;

/** @param {number} bytes */
export function formatBytes(bytes) {
  const units = ['B', 'KB', 'MB', 'GB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const scaled = bytes / 1000 ** step;
  return `${step === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[step]}`;
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/**
 * With escapes for what a terminal takes for commands.
 * @param {unknown} value
 * @param {number} [indent] 0: on one line
 */
export function printJson(value, indent = 2) {
  print(JSON.stringify(value, undefined, indent).replace(TERMINAL_COMMANDS, escaped));
}

/**
 * Characters that JSON leaves as they are: DEL and the second set of controls, and what turns the direction of text, so
 * that it reads as something else.
 */
const TERMINAL_COMMANDS = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** @param {string} character */
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** @param {string} text */
export function print(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Rows in columns, as wide as they must be; to a pipe with tabs between, so that others can cut them.
 * @param {(string | number)[][]} rows
 */
export function printTable(rows) {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatCount(cell) : oneLine(cell))));
  if (!process.stdout.isTTY) {
    for (const row of cells) print(row.join('\t'));
    return;
  }
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const [i, row] of cells.entries()) {
    const padded = row.map((cell, column) =>
      typeof rows[i][column] === 'number' ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
    print(padded.join('  ').trimEnd());
  }
}

/** Text without what would command the terminal. @param {string} text of one line or several */
// eslint-disable-next-line no-control-regex
export const harmless = (text) => text.replace(/[\u0000-\u0009\u000b-\u001f]+/g, ' ').replace(TERMINAL_COMMANDS, ' ');

/** The same without what would break a line. @param {string} text */
export const oneLine = (text) => harmless(text).replaceAll('\n', ' ');

/** Tell that steps of an upgrade are due. @param {number} due how many */
export function printDue(due) {
  if (due > 0) print(`Due: ${formatCounted(due, 'step')} of an upgrade; mkv upgrade --dry-run tells more`);
}

/**
 * @param {{ kind: string, table: string, key: string, reason?: string, advice: string }[]} problems
 */
export function printProblems(problems) {
  for (const { kind, table, key, reason, advice } of problems) {
    print(`${kind} in ${table}: ${oneLine(key)}`);
    for (const text of [reason, advice]) if (text) print(`    ${oneLine(text)}`);
  }
}

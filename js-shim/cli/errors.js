/** The command line is wrong: another one would do. */
export class UsageError extends Error {}

/** Asked whether to go on, the user said no. */
export class Declined extends Error {}

/** A long task has failed, after part of it was done. */
export class Unfinished extends Error {
  /**
   * @param {unknown} cause
   * @param {string | undefined} cursor where it goes on
   */
  constructor(cause, cursor) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.cursor = cursor;
  }
}

/** Ctrl-C was pressed, and a long task has stopped at a safe place. */
export class Interrupted extends Error {
  /** @param {string | undefined} cursor where it goes on; undefined: at its beginning */
  constructor(cursor) {
    super('stopped');
    this.cursor = cursor;
  }
}

/**
 * The command that goes on where another one ended.
 * @param {string[]} argv of that one
 * @param {string | undefined} cursor
 */
export function commandThatGoesOn(argv, cursor) {
  const at = argv.indexOf('--cursor');
  const rest = argv.filter((word, i) => !word.startsWith('--cursor=') && (at < 0 || (i !== at && i !== at + 1)));
  const words = [...rest, ...(cursor === undefined ? [] : [`--cursor=${cursor}`])];
  return ['mkv', ...words.map(quoted)].join(' ');
}

/** A word as a POSIX shell reads it. @param {string} word */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

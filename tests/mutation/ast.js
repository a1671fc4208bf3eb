/* Clang's syntax tree of a C source, with the stretch of source text that each expression stands for. */
import { spawnSync } from 'node:child_process';

/** @typedef {{ offset: number, tokLen: number, file: string }} BareLocation */
/** @typedef {{ spellingLoc: BareLocation, expansionLoc: BareLocation & { isMacroArgExpansion?: boolean } }} MacroLocation */
/** @typedef {BareLocation | MacroLocation | Record<string, never>} Location */
/**
 * @typedef {object} Node
 * @property {string} kind
 * @property {{ begin: Location, end: Location }} [range]
 * @property {{ qualType: string, desugaredQualType?: string }} [type]
 * @property {string} [opcode]
 * @property {string} [castKind]
 * @property {string} [storageClass]
 * @property {Node[]} [inner]
 */
/** A stretch of text, from its first byte to the one behind it. @typedef {{ begin: number, end: number }} Span */

/**
 * Clang names a location's file only where it is another than that of the location before: fill it in everywhere.
 * @param {any} value
 * @param {{ file: string }} last
 */
function nameFiles(value, last) {
  if (value === null || typeof value !== 'object') return;
  if (typeof value.offset === 'number' && typeof value.col === 'number') {
    if (typeof value.file === 'string') last.file = value.file;
    else value.file = last.file;
    return;
  }
  for (const key in value) nameFiles(value[key], last);
}

/**
 * The bodies of the functions that a source defines.
 * @param {string} compiler
 * @param {string[]} flags
 * @param {string} path
 * @returns {Node[]}
 */
export function readBodies(compiler, flags, path) {
  const dump = [...flags, '-w', '-Xclang', '-ast-dump=json', '-fsyntax-only', path];
  const { stdout, stderr, status } = spawnSync(compiler, dump, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${path}: ${stderr}`);
  /** @type {Node} */
  const tree = JSON.parse(stdout);
  nameFiles(tree, { file: '' });
  return (tree.inner ?? [])
    .filter(({ kind }) => kind === 'FunctionDecl')
    .flatMap(({ inner = [] }) =>
      inner.filter(({ kind, range }) => kind === 'CompoundStmt' && isOf(range?.begin, path)),
    );
}

/** @param {Location | undefined} location @param {string} path */
const isOf = (location, path) => location !== undefined && 'offset' in location && location.file === path;

/**
 * Where nodes stand in a source. What a macro's text makes has no place of its own; its arguments have.
 */
export class SourceText {
  /** @type {Span[]} */
  #defines;

  /**
   * @param {string} path as clang was given it
   * @param {string} text a byte a character, since clang counts bytes
   */
  constructor(path, text) {
    this.path = path;
    this.text = text;
    this.#defines = [...text.matchAll(/^[ \t]*#(?:.*\\\n)*.*$/gm)].map((match) => ({
      begin: match.index,
      end: match.index + match[0].length,
    }));
  }

  /**
   * @param {Location} location
   * @param {boolean} isEnd
   * @returns {{ at: number, expansion: number | null } | null} `expansion`: where the macro is used whose text it is
   */
  #resolve(location, isEnd) {
    const { spellingLoc, expansionLoc } = /** @type {Partial<MacroLocation>} */ (location);
    const isOfMacro = expansionLoc !== undefined && !expansionLoc.isMacroArgExpansion;
    if (!isOfMacro) {
      const { file, offset, tokLen } = /** @type {BareLocation} */ (spellingLoc ?? location);
      return file === this.path ? { at: offset + (isEnd ? tokLen : 0), expansion: null } : null;
    }
    if (expansionLoc.file !== this.path) return null;
    const name = expansionLoc.offset + expansionLoc.tokLen;
    return { at: isEnd ? this.#behindArguments(name) : expansionLoc.offset, expansion: expansionLoc.offset };
  }

  /** @param {number} at behind a macro's name @returns {number} behind its arguments, if it has some */
  #behindArguments(at) {
    let depth = 0;
    for (let i = at; i < this.text.length; i++) {
      if (this.text[i] === '(') depth++;
      else if (depth === 0) return at;
      if (this.text[i] === ')' && --depth === 0) return i + 1;
    }
    return at;
  }

  /**
   * The text that a node stands for, or null where it is none that could be replaced.
   * @param {Node} node
   * @returns {Span | null}
   */
  span({ range }) {
    const begin = range && this.#resolve(range.begin, false);
    const end = range && this.#resolve(range.end, true);
    if (!begin || !end || begin.at >= end.at) return null;
    if (begin.expansion !== null && begin.expansion === end.expansion && !this.#isBool(begin.at, end.at)) return null;
    if (this.#defines.some((define) => define.begin <= begin.at && begin.at < define.end)) return null;
    return isBalanced(this.text.slice(begin.at, end.at)) ? { begin: begin.at, end: end.at } : null;
  }

  /** `true` and `false` are macros, but stand for themselves. @param {number} begin @param {number} end */
  #isBool(begin, end) {
    return /^(true|false)$/.test(this.text.slice(begin, end));
  }

  /** @param {Span} span */
  slice({ begin, end }) {
    return this.text.slice(begin, end);
  }

  /** @param {number} at @returns {number} the line, from 1 */
  lineOf(at) {
    return this.text.slice(0, at).split('\n').length;
  }
}

/** @param {string} text */
function isBalanced(text) {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[()[\]{}]/g)) {
    if ('([{'.includes(token)) depth++;
    if (')]}'.includes(token) && --depth < 0) return false;
  }
  return depth === 0;
}

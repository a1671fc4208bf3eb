/* What a thread must hold, as far as the one who wrote it knows.
 *
 * A write that was acknowledged is there. One whose request was cancelled may be there or not, whole or in part, and
 * perhaps a little later; when it has been seen, it is there. */

/**
 * @typedef {{ id: string, role: string, content: any, createdAt: string }} ListedMessage
 *
 * @typedef {object} Expected
 * @property {string} role
 * @property {Set<string>} texts one of which it shows
 * @property {boolean} isCertain whether it must be there
 * @property {boolean} isOrdered whether its place among the others is known: a moved one keeps its time
 * @property {boolean} isLeaving whether a deletion or a move of it was cancelled, so that it may go at any time
 * @property {string} [id] known once it was seen
 */

/** The text of a message as it was listed. @param {ListedMessage} message @returns {string} */
export const textOf = ({ content }) =>
  content.parts.map((/** @type {any} */ part) => (part.type === 'text' ? part.text : '')).join('');

export class ExpectedThread {
  /** In their order. @type {Expected[]} */
  #messages = [];
  /** Ids of which a deletion or a move was acknowledged. @type {Set<string>} */
  #gone = new Set();

  /** @param {string} id */
  constructor(id) {
    this.id = id;
  }

  get messages() {
    return this.#messages;
  }

  /**
   * @param {boolean} isCertain
   * @param {{ role: string, text: string, id?: string }[]} messages
   */
  add(isCertain, messages) {
    for (const { role, text, id } of messages) {
      this.#messages.push({ role, texts: new Set([text]), isCertain, isOrdered: isCertain, isLeaving: false, id });
    }
  }

  /** A message was moved here. @param {Expected} message */
  take(message) {
    this.#messages.push({ ...message, isCertain: true, isOrdered: false, isLeaving: false });
    if (message.id !== undefined) this.#gone.delete(message.id);
  }

  /** A deletion or a move of a message was acknowledged. @param {Expected} message */
  remove(message) {
    this.#messages.splice(this.#messages.indexOf(message), 1);
    if (message.id !== undefined) this.#gone.add(message.id);
  }

  /** The messages that are known to be there, for what happens next. */
  certain() {
    return this.#messages.filter(({ id, isCertain, isLeaving }) => id !== undefined && isCertain && !isLeaving);
  }

  /**
   * Compares a listing, oldest first, with what must be in it.
   * @param {ListedMessage[]} listed
   * @param {boolean} isWhole whether it begins with the thread's first message
   * @returns {string[]} what is wrong with it
   */
  compare(listed, isWhole) {
    const wrong = [];
    /** @type {Map<Expected, number>} */
    const found = new Map();
    let newest = -1;
    for (const message of listed) {
      const expected = this.#find(message);
      const what = `${message.role} message ${message.id} "${textOf(message)}"`;
      if (!expected) {
        wrong.push(this.#gone.has(message.id) ? `${what} was deleted or moved` : `${what} was never said here`);
        continue;
      }
      const at = this.#messages.indexOf(expected);
      if (found.has(expected)) wrong.push(`${what} is there twice`);
      if (!expected.texts.has(textOf(message))) wrong.push(`${what} should say ${[...expected.texts].join(' or ')}`);
      if (expected.isOrdered && at < newest) wrong.push(`${what} is behind a later message`);
      if (expected.isOrdered) newest = Math.max(newest, at);
      found.set(expected, at);
    }
    wrong.push(...this.#missing(found, isWhole || listed.length === 0));
    for (const [expected] of found) expected.isCertain ||= !expected.isLeaving;
    return wrong;
  }

  /**
   * @param {Map<Expected, number>} found
   * @param {boolean} isWhole else the listing begins somewhere, and what is in order before that is not missing
   */
  #missing(found, isWhole) {
    const first = Math.min(...[...found].flatMap(([{ isOrdered }, at]) => (isOrdered ? [at] : [])));
    return this.#messages
      .filter((expected, at) => isWhole || (at >= first && expected.isOrdered))
      .filter((expected) => expected.isCertain && !expected.isLeaving && !found.has(expected))
      .map(({ role, id = '', texts }) => `${role} message ${id} "${[...texts].join(' or ')}" is missing`);
  }

  /** @param {ListedMessage} message */
  #find(message) {
    const known = this.#messages.find(({ id }) => id === message.id);
    if (known) return known;
    const text = textOf(message);
    const said = this.#messages.find(({ id, role, texts }) => {
      return id === undefined && role === message.role && [...texts].some((beginning) => text.startsWith(beginning));
    });
    if (!said) return undefined;
    said.id = message.id;
    said.texts = new Set([text]); // an answer says more than what it was known to begin with
    return said;
  }
}

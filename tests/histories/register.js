/* A register: one thing that is written and read, a column of a record or where a message is. It knows no rule of the store
 * but what docs/consistency-and-costs.md says of all of them: a write is seen by its writer at once, elsewhere within a
 * minute; the later write wins; what failed may have happened or not. */

/**
 * A call of the store, as those see it who can only tell when it began and when it ended.
 * @typedef {object} Act
 * @property {number} start
 * @property {number} end when nothing of it can happen any more; Infinity while it runs
 * @property {'running' | 'done' | 'failed'} state failed: it may have happened, or a part of it
 * @property {object} life the store object that it was made by: an isolate that dies comes back as another
 * @property {number} skewMs how far the writer's clock is ahead
 * @property {boolean} [isBlind] it reads nothing of what it writes
 * @property {number} aheadMs how much later than by its clock it may count, for it has seen what clocks ahead of it wrote
 *   (docs/consistency-and-costs.md: "A writer's clock is behind that of another, whose write it does not see yet: its write may
 *   count as the earlier of the two." So may one that follows a write of its own, which a store without overlay does not see.)
 */

/**
 * Who looks, and when.
 * @typedef {object} View
 * @property {object | null} life whose own writes are seen at once; null: nobody's
 * @property {number} from when the read began
 * @property {number} to when it ended
 * @property {number} putLagMs how long what another put may not be seen
 * @property {number} deleteLagMs the same of what another removed
 */

/** An act that also tells what its maker could see. @typedef {Act & { view?: View }} SeeingAct */

/** A clock rises with each reading, and so runs ahead of a time in which much is written. */
const DRIFT_MS = 50;

/** What was there before anything was. @type {Act} */
const BEGINNING = { start: -Infinity, end: -Infinity, state: 'done', life: {}, skewMs: 0, aheadMs: 0 };

/**
 * Whether one act was over before another began, also by the clocks of those who made them. Whoever has seen a write
 * takes a later time.
 * @param {SeeingAct} a
 * @param {SeeingAct} b
 */
export function isBefore(a, b) {
  if (a === BEGINNING) return b !== BEGINNING;
  return isBeforeByClocks(a, b) || (b.view !== undefined && isVisible({ act: a, value: a }, b.view));
}

/**
 * The same where nothing but the clocks of their makers tells.
 * @param {Act} a
 * @param {Act} b
 */
export function isBeforeByClocks(a, b) {
  if (a.life === b.life) return a.end + a.aheadMs <= b.start;
  return a.end + DRIFT_MS + Math.max(0, a.skewMs + a.aheadMs - b.skewMs) <= b.start;
}

/**
 * @typedef {object} Entry
 * @property {Act} act
 * @property {any} value what was written; undefined: nothing is there
 * @property {boolean} isSoft it may have been written, or not
 * @property {(value: any) => boolean} [covers] which values this removal takes the place of; all when omitted
 */

export class Register {
  /** @type {Entry[]} */
  entries;

  /** @param {{ initial?: any, isPlace?: boolean }} [options] isPlace: where a record is; to write it is to delete it elsewhere */
  constructor({ initial, isPlace = false } = {}) {
    this.entries = [{ act: BEGINNING, value: initial, isSoft: false }];
    this.isPlace = isPlace;
  }

  /**
   * @param {Act} act
   * @param {any} value
   * @param {Partial<Entry>} [rest]
   */
  write(act, value, rest) {
    const isKnown = (/** @type {Entry} */ entry) => entry.act === act && entry.value === value && !entry.covers;
    if (rest?.isSoft && !rest.covers && this.entries.some(isKnown)) return;
    this.entries.push({ act, value, isSoft: false, ...rest });
  }

  /** An act turned out not to write this. @param {Act} act */
  retract(act) {
    this.entries = this.entries.filter((entry) => entry.act !== act);
  }

  /**
   * What may be seen.
   * @param {View} view
   * @returns {Set<any>}
   */
  seen(view) {
    return new Set(this.current(view).map(({ value }) => value));
  }

  /**
   * The entries that may be seen.
   * @param {View} view
   */
  current(view) {
    return this.entries.filter(
      (entry) => entry.act.start <= view.to && !this.#isOver(entry, view) && this.#mayApply(entry),
    );
  }

  /**
   * Whether a removal of only some values may have met one.
   * @param {Entry} removal
   */
  #mayApply({ act, covers }) {
    if (!covers) return true;
    return this.entries.some(
      (entry) =>
        entry.value !== undefined &&
        covers(entry.value) &&
        !isBefore(act, entry.act) &&
        !this.entries.some(
          (other) =>
            other.act.state === 'done' &&
            !other.isSoft &&
            isBefore(entry.act, other.act) &&
            isBefore(other.act, act) &&
            (other.covers?.(entry.value) ?? true),
        ),
    );
  }

  /**
   * Whether something is known to have taken an entry's place.
   * @param {Entry} entry
   * @param {View} view
   */
  #isOver(entry, view) {
    return this.entries.some(
      (other) =>
        other !== entry &&
        !other.isSoft &&
        this.#isEarlier(entry, other, view) &&
        (other.covers?.(entry.value) ?? true) &&
        isVisible(other, view),
    );
  }

  /**
   * Whether a reader takes one entry for the earlier. What is there tells those who read it how old it is, and they take a
   * later time; of what was deleted nothing does, nor to those who do not read. The overlay of the store that wrote it then
   * goes by the clocks (docs/consistency-and-costs.md: "Of two values the one with the later `_writtenAt` is the newer").
   * @param {Entry} entry
   * @param {Entry} other
   * @param {View} view
   */
  #isEarlier(entry, other, view) {
    const isRemoval = entry.value === undefined || this.isPlace;
    const isUntold = entry.act.life === view.life && (isRemoval || other.act.isBlind);
    return isUntold ? isBeforeByClocks(entry.act, other.act) : isBefore(entry.act, other.act);
  }
}

/**
 * Whether a reader must see an entry, or what came after it.
 * @param {Pick<Entry, 'act' | 'value'>} entry
 * @param {View} view
 */
export function isVisible({ act, value }, view) {
  if (act.state !== 'done' || act.end > view.from) return false;
  if (act.life === view.life) return true;
  return act.end + (value === undefined ? view.deleteLagMs : view.putLagMs) <= view.from;
}

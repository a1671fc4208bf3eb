/* What the docs say that KV cannot give: where the model allows more than one outcome for it, and no more. Each says on
 * which of their sentences it stands. */

import { isBefore, isBeforeByClocks, isVisible } from './register.js';

/** @import { MessageState, ModelAct, ThreadState } from './model.js' */
/** @import { Register, View } from './register.js' */

export const EXCEPTIONS = {
  /**
   * docs/consistency-and-costs.md: "Two isolates merge different keys into one thread's metadata within a minute: one of
   * them may be lost." docs/memory.md: "Two that edit the same part of one message within a minute: the later one wins."
   * The later writer puts back of its part what it saw.
   * @param {Record<string, Register>} columns
   * @param {string[]} names of the part's columns that it was not given
   * @param {ModelAct} act
   */
  mergedAsSeen(columns, names, act) {
    for (const name of names) {
      for (const value of othersSeen(columns[name], act)) columns[name].write(act, value, { isSoft: true });
    }
  },

  /**
   * docs/consistency-and-costs.md: "A record is written twice while another isolate's write of it is on its way, or counts as
   * the earlier: the former of the two may show again." For it takes the place of the later one of its own key, and is the older
   * one beside the other.
   * @param {Register} register
   * @param {ModelAct} act
   * @param {boolean} [isNew] the writer may not see the record, nor then how old it is
   */
  unveiled(register, act, isNew = false) {
    const isEarlier = isNew ? isBeforeByClocks : isBefore;
    for (const entry of [...register.entries]) {
      if (entry.act !== act && !isEarlier(entry.act, act)) register.write(act, entry.value, { isSoft: true });
    }
  },

  /**
   * docs/memory.md: "An update with neither sets the time, and writes the metadata that its writer saw with it."
   * @param {Record<string, Register>} columns
   * @param {string[]} metadata
   * @param {ModelAct} act
   */
  touched(columns, metadata, act) {
    EXCEPTIONS.mergedAsSeen(columns, metadata, act);
  },

  /**
   * docs/consistency-and-costs.md: "Two isolates update the same column of one record within a minute: the later write
   * wins." A task is one record, and written as a whole: also one that was deleted meanwhile is written again.
   * @param {Register} exists
   * @param {ModelAct} act
   */
  rewrittenAsSeen(exists, act) {
    for (const value of othersSeen(exists, act)) if (value) exists.write(act, value, { isSoft: true });
  },

  /**
   * docs/workflows.md: "Who reads a run while a snapshot is persisted may see the snapshot before, without its updates."
   * @param {Register} exists
   * @param {ModelAct} act the one that reads
   */
  readWhilePersisted(exists, { view }) {
    return exists.entries.some(({ act }) => act.start > -Infinity && !isVisible({ act, value: true }, view));
  },

  /**
   * docs/consistency-and-costs.md: "A message moves while another isolate saves it anew, within a minute: it may be moved
   * as it was before."
   * @param {Record<string, Register>} columns
   * @param {ModelAct} act
   */
  movedAsItWas(columns, act) {
    EXCEPTIONS.mergedAsSeen(columns, Object.keys(columns), act);
  },

  /**
   * docs/consistency-and-costs.md: "A message moved elsewhere a moment ago: it may be missing, or at its old place, for up to
   * a minute." For KV may show already that the old place is empty, and not yet where the message is.
   * @param {Register} place
   * @param {View} view
   * @param {Set<any>} [seen] where it may be seen
   */
  movesUnseen(place, view, seen = place.seen(view)) {
    const lagMs = Math.max(view.putLagMs, view.deleteLagMs);
    const isRecent = place.entries.some(({ act }) => act.end + lagMs > view.from && act.start <= view.to);
    return seen.size > 1 && isRecent ? new Set([...seen, undefined]) : seen;
  },

  /**
   * docs/consistency-and-costs.md: "A message that was deleted is saved anew: it may stand where it was in the order for up to a
   * minute." For hint and list may tell of the earlier save, and the message itself does not say where it stands.
   * @param {MessageState} state
   * @param {View} view
   */
  orderedAsBefore({ place, births: [birth] }, view) {
    const isAnew = place.entries.some(({ act, value }) => value !== undefined && act.start < birth.act.start);
    return isAnew && !isVisible({ act: birth.act, value: true }, view);
  },

  /**
   * docs/consistency-and-costs.md: "A message moves back to where it was while another isolate writes to it, within a minute:
   * it may be lost." Whoever still sees the first move finishes it, and deletes what was left at the old place.
   * @param {Register} place
   * @param {ModelAct} act
   */
  movedBack(place, act) {
    const written = place.entries.map(({ value }) => value).filter((value) => value !== undefined);
    const isUnclear = othersSeen(place, act).size > 1;
    if (isUnclear && new Set(written).size < written.length) place.write(act, undefined, { isSoft: true });
  },

  /**
   * docs/consistency-and-costs.md: "A message moves out of a thread that another isolate deletes within a minute: it may be
   * deleted with it."
   * @param {Register} place
   * @param {ModelAct} act
   * @param {(place: string | undefined) => boolean} isIn
   */
  movedOut(place, act, isIn) {
    if ([...othersSeen(place, act)].some(isIn)) place.write(act, undefined, { isSoft: true });
  },

  /**
   * docs/consistency-and-costs.md: "Messages of a thread are updated for the first time: `listMessagesByResourceId` may show
   * them as they were for up to a minute, also to one who updates them again." For it lists the marks of threads.
   * Also to one whose call put the mark, and failed: its overlay does not know that.
   * @param {ModelAct[]} updates of messages
   * @param {ModelAct} act the one that lists
   * @returns {ModelAct} how it may see
   */
  marksUnseen(updates, act) {
    const { listView, filterView } = act;
    const isUnseen = updates.some(
      ({ life, state, end }) => (life !== act.life || state === 'failed') && end + filterView.putLagMs > act.start,
    );
    if (!isUnseen) return act;
    return { ...act, listView: { ...listView, life: null }, filterView: { ...filterView, life: null } };
  },

  /**
   * docs/consistency-and-costs.md: "A failed call is an error; the same call made again completes it." A message whose
   * deletion stops halfway, or is under way, may have lost its updates already.
   * @param {Record<string, Register>} columns
   * @param {ModelAct} act
   */
  halfDeleted(columns, act) {
    for (const register of Object.values(columns)) {
      for (const { value } of [...register.entries]) register.write(act, value, { isSoft: true });
    }
  },

  /**
   * docs/consistency-and-costs.md: "A message is saved while another isolate deletes it: it may be listed, and not be found by
   * its id, until repair." Either may be the last at each of the keys.
   * @param {MessageState} state
   * @param {ModelAct} act the one that saves
   * @param {string} place
   */
  savedWhileDeleted(state, act, place) {
    const isDeleted = meanwhile(state.place, act).some((entry) => entry.value === undefined);
    if (isDeleted) state.strays.add(place);
  },

  /**
   * The same, to the one that deletes.
   * @param {MessageState} state
   * @param {ModelAct} act
   */
  deletedWhileSaved(state, act) {
    for (const { value } of meanwhile(state.place, act)) if (value !== undefined) state.strays.add(value);
  },

  /**
   * docs/consistency-and-costs.md: "One message is saved in two threads, or at two times, by two who do not see each other:
   * it may be there twice until repair." So it is where the first call failed and was not made again.
   * @param {MessageState} state
   * @param {ModelAct} act
   * @param {string} place where it comes to be
   */
  messageInTwoPlaces(state, act, place) {
    const others = [...othersSeen(state.place, act)];
    const isElsewhere = others.some((other) => other !== undefined && other !== place);
    if (!isElsewhere || (others.length === 1 && act.state !== 'failed')) return;
    for (const other of [...others, place]) if (other !== undefined) state.strays.add(other);
  },

  /**
   * The same of a thread: "… it may be counted twice, or still, until repair." And: "A thread is saved by one who does not
   * see yet that it was deleted, and whose clock is behind: it may be listed, and not be found by its id, until repair."
   * @param {ThreadState} state
   * @param {ModelAct} act
   */
  threadInTwoPlaces(state, act) {
    const isUnclear = [state.columns.resourceId, state.columns.createdAt].some(
      (column) => othersSeen(column, act).size > 1,
    );
    const isDeleted = state.exists
      .current(act.view)
      .some((entry) => entry.value === undefined && entry.act.start > -Infinity && !isVisible(entry, act.view));
    if (isUnclear || isDeleted || act.state === 'failed') state.strays++;
  },
};

/**
 * What others write while an act runs.
 * @param {Register} register
 * @param {ModelAct} act
 */
const meanwhile = (register, act) =>
  register.current(act.view).filter((entry) => entry.act !== act && !isBefore(entry.act, act));

/**
 * What others wrote that the writer may have seen.
 * @param {Register} register
 * @param {ModelAct} act
 */
export const othersSeen = (register, act) =>
  new Set(
    register
      .current(act.view)
      .filter((entry) => entry.act !== act)
      .map(({ value }) => value),
  );

/**
 * All columns of a record are written.
 * @param {Record<string, Register>} columns
 * @param {ModelAct} act
 * @param {Record<string, any>} values
 * @param {boolean} [isNew] the writer may not see the record, nor then how old it is
 */
export function writeColumns(columns, act, values, isNew = false) {
  for (const [name, register] of Object.entries(columns)) {
    register.write(act, values[name]);
    EXCEPTIONS.unveiled(register, act, isNew);
  }
}

/**
 * Columns of one part: those that are given are written, and the rest of the part as the writer saw it.
 * @param {Record<string, Register>} columns
 * @param {string[]} part
 * @param {ModelAct} act
 * @param {Record<string, any>} given
 */
export function writePart(columns, part, act, given) {
  const isGiven = (/** @type {string} */ name) => given[name] !== undefined;
  if (!part.some(isGiven)) return;
  for (const name of part.filter(isGiven)) {
    columns[name].write(act, given[name]);
    EXCEPTIONS.unveiled(columns[name], act);
  }
  EXCEPTIONS.mergedAsSeen(
    columns,
    part.filter((name) => !isGiven(name)),
    act,
  );
}

/* What must be true of a store, whatever happened to it: a plain model that is told of every call when it begins and
 * when it ends, and judges its answer by what the one who called may have seen. */
import { Domains } from './domains.js';
import { EXCEPTIONS, othersSeen, writeColumns, writePart } from './exceptions.js';
import { Register, isBeforeByClocks, isVisible } from './register.js';
import { judgeColumns, must, show, showAll } from './violation.js';

/** @import { Act, View } from './register.js' */

/** An act as the model wants it. @typedef {Act & { view: View, listView: View, filterView: View, totalView: View, group: object, isRepeat: boolean }} ModelAct */

/**
 * @typedef {object} ThreadState
 * @property {Register} exists true, or undefined
 * @property {Record<string, Register>} columns
 * @property {number} strays how many places in the index it may have beside its own (EXCEPTIONS.twoPlaces)
 */

/**
 * @typedef {object} MessageState
 * @property {Register} place `{thread}@{createdAt}`, or undefined
 * @property {Record<string, Register>} columns
 * @property {Birth[]} births the calls that may have saved it first
 * @property {Set<string>} strays where it may be beside its place (EXCEPTIONS.twoPlaces)
 */

/** @typedef {{ act: ModelAct, seq: number, isJoined: boolean }} Birth isJoined: it may count to an earlier call */

/** Longer than the store calls anything recent. */
const RECENT_MS = 400_000;
const METADATA = ['k0', 'k1'];
const THREAD_COLUMNS = ['title', 'resourceId', 'createdAt', ...METADATA];
const MESSAGE_COLUMNS = ['parts', 'role', 'resourceId', ...METADATA];
/** What updateMessages writes together: of those that a part holds, a stale writer may put back what it saw. */
const MESSAGE_PARTS = [['parts'], ['role', 'resourceId'], METADATA];

const placeOf = (/** @type {any} */ { threadId, createdAt }) => `${threadId}@${Number(createdAt)}`;
const threadOf = (/** @type {string} */ place) => place.slice(0, place.lastIndexOf('@'));
const timeOf = (/** @type {string} */ place) => Number(place.slice(place.lastIndexOf('@') + 1));

/** The columns of a thread, as registers know them. @param {any} thread */
const threadColumns = ({ title, resourceId, createdAt, metadata }) => ({
  title,
  resourceId,
  createdAt: Number(createdAt),
  k0: metadata?.k0,
  k1: metadata?.k1,
});

/** The same of a message. @param {any} message */
const messageColumns = ({ content, role, resourceId }) => ({
  parts: content.parts?.[0].text,
  role,
  resourceId,
  k0: content.metadata?.k0,
  k1: content.metadata?.k1,
});

/**
 * Where an update moves its message to.
 * @param {any} update
 * @param {string | undefined} from
 */
const movedTo = ({ threadId, createdAt }, from) =>
  from && placeOf({ threadId: threadId ?? threadOf(from), createdAt: createdAt ?? timeOf(from) });

const registers = (/** @type {string[]} */ names) =>
  /** @type {Record<string, Register>} */ (Object.fromEntries(names.map((name) => [name, new Register()])));

/** A value whose JSON is the same whatever the order of its members. @param {any} value @returns {unknown} */
function inOrder(value) {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, inOrder(member)]);
}

export class Model {
  /** @type {Map<string, ThreadState>} */
  threads = new Map();
  /** @type {Map<string, MessageState>} */
  messages = new Map();
  domains = new Domains();
  /** The calls that updated messages. @type {ModelAct[]} */
  #updates = [];
  /** The calls that wrote a thread's activity, which holds the hint. @type {Map<string, ModelAct[]>} */
  #hints = new Map();
  /** How the clocks of those who called differ. @type {Set<number>} */
  #skews = new Set();

  /** @param {{ threadIds: string[], messageIds: string[] }} ids that there may be */
  constructor({ threadIds, messageIds }) {
    for (const id of threadIds) {
      this.threads.set(id, { exists: new Register(), columns: registers(THREAD_COLUMNS), strays: 0 });
    }
    for (const id of messageIds) {
      const place = new Register({ isPlace: true });
      this.messages.set(id, { place, columns: registers(MESSAGE_COLUMNS), births: [], strays: new Set() });
    }
  }

  /** @param {string} id */
  #thread(id) {
    const thread = this.threads.get(id);
    must(thread, () => `an answer holds thread ${id}, which nobody saved`);
    return thread;
  }

  /** @param {string} id */
  #message(id) {
    const message = this.messages.get(id);
    must(message, () => `an answer holds message ${id}, which nobody saved`);
    return message;
  }

  /**
   * A call begins: what it may write, it may have written from now on.
   * @param {ModelAct} act
   * @param {string} op
   * @param {any} args
   */
  begin(act, op, args) {
    this.#skews.add(act.skewMs);
    for (const id of this.#hinted(op, args)) this.#hints.set(id, [...(this.#hints.get(id) ?? []), act]);
    if (op === 'updateMessages') this.#updates.push(act);
    this.#write(act, op, args);
  }

  /**
   * The threads whose activity a call may write.
   * @param {string} op
   * @param {any} args
   * @returns {Iterable<string>}
   */
  #hinted(op, args) {
    if (op === 'saveMessages') return new Set(args.messages.map((/** @type {any} */ { threadId }) => threadId));
    if (op === 'updateThread') return [args.id];
    if (op === 'deleteThread') return [args.threadId];
    return op === 'updateMessages' || op === 'deleteMessages' ? this.threads.keys() : [];
  }

  /**
   * Whether a reader finds all recent messages of a thread by its hint, whatever lists show: each who wrote it saw what was
   * written before, and so does the reader ("the newest messages of a thread as soon as its activity is readable").
   * @param {string} threadId
   * @param {ModelAct} act
   */
  #isHintWhole(threadId, act) {
    const acts = (this.#hints.get(threadId) ?? []).filter(({ end }) => end > act.start - RECENT_MS);
    return [...acts, act].every(
      (next, i) =>
        next.skewMs === act.skewMs &&
        (i === 0 || (acts[i - 1].state === 'done' && isVisible({ act: acts[i - 1], value: true }, next.view))),
    );
  }

  /** @type {(act: ModelAct, op: string, args: any, answer?: any) => void} */
  #write(act, op, args, answer) {
    (this.#writes[op] ?? this.domains.writes[op])?.(act, args, answer);
  }

  /**
   * A call has ended, and its act says how.
   * @param {ModelAct} act
   * @param {string} op
   * @param {any} args
   * @param {any} answer undefined where it failed
   */
  end(act, op, args, answer) {
    if (act.state === 'done') (this.#answers[op] ?? this.domains.answers[op])?.(act, args, answer);
    this.#rewrite(act, op, args, answer);
  }

  /**
   * Once more what a call may write, now that it is known what it may have seen meanwhile.
   * @param {ModelAct} act
   * @param {string} op
   * @param {any} args
   * @param {any} answer
   */
  #rewrite(act, op, args, answer) {
    this.#retract(act);
    this.#write(act, op, args, answer);
  }

  /** A call writes nothing. @param {ModelAct} act */
  #retract(act) {
    this.domains.retract(act);
    for (const { exists, columns } of this.threads.values()) {
      for (const register of [exists, ...Object.values(columns)]) register.retract(act);
    }
    for (const message of this.messages.values()) {
      for (const register of [message.place, ...Object.values(message.columns)]) register.retract(act);
      message.births = message.births.filter((birth) => birth.act !== act);
    }
  }

  /**
   * A thread that was to be updated was not there.
   * @param {ModelAct} act
   * @param {any} args
   */
  notFound(act, { id }) {
    const thread = this.#thread(id);
    this.#retract(act);
    must(thread.exists.seen(act.view).has(undefined), () => `thread ${id} was not found, though it is there`);
  }

  /** What calls write; of one that has succeeded, its answer tells more. @type {Record<string, (act: ModelAct, args: any, answer?: any) => void>} */
  #writes = {
    saveThread: (act, { thread }) => {
      const state = this.#thread(thread.id);
      EXCEPTIONS.threadInTwoPlaces(state, act);
      state.exists.write(act, true);
      writeColumns(state.columns, act, threadColumns(thread));
    },
    updateThread: (act, { id, title, metadata }) => {
      const { columns } = this.#thread(id);
      if (title !== undefined) columns.title.write(act, title);
      if (metadata) writePart(columns, METADATA, act, metadata);
    },
    deleteThread: (act, { threadId }) => this.#deleteThread(act, threadId),
    saveMessages: (act, { messages }) => {
      for (const [seq, message] of messages.entries()) this.#saveMessage(act, message, seq, messages.slice(seq + 1));
    },
    updateMessages: (act, { messages }, answer) => {
      for (const update of messages) {
        const message = answer?.find((/** @type {any} */ { id }) => id === update.id);
        if (!answer || message) this.#updateMessage(act, update, message);
      }
    },
    deleteMessages: (act, ids) => {
      for (const id of ids) {
        const { place, columns } = this.#message(id);
        const isSeen = !othersSeen(place, act).has(undefined);
        place.write(act, undefined, { isSoft: !isSeen });
        EXCEPTIONS.halfDeleted(columns, act);
        EXCEPTIONS.movedBack(place, act);
        EXCEPTIONS.deletedWhileSaved(this.#message(id), act);
      }
    },
  };

  /**
   * @param {ModelAct} act
   * @param {string} threadId
   */
  #deleteThread(act, threadId) {
    const { exists } = this.#thread(threadId);
    EXCEPTIONS.threadInTwoPlaces(this.#thread(threadId), act);
    const isIn = (/** @type {string | undefined} */ place) => place !== undefined && threadOf(place) === threadId;
    // Where nothing is known of a thread, nothing is done.
    const isSeen =
      !othersSeen(exists, act).has(undefined) ||
      [...this.messages.values()].some(({ place }) => [...othersSeen(place, act)].every(isIn));
    exists.write(act, undefined, { isSoft: !isSeen });
    for (const state of this.messages.values()) {
      const { place, columns } = state;
      place.write(act, undefined, { isSoft: !isSeen, covers: isIn });
      EXCEPTIONS.movedOut(place, act, isIn);
      EXCEPTIONS.deletedWhileSaved(state, act);
      EXCEPTIONS.halfDeleted(columns, act);
    }
  }

  /**
   * @param {ModelAct} act
   * @param {any} message
   * @param {number} seq
   * @param {any[]} later those behind it in the batch
   */
  #saveMessage(act, message, seq, later) {
    const state = this.#message(message.id);
    const place = placeOf(message);
    const seen = othersSeen(state.place, act);
    if (seen.has(undefined)) {
      // Of a batch that is saved again, new messages join the call that saved those behind them.
      const isStored = (/** @type {any} */ { id }) => othersSeen(this.#message(id).place, act).has(place);
      const isJoined = later.some((other) => placeOf(other) === place && isStored(other));
      if (seen.size === 1) state.births = [];
      state.births.push({ act, seq, isJoined });
    }
    EXCEPTIONS.messageInTwoPlaces(state, act, place);
    EXCEPTIONS.savedWhileDeleted(state, act, place);
    state.place.write(act, place);
    EXCEPTIONS.movedBack(state.place, act);
    writeColumns(state.columns, act, messageColumns(message), seen.has(undefined));
  }

  /**
   * @param {ModelAct} act
   * @param {any} update
   * @param {any} message as it was answered, once it was
   */
  #updateMessage(act, update, message) {
    const { place, columns } = this.#message(update.id);
    const { threadId, createdAt, content, ...fields } = update;
    const given = messageColumns({ content: content ?? {}, ...fields });
    for (const part of MESSAGE_PARTS) writePart(columns, part, act, given);
    EXCEPTIONS.movedBack(place, act);
    if (threadId === undefined && createdAt === undefined) return;
    // What was deleted stays deleted, though who moves it has not seen that.
    const before = othersSeen(place, { ...act, view: Model.everything(act.start) });
    const isGone = before.size === 1 && before.has(undefined);
    const seen = othersSeen(place, act);
    for (const from of seen) {
      const to = movedTo(update, from);
      if (to === undefined || to === from || isGone) continue;
      EXCEPTIONS.messageInTwoPlaces(this.#message(update.id), act, to);
      if (!message) place.write(act, to, { isSoft: true });
      else if (to === placeOf(message)) place.write(act, to, { isSoft: before.has(undefined) || seen.has(to) });
    }
    EXCEPTIONS.movedAsItWas(columns, act);
  }

  /** @type {Record<string, (act: ModelAct, args: any, answer: any) => void>} */
  #answers = {
    saveThread: (act, { thread }, answer) => same(answer, thread, 'saveThread'),
    getThreadById: (act, { threadId }, answer) => {
      if (answer) this.#judgeThread(act, answer, act.view);
      const exists = this.#thread(threadId).exists.seen(act.view);
      must(exists.has(answer ? true : undefined), () => `thread ${threadId}: ${answer ? 'is gone' : 'is missing'}`);
      must(!answer || answer.id === threadId, () => `thread ${threadId} was asked for, not ${answer.id}`);
    },
    updateThread: (act, args, answer) => {
      this.#rewrite(act, 'updateThread', args, answer);
      this.#judgeThread(act, answer, act.view);
    },
    deleteThread: () => {},
    listThreads: (act, args, answer) => this.#judgeThreads(act, args, answer),
    saveMessages: (act, { messages }, answer) => {
      const sorted = messages.toSorted((/** @type {any} */ a, /** @type {any} */ b) => a.createdAt - b.createdAt);
      same(answer.messages, sorted, 'saveMessages');
    },
    updateMessages: (act, args, answer) => this.#judgeUpdates(act, args, answer),
    deleteMessages: () => {},
    listMessagesById: (act, { messageIds }, { messages }) => {
      const listing = {
        isAsked: (/** @type {string} */ id) => Boolean(messageIds.includes(id)),
        perPage: /** @type {const} */ (false),
      };
      this.#judgeMessages(act, { ...listing, view: act.view }, { messages });
    },
    listMessages: (act, { threadId, resourceId, ...args }, answer) => {
      const threads = [threadId].flat();
      const isAt = (/** @type {string} */ place) => threads.includes(threadOf(place));
      const isWhole = threads.every((id) => this.#isHintWhole(id, act));
      this.#judgeMessages(act, { isAt, resourceId, ...args, view: isWhole ? act.view : act.listView }, answer);
    },
    listMessagesByResourceId: (act, args, answer) => {
      const reader = EXCEPTIONS.marksUnseen(this.#updates, act);
      this.#judgeMessages(reader, { ...args, view: reader.listView }, answer);
    },
  };

  /**
   * @param {ModelAct} act
   * @param {any} answer
   * @param {View} view
   */
  #judgeThread(act, answer, view) {
    const { columns } = this.#thread(answer.id);
    judgeColumns(columns, threadColumns(answer), view, `thread ${answer.id}`);
  }

  /**
   * @param {ModelAct} act
   * @param {any} args
   * @param {any} answer
   */
  #judgeThreads(act, { filter, page = 0, perPage = 100, orderBy }, { threads, total, hasMore }) {
    const ids = threads.map((/** @type {any} */ { id }) => id);
    must(new Set(ids).size === ids.length, () => `listThreads answers a thread twice: ${show(ids)}`);
    const view = act.listView;
    const of = filter?.resourceId;
    for (const thread of threads) {
      const { exists } = this.#thread(thread.id);
      must(exists.seen(act.view).has(true), () => `listThreads answers thread ${thread.id}, which is gone`);
      this.#judgeThread(act, thread, act.view);
      must(of === undefined || thread.resourceId === of, () => `thread ${thread.id} is of ${thread.resourceId}`);
    }
    const sign = orderBy?.direction === 'ASC' ? 1 : -1;
    const times = threads.map((/** @type {any} */ { createdAt }) => sign * Number(createdAt));
    const isMoving = (/** @type {ThreadState} */ { columns }, /** @type {string[]} */ names) =>
      names.some((name) => columns[name].seen(act.filterView).size > 1);
    must(
      isSorted(times) || threads.some((/** @type {any} */ { id }) => isMoving(this.#thread(id), ['createdAt'])),
      () => `listThreads is out of order: ${show(threads)}`,
    );
    const sure = [...this.threads].filter(
      ([, { exists, columns }]) =>
        !exists.seen(view).has(undefined) &&
        isSurely(columns.resourceId, view, of) &&
        columns.createdAt.seen(view).size === 1,
    );
    const possible = [...this.threads].filter(
      ([, { exists, columns }]) =>
        exists.seen(act.totalView).has(true) && isPossibly(columns.resourceId, act.totalView, of),
    );
    const strays = [...this.threads.values()].reduce(
      (sum, thread) => sum + thread.strays + Number(isMoving(thread, ['createdAt', 'resourceId'])),
      0,
    );
    judgeTotal('listThreads', total, sure.length, possible.length + strays);
    judgePage('listThreads', { page, perPage, total, hasMore, count: threads.length });
    if (page > 0 || threads.length === perPage) return;
    for (const [id] of sure) must(ids.includes(id), () => `listThreads lacks thread ${id}`);
  }

  /**
   * @param {ModelAct} act
   * @param {any} args
   * @param {any[]} answer
   */
  #judgeUpdates(act, { messages }, answer) {
    const applied = new Map(answer.map((message) => [message.id, message]));
    must(applied.size === answer.length, () => 'updateMessages answers a message twice');
    this.#rewrite(act, 'updateMessages', { messages }, answer);
    for (const update of messages) {
      const { place, columns } = this.#message(update.id);
      const message = applied.get(update.id);
      const seen = othersSeen(place, act);
      must(
        message || EXCEPTIONS.movesUnseen(place, act.view, seen).has(undefined),
        () => `updateMessages passed over ${update.id}, which is there`,
      );
      if (!message) continue;
      if (!this.isUnclear(update.id)) {
        judgeColumns(columns, messageColumns(message), act.view, `message ${update.id}, updated`);
      }
      const isKnown = [...seen].some((from) => from !== undefined && movedTo(update, from) === placeOf(message));
      must(isKnown, () => `message ${update.id} was updated at ${placeOf(message)}; allowed: ${showAll(seen)}`);
    }
  }

  /**
   * @param {ModelAct} act
   * @param {{
   *   view: View, isAsked?: (id: string) => boolean, isAt?: (place: string) => boolean, resourceId?: string,
   *   page?: number, perPage?: number | false, orderBy?: { direction?: string }, includeTotal?: boolean,
   * }} listing what was asked for
   * @param {{ messages: any[], total?: number, hasMore?: boolean }} answer
   */
  #judgeMessages(act, listing, { messages, total, hasMore }) {
    const { view, isAsked = () => true, isAt = () => true, resourceId, page = 0, perPage = 40, orderBy } = listing;
    const ids = messages.map(({ id }) => id);
    this.#judgeOnce(act, messages);
    for (const message of messages) {
      must(isAsked(message.id), () => `message ${message.id} was not asked for`);
      this.#judgeMessage(act, message, view);
      must(isAt(placeOf(message)), () => `message ${message.id} is of thread ${message.threadId}`);
      const isOf = resourceId === undefined || message.resourceId === resourceId;
      must(isOf, () => `message ${message.id} is of resource ${message.resourceId}`);
    }
    const sign = orderBy?.direction === 'DESC' ? -1 : 1;
    if (!listing.isAsked) this.#judgeOrder(messages, sign, act.listView);
    const of = [...this.messages].filter(([id]) => isAsked(id));
    // Of a message in two places, each may be of another resource.
    const sure = of.filter(
      ([, { place, columns, strays }]) =>
        [...EXCEPTIONS.movesUnseen(place, view)].every((at) => at !== undefined && isAt(at)) &&
        isSurely(columns.resourceId, act.filterView, resourceId) &&
        (resourceId === undefined || strays.size === 0),
    );
    const possible = of.flatMap(([, state]) =>
      isPossibly(state.columns.resourceId, act.filterView, resourceId) || state.strays.size > 0
        ? [...allowedPlaces(state, view, act.totalView)].filter((at) => at !== undefined && isAt(at))
        : [],
    );
    if (total !== undefined && listing.includeTotal !== false) {
      judgeTotal('a listing of messages', total, sure.length, possible.length);
      judgePage('a listing of messages', { page, perPage, total, hasMore, count: messages.length });
    }
    if (page > 0) return;
    const last = messages.at(-1);
    for (const [id, { place }] of sure) {
      if (ids.includes(id)) continue;
      const times = [...place.seen(view)].map((at) => sign * timeOf(at));
      const isBehind = messages.length === perPage && times.some((time) => time >= sign * Number(last.createdAt));
      must(isBehind, () => `message ${id} is missing among ${show(ids)}`);
    }
  }

  /**
   * Nothing is doubled, but what is on its way from one place to another.
   * @param {ModelAct} act
   * @param {any[]} messages
   */
  #judgeOnce(act, messages) {
    const keys = messages.map((message) => `${message.id} ${placeOf(message)}`);
    for (const { id } of messages) {
      const places = messages.filter((other) => other.id === id).length;
      const isMoving = allowedPlaces(this.#message(id), act.view, act.filterView).size > 1;
      const isOnce = new Set(keys).size === keys.length && (places === 1 || isMoving);
      must(isOnce, () => `message ${id} is answered twice: ${show(keys)}`);
    }
  }

  /**
   * @param {ModelAct} act
   * @param {any} message
   * @param {View} view
   */
  #judgeMessage(act, message, view) {
    const state = this.#message(message.id);
    const seen = allowedPlaces(state, view, act.filterView);
    const at = placeOf(message);
    must(seen.has(at), () => `message ${message.id} is at ${at}; allowed: ${showAll(seen)}`);
    if (state.strays.size > 0) return;
    // A store that goes on showing a message where it put it shows it as it was there.
    const columnsView = state.place.seen(view).has(at) ? view : act.filterView;
    judgeColumns(state.columns, messageColumns(message), columnsView, `message ${message.id}`);
  }

  /**
   * @param {any[]} messages
   * @param {1 | -1} sign
   * @param {View} view
   */
  #judgeOrder(messages, sign, view) {
    for (let i = 1; i < messages.length; i++) {
      const [a, b] = sign === 1 ? [messages[i - 1], messages[i]] : [messages[i], messages[i - 1]];
      const wrong =
        a.createdAt > b.createdAt || (Number(a.createdAt) === Number(b.createdAt) && this.#isFirst(b, a, view));
      must(!wrong, () => `message ${a.id} is listed as before ${b.id}: ${show(messages.map(({ id }) => id))}`);
    }
  }

  /**
   * Whether a message was first saved before another, for sure.
   * @param {any} a
   * @param {any} b
   * @param {View} view
   */
  #isFirst(a, b, view) {
    if (a.threadId !== b.threadId) return false;
    if (this.isUnclear(a.id) || this.isUnclear(b.id)) return false;
    const of = this.#message(a.id).births;
    const others = this.#message(b.id).births;
    if (of.length !== 1 || others.length !== 1) return false;
    if ([a, b].some(({ id }) => EXCEPTIONS.orderedAsBefore(this.#message(id), view))) return false;
    // Calls count by their isolates' clocks.
    return (this.#skews.size === 1 || of[0].act === others[0].act) && isBornBefore(of[0], others[0]);
  }

  /**
   * The reads of one who sees everything, and writes nothing.
   * @param {number} now
   * @returns {ModelAct}
   */
  observe(now) {
    const view = Model.everything(now);
    return {
      start: now,
      end: now,
      state: 'done',
      life: {},
      skewMs: 0,
      aheadMs: 0,
      view,
      listView: view,
      filterView: view,
      totalView: view,
      group: {},
      isRepeat: false,
    };
  }

  /** Whether a message's place or columns are not for sure. @param {string} id */
  isUnclear(id) {
    return this.#message(id).strays.size > 0;
  }

  /** Whether anything may be in two places, until repair mends it. */
  get hasStrays() {
    return (
      [...this.threads.values()].some(({ strays }) => strays > 0) ||
      [...this.messages.values()].some(({ strays }) => strays.size > 0)
    );
  }

  /**
   * The view of one who sees everything.
   * @param {number} now
   * @returns {View}
   */
  static everything(now) {
    return { life: null, from: now, to: now, putLagMs: 0, deleteLagMs: 0 };
  }
}

/**
 * Whether one birth was before another, for sure: calls that failed are made again, and then join what was stored.
 * @param {Birth} a
 * @param {Birth} b
 */
function isBornBefore(a, b) {
  if ([a, b].some(({ act, isJoined }) => isJoined || act.state !== 'done' || act.isRepeat)) return false;
  return a.act === b.act ? a.seq < b.seq : isBeforeByClocks(a.act, b.act);
}

/**
 * Where a message may be seen.
 * @param {MessageState} state
 * @param {View} view
 * @param {View} ownView where its own writes stay on top
 */
const allowedPlaces = ({ place, strays }, view, ownView) =>
  new Set([...place.seen(view), ...place.seen(ownView), ...strays]);

/** @param {number[]} numbers */
const isSorted = (numbers) => numbers.every((number, i) => i === 0 || numbers[i - 1] <= number);

/**
 * @param {Register} register
 * @param {View} view
 * @param {any} wanted undefined: anything
 */
const isSurely = (register, view, wanted) =>
  wanted === undefined || [...register.seen(view)].every((value) => value === wanted);
/**
 * @param {Register} register
 * @param {View} view
 * @param {any} wanted undefined: anything
 */
const isPossibly = (register, view, wanted) => wanted === undefined || register.seen(view).has(wanted);

/**
 * @param {string} what
 * @param {number} total
 * @param {number} least
 * @param {number} most
 */
function judgeTotal(what, total, least, most) {
  must(total >= least && total <= most, () => `${what} has a total of ${total}; allowed: ${least} to ${most}`);
}

/**
 * @param {string} what
 * @param {{ page: number, perPage: number | false, total: number, hasMore?: boolean, count: number }} page
 */
function judgePage(what, { page, perPage, total, hasMore, count }) {
  const most = perPage === false ? total : perPage;
  must(count <= most, () => `${what} has ${count} on a page of ${most}`);
  const isMore = perPage !== false && (page + 1) * perPage < total;
  must(hasMore === isMore, () => `${what} says hasMore: ${hasMore} with a total of ${total}`);
}

/**
 * @param {unknown} answer
 * @param {unknown} given
 * @param {string} what
 */
function same(answer, given, what) {
  must(show(inOrder(answer)) === show(inOrder(given)), () => `${what} answers ${show(answer)} to ${show(given)}`);
}

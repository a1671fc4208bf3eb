/* Histories that the store once failed, shrunk, each under what it tells. */

/** @import { Call, History, IsolatePlan, Step, Weather } from './history.js' */

/** @type {Weather} */
const FINE = {
  gets: false,
  lists: 'none',
  seesOwnWrites: true,
  hasEmptyPages: false,
  pageKeysMax: 1000,
  writeIntervalMs: 0,
};

/**
 * @param {Partial<IsolatePlan>} [plan]
 * @returns {IsolatePlan}
 */
const isolate = (plan) => ({ overlay: false, skewMs: 0, place: 0, tenant: 0, attempts: 1, ...plan });

/**
 * @param {Call} call
 * @param {Partial<Step>} [rest]
 * @returns {Step}
 */
const step = (call, rest) => ({
  by: 0,
  waitMs: 0,
  isJoined: false,
  isRepeated: false,
  seed: 0,
  faults: [],
  ...rest,
  call,
});

/**
 * A message to save.
 * @param {number} id
 * @param {number} createdAt
 */
const message = (id, createdAt) => ({ message: id, thread: 0, createdAt, resource: 0, role: 0 });

/** @type {Record<string, History>} */
export const stories = {
  'deleting a thread stopped when its mark was written: found by no id, and listed until repair deletes it': {
    weather: FINE,
    isolates: [isolate()],
    steps: [
      step({ op: 'saveThread', thread: 2, resource: 0, createdAt: 0 }),
      step({ op: 'deleteThread', thread: 2 }, { faults: [{ at: 4, times: 20, kind: 'lost', isSent: false }] }),
    ],
  },
  'a message deleted where a stale writer still saw it: repair must not bring it back when the tombstone is gone': {
    weather: { ...FINE, gets: true, seesOwnWrites: false },
    isolates: [isolate()],
    steps: [
      step({ op: 'saveMessages', messages: [message(3, 0)] }),
      step(
        { op: 'listMessages', threads: [0], hasTotal: false, page: 0, perPage: 2, direction: 'ASC' },
        { waitMs: 61_500 },
      ),
      step({ op: 'saveMessages', messages: [message(3, 1)] }),
      step({ op: 'deleteMessages', messages: [3] }),
      step({ op: 'getThreadById', thread: 0 }, { waitMs: 4_000_000 }),
    ],
  },
  'a thread saved anew by an isolate whose clock is behind that of the one who deleted it': {
    weather: FINE,
    isolates: [isolate({ skewMs: 1500 }), isolate()],
    steps: [
      step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }),
      step({ op: 'deleteThread', thread: 0 }),
      step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }, { by: 1 }),
      step({ op: 'getThreadById', thread: 0 }, { by: 1 }),
    ],
  },
  'a message saved anew by an isolate whose clock is behind that of the one who updated it': {
    weather: FINE,
    isolates: [isolate({ skewMs: 1500 }), isolate()],
    steps: [
      step({ op: 'saveMessages', messages: [message(3, 0)] }),
      step({ op: 'updateMessages', messages: [{ message: 3, resource: 0, hasParts: false }] }),
      step({ op: 'saveMessages', messages: [{ ...message(3, 0), resource: 1 }] }, { by: 1 }),
      step({ op: 'listMessages', threads: [0], hasTotal: false, page: 0, perPage: 2, direction: 'ASC' }),
    ],
  },
  'a thread deleted by one whom KV shows its messages and not yet its record: it must not stay listed': {
    weather: { ...FINE, gets: true },
    isolates: [isolate(), isolate({ place: 1 })],
    steps: [
      step({ op: 'getThreadById', thread: 0 }, { by: 1 }),
      step({ op: 'saveMessages', messages: [message(0, 0)] }),
      step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }),
      step({ op: 'deleteThread', thread: 0 }, { by: 1, waitMs: 5000 }),
      step({ op: 'listThreads', page: 0, perPage: 2, direction: 'ASC' }, { waitMs: 61_500 }),
    ],
  },
};

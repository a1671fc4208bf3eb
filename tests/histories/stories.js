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
  'a thread deleted by one who still saw the tombstone of a message: repair must not bring back what that message was before':
    {
      weather: { ...FINE, gets: true, seesOwnWrites: false },
      isolates: [isolate(), isolate()],
      steps: [
        step({ op: 'saveMessages', messages: [message(1, 0), message(0, 0)] }),
        step({ op: 'updateThread', thread: 0, hasTitle: false }, { waitMs: 61500 }),
        step({ op: 'saveMessages', messages: [message(1, 1), message(0, 0)] }),
        step({ op: 'deleteMessages', messages: [1, 0] }),
        step(
          { op: 'saveMessages', messages: [message(0, 0)] },
          { waitMs: 400000, faults: [{ at: 1, times: 1, kind: 'lost', isSent: false }] },
        ),
        step({ op: 'saveMessages', messages: [{ ...message(1, 0), thread: 1 }, message(0, 0)] }),
        step({ op: 'deleteThread', thread: 1 }),
        step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }),
      ],
    },
  'a message that is saved in another thread by an isolate whose clock is behind that of the one who had updated it': {
    weather: FINE,
    isolates: [isolate({ skewMs: -3000 }), isolate()],
    steps: [
      step({ op: 'saveMessages', messages: [message(2, 0)] }),
      step({ op: 'updateMessages', messages: [{ message: 2, role: 1, hasParts: false }] }, { by: 1, waitMs: 100 }),
      step({ op: 'saveMessages', messages: [{ ...message(2, 0), thread: 1 }] }, { waitMs: 100 }),
    ],
  },
  'a thread deleted by one whose list shows a message that was deleted, while that is saved in another thread': {
    weather: { ...FINE, lists: 'late', seesOwnWrites: false, pageKeysMax: 2 },
    isolates: [isolate({ tenant: 1 }), isolate({ tenant: 1, attempts: 2 })],
    steps: [
      step({ op: 'saveMessages', messages: [{ ...message(6, 0), thread: 1 }, message(0, 0)] }),
      step({
        op: 'saveMessages',
        messages: [
          { ...message(0, 0), thread: 1 },
          { ...message(1, 0), thread: 1 },
        ],
      }),
      step(
        { op: 'listMessages', threads: [0], hasTotal: false, page: 0, perPage: 2, direction: 'ASC' },
        { waitMs: 4000000, faults: [{ at: 1, times: 1, kind: 'lost', isSent: false }] },
      ),
      step({ op: 'deleteMessages', messages: [6] }),
      step({ op: 'deleteThread', thread: 1 }, { by: 1, seed: 1 }),
      step(
        { op: 'saveMessages', messages: [message(6, 0), { ...message(0, 1), thread: 1 }] },
        { by: 1, isJoined: true, seed: 136, faults: [{ at: 1, times: 1, kind: 'lost', isSent: false }] },
      ),
      step({ op: 'updateMessages', messages: [{ message: 6, hasParts: false }] }),
    ],
  },
  'a message deleted where it had been, and saved there anew: it must not show where it had moved to': {
    weather: { ...FINE, gets: true, seesOwnWrites: false },
    isolates: [isolate(), isolate()],
    steps: [
      step({ op: 'saveMessages', messages: [message(5, 0)] }),
      step({ op: 'deleteMessages', messages: [0] }, { waitMs: 4000000 }),
      step({ op: 'saveMessages', messages: [message(5, 1), message(0, 0)] }),
      step({ op: 'deleteMessages', messages: [5] }),
      step({ op: 'saveMessages', messages: [message(0, 0)] }, { waitMs: 61500 }),
      step({ op: 'saveMessages', messages: [message(5, 0)] }),
      step({ op: 'listMessagesByResourceId', resource: 0, page: 0, perPage: 2, direction: 'ASC' }, { waitMs: 61500 }),
      step({ op: 'updateMessages', messages: [{ message: 0, hasParts: false }] }),
    ],
  },
  'a message that another moved, and that was deleted then: the overlay must not show it where this one had put it': {
    weather: { ...FINE, seesOwnWrites: false },
    isolates: [isolate({ overlay: true }), isolate()],
    steps: [
      step({ op: 'saveMessages', messages: [{ ...message(0, 0), thread: 1 }] }),
      step({ op: 'saveMessages', messages: [message(1, 0), message(0, 0)] }, { by: 1, waitMs: 1200 }),
      step(
        { op: 'deleteMessages', messages: [0] },
        { waitMs: 5000, faults: [{ at: 1, times: 1, kind: 'lost', isSent: false }] },
      ),
      step(
        { op: 'deleteThread', thread: 0 },
        { waitMs: 1200, isRepeated: true, faults: [{ at: 6, times: 1, kind: 'abandon', isSent: false }] },
      ),
      step({ op: 'updateMessages', messages: [{ message: 0, hasParts: false }] }, { waitMs: 1200 }),
    ],
  },
  'a message that moves again: it goes from where it was first, too': {
    weather: { ...FINE, seesOwnWrites: false },
    isolates: [isolate(), isolate(), isolate({ overlay: true })],
    steps: [
      step({ op: 'saveMessages', messages: [message(3, 0)] }, { by: 2 }),
      step({ op: 'saveMessages', messages: [message(3, 1), message(0, 0)] }, { waitMs: 1200 }),
      step({ op: 'saveMessages', messages: [message(3, 2), message(0, 0)] }, { by: 2, waitMs: 5000 }),
      step(
        { op: 'listMessages', threads: [0], hasTotal: false, page: 0, perPage: 2, direction: 'ASC' },
        { by: 2, waitMs: 1200 },
      ),
    ],
  },
  'a message saved anew elsewhere, and deleted by one who has not seen its first deletion: it must not stay listed': {
    weather: { ...FINE, gets: true, seesOwnWrites: false },
    isolates: [isolate({ overlay: true }), isolate({ place: 1 }), isolate({ place: 2 })],
    steps: [
      step({ op: 'saveMessages', messages: [message(0, 0)] }),
      step({ op: 'listMessagesById', messages: [0] }, { by: 1 }),
      step({ op: 'deleteMessages', messages: [0] }),
      step({ op: 'saveMessages', messages: [message(0, 1)] }),
      step({ op: 'deleteMessages', messages: [0] }, { by: 1, waitMs: 5000 }),
      step({ op: 'updateMessages', messages: [{ message: 0, hasParts: false }] }, { by: 1 }),
      step({ op: 'listMessagesById', messages: [0] }),
    ],
  },
  'a thread made anew, and deleted by one who sees only that it was deleted long ago: what it hides must not come back':
    {
      weather: { ...FINE, gets: true, lists: 'late', seesOwnWrites: false },
      isolates: [isolate(), isolate({ place: 1 }), isolate({ place: 2 })],
      steps: [
        step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }),
        step({ op: 'saveMessages', messages: [message(0, 0)] }),
        step({ op: 'deleteThread', thread: 0 }, { by: 1 }),
        step({ op: 'listMessagesById', messages: [0] }, { waitMs: 4000000 }),
        step({ op: 'getThreadById', thread: 0 }),
        step({ op: 'saveThread', thread: 0, resource: 0, createdAt: 0 }),
        step({ op: 'listThreads', page: 0, perPage: 2, direction: 'ASC' }, { by: 1, waitMs: 61500 }),
        step({ op: 'saveMessages', messages: [message(1, 0), message(0, 0)] }),
        step({ op: 'updateThread', thread: 0, hasTitle: false }),
        step(
          { op: 'deleteThread', thread: 0 },
          { by: 1, waitMs: 100, faults: [{ at: 6, times: 1, kind: 'lost', isSent: false }] },
        ),
        step({ op: 'listThreads', page: 0, perPage: 2, direction: 'ASC' }, { waitMs: 4000000 }),
        step({ op: 'listThreads', page: 0, perPage: 2, direction: 'ASC' }),
      ],
    },
  'a deleted message, saved anew in another thread by a clock that is behind the one who deleted it, must not show updates of before':
    {
      weather: { ...FINE, gets: true, seesOwnWrites: false },
      isolates: [isolate({ overlay: true }), isolate({ skewMs: -3000, place: 1 }), isolate({ place: 2 })],
      steps: [
        step({ op: 'saveMessages', messages: [message(0, 0)] }),
        step({ op: 'updateMessages', messages: [{ message: 0, hasParts: false, keys: [0] }] }),
        step({ op: 'deleteMessages', messages: [0] }, { isJoined: true }),
        step({ op: 'saveMessages', messages: [{ ...message(0, 0), thread: 1 }] }, { by: 1 }),
        step({ op: 'deleteMessages', messages: [1] }, { by: 1 }),
        step({ op: 'listMessagesByResourceId', resource: 0, page: 0, perPage: 2, direction: 'ASC' }),
      ],
    },
};

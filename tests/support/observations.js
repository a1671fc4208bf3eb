/* Observational memory to test with. */
import { dateAt } from './samples.js';

/** @typedef {Record<string, (...args: any[]) => Promise<any>>} ObservationStore */

/** @param {unknown} store @returns {ObservationStore} */
export const observing = (store) => /** @type {any} */ (store);

/**
 * Start the memory of thread t.
 * @param {ObservationStore} store
 * @param {object} [input] other than this
 */
export const start = (store, input = {}) =>
  store.initializeObservationalMemory({ threadId: 't', resourceId: 'u', scope: 'thread', config: {}, ...input });

/** @param {ObservationStore} store */
export const current = (store) => store.getObservationalMemory('t', 'u');

/**
 * A chunk of a cycle, whose text is the cycle's.
 * @param {string} cycleId
 * @param {object} [fields] other than these
 */
export const chunkOf = (cycleId, fields = {}) => ({
  cycleId,
  observations: `* ${cycleId}`,
  tokenCount: 10,
  messageIds: [`${cycleId}-1`, `${cycleId}-2`],
  messageTokens: 1000,
  lastObservedAt: dateAt(0),
  ...fields,
});

/**
 * @param {ObservationStore} store
 * @param {string} id
 * @param {string} cycleId
 */
export const buffer = (store, id, cycleId) =>
  store.updateBufferedObservations({ id, chunk: chunkOf(cycleId), lastBufferedAtTime: dateAt(1000) });

/**
 * Activate the first `count` chunks.
 * @param {ObservationStore} store
 * @param {string} id
 * @param {number} [count] all when omitted
 * @param {object} [input]
 */
export const swap = (store, id, count = 100, input = {}) =>
  store.swapBufferedToActive({
    id,
    activationRatio: 1,
    messageTokensThreshold: 1000,
    currentPendingTokens: count * 1000,
    ...input,
  });

/** The cycles whose texts are active, in their order. @param {{ activeObservations: string }} record */
export const activeCycles = ({ activeObservations }) =>
  [...activeObservations.matchAll(/^\* (.*)$/gm)].map(([, cycle]) => cycle);

/** The cycles that are buffered. @param {any} record @returns {string[]} */
export const bufferedCycles = (record) =>
  (record.bufferedObservationChunks ?? []).map((/** @type {any} */ chunk) => chunk.cycleId);

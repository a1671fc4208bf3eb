// Observational memory: whether the agent has it, and what it holds of a conversation.

import { env } from 'cloudflare:workers';
import { memory } from './storage.js';

/** After how many tokens of messages the agent observes them; 0 where OBSERVATIONAL_MEMORY does not switch it on. */
export const OBSERVED_TOKENS = Math.max(0, Number(env.OBSERVATIONAL_MEMORY) || 0);

/** An observation begins a line; what belongs to one is indented below it. */
const OBSERVATION = /^[*-] /gm;

/**
 * What observational memory holds of a conversation: of its thread, as the agent keeps it. One read of the store, and
 * none where it is off.
 * @param {{ threadId: string, resourceId: string }} conversation
 */
export async function observationsOf({ threadId, resourceId }) {
  if (OBSERVED_TOKENS === 0) return { isOn: false, observedAfterTokens: null, state: null };
  const record = await memory.getObservationalMemory(threadId, resourceId);
  return { isOn: true, observedAfterTokens: OBSERVED_TOKENS, state: record && stateOf(record) };
}

/** @param {NonNullable<Awaited<ReturnType<typeof memory.getObservationalMemory>>>} record */
function stateOf(record) {
  const { activeObservations, bufferedObservationChunks = [], generationCount, createdAt } = record;
  const { observationTokenCount, totalTokensObserved, pendingMessageTokens } = record;
  const { isObserving, isReflecting, isBufferingObservation, isBufferingReflection } = record;
  return {
    generation: generationCount,
    lastObservedAt: record.lastObservedAt ?? null,
    // A reflection begins a generation, and the first one is begun without any.
    lastReflectedAt: record.originType === 'reflection' ? createdAt : null,
    observations: activeObservations.match(OBSERVATION)?.length ?? 0,
    bufferedChunks: bufferedObservationChunks.length,
    tokens: { observations: observationTokenCount, observed: totalTokensObserved, pending: pendingMessageTokens },
    flags: { isObserving, isReflecting, isBufferingObservation, isBufferingReflection },
    text: activeObservations,
  };
}

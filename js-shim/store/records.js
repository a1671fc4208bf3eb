/** What a KVStore takes and gives, as types. Dates may also be given as ISO texts; they come back as Dates. */

/** @typedef {Date | string} DateLike */

/**
 * @typedef {object} Thread
 * @property {string} id
 * @property {string} resourceId whose thread it is: a user, for example
 * @property {string} [title]
 * @property {Record<string, any>} [metadata]
 * @property {Date} createdAt
 * @property {Date} updatedAt
 */

/**
 * @typedef {object} Message
 * @property {string} id unique in the whole store
 * @property {string} threadId
 * @property {string} [resourceId]
 * @property {string} role
 * @property {string} [type]
 * @property {any} content any JSON but null; it comes back to the letter. A text comes back as Mastra's format 2
 * @property {Date} createdAt
 */

/**
 * @typedef {object} Resource
 * @property {string} id
 * @property {string} [workingMemory]
 * @property {Record<string, any>} [metadata]
 * @property {Date} createdAt
 * @property {Date} updatedAt
 */

/**
 * A record of observational memory: see Mastra's ObservationalMemoryRecord for its columns.
 * @typedef {Record<string, any> & { id: string, threadId: string | null, resourceId: string }} ObservationalMemory
 */
/** @typedef {Record<string, any> & { cycleId: string }} ObservationChunk as Mastra's BufferedObservationChunkInput */

/**
 * What a swap has activated.
 * @typedef {object} ObservationSwap
 * @property {number} chunksActivated
 * @property {number} messageTokensActivated
 * @property {number} observationTokensActivated
 * @property {number} messagesActivated
 * @property {string[]} activatedCycleIds
 * @property {string[]} activatedMessageIds
 * @property {string} [observations]
 * @property {Record<string, any>[]} [perChunk]
 * @property {string} [suggestedContinuation]
 * @property {string} [currentTask]
 */

/**
 * A record as it is given: with Dates or ISO texts, and members of one's own, which are kept.
 * @template T
 * @typedef {{ [K in keyof T]: T[K] extends Date ? DateLike : T[K] }} Given
 */

/**
 * What to order by; another field or direction than these counts as not given.
 * @typedef {object} OrderBy
 * @property {'createdAt' | 'updatedAt' | (string & {})} [field]
 * @property {'ASC' | 'DESC' | (string & {})} [direction]
 */

/**
 * Which part of a list is wanted.
 * @typedef {object} Page
 * @property {number} [page] from 0
 * @property {number | false} [perPage] false: all
 */

/**
 * @typedef {object} PageInfo
 * @property {number} total how many there are on all pages
 * @property {number} page
 * @property {number | false} perPage
 * @property {boolean} hasMore
 */

/**
 * @typedef {Page & {
 *   orderBy?: OrderBy,
 *   filter?: { resourceId?: string, metadata?: Record<string, any> },
 * }} ThreadListing
 */

/**
 * Which messages are wanted of those that a thread, or a resource, has.
 * @typedef {Page & {
 *   orderBy?: OrderBy,
 *   filter?: {
 *     dateRange?: { start?: DateLike, end?: DateLike, startExclusive?: boolean, endExclusive?: boolean },
 *     metadata?: Record<string, string | number | boolean | null>,
 *   },
 *   include?: { id: string, threadId?: string, withPreviousMessages?: number, withNextMessages?: number }[],
 *   includeTotal?: boolean,
 * }} MessageListing
 */

/**
 * @typedef {object} WorkflowRun
 * @property {string} workflowName
 * @property {string} runId
 * @property {string} [resourceId]
 * @property {any} snapshot
 * @property {Date} createdAt
 * @property {Date} updatedAt
 */

/** @typedef {{ workflowName: string, runId: string }} WorkflowRunId */

/**
 * A score, or a background task: see Mastra's types for their columns.
 * @typedef {Record<string, any> & { id: string }} Row
 */
/** @typedef {{ pagination: PageInfo, scores: Row[] }} ScoreList */
/** @typedef {{ pagination?: Page, filters?: Record<string, any> }} ScoreListing */

export {};

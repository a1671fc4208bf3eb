/* How many KV calls a call of the store may make at the most: the rows of docs/memory.md, docs/scores-and-tasks.md and
 * docs/workflows.md, for the few records that a history has. What moves costs a delete more, and so does what an earlier move
 * left; both bindings are asked where a call reads of both. */

/** Of a page, what is listed and not there yet for who asks is read on for. */
const THREADS = 3;
const given = (/** @type {unknown} */ value) => Number(value !== undefined);
const size = (/** @type {any} */ records) => records.length;
const threadsOf = (/** @type {any[]} */ messages) => new Set(messages.map(({ threadId }) => threadId)).size;

/** @type {Record<string, (args: any) => number>} */
export const CALLS_MAX = {
  getThreadById: () => 1,
  saveThread: () => 4,
  updateThread: ({ title, metadata }) => 2 + given(title) + given(metadata),
  listThreads: ({ perPage }) => 2 + Math.max(0, THREADS - (perPage || THREADS)),
  listMessages: ({ threadId }) => 2 * [threadId].flat().length + 3,
  listMessagesById: () => 4,
  listMessagesByResourceId: () => 6,
  saveMessages: ({ messages }) => 3 + threadsOf(messages) + 4 * size(messages),
  getResourceById: () => 1,
  saveResource: () => 2,
  updateResource: ({ workingMemory, metadata }) => 1 + Math.max(1, given(workingMemory) + given(metadata)),
  loadWorkflowSnapshot: () => 3,
  getScoreById: () => 1,
  saveScore: () => 7,
  createTask: () => 1,
  getTask: () => 1,
  updateTask: () => 2,
  deleteTask: () => 1,
  listTasks: () => 2,
  setState: () => 1,
  getState: () => 1,
  deleteState: () => 1,
};

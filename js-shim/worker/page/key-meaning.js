// What a key says, part by part (docs/keys.md).

/** @typedef {{ text: string, label: string, time?: Date, isTable?: boolean }} Part */

/** The largest JavaScript Date; keys hold what is left to it, so that the newest come first. */
const TIME_MAX_MS = 8_640_000_000_000_000;
const FALLING_TIME = /^\d{17}$/;

/** What the parts after a key's beginning are; a beginning is one part, or `metadata` and the next. @type {Record<string, [string, string[]]>} */
const TABLES = {
  threads: ['A thread as it was saved.', ['thread']],
  messages: ['A message, in the order of its thread, the newest first.', ['thread', 'created', 'message']],
  resources: ['A resource as it was saved, with its working memory.', ['resource']],
  workflow_snapshot: ['A workflow run as it was persisted.', ['workflow', 'run']],
  scorers: ['A score.', ['score']],
  background_tasks: ['A background task.', ['task']],
  thread_state: ['State that is kept for a thread.', ['thread', 'type']],
  'metadata:threads': ['A part of a thread that was updated apart from the rest.', ['thread', 'family']],
  'metadata:thread_marks': [
    'That a thread was deleted, or that some of its messages were updated.',
    ['thread', 'mark'],
  ],
  'metadata:threads_by_resource': [
    'Index: a thread in the list of its resource, the newest first.',
    ['resource', 'created', 'thread'],
  ],
  'metadata:messages': ['Where a message is: its thread, time and position; or that it was deleted.', ['message']],
  'metadata:message_families': ['What updates gave a message since it was saved.', ['message', 'family']],
  'metadata:resources': ['A part of a resource that was updated apart from the rest.', ['resource', 'family']],
  'metadata:workflow_snapshot': ['That a run has updates, and which are recent.', ['workflow', 'run']],
  'metadata:workflow_updates': [
    'An update of a run, laid over what was persisted.',
    ['workflow', 'run', 'time', 'update'],
  ],
  'metadata:scores_by_scorer': [
    'Index: a score in the list of its scorer, the newest first.',
    ['scorer', 'created', 'score'],
  ],
  'metadata:scores_by_run': ['Index: a score in the list of its run, the newest first.', ['run', 'created', 'score']],
  'metadata:scores_by_entity': [
    'Index: a score in the list of what was scored.',
    ['type', 'entity', 'created', 'score'],
  ],
  'metadata:scores_by_span': ['Index: a score in the list of its span.', ['trace', 'span', 'created', 'score']],
  'metadata:schema': ['What is stored, by which version, and in which namespace.', []],
};

/**
 * @param {string} key
 * @returns {{ meaning: string, parts: Part[] }}
 */
export function explainKey(key) {
  const [first, ...rest] = key.split(':');
  const table = first === 'metadata' ? `${first}:${rest.shift() ?? ''}` : first;
  const [meaning, labels] = TABLES[table] ?? ['', []];
  return {
    meaning,
    parts: [{ text: table, label: 'table', isTable: true }, ...rest.map((text, at) => partOf(text, labels[at] ?? ''))],
  };
}

/** @param {string} text @param {string} label @returns {Part} */
function partOf(text, label) {
  if (FALLING_TIME.test(text)) return { text, label: label || 'time', time: new Date(TIME_MAX_MS - Number(text)) };
  return { text: decode(text), label };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // bytes that are no UTF-8, as of a lone surrogate
  }
}

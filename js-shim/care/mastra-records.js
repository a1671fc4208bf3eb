/**
 * The records of Mastra's own Cloudflare adapter, table by table, as this store has them: columns under other names, and
 * JSON that stands there in strings as the JSON it is. Nothing else changes: values pass as they are written.
 */
import { isObject, membersOf, objectOf, opened, parsed } from './spans.js';

/** @typedef {'threads' | 'messages' | 'resources' | 'workflow_snapshot' | 'scorers' | 'background_tasks'} Table */
/** @typedef {Map<string, string>} Members JSON texts by column */

/** Which of the other adapter's tables a table is. */
export const MASTRA_TABLES = /** @type {const} */ ({
  threads: 'mastra_threads',
  messages: 'mastra_messages',
  workflow_snapshot: 'mastra_workflow_snapshot',
  resources: 'mastra_resources',
  scorers: 'mastra_scorers',
  background_tasks: 'mastra_background_tasks',
});

const RUN_COLUMNS = {
  workflow_name: 'workflowName',
  run_id: 'runId',
  resourceId: 'resourceId',
  snapshot: 'snapshot',
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
};
const TASK_COLUMNS = new Map([
  ['tool_call_id', 'toolCallId'],
  ['tool_name', 'toolName'],
  ['agent_id', 'agentId'],
  ['run_id', 'runId'],
  ['thread_id', 'threadId'],
  ['resource_id', 'resourceId'],
  ['suspend_payload', 'suspendPayload'],
  ['retry_count', 'retryCount'],
  ['max_retries', 'maxRetries'],
  ['timeout_ms', 'timeoutMs'],
  ['created_at', 'createdAt'],
  ['started_at', 'startedAt'],
  ['suspended_at', 'suspendedAt'],
  ['completed_at', 'completedAt'],
]);
/** Of scores: those that are written with JSON.stringify when they are objects or arrays. */
const SCORE_JSON = [
  ...['scorer', 'entity', 'input', 'output', 'metadata', 'additionalContext', 'requestContext'],
  ...['preprocessStepResult', 'extractStepResult', 'analyzeStepResult'],
];

/** @type {Record<Table, (members: Members) => void>} each changes the members in place */
const CHANGES = {
  threads(members) {
    openMetadata(members);
    date(members);
  },
  messages(members) {
    members.delete('_index'); // the place within the call that saved it, which older versions left there
    if (members.get('resourceId') === 'null') members.delete('resourceId');
    if (members.get('type') === 'null') members.delete('type');
  },
  resources(members) {
    openMetadata(members);
    date(members);
  },
  workflow_snapshot(members) {
    const given = new Map(members);
    members.clear();
    for (const [name, column] of Object.entries(RUN_COLUMNS)) {
      const value = given.get(name);
      if (value !== undefined) members.set(column, value);
    }
    open(members, 'snapshot');
    date(members);
  },
  scorers(members) {
    for (const column of SCORE_JSON) open(members, column);
    for (const [column, value] of members) if (value === 'null' && column !== 'output') members.delete(column);
    date(members);
  },
  background_tasks(members) {
    const given = [...members];
    members.clear();
    for (const [name, value] of given) if (value !== 'null') members.set(TASK_COLUMNS.get(name) ?? name, value);
    // A version that writes args as a string writes its other JSON so, too, and then a result "5" is the number 5.
    const hasTexts = typeof parsed(members.get('args')) === 'string';
    for (const column of hasTexts ? ['args', 'error', 'result', 'suspendPayload'] : []) openAny(members, column);
  },
};

/**
 * A record of the other adapter as one of this store.
 * @param {Table} table
 * @param {Members} members of the record as it is there
 * @returns {string} JSON
 */
export function toRecord(table, members) {
  const changed = new Map(members);
  CHANGES[table](changed);
  return objectOf(changed);
}

/**
 * Which table a record belongs to whose key is its id and nothing else.
 * @param {Members} members
 * @returns {Table}
 */
export function tableOfBare(members) {
  if (members.has('scorerId')) return 'scorers';
  return members.has('tool_name') && members.has('status') ? 'background_tasks' : 'resources';
}

/**
 * @param {string} text of a value in KV
 * @returns {Members | undefined} undefined: it is no object
 */
export const recordOf = (text) => membersOf(text);

/**
 * A member that is a string; undefined where it is none.
 * @param {Members} members
 * @param {string} column
 */
export function textOf(members, column) {
  const value = parsed(members.get(column));
  return typeof value === 'string' ? value : undefined;
}

/**
 * Thread and resource metadata: an object, or its JSON in a string, or an empty string for none.
 * @param {Members} members
 */
function openMetadata(members) {
  if (members.get('metadata') === '""') members.delete('metadata');
  open(members, 'metadata');
}

/**
 * Open a string that holds the JSON of an object or array. Any other string is one.
 * @param {Members} members
 * @param {string} column
 */
function open(members, column) {
  const inner = parsed(textOf(members, column));
  if (isObject(inner) || Array.isArray(inner)) members.set(column, opened(/** @type {string} */ (members.get(column))));
}

/**
 * Open a string that holds any JSON.
 * @param {Members} members
 * @param {string} column
 */
function openAny(members, column) {
  const inner = parsed(textOf(members, column));
  if (inner !== undefined) members.set(column, opened(/** @type {string} */ (members.get(column))));
}

/**
 * A record that lacks one of its dates has the other one.
 * @param {Members} members
 */
function date(members) {
  const { createdAt, updatedAt } = Object.fromEntries(
    ['createdAt', 'updatedAt'].map((column) => [
      column,
      members.get(column) === 'null' ? undefined : members.get(column),
    ]),
  );
  if (createdAt ?? updatedAt) {
    members.set('createdAt', createdAt ?? /** @type {string} */ (updatedAt));
    members.set('updatedAt', updatedAt ?? /** @type {string} */ (createdAt));
  }
}

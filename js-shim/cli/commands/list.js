import { Argument } from 'commander';
import { exportRecords } from '../../care.js';
import { withConnection, withStore } from '../connection.js';
import { UsageError } from '../errors.js';
import { printJson, printTable } from '../output.js';

/** @import { Command } from 'commander' */
/** @import { KVStore } from '../../kv-store.js' */
/** @import { ConnectionOptions } from '../connection.js' */

/**
 * @typedef {ConnectionOptions & {
 *   limit: number, resource?: string, scorer?: string, status?: string,
 * }} ListOptions
 */
/** @typedef {Record<string, any>} Row */

/**
 * What can be listed.
 * @type {Record<string, {
 *   columns: string[],
 *   list: (store: KVStore, options: ListOptions, id?: string) => Promise<Row[]>,
 * }>}
 */
const LISTS = {
  threads: {
    columns: ['id', 'resourceId', 'title', 'updatedAt'],
    async list(store, { resource, limit }) {
      const filter = { ...(resource !== undefined && { resourceId: resource }) };
      return (await store.listThreads({ filter, perPage: limit })).threads;
    },
  },
  messages: {
    columns: ['id', 'role', 'createdAt', 'content'],
    async list(store, { resource, limit }, threadId) {
      const options = { perPage: limit, orderBy: { direction: 'DESC' } };
      if (threadId !== undefined) return (await store.listMessages({ threadId, ...options })).messages;
      if (resource === undefined) throw new UsageError('Of which thread? mkv ls messages <thread>, or --resource <id>');
      return (await store.listMessagesByResourceId({ resourceId: resource, ...options })).messages;
    },
  },
  resources: {
    columns: ['id', 'workingMemory', 'updatedAt'],
    async list(store, { limit }) {
      const ids = await resourceIds(store, limit);
      const resources = await Promise.all(ids.map((resourceId) => store.getResourceById({ resourceId })));
      return resources.filter((resource) => resource !== null);
    },
  },
  runs: {
    columns: ['workflowName', 'runId', 'resourceId', 'updatedAt'],
    async list(store, { resource: resourceId, status, limit }, workflowName) {
      return (await store.listWorkflowRuns({ workflowName, resourceId, status, page: 0, perPage: limit })).runs;
    },
  },
  scores: {
    columns: ['id', 'scorerId', 'score', 'entityId', 'createdAt'],
    async list(store, { limit }, scorerId) {
      if (scorerId === undefined) throw new UsageError('Of which scorer? mkv ls scores <scorer>');
      return (await store.listScoresByScorerId({ scorerId, pagination: { page: 0, perPage: limit } })).scores;
    },
  },
  tasks: {
    columns: ['id', 'status', 'toolName', 'agentId', 'createdAt'],
    async list(store, { resource: resourceId, status, limit }) {
      const filter = { resourceId, status, page: 0, perPage: limit, orderDirection: 'desc' };
      return (await store.listTasks(/** @type {any} */ (filter))).tasks;
    },
  },
};

/**
 * Which resources there are. No operation of the store lists them.
 * @param {KVStore} store
 * @param {number} limit
 */
async function resourceIds(store, limit) {
  /** @type {Set<string>} */
  const ids = new Set();
  for await (const line of exportRecords(store, { tables: ['resources'] })) {
    const { key, value } = JSON.parse(line);
    const id = value?.id ?? idOfFamily(key);
    if (typeof id === 'string') ids.add(id);
    if (ids.size === limit) break;
  }
  return [...ids];
}

/**
 * A resource of which only parts were ever written has no record of its own, and is named by their keys.
 * @param {string | undefined} key
 */
function idOfFamily(key) {
  const part = /^metadata:resources:([^:]*):/.exec(key ?? '')?.[1];
  try {
    return part && decodeURIComponent(part);
  } catch {
    return undefined; // half a character, which only a record's own text can tell
  }
}

/** @param {Command} program */
export function addList(program) {
  withConnection(
    program
      .command('ls')
      .description('list records, the newest first (resources: by their keys)')
      .addArgument(new Argument('[what]', 'what to list').choices(Object.keys(LISTS)).default('threads'))
      .argument('[id]', 'of which thread, workflow or scorer')
      .option('--resource <id>', 'only of this resource')
      .option('--status <status>', 'only of this status: of runs and tasks')
      .option('--limit <number>', 'at most so many', wholeNumber, 50)
      .addHelpText('after', '\nExample:\n  $ mkv ls threads --resource ada --local'),
  ).action((/** @type {string} */ what, /** @type {string | undefined} */ id, /** @type {ListOptions} */ options) =>
    withStore(options, async ({ store }) => {
      const { columns, list } = LISTS[what];
      const rows = await list(store, options, id);
      if (options.json) for (const row of rows) printJson(row, 0);
      else printTable([columns, ...rows.map((row) => columns.map((column) => cell(row[column])))]);
    }),
  );
}

/** @param {string} text */
function wholeNumber(text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new UsageError(`--limit ${text}: a whole number from 1 on`);
  return number;
}

/** Characters of a long value that are shown. */
const CELL_MAX = 80;

/** @param {unknown} value */
function cell(value) {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text;
}

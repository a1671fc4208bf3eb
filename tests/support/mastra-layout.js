/* Stores as Mastra's own Cloudflare adapter fills them: its keys, its values, its KV metadata. */
import { FakeKV } from './fake-kv.js';

/** @typedef {{ id: string, createdAt: string, content?: string, role?: string, resourceId?: string }} OldMessage content as JSON text */

/** The tables, each a namespace of its own unless they are put together. */
export const TABLES = [
  'mastra_threads',
  'mastra_messages',
  'mastra_workflow_snapshot',
  'mastra_resources',
  'mastra_scorers',
  'mastra_background_tasks',
];

export class MastraLayout {
  /** @type {Record<string, FakeKV>} by table */
  kvs = {};
  #prefix;

  /**
   * @param {{ keyPrefix?: string, isOneNamespace?: boolean, kv?: import('./fake-kv.js').FakeKVOptions }} [options]
   */
  constructor({ keyPrefix = '', isOneNamespace = false, kv } = {}) {
    const one = new FakeKV(kv);
    for (const table of TABLES) this.kvs[table] = isOneNamespace ? one : new FakeKV(kv);
    this.keyPrefix = keyPrefix;
    this.#prefix = keyPrefix === '' ? '' : `${keyPrefix}:`;
    for (const table of TABLES) this.write(table, `${this.#prefix}schema:${table}`, { id: { type: 'text' } });
  }

  /** What migrateFromMastra is given: namespaces that refuse to be written to. */
  get from() {
    /** @type {Map<FakeKV, any>} */
    const places = new Map();
    const bindings = Object.fromEntries(
      Object.entries(this.kvs).map(([table, kv]) => {
        if (!places.has(kv)) places.set(kv, readOnly(kv.location()));
        return [table, places.get(kv)];
      }),
    );
    return { bindings, ...(this.keyPrefix !== '' && { keyPrefix: this.keyPrefix }) };
  }

  /**
   * @param {string} table
   * @param {string} key
   * @param {object | string} value an object, or text as it stands
   */
  write(table, key, value) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.kvs[table].write(key, text, { metadata: '""' });
  }

  /**
   * @param {{ id: string, resourceId?: string, title?: string | null, metadata?: unknown, createdAt?: string, updatedAt?: string }} thread
   */
  thread({ id, resourceId = 'ada', title = '', metadata = '', createdAt = at(0), updatedAt = createdAt }) {
    const record = { id, resourceId, title, metadata, createdAt, updatedAt };
    this.write('mastra_threads', `${this.#prefix}mastra_threads:${id}`, record);
  }

  /**
   * @param {string} threadId
   * @param {OldMessage} message
   */
  message(threadId, { id, createdAt, content = '{"format":2,"parts":[]}', role = 'user', resourceId = 'ada' }) {
    const rest = JSON.stringify({ id, threadId, resourceId, role, type: 'v2', createdAt }).slice(0, -1);
    this.write('mastra_messages', `${this.#prefix}mastra_messages:${threadId}:${id}`, `${rest},"content":${content}}`);
  }

  /**
   * @param {string} threadId
   * @param {{ id: string, score: number }[]} entries
   */
  order(threadId, entries) {
    this.write('mastra_messages', `${this.#prefix}mastra_messages:${threadId}:messages`, entries);
  }

  /** @param {{ workflow: string, run: string, snapshot: unknown, resourceId?: string, createdAt: string, updatedAt: string, isOlder?: boolean }} run */
  run({ workflow, run, snapshot, resourceId, createdAt, updatedAt, isOlder = false }) {
    const key = `${this.#prefix}mastra_workflow_snapshot:${workflow}:${run}${isOlder ? `:${resourceId}` : ''}`;
    const record = { workflow_name: workflow, run_id: run, snapshot: JSON.stringify(snapshot), createdAt, updatedAt };
    this.write('mastra_workflow_snapshot', key, { ...record, ...(resourceId && { resourceId }) });
  }

  /** @param {{ id: string, workingMemory?: string, metadata?: object, createdAt: string, updatedAt: string }} resource */
  resource({ id, workingMemory, metadata, createdAt, updatedAt }) {
    const record = { id, workingMemory, metadata: JSON.stringify(metadata ?? {}), createdAt, updatedAt };
    this.write('mastra_resources', id, record);
  }

  /** @param {Record<string, unknown> & { id: string }} score its objects and arrays are written as JSON strings */
  score(score) {
    const columns = Object.entries(score).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null),
    ]);
    this.write('mastra_scorers', score.id, Object.fromEntries(columns));
  }

  /** @param {Record<string, unknown> & { id: string }} row in snake case */
  task(row) {
    this.write('mastra_background_tasks', row.id, row);
  }

  /** All that is stored, as text. */
  dump() {
    return Object.values(this.kvs)
      .flatMap((kv) => kv.keys().map((key) => `${key} = ${kv.read(key)?.value}`))
      .join('\n');
  }
}

/** A time, some seconds after another. @param {number} seconds */
export const at = (seconds) => new Date(Date.UTC(2026, 0, 5) + seconds * 1000).toISOString();

/**
 * A namespace that only reads.
 * @param {object} kv
 */
function readOnly(kv) {
  return new Proxy(kv, {
    get(target, name) {
      if (name === 'put' || name === 'delete') {
        return () => {
          throw new Error(`The source of a migration was written to: ${String(name)}`);
        };
      }
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

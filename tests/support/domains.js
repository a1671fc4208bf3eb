/* The domains beside memory: stores of one of them, scores and tasks to save, and KV that counts and fails. */
import fc from 'fast-check';
import { CloudflareStore } from '../../js-shim/index.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { CallCounter } from './counting-kv.js';
import { FakeKV } from './fake-kv.js';
import { Faults } from './faults.js';
import { dateAt } from './samples.js';

/** @typedef {import('../../js-shim/kv-store.js').KVStoreOptions} KVStoreOptions */
/** @typedef {'scores' | 'backgroundTasks' | 'threadState'} Domain */

/**
 * The operations of a domain. What they take and give is for the tests to say, so that they may also give what the
 * types forbid.
 * @typedef {Record<string, (...args: any[]) => Promise<any>>} DomainStore
 */

/**
 * A KVStore as the store of one domain, which it clears alone.
 * @param {Domain} domain
 * @param {KVStoreOptions} options
 * @returns {DomainStore}
 */
export function openDomain(domain, options) {
  const store = new KVStore({ overlay: false, ...options });
  return Object.assign(/** @type {any} */ (store), {
    dangerouslyClearAll: () => KVStore.prototype.dangerouslyClearAll.call(store, domain),
  });
}

/**
 * The classes that have a domain's operations.
 * @param {Domain} domain
 * @returns {{ name: string, make: (options: KVStoreOptions) => DomainStore }[]}
 */
export const domainFlavours = (domain) => [
  { name: 'KVStore without its overlay', make: (options) => openDomain(domain, options) },
  {
    name: 'CloudflareStore',
    make: (options) => /** @type {any} */ (new CloudflareStore({ id: 'store', ...options }).stores)[domain],
  },
];

/**
 * Two namespaces that fail as they are told and count what is called.
 * @param {{ attempts?: number }} [options] it is not tried again, when omitted
 */
export function openFaulty({ attempts = 1 } = {}) {
  const faults = new Faults();
  const counter = new CallCounter();
  const threads = new FakeKV({ faults });
  const messages = new FakeKV({ faults });
  const bindings = { threads: counter.wrap(threads.location()), messages: counter.wrap(messages.location()) };
  /** All that is stored, without the times of writing. */
  const dump = () =>
    [threads, messages].map((kv) =>
      Object.fromEntries(
        kv.keys().map((key) => {
          const version = /** @type {{ value: string, metadata?: string }} */ (kv.read(key));
          return [key, JSON.parse(`[${version.value},${version.metadata ?? null}]`, withoutTimes)];
        }),
      ),
    );
  return { faults, counter, threads, bindings, dump, retry: { attempts, firstPauseMs: 0 } };
}

/**
 * @param {string} name
 * @param {unknown} member
 */
const withoutTimes = (name, member) => (['_writtenAt', 'updatedAt'].includes(name) ? undefined : member);

/**
 * A score with what must be there and something to list it by.
 * @param {Record<string, unknown>} [fields] other than these
 * @returns {Record<string, any>}
 */
export const makeScore = (fields = {}) => ({
  scorerId: 'relevancy',
  entityId: 'agent',
  entityType: 'AGENT',
  runId: 'run',
  traceId: 'trace',
  spanId: 'span',
  source: 'LIVE',
  score: 0.5,
  scorer: { id: 'relevancy' },
  entity: { id: 'agent' },
  output: { text: 'yes' },
  ...fields,
});

/**
 * A task that waits.
 * @param {Record<string, unknown>} [fields] other than these
 * @returns {Record<string, any>}
 */
export const makeTask = (fields = {}) => ({
  id: 'task',
  status: 'pending',
  toolName: 'search',
  toolCallId: 'call',
  args: { query: 'weather' },
  agentId: 'agent',
  threadId: 'thread',
  resourceId: 'user',
  runId: 'run',
  createdAt: dateAt(0),
  retryCount: 0,
  maxRetries: 3,
  timeoutMs: 60_000,
  ...fields,
});

/** Ids that look like parts of keys, like each other's beginnings, or like nothing KV would take. */
export const AWKWARD_IDS = [
  ...['a', 'ab', 'a:b', 'a:', ':', '::', ':a', 'a/b', '..', '*', '%', '%3A', '%25', '0', '42', '-1', '1e3', '007'],
  ...['null', 'undefined', '__proto__', 'constructor', 'toString', 'createdAt', 'partial', 'task', 'a b', ' ', '  x  '],
  ...['\0', 'a\0b', '\n', '"', '\\', '\\u0000', '{}', '<b>', '\u007f', '\u2028', '\ufeff', '\ufffd', 'é', 'e\u0301'],
  ...['\ud800', '\udfff', '\udc00\ud800', '\u{1f600}', '日本語', '08638232774399877', 'x'.repeat(80)],
];

/** JSON text that JavaScript would print another way, or other stores read another way. */
export const EXACT_TEXTS = [
  '{"text":"a\\u0000b\\u0000","\\u0000":"\\u0000","lone":"\\ud800","pair":"\u{1f600}"}',
  '{"numbers":[1e+21,5e-324,0.30000000000000004,9007199254740991,-1.5e-7,123456789012345680000]}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"2":4,"10":3,"b":1,"a":2,"":5}',
  '{"looks":"{\\"like\\":\\"json\\"}","null":null,"date":"2026-03-01T09:00:00.000Z","_writtenAt":6,"id":"not an id"}',
  '{"empty":{"object":{},"array":[],"string":""},"false":false,"deep":[[[[{}]]]]}',
];

/** Any value as JSON gives it: without -0, and with plain objects. */
export const anyJson = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));

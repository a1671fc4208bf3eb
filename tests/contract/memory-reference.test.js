/* The memory domain against Mastra's in-memory store: the same calls at random, and the same answers.
 *
 * Where CONTRACT and reference differ by design, the answers are made comparable:
 * - times that are "now" only have to be now; every call has a moment of its own;
 * - ids of copies are random;
 * - newest first is the exact mirror of oldest first here, also within one timestamp, where the reference keeps the
 *   order of insertion: so its answers are mirrored;
 * - threads of one timestamp are not made: their order is by id here, and by insertion there;
 * - updateMessages shows the real role, the reference only user and assistant: only these are used. */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import fc from 'fast-check';
import { CloudflareStore } from '../../js-shim/index.js';
import { FakeKV } from '../support/fake-kv.js';
import { newSeed } from '../support/random.js';

const SEQUENCES = 5000;
const CALLS_MAX = 16;
const START = Date.UTC(2020, 0, 1);
/** Whatever is later than this is "now". */
const NOW = Date.UTC(2025, 0, 1);

const THREADS = ['a', 'a:b', 'a%3Ab', 'ü\u0000', 'b'];
const MESSAGES = ['m', 'm:1', '1', 'constructor', 'Ω', 'x'];
const threadId = fc.constantFrom(...THREADS);
const messageId = fc.constantFrom(...MESSAGES);
const resourceId = fc.constantFrom('u', 'u:1', 'v');
/** A few times, so that messages share them. */
const time = fc.integer({ min: 0, max: 4 }).map((n) => new Date(START + n * 1000));
const metadata = fc.dictionary(
  fc.constantFrom('k', 'l', '_x'),
  fc.constantFrom(null, 1, '1', true, { a: [1, { b: 2 }] }, { b: 2, a: 1 }, ''),
  { maxKeys: 3 },
);
const maybe = (/** @type {fc.Arbitrary<any>} */ arbitrary) => fc.option(arbitrary, { nil: undefined });
const compact = (/** @type {object} */ object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const thread = fc
  .record({ id: threadId, resourceId, title: maybe(fc.constantFrom('', 'T')), metadata: maybe(metadata), n: fc.nat(2) })
  .map(({ n, ...rest }) => {
    // A time of its own for every thread.
    const createdAt = new Date(START + THREADS.indexOf(rest.id) + n * 10);
    return compact({ ...rest, createdAt, updatedAt: createdAt });
  });
const content = fc
  .record({ metadata: maybe(metadata), content: maybe(fc.constantFrom('', 'hi', '\u0000\ud800')) })
  .map((rest) => compact({ format: 2, parts: [{ type: 'text', text: 'x' }], ...rest }));
const message = fc
  .record({
    id: messageId,
    threadId,
    resourceId: maybe(resourceId),
    role: fc.constantFrom('user', 'assistant'),
    type: maybe(fc.constantFrom('text', 'tool-call')),
    content,
    createdAt: time,
  })
  .map(compact);
const update = fc
  .record({
    id: messageId,
    threadId: maybe(threadId),
    resourceId: maybe(resourceId),
    role: maybe(fc.constantFrom('user', 'assistant')),
    createdAt: maybe(time),
    content: maybe(fc.record({ metadata: maybe(metadata), content: maybe(fc.constantFrom('', 'new')) }).map(compact)),
  })
  .map(compact);

const page = {
  page: maybe(fc.constantFrom(0, 1, 2, -1, 1.5)),
  perPage: maybe(fc.constantFrom(0, 1, 2, 5, 100, false, -1, 0.5)),
};
const filter = {
  dateRange: maybe(
    fc
      .record({
        start: maybe(time),
        end: maybe(time),
        startExclusive: maybe(fc.boolean()),
        endExclusive: maybe(fc.boolean()),
      })
      .map(compact),
  ),
  metadata: maybe(
    fc.dictionary(fc.constantFrom('k', 'l', '_x', 'bad key'), fc.constantFrom(null, 1, '1', true), { maxKeys: 2 }),
  ),
};
const include = fc.array(
  fc.record({ id: messageId, withPreviousMessages: maybe(fc.nat(3)), withNextMessages: maybe(fc.nat(3)) }).map(compact),
  { maxLength: 3 },
);
const list = {
  ...page,
  filter: maybe(fc.record(filter).map(compact)),
  include: maybe(include),
  isNewestFirst: fc.boolean(),
};
/** With perPage false the page does not matter here; the reference calls it too large. */
const withoutUselessPage = (/** @type {any} */ args) => (args.perPage === false ? { ...args, page: 0 } : args);

/** @param {string} method @param {fc.Arbitrary<any>} args @param {number} [weight] */
const call = (method, args, weight = 1) => ({ weight, arbitrary: fc.record({ method: fc.constant(method), args }) });

const anyCall = fc.oneof(
  call('saveThread', fc.record({ thread }), 4),
  call('getThreadById', fc.record({ threadId, resourceId: maybe(resourceId) }).map(compact), 2),
  call(
    'updateThread',
    fc.record({ id: threadId, title: maybe(fc.constantFrom('', 'new')), metadata: maybe(metadata) }).map(compact),
    2,
  ),
  call(
    'patchThread',
    fc.record({ id: threadId, title: maybe(fc.constant('patched')), metadata: maybe(metadata) }).map(compact),
  ),
  call('updateThreadResourceId', fc.record({ threadId, resourceId })),
  call('deleteThread', fc.record({ threadId })),
  call(
    'listThreads',
    fc
      .record({
        ...page,
        filter: maybe(
          fc
            .record({
              resourceId: maybe(fc.oneof(resourceId, fc.constant(''))),
              metadata: maybe(fc.oneof(metadata, fc.constant({ k: undefined }), fc.constant({ 'bad key': 1 }))),
            })
            .map(compact),
        ),
        orderBy: maybe(
          fc.record({ field: fc.constantFrom('createdAt', 'x'), direction: fc.constantFrom('ASC', 'DESC', 'up') }),
        ),
      })
      .map(compact),
    2,
  ),
  call('saveMessages', fc.record({ messages: fc.uniqueArray(message, { maxLength: 4, selector: ({ id }) => id }) }), 6),
  call(
    'listMessages',
    fc
      .record({
        threadId: fc.oneof(threadId, fc.uniqueArray(threadId, { maxLength: 3 }), fc.constant(' ')),
        resourceId: maybe(resourceId),
        ...list,
      })
      .map(compact)
      .map(withoutUselessPage),
    6,
  ),
  call(
    'listMessagesByResourceId',
    fc
      .record({ resourceId, ...list })
      .map(compact)
      .map(withoutUselessPage),
    2,
  ),
  call('listMessagesById', fc.record({ messageIds: fc.uniqueArray(messageId) })),
  call('updateMessages', fc.record({ messages: fc.array(update, { maxLength: 3 }) }), 3),
  call('deleteMessages', fc.array(messageId, { maxLength: 3 })),
  call(
    'copyThread',
    fc
      .record({
        sourceThreadId: threadId,
        newThreadId: threadId,
        resourceId: maybe(resourceId),
        title: maybe(fc.constant('copy')),
        metadata: maybe(metadata),
        options: maybe(
          fc
            .record({
              messageLimit: maybe(fc.constantFrom(1, 2, 10)),
              messageFilter: maybe(
                fc
                  .record({
                    startDate: maybe(time),
                    endDate: maybe(time),
                    messageIds: maybe(fc.uniqueArray(messageId)),
                  })
                  .map(compact),
              ),
            })
            .map(compact),
        ),
      })
      .map(compact),
  ),
  call(
    'saveResource',
    fc.record({
      resource: fc
        .record({
          id: resourceId,
          workingMemory: maybe(fc.constantFrom('', 'wm')),
          metadata: maybe(metadata),
          createdAt: time,
          updatedAt: time,
        })
        .map(compact),
    }),
  ),
  call(
    'updateResource',
    fc.record({ resourceId, workingMemory: maybe(fc.constantFrom('', 'new')), metadata: maybe(metadata) }).map(compact),
    2,
  ),
  call('getResourceById', fc.record({ resourceId })),
);

/** @typedef {Record<string, (...args: any[]) => Promise<any>>} Memory */

/**
 * Newest first from the reference: all of it oldest first, mirrored, and of that the page.
 * @param {Memory} reference
 * @param {string} method
 * @param {any} args
 */
async function mirrored(reference, method, args) {
  const answer = await reference[method](args);
  const { include: _include, ...query } = args;
  const all = (await reference[method]({ ...query, page: 0, perPage: false })).messages.reverse();
  const { perPage = 40, page: number = 0 } = args;
  const messages = perPage === false ? all : all.slice(number * perPage, (number + 1) * perPage);
  return { ...answer, messages };
}

/**
 * What a call answers or fails with.
 * @param {Memory} store
 * @param {string} method
 * @param {any} args
 * @param {boolean} isReference
 */
async function outcome(store, method, args, isReference) {
  try {
    if (!method.startsWith('listMessages') || method === 'listMessagesById') {
      return { answer: await store[method](args) };
    }
    const { isNewestFirst, ...rest } = args;
    if (!isNewestFirst) {
      const answer = await store[method](rest);
      // The reference tells by include's thread whether there is more, and passes over arrays and the offset.
      const isOdd = rest.include?.length > 0 && (Array.isArray(rest.threadId) || rest.page > 0);
      // And it orders what it includes within one timestamp as it found it.
      const messages = rest.include
        ? answer.messages.toSorted(
            (/** @type {any} */ a, /** @type {any} */ b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
          )
        : answer.messages;
      return { answer: { ...answer, messages, ...(isOdd && { hasMore: 'odd' }) } };
    }
    const { include: _include, ...query } = rest;
    return {
      answer: isReference
        ? await mirrored(store, method, query)
        : await store[method]({ ...query, orderBy: { field: 'createdAt', direction: 'DESC' } }),
    };
  } catch (error) {
    // An error text ends at no NUL here: it shows as a question mark.
    return { error: /** @type {Error} */ (error).message.replaceAll('\u0000', '?') };
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** An answer without what may differ. @param {any} value @returns {any} */
function comparable(value) {
  if (value instanceof Date) return value.getTime() > NOW ? 'now' : value;
  // A copy's clonedAt is a Date when it is made and text when it is read.
  if (typeof value === 'string' && Date.parse(value) > NOW) return 'now';
  if (typeof value === 'string') return UUID.test(value) ? 'random' : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(comparable);
  // As own members, whatever they are named; the order of members is not the reference's to tell.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      // A copy of a copy maps ids that are random themselves.
      .map(([name, member], i) => [UUID.test(name) ? `random ${i}` : `.${name}`, comparable(member)]),
  );
}

const seed = newSeed();
it(`MemoryStorageCloudflare answers as the in-memory store does, in ${SEQUENCES} sequences of calls (SEED=${seed})`, async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 1_000_000 });
  try {
    const property = fc.asyncProperty(
      fc.boolean(),
      fc.array(anyCall, { minLength: 4, maxLength: CALLS_MAX }),
      async (overlay, calls) => {
        const [threads, messages] = [new FakeKV().location(), new FakeKV().location()];
        const options = { id: 'store', bindings: { threads, messages }, overlay };
        const store = /** @type {any} */ (new CloudflareStore(options).stores).memory;
        const reference = /** @type {any} */ (new InMemoryStore().stores).memory;
        for (const { method, args } of calls) {
          mock.timers.tick(100);
          const expected = await outcome(reference, method, structuredClone(args), true);
          const actual = await outcome(store, method, structuredClone(args), false);
          assert.deepEqual(comparable(actual), comparable(expected), `${method} ${JSON.stringify(args)}`);
        }
      },
    );
    await fc.assert(property, { numRuns: SEQUENCES, seed });
  } finally {
    mock.timers.reset();
  }
});

/* Scores against Mastra's in-memory store: the same calls at random, and the same answers. */
import assert from 'node:assert/strict';
import { after, before, it, mock } from 'node:test';
import { InMemoryStore } from '@mastra/core/storage';
import fc from 'fast-check';
import { anyJson, domainFlavours, makeScore } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { newSeed } from '../support/random.js';
import { START } from '../support/samples.js';

/** Fewer with the overlay, which knows nothing of a domain. */
const SEQUENCES = [2000, 500];

// Few values, so that scores meet: some that begin alike or look like keys, and one that KV metadata has no room for.
const ids = fc.constantFrom('a', 'a:b', 'ab', '');
const long = 'ü'.repeat(150);
const payload = fc.record(
  {
    id: fc.constantFrom('1', '2', '3', '4', '5:6'),
    scorerId: ids,
    runId: ids,
    entityId: ids,
    entityType: fc.constantFrom('AGENT', 'STEP', 'agent_run'),
    traceId: ids,
    spanId: ids,
    source: fc.constantFrom('LIVE', 'TEST'),
    organizationId: fc.constantFrom('o', 'p', long),
    projectId: fc.constantFrom('o', '', long),
    score: fc.double({ noNaN: true, noDefaultInfinity: true }).map((score) => score + 0), // no -0: JSON knows none
    output: anyJson,
    metadata: fc.dictionary(fc.string(), anyJson, { noNullPrototype: true }),
  },
  {
    requiredKeys: ['id', 'scorerId', 'runId', 'entityId', 'source', 'score', 'output'],
    noNullPrototype: true,
  },
);
const pagination = fc.record(
  {
    page: fc.nat(3),
    perPage: fc.oneof({ weight: 3, arbitrary: fc.nat(4) }, fc.constant(false), fc.constant(100)),
  },
  { requiredKeys: ['page'], noNullPrototype: true },
);
const filters = fc.record(
  { organizationId: fc.constantFrom('o', 'p', long, undefined), projectId: fc.constantFrom('o', '', long, undefined) },
  { requiredKeys: [], noNullPrototype: true },
);

/**
 * @param {string} method
 * @param {Record<string, fc.Arbitrary<unknown>>} selected
 * @param {Record<string, fc.Arbitrary<unknown>>} [optional]
 */
const list = (method, selected, optional = {}) =>
  fc.record(
    {
      method: fc.constant(method),
      args: fc.record(
        { ...selected, pagination, filters, ...optional },
        { requiredKeys: /** @type {any[]} */ ([...Object.keys(selected), 'pagination']), noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  );

const call = fc.oneof(
  { weight: 6, arbitrary: fc.record({ method: fc.constant('saveScore'), args: payload }) },
  fc.record({ method: fc.constant('getScoreById'), args: fc.record({ id: fc.constantFrom('1', '5:6', '5', '9') }) }),
  list(
    'listScoresByScorerId',
    { scorerId: ids },
    {
      entityId: ids,
      entityType: fc.constantFrom('AGENT', 'STEP', ''),
      source: fc.constantFrom('LIVE', 'TEST', undefined),
    },
  ),
  list('listScoresByRunId', { runId: ids }),
  list('listScoresByEntityId', { entityId: ids, entityType: fc.constantFrom('AGENT', 'agent_run') }),
  list('listScoresBySpan', { traceId: ids, spanId: ids }),
);

/**
 * What the in-memory store answers to a list, in the order that the contract demands: newest first.
 * @param {any} reference
 * @param {string} method
 * @param {any} args
 */
async function expectedList(reference, method, args) {
  const { scores: all } = await reference[method]({ ...args, pagination: { page: 0, perPage: false } });
  const { pagination: info } = await reference[method](args);
  const { page, perPage = Infinity } = args.pagination;
  all.sort((/** @type {any} */ a, /** @type {any} */ b) => b.createdAt - a.createdAt);
  const scores =
    perPage === false ? all : perPage === Infinity && page > 0 ? [] : all.slice(page * perPage || 0).slice(0, perPage);
  return { scores, pagination: info };
}

before(() => mock.timers.enable({ apis: ['Date'], now: START }));
after(() => mock.timers.reset());

for (const [i, { name, make }] of domainFlavours('scores').entries()) {
  const numRuns = SEQUENCES[i];
  const seed = newSeed();
  it(`${name} answers as the in-memory store does, in ${numRuns} sequences of calls (SEED=${seed})`, async () => {
    let saved = 0;
    const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 16 }), async (calls) => {
      const kv = new FakeKV();
      const store = make({ bindings: { threads: kv.location(), messages: kv.location() } });
      const reference = /** @type {any} */ (new InMemoryStore().stores).scores;
      for (const { method, args } of /** @type {{ method: string, args: any }[]} */ (calls)) {
        mock.timers.tick(1000); // no two scores of one time, whose order the in-memory store has by chance
        const answer = await store[method](method === 'saveScore' ? makeScoreOf(args) : args);
        const expected = await (method === 'saveScore'
          ? reference.saveScore(makeScoreOf(args))
          : method === 'getScoreById'
            ? reference.getScoreById(args)
            : expectedList(reference, method, args));
        saved += method === 'saveScore' ? 1 : 0;
        assert.deepEqual(answer, expected, method);
      }
    });
    await fc.assert(property, { numRuns, seed });
    assert.ok(saved > numRuns);
  });
}

/** What the payload does not say must stay unsaid. @param {any} args */
const makeScoreOf = ({ entityType, traceId, spanId, ...rest }) => {
  const { entityType: _entityType, traceId: _traceId, spanId: _spanId, ...score } = makeScore(rest);
  return {
    ...score,
    ...(entityType !== undefined && { entityType }),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
  };
};

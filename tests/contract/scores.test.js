/* Scores, over every kind of KV and through every class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MastraError } from '@mastra/core/error';
import { saveScorePayloadSchema } from '@mastra/core/evals';
import fc from 'fast-check';
import { ScoresStorageCloudflare } from '../../js-shim/index.js';
import { AWKWARD_IDS, EXACT_TEXTS, domainFlavours, makeScore, openDomain } from '../support/domains.js';
import { FakeKV } from '../support/fake-kv.js';
import { describeOnEachBackend, newestCoreOnly, newPrefix } from '../support/harness.js';
import { newSeed } from '../support/random.js';
import { idsOf } from '../support/samples.js';

/** @import { DomainStore } from '../support/domains.js' */

/**
 * The four lists, each with what selects makeScore().
 * @type {Record<string, Record<string, string>>}
 */
const LISTS = {
  listScoresByScorerId: { scorerId: 'relevancy' },
  listScoresByRunId: { runId: 'run' },
  listScoresByEntityId: { entityId: 'agent', entityType: 'AGENT' },
  listScoresBySpan: { traceId: 'trace', spanId: 'span' },
};
const ALL = { page: 0, perPage: false };

/**
 * @param {DomainStore} store
 * @param {number} count saved one after another, as `s0` and on
 * @param {(i: number) => Record<string, unknown>} [fields]
 */
async function saveScores(store, count, fields = () => ({})) {
  for (let i = 0; i < count; i++) await store.saveScore(makeScore({ id: `s${i}`, ...fields(i) }));
}

describeOnEachBackend('scores', (backend) => {
  const bindings = () => ({ threads: backend.current.threads, messages: backend.current.messages });
  const keysOf = async (/** @type {string} */ prefix) =>
    (await backend.current.threads.list({ prefix, limit: 1000 })).keys.map(({ name }) => name);

  for (const { name, make } of domainFlavours('scores')) {
    describe(name, () => {
      const open = (keyPrefix = newPrefix()) => make({ bindings: bindings(), keyPrefix });

      describe('saveScore and getScoreById', () => {
        it('give back what was saved, with an id and the times', async () => {
          const store = open();
          const before = Date.now();
          const { score } = await store.saveScore(makeScore());
          const { id, createdAt, updatedAt, ...rest } = score;
          assert.deepEqual(rest, makeScore());
          assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
          assert.ok(createdAt instanceof Date && createdAt.getTime() >= before);
          assert.deepEqual(updatedAt, createdAt);
          assert.deepEqual(await store.getScoreById({ id }), score);
          for (const [list, args] of Object.entries(LISTS)) {
            assert.deepEqual((await store[list]({ ...args, pagination: ALL })).scores, [score], list);
          }
        });

        it('answer null for an unknown score', async () => {
          assert.equal(await open().getScoreById({ id: 'nobody' }), null);
        });

        it('make a new id where none is given', async () => {
          const store = open();
          const ids = [];
          for (const id of [undefined, '', undefined]) ids.push((await store.saveScore(makeScore({ id }))).score.id);
          assert.equal(new Set(ids).size, 3);
          const { scores } = await store.listScoresByRunId({ runId: 'run', pagination: ALL });
          assert.deepEqual(idsOf(scores), ids.reverse());
        });

        it('replace a score, which keeps its createdAt and is listed once', async () => {
          const store = open();
          const { score: first } = await store.saveScore(makeScore({ id: 's', reason: 'because', metadata: { a: 1 } }));
          const { score: second } = await store.saveScore(makeScore({ id: 's', score: 0.9 }));
          assert.deepEqual(
            second,
            makeScore({ id: 's', score: 0.9, createdAt: first.createdAt, updatedAt: second.updatedAt }),
          );
          assert.ok(second.updatedAt > first.updatedAt);
          assert.deepEqual(await store.getScoreById({ id: 's' }), second);
          for (const [list, args] of Object.entries(LISTS)) {
            const { scores, pagination } = await store[list]({ ...args, pagination: ALL });
            assert.deepEqual([scores, pagination.total], [[second], 1], list);
          }
        });

        it('move a score in the lists', async () => {
          const keyPrefix = newPrefix();
          const store = open(keyPrefix);
          await store.saveScore(makeScore({ id: 's' }));
          const { traceId: _traceId, ...moved } = makeScore({ id: 's', scorerId: 'x', runId: 'y', entityType: 'STEP' });
          const { score } = await store.saveScore(moved);
          for (const [list, args] of Object.entries(LISTS)) {
            const { scores, pagination } = await store[list]({ ...args, pagination: ALL });
            assert.deepEqual([scores, pagination.total], [[], 0], list);
          }
          const where = {
            listScoresByScorerId: { scorerId: 'x' },
            listScoresByRunId: { runId: 'y' },
            listScoresByEntityId: { entityId: 'agent', entityType: 'STEP' },
          };
          for (const [list, args] of Object.entries(where)) {
            assert.deepEqual((await store[list]({ ...args, pagination: ALL })).scores, [score], list);
          }
          // The score, and one entry for each list it is in.
          assert.equal((await keysOf(keyPrefix)).length, 4);
        });

        it('drop what the schema does not know, and times of the caller', async () => {
          const store = open();
          const { score } = await store.saveScore(
            makeScore({ id: 's', unknown: 1, createdAt: new Date(0), updatedAt: new Date(0), _recent: 1 }),
          );
          assert.deepEqual(score, makeScore({ id: 's', createdAt: score.createdAt, updatedAt: score.updatedAt }));
          assert.ok(score.createdAt.getTime() > 1e12);
        });

        it('leave out what is null or undefined, and keep what is empty', async () => {
          const store = open();
          const nothing = {
            organizationId: null,
            projectId: null,
            batchId: null,
            datasetId: null,
            datasetItemId: null,
          };
          const empty = { requestContext: {}, metadata: {}, reason: '', organizationId: '', structuredOutput: false };
          const given = makeScore({ id: 's', ...nothing, reasonPrompt: undefined, ...empty, entity: {}, score: 0 });
          await store.saveScore(given);
          const { scores } = await store.listScoresByRunId({ runId: 'run', pagination: ALL });
          const keys = Object.keys(given).filter((key) => given[key] !== null && given[key] !== undefined);
          assert.deepEqual(Object.keys(scores[0]).sort(), [...keys, 'createdAt', 'updatedAt'].sort());
          for (const key of keys) assert.deepEqual(scores[0][key], given[key], key);
        });

        it('take empty strings for ids', async () => {
          const store = open();
          const empty = { scorerId: '', runId: '', entityId: '', traceId: '', spanId: '' };
          const { score } = await store.saveScore(makeScore({ id: 's', ...empty }));
          assert.deepEqual((await store.listScoresByScorerId({ scorerId: '', pagination: ALL })).scores, [score]);
          assert.deepEqual((await store.listScoresBySpan({ traceId: '', spanId: '', pagination: ALL })).scores, [
            score,
          ]);
          assert.deepEqual((await store.listScoresByRunId({ runId: 'run', pagination: ALL })).scores, []);
        });

        it('keep every value to the letter', async () => {
          const store = open();
          for (const text of EXACT_TEXTS) {
            const value = JSON.parse(text);
            const payload = makeScore({ id: 's', scorer: value, input: value, output: value, metadata: value });
            await store.saveScore(payload);
            const found = await store.getScoreById({ id: 's' });
            for (const key of ['scorer', 'input', 'output', 'metadata']) {
              assert.equal(JSON.stringify(found[key]), JSON.stringify(value), key);
            }
          }
          for (const score of [0, 1, -1, 0.1 + 0.2, 5e-324, -1.5e300, 1e21]) {
            await store.saveScore(makeScore({ id: 's', score }));
            assert.equal((await store.getScoreById({ id: 's' })).score, score);
          }
          for (const output of [null, 0, '', false, [], '{"a":1}', '2026-03-01T09:00:00.000Z']) {
            await store.saveScore(makeScore({ id: 's', output, input: output }));
            assert.deepEqual((await store.getScoreById({ id: 's' })).output, output);
          }
        });
      });

      describe('the lists', () => {
        it('give the newest first, in pages', async () => {
          const store = open();
          await saveScores(store, 5);
          for (const [list, args] of Object.entries(LISTS)) {
            const page = async (/** @type {object} */ pagination) => {
              const { scores, pagination: info } = await store[list]({ ...args, pagination });
              return [idsOf(scores), info];
            };
            assert.deepEqual(await page({ page: 0, perPage: 2 }), [
              ['s4', 's3'],
              { total: 5, page: 0, perPage: 2, hasMore: true },
            ]);
            assert.deepEqual(await page({ page: 2, perPage: 2 }), [
              ['s0'],
              { total: 5, page: 2, perPage: 2, hasMore: false },
            ]);
            assert.deepEqual(await page({ page: 3, perPage: 2 }), [
              [],
              { total: 5, page: 3, perPage: 2, hasMore: false },
            ]);
            assert.deepEqual(await page({ page: 0, perPage: 0 }), [
              [],
              { total: 5, page: 0, perPage: 0, hasMore: true },
            ]);
            assert.deepEqual(await page({ page: 7, perPage: false }), [
              ['s4', 's3', 's2', 's1', 's0'],
              { total: 5, page: 7, perPage: false, hasMore: false },
            ]);
            assert.deepEqual(await page({ page: 0 }), [
              ['s4', 's3', 's2', 's1', 's0'],
              { total: 5, page: 0, perPage: Number.MAX_SAFE_INTEGER, hasMore: false },
            ]);
            assert.deepEqual(await page({ page: 2 ** 40, perPage: 2 ** 40 }), [
              [],
              { total: 5, page: 2 ** 40, perPage: 2 ** 40, hasMore: false },
            ]);
          }
        });

        it('are empty for what nobody knows', async () => {
          const store = open();
          await saveScores(store, 1);
          for (const [list, args] of Object.entries(LISTS)) {
            for (const wrong of Object.keys(args)) {
              const answer = await store[list]({ ...args, [wrong]: 'nobody', pagination: { page: 0, perPage: 10 } });
              assert.deepEqual(answer, {
                scores: [],
                pagination: { total: 0, page: 0, perPage: 10, hasMore: false },
              });
            }
          }
        });

        it('refuse pages that are none', async () => {
          const store = open();
          for (const [list, args] of Object.entries(LISTS)) {
            const list1 = (/** @type {object} */ pagination) => store[list]({ ...args, pagination });
            for (const perPage of [-1, 1.5, NaN, Infinity, null]) {
              await assert.rejects(list1({ page: 0, perPage }), { message: 'perPage must be >= 0' });
            }
            for (const page of [-1, 1.5, NaN]) {
              await assert.rejects(list1({ page, perPage: 2 }), { message: 'page must be >= 0' });
            }
            const mistyped = { message: 'perPage must be >= 0: a number, or false for all' };
            await assert.rejects(list1({ page: 0, perPage: 'abc' }), mistyped);
            await assert.rejects(list1({ page: '2', perPage: 2 }), { message: 'page must be >= 0: a number' });
          }
        });

        it('filter', async () => {
          const store = open();
          const fields = [
            { entityId: 'a', entityType: 'AGENT', source: 'LIVE', organizationId: 'o1', projectId: 'p1' },
            { entityId: 'a', entityType: 'STEP', source: 'TEST', organizationId: 'o1', projectId: 'ö2' },
            { entityId: 'b', entityType: 'AGENT', source: 'TEST', organizationId: 'o2' },
            { entityId: 'b', entityType: 'agent_run', source: 'LIVE' },
          ];
          await saveScores(store, 4, (i) => fields[i]);
          const by = async (/** @type {object} */ args) => {
            const answer = await store.listScoresByScorerId({ scorerId: 'relevancy', pagination: ALL, ...args });
            assert.equal(answer.pagination.total, answer.scores.length);
            return idsOf(answer.scores).reverse().join();
          };
          assert.equal(await by({ entityId: 'a' }), 's0,s1');
          assert.equal(await by({ entityId: 'a', entityType: 'STEP' }), 's1');
          assert.equal(await by({ entityType: 'agent_run' }), 's3');
          assert.equal(await by({ source: 'TEST' }), 's1,s2');
          assert.equal(await by({ source: 'TEST', entityId: 'a', entityType: 'AGENT' }), '');
          for (const none of [undefined, '', null, false, 0]) {
            assert.equal(await by({ entityId: none, entityType: none, source: none }), 's0,s1,s2,s3');
          }
          assert.equal(await by({ filters: { organizationId: 'o1' } }), 's0,s1');
          assert.equal(await by({ filters: { organizationId: 'o1', projectId: 'ö2' } }), 's1');
          assert.equal(await by({ filters: { organizationId: 'o1' }, source: 'LIVE' }), 's0');
          assert.equal(await by({ filters: { organizationId: 'o', projectId: undefined } }), '');
          assert.equal(await by({ filters: { organizationId: '' } }), '');
          assert.equal(await by({ filters: { organizationId: null } }), 's3');
          assert.equal(await by({ filters: {} }), 's0,s1,s2,s3');
          for (const [list, args] of Object.entries({
            ...LISTS,
            listScoresByEntityId: { entityId: 'a', entityType: 'STEP' },
          })) {
            const { scores } = await store[list]({ ...args, filters: { projectId: 'ö2' }, pagination: ALL });
            assert.deepEqual(idsOf(scores), ['s1'], list);
          }
        });

        it('leave a score out of the lists that it has not all columns of', async () => {
          const store = open();
          const { entityType: _entityType, spanId: _spanId, ...plain } = makeScore({ id: 's' });
          await store.saveScore(plain);
          const totals = [];
          for (const [list, args] of Object.entries(LISTS)) {
            totals.push((await store[list]({ ...args, pagination: ALL })).pagination.total);
          }
          assert.deepEqual(totals, [1, 1, 0, 0]);
        });

        it('find what KV metadata has no room for', async () => {
          const store = open();
          const long = (/** @type {string} */ end) => `${'ü'.repeat(200)}${end}`;
          const fields = (/** @type {number} */ i) => ({
            organizationId: long(`${i % 2}`),
            projectId: i === 3 ? undefined : long(`${i % 3}`),
          });
          await saveScores(store, 6, fields);
          const args = { scorerId: 'relevancy', pagination: { page: 0, perPage: 2 } };
          const { scores, pagination } = await store.listScoresByScorerId({
            ...args,
            filters: { organizationId: long('1') },
          });
          assert.deepEqual([idsOf(scores), pagination.total], [['s5', 's3'], 3]);
          const found = await store.listScoresByScorerId({ ...args, filters: { projectId: long('0') } });
          assert.deepEqual([idsOf(found.scores), found.pagination.total], [['s0'], 1]);
          const lacking = await store.listScoresByScorerId({ ...args, filters: { projectId: null } });
          assert.deepEqual(idsOf(lacking.scores), ['s3']);
          assert.equal((await store.listScoresByScorerId({ ...args, source: 'LIVE' })).pagination.total, 6);
        });
      });

      it('saves scores in parallel', async () => {
        const store = open();
        await Promise.all(Array.from({ length: 20 }, (_, i) => store.saveScore(makeScore({ id: `s${i}` }))));
        const { scores } = await store.listScoresByRunId({ runId: 'run', pagination: ALL });
        assert.equal(new Set(idsOf(scores)).size, 20);
      });

      it('keeps stores of two prefixes apart', async () => {
        const keyPrefix = newPrefix();
        const stores = [open(keyPrefix), open(`${keyPrefix}x_`), open('')];
        for (const [i, store] of stores.entries()) await store.saveScore(makeScore({ id: 's', score: i }));
        for (const [i, store] of stores.entries()) {
          assert.equal((await store.getScoreById({ id: 's' })).score, i);
          for (const [list, args] of Object.entries(LISTS)) {
            assert.deepEqual(
              (await store[list]({ ...args, pagination: ALL })).scores.map((/** @type {any} */ s) => s.score),
              [i],
            );
          }
        }
        await stores[0].dangerouslyClearAll();
        assert.equal(await stores[0].getScoreById({ id: 's' }), null);
        assert.equal((await stores[0].listScoresByRunId({ runId: 'run', pagination: ALL })).pagination.total, 0);
        assert.equal((await stores[1].listScoresByRunId({ runId: 'run', pagination: ALL })).pagination.total, 1);
        await stores[1].dangerouslyClearAll();
        await stores[2].dangerouslyClearAll();
        assert.deepEqual(await keysOf(keyPrefix), []);
      });

      it('keeps ids of every shape apart', async () => {
        const store = open();
        const ids = AWKWARD_IDS;
        await Promise.all(
          ids.map((id, i) =>
            store.saveScore(
              makeScore({ id, score: i, scorerId: id, runId: id, entityId: id, traceId: id, spanId: ids[0] }),
            ),
          ),
        );
        for (const [i, id] of ids.entries()) {
          assert.equal((await store.getScoreById({ id })).score, i, JSON.stringify(id));
          const lists = {
            listScoresByScorerId: { scorerId: id },
            listScoresByRunId: { runId: id },
            listScoresByEntityId: { entityId: id, entityType: 'AGENT' },
            listScoresBySpan: { traceId: id, spanId: ids[0] },
          };
          for (const [list, args] of Object.entries(lists)) {
            assert.deepEqual(idsOf((await store[list]({ ...args, pagination: ALL })).scores), [id], JSON.stringify(id));
          }
        }
      });
    });
  }

  it('is refused by the same rules as Mastra has, and then nothing is stored', newestCoreOnly, async () => {
    const keyPrefix = newPrefix();
    const store = openDomain('scores', { bindings: bindings(), keyPrefix });
    const columns = Object.keys(saveScorePayloadSchema.shape);
    const values = [
      undefined, null, '', 'x', 'LIVE', 'TEST', 'live', 'AGENT', 'EXTERNAL', 'agent_run', 'tool_call', 'mapping', 'Agent',
      '_run', 'agent_', 'agent__run', 'nothing', 0, -1.5, NaN, Infinity, true, false, {}, { a: 1 }, [], [1],
    ]; // prettier-ignore
    // JSON knows no NaN and no infinity: both are null, which the nullable columns may be.
    const change = fc
      .dictionary(fc.constantFrom(...columns), fc.constantFrom(...values), { maxKeys: 2 })
      .filter((changed) =>
        Object.entries(changed).every(
          ([column, value]) =>
            typeof value !== 'number' ||
            Number.isFinite(value) ||
            !(/** @type {any} */ (saveScorePayloadSchema.shape)[column].isNullable()),
        ),
      );
    const property = fc.asyncProperty(change, async (changed) => {
      const payload = makeScore({ id: 's', ...changed });
      const { error } = saveScorePayloadSchema.safeParse(payload);
      const names = error?.issues.map(({ path }) => String(path[0])) ?? [];
      // Which of its versions takes an undefined output, Zod decides; the contract does not.
      if (payload.output === undefined) names.push('output');
      if (names.length === 0) {
        await store.saveScore(payload);
        return;
      }
      const before = await keysOf(keyPrefix);
      await assert.rejects(store.saveScore(payload), (/** @type {any} */ refused) => {
        assert.deepEqual([refused.code, refused.reason], ['INVALID_ARGUMENT', 'VALIDATION_FAILED']);
        assert.ok(
          names.some((name) => refused.message.startsWith(`Invalid score: ${name} must be`)),
          `${refused.message} is about none of ${names}`,
        );
        return true;
      });
      assert.deepEqual(await keysOf(keyPrefix), before);
    });
    await fc.assert(property, { numRuns: 4000 / backend.slowness, seed: newSeed() });
    await assert.rejects(store.saveScore(/** @type {any} */ (null)), {
      message: 'Invalid score: it must be an object.',
    });
  });
});

describe('scores in a KV of their own', () => {
  const open = () => {
    const kv = new FakeKV();
    const bindings = { threads: kv.location(), messages: kv.location() };
    return {
      kv,
      bindings,
      store: openDomain('scores', { bindings }),
      domain: new ScoresStorageCloudflare({ bindings }),
    };
  };

  it('are counted and listed beyond 1,000', async () => {
    const { store } = open();
    const count = 2345;
    for (let at = 0; at < count; at += 8) {
      const ids = Array.from({ length: Math.min(8, count - at) }, (_, i) => `s${at + i}`);
      await Promise.all(ids.map((id) => store.saveScore(makeScore({ id }))));
    }
    const seen = new Set();
    for (let page = 0, more = true; more; page++) {
      const { scores, pagination } = await store.listScoresByRunId({
        runId: 'run',
        pagination: { page, perPage: 400 },
      });
      assert.equal(pagination.total, count);
      for (const { id } of scores) seen.add(id);
      more = pagination.hasMore;
    }
    assert.equal(seen.size, count);
    const { scores } = await store.listScoresByRunId({ runId: 'run', pagination: ALL });
    const times = scores.map((/** @type {any} */ { createdAt }) => createdAt.getTime());
    assert.deepEqual(
      times,
      times.toSorted((/** @type {number} */ a, /** @type {number} */ b) => b - a),
    );
  });

  it('are stored under plain keys', async () => {
    const { kv, store } = open();
    await store.saveScore(makeScore({ id: 's', entityId: 'größe', organizationId: 'o' }));
    const time = kv.keys()[0].split(':')[4];
    assert.match(time, /^\d{17}$/);
    assert.deepEqual(kv.keys(), [
      `metadata:scores_by_entity:AGENT:gr%C3%B6%C3%9Fe:${time}:s`,
      `metadata:scores_by_run:run:${time}:s`,
      `metadata:scores_by_scorer:relevancy:${time}:s`,
      `metadata:scores_by_span:trace:span:${time}:s`,
      'scorers:s',
    ]);
    for (const key of kv.keys()) {
      const { createdAt, ...facets } = JSON.parse(/** @type {string} */ (kv.read(key)?.metadata));
      assert.equal(Date.parse(createdAt), 8640000000000000 - Number(time));
      const expected = { source: 'LIVE', entityType: 'AGENT', entityId: 'gr%C3%B6%C3%9Fe', organizationId: 'o' };
      assert.deepEqual(facets, expected, key);
    }
  });

  it('are listed where their metadata got lost', async () => {
    const { kv, store } = open();
    await saveScores(store, 3, (i) => ({ source: i === 1 ? 'TEST' : 'LIVE' }));
    for (const key of kv.keys()) kv.write(key, /** @type {any} */ (kv.read(key)).value);
    const args = { scorerId: 'relevancy', pagination: ALL };
    assert.deepEqual(idsOf((await store.listScoresByScorerId(args)).scores), ['s2', 's1', 's0']);
    assert.deepEqual(idsOf((await store.listScoresByScorerId({ ...args, source: 'LIVE' })).scores), ['s2', 's0']);
  });

  it('are not listed by entries that are left over, and fill the page', async () => {
    const { kv, store } = open();
    await saveScores(store, 5);
    const entries = kv.keys().filter((key) => key.includes('by_run'));
    kv.write('scorers:s4', null); // gone
    const stale = entries[1].replace(/\d{17}/, '08638000000000000');
    kv.write(stale, '{}'); // the time of another life of s3
    kv.write('metadata:scores_by_run:run:elsewhere', '{}');
    kv.write('metadata:scores_by_run:run:08638000000000000:x:y', '{}');
    const moved = JSON.parse(/** @type {string} */ (kv.read('scorers:s2')?.value));
    kv.write('scorers:s2', JSON.stringify({ ...moved, runId: 'another' }));
    const { scores, pagination } = await store.listScoresByRunId({
      runId: 'run',
      pagination: { page: 0, perPage: 2 },
    });
    assert.deepEqual([idsOf(scores), pagination.total], [['s3', 's1'], 3]);
  });

  it('are refused, all or nothing, where a key or value is too large', async () => {
    const { kv, store, domain } = open();
    const cases = [
      [{ id: 'x'.repeat(512) }, 'KEY_TOO_LONG'],
      [{ scorerId: 'x'.repeat(490) }, 'KEY_TOO_LONG'],
      [{ traceId: 'ü'.repeat(100) }, 'KEY_TOO_LONG'],
      [{ output: 'x'.repeat(26 << 20) }, 'VALUE_TOO_LARGE'],
    ];
    for (const [fields, code] of cases) {
      await assert.rejects(store.saveScore(makeScore(/** @type {any} */ (fields))), { code });
      await assert.rejects(domain.saveScore(/** @type {any} */ (makeScore(/** @type {any} */ (fields)))), (error) => {
        assert.ok(error instanceof MastraError);
        assert.deepEqual([error.id, error.category], [`MASTRA_STORAGE_CLOUDFLARE_SAVE_SCORE_${code}`, 'USER']);
        return true;
      });
    }
    assert.deepEqual(kv.keys(), []);
    const saved = makeScore({ id: 's' });
    await store.saveScore(saved);
    const before = kv.keys();
    await assert.rejects(store.saveScore({ ...saved, runId: 'y', output: 'x'.repeat(26 << 20) }), {
      code: 'VALUE_TOO_LARGE',
    });
    assert.deepEqual(kv.keys(), before);
  });

  it('fail as Mastra has it', async () => {
    const { kv, bindings, domain } = open();
    const failing = new ScoresStorageCloudflare({
      bindings: {
        ...bindings,
        threads: { ...methodsOf(bindings.threads), get: rejectKV, list: rejectKV },
      },
      overlay: false,
      retry: { attempts: 1 },
    });
    /** @type {[string, any, string][]} */
    const cases = [
      ['saveScore', makeScore({ id: 's' }), 'SAVE_SCORE_FAILED'],
      ['getScoreById', { id: 's' }, 'GET_SCORE_BY_ID_FAILED'],
      ['listScoresByScorerId', { scorerId: 's' }, 'GET_SCORES_BY_SCORER_ID_FAILED'],
      ['listScoresByRunId', { runId: 's' }, 'GET_SCORES_BY_RUN_ID_FAILED'],
      ['listScoresByEntityId', { entityId: 's', entityType: 'STEP' }, 'GET_SCORES_BY_ENTITY_ID_FAILED'],
      ['listScoresBySpan', { traceId: 's', spanId: 's' }, 'GET_SCORES_BY_SPAN_FAILED'],
    ];
    for (const [method, args, id] of cases) {
      await assert.rejects(/** @type {any} */ (failing)[method](args), (/** @type {any} */ error) => {
        assert.ok(error instanceof MastraError);
        assert.deepEqual(
          [error.id, error.category, error.domain],
          [`MASTRA_STORAGE_CLOUDFLARE_${id}`, 'THIRD_PARTY', 'STORAGE'],
        );
        return true;
      });
    }
    await assert.rejects(
      domain.saveScore(/** @type {any} */ (makeScore({ score: '1' }))),
      (/** @type {any} */ error) => {
        assert.deepEqual(
          [error.id, error.category, error.message],
          [
            'MASTRA_STORAGE_CLOUDFLARE_SAVE_SCORE_VALIDATION_FAILED',
            'USER',
            'Invalid score: score must be a finite number.',
          ],
        );
        return true;
      },
    );
    assert.deepEqual(kv.keys(), []);
    await domain.saveScore(/** @type {any} */ (makeScore({ id: 's' })));
    kv.write('scorers:s', 'not JSON');
    const fresh = new ScoresStorageCloudflare({ bindings });
    await assert.rejects(fresh.getScoreById({ id: 's' }), { category: 'THIRD_PARTY', message: /"scorers:s"/ });
    await assert.rejects(fresh.listScoresByRunId({ runId: 'run', pagination: { page: 0, perPage: 1 } }), {
      category: 'THIRD_PARTY',
    });
  });

  it('leave the other domains alone when they are cleared', async () => {
    const { kv, bindings, store } = open();
    await openDomain('threadState', { bindings }).setState({ threadId: 't', type: 'goal', value: 1 });
    const others = kv.keys();
    await saveScores(store, 3);
    await store.dangerouslyClearAll();
    assert.deepEqual(kv.keys(), others);
  });
});

const rejectKV = () => Promise.reject(new Error('KV GET failed: 500 Internal Server Error'));
/** @param {any} kv */
const methodsOf = (kv) => ({
  get: kv.get.bind(kv),
  put: kv.put.bind(kv),
  delete: kv.delete.bind(kv),
  list: kv.list.bind(kv),
});

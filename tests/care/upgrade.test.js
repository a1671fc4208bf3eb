/* What older versions stored, read and brought up to date. tests/care/fixtures holds what they stored (support/layout.js). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  eraseResource,
  exportRecords,
  importRecords,
  prune,
  repair,
  stats,
  upgrade,
  verify,
} from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump, restore } from '../support/dump.js';
import { FakeKV } from '../support/fake-kv.js';
import { HIDDEN, READS, answersOf } from '../support/layout.js';
import { restStore } from '../support/rest-store.js';
import { STALE_MS, inWorld } from '../support/world.js';

/** @import { Layout } from '../support/layout.js' */
/** @import { World } from '../support/world.js' */
/** @import { LocationOptions } from '../support/fake-kv.js' */

const DOCUMENT = 'metadata:schema';
/** The index entries that its failed calls left out: a thread's, and a score's by scorer, run and entity. */
const MISSING = 4;

/** @param {number} version @returns {Layout} */
const layoutOf = (version) =>
  JSON.parse(readFileSync(new URL(`fixtures/layout-${version}.json`, import.meta.url), 'utf8'));

const FIRST = layoutOf(1);

/**
 * Let a world hold what a version stored.
 * @param {World} world
 * @param {Layout} layout
 */
function load(world, { namespaces }) {
  restore(world.threads, namespaces.threads);
  restore(world.messages, namespaces.messages);
}

/** @param {World} world @param {LocationOptions} [location] */
const openStore = (world, location) =>
  new KVStore({ bindings: world.place(location), overlay: false, retry: { attempts: 1 } });

/** @param {World} world */
const document = (world) => JSON.parse(String(/** @type {any} */ (world.threads.read(DOCUMENT))?.value));

/**
 * All that is stored, with the time at which the document was written left out.
 * @param {World} world
 * @returns {Record<string, any>[]}
 */
function heldBy(world) {
  const threads = dump(world.threads);
  const { _writtenAt, ...said } = document(world);
  return [{ ...threads, [DOCUMENT]: said }, dump(world.messages)];
}

/** @param {World} world */
const callsOf = ({ threads, messages }) => threads.faults.calls + messages.faults.calls;

for (const version of [1, 2]) {
  const layout = layoutOf(version);
  describe(`layout ${version}`, () => {
    test(
      'is read as the code read it that wrote it, before and after its upgrade',
      inWorld({}, async (world) => {
        load(world, layout);
        const store = openStore(world);
        assert.deepEqual(await answersOf(store), layout.answers);
        await store.init();
        assert.deepEqual(await answersOf(store), layout.answers);
        assert.equal((await upgrade(store)).done, true);
        assert.deepEqual(await answersOf(store), layout.answers);
        assert.deepEqual(await answersOf(new KVStore({ bindings: world.place() })), layout.answers);
      }),
    );

    test(
      'is read so at every call of its upgrade',
      inWorld({}, async (world) => {
        load(world, layout);
        const reader = openStore(world);
        const store = openStore(world);
        let report;
        do {
          report = await upgrade(store, { maxCalls: 29, cursor: report?.cursor ?? undefined });
          assert.deepEqual(await answersOf(reader), layout.answers);
        } while (!report.done);
      }),
    );

    test(
      'is whole: verify finds no more than the entries that were left out, and repair mends them',
      inWorld({}, async (world) => {
        load(world, layout);
        const { problems } = await verify(openStore(world));
        assert.deepEqual([...new Set(problems.map(({ kind }) => kind))], ['missing_entry']);
        assert.equal(problems.length, MISSING);
        await repair(openStore(world));
        assert.deepEqual((await verify(openStore(world))).problems, []);
      }),
    );

    test(
      'comes back from an export',
      inWorld({}, async (world) => {
        load(world, layout);
        const kvs = [new FakeKV(), new FakeKV()];
        const [threads, messages] = kvs.map((kv) => kv.location());
        const copy = new KVStore({ bindings: { threads, messages }, overlay: false });
        await importRecords(copy, exportRecords(openStore(world)));
        assert.deepEqual(await answersOf(copy, READS.slice(0, 4)), layout.answers.slice(0, 4));
      }),
    );
  });
}

describe('upgrade', () => {
  test(
    'of the first layout: older code is refused, and what was hidden is found',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const store = openStore(world);
      const before = heldBy(world);
      const hidden = await answersOf(store, HIDDEN);
      assert.deepEqual([hidden[0].total, hidden[1].pagination.total, hidden[2].pagination.total], [0, 0, 0]);
      const report = await upgrade(store);
      assert.deepEqual(report.version, { from: 1, to: 2 });
      assert.deepEqual([report.done, report.steps, report.written], [true, ['index_entries'], MISSING]);
      assert.deepEqual([report.tables.threads.records, report.tables.scorers.records], [3, 2]);
      const found = await answersOf(store, HIDDEN);
      assert.deepEqual([found[0].total, found[1].pagination.total, found[2].pagination.total], [1, 1, 1]);
      assert.deepEqual([found[0].threads[0].id, found[1].scores[0].id], ['cut', 'cut']);
      const { version, steps } = document(world);
      assert.deepEqual([version, steps, 'upgrade' in document(world)], [2, 1, false]);
      const after = heldBy(world);
      for (const [i, held] of before.entries()) {
        for (const key of Object.keys(held)) if (key !== DOCUMENT) assert.deepEqual(after[i][key], held[key]);
      }
      assert.deepEqual((await verify(store)).problems, []);
    }),
  );

  test(
    'with nothing to do costs two reads',
    inWorld({}, async (world) => {
      load(world, layoutOf(2));
      const store = openStore(world);
      const held = heldBy(world);
      const report = await upgrade(store);
      assert.deepEqual([report.done, report.steps, report.written, report.calls], [true, [], 0, 2]);
      assert.deepEqual(heldBy(world), held);
    }),
  );

  test(
    'of a new store has nothing to do, and neither of one that comes to hold data',
    inWorld({}, async (world) => {
      const store = openStore(world);
      const report = await upgrade(store);
      assert.deepEqual([report.version, report.steps], [{ from: 0, to: 2 }, []]);
      await store.saveResource({ resource: { id: 'ada', createdAt: new Date(), updatedAt: new Date() } });
      assert.deepEqual((await upgrade(store)).steps, []);
    }),
  );

  test(
    'where nobody ever called init, all steps are due',
    inWorld({}, async (world) => {
      load(world, FIRST);
      world.threads.write(DOCUMENT, null);
      const report = await upgrade(openStore(world));
      assert.deepEqual([report.version.from, report.steps, report.written], [0, ['index_entries'], MISSING]);
    }),
  );

  test(
    'dryRun tells, and writes nothing',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const store = openStore(world);
      const held = [dump(world.threads), dump(world.messages)];
      const report = await upgrade(store, { dryRun: true });
      assert.deepEqual(
        [report.version, report.steps, report.written],
        [{ from: 1, to: 2 }, ['index_entries'], MISSING],
      );
      const bounded = await upgrade(store, { dryRun: true, maxCalls: 29 });
      assert.equal(bounded.done, false);
      assert.deepEqual([dump(world.threads), dump(world.messages)], held);
    }),
  );

  test(
    'keeps to maxCalls, with its cursor and without, and ends the same',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const whole = await upgrade(openStore(world));
      const held = heldBy(world);
      for (const maxCalls of [29, 40, 60, 300]) {
        for (const hasCursor of [true, false]) {
          load(world, FIRST);
          let report;
          let written = 0;
          do {
            const before = callsOf(world);
            const cursor = (hasCursor && report?.cursor) || undefined;
            report = await upgrade(openStore(world), { maxCalls, cursor });
            assert.ok(callsOf(world) - before <= maxCalls);
            written += report.written;
          } while (!report.done);
          if (hasCursor) assert.equal(report.written, whole.written);
          else assert.equal(written, whole.written);
          assert.deepEqual(heldBy(world), held);
        }
      }
      const tooFew = upgrade(openStore(world), { maxCalls: 28 });
      await assert.rejects(tooFew, { code: 'INVALID_ARGUMENT', message: /maxCalls must be at least 29/ });
    }),
  );

  test(
    'tells in the schema document where it is',
    inWorld({}, async (world) => {
      load(world, FIRST);
      await upgrade(openStore(world), { maxCalls: 29 });
      const { steps, upgrade: at } = document(world);
      assert.equal(steps, 0);
      assert.deepEqual([at.step, at.isRest, at.walk.unit], [1, false, 'threads:']);
      assert.ok(at.startedAt <= at.savedAt);
      await openStore(world).init();
      assert.deepEqual(document(world).upgrade, at, 'which init leaves alone');
    }),
  );

  test(
    'interrupted at any call and made again, it ends the same, byte for byte',
    inWorld({}, async (world) => {
      const { faults } = world.threads;
      world.messages.faults = faults;
      load(world, FIRST);
      faults.clear();
      await upgrade(openStore(world));
      const { calls } = faults;
      const held = heldBy(world);
      for (let nth = 1; nth <= calls; nth++) {
        for (const isDone of [false, true]) {
          load(world, FIRST);
          faults.clear();
          faults.add({ nth, times: Infinity, isDone });
          await assert.rejects(upgrade(openStore(world)), { code: 'KV_FAILED' });
          faults.clear();
          assert.equal((await upgrade(openStore(world))).done, true);
          assert.deepEqual(heldBy(world), held, `interrupted at call ${nth}`);
        }
      }
    }),
  );

  test(
    'two at once end as one does',
    inWorld({}, async (world) => {
      load(world, FIRST);
      await upgrade(openStore(world));
      const held = heldBy(world);
      load(world, FIRST);
      world.advance(STALE_MS);
      const places = [openStore(world, { getCacheMs: STALE_MS, listLagMs: STALE_MS }), openStore(world)];
      /** @type {any[]} */
      let reports = [undefined, undefined];
      do {
        reports = await Promise.all(
          reports.map((report, i) =>
            report?.done ? report : upgrade(places[i], { maxCalls: 29 + i, cursor: report?.cursor ?? undefined }),
          ),
        );
      } while (!reports.every(({ done }) => done));
      assert.deepEqual(heldBy(world), held);
    }),
  );

  test(
    'undoes nothing that writers do meanwhile, however stale its reads are',
    inWorld({}, async (world) => {
      load(world, FIRST);
      world.advance(STALE_MS);
      const upgrader = openStore(world, { getCacheMs: STALE_MS, listLagMs: STALE_MS });
      // It has read everything, and goes on believing it.
      await upgrade(upgrader, { dryRun: true });
      const writer = openStore(world);
      await writer.saveThread({
        thread: { id: 'cut', resourceId: 'eve', title: 'Now', createdAt: new Date(0), updatedAt: new Date(0) },
      });
      await writer.updateThread({ id: 't1', title: 'Edited', metadata: {} });
      await writer.deleteThread({ threadId: 'a:b' });
      await writer.updateMessages({ messages: [{ id: 'm1', content: { metadata: { late: true } } }] });
      await writer.deleteMessages(['m4']);
      const before = await answersOf(writer);
      const report = await upgrade(upgrader);
      assert.ok(report.done && report.written > 0, 'it wrote what it believed to be missing');
      assert.deepEqual(await answersOf(writer), before);
      assert.equal((await writer.getThreadById({ threadId: 't1' }))?.title, 'Edited');
      assert.equal(await writer.getThreadById({ threadId: 'a:b' }), null);
      // What it believed of the thread that has a new owner is an entry that leads to nothing.
      assert.deepEqual((await writer.listThreads({ filter: { resourceId: 'cut' } })).threads, []);
      world.advance(6 * 60_000);
      await repair(writer);
      assert.equal((await writer.listThreads({ filter: { resourceId: 'cut' } })).total, 0);
      assert.deepEqual((await verify(writer)).problems, []);
    }),
  );

  test(
    'works beside code of the first version that goes on writing: what it saves last is read',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const store = openStore(world);
      const key = Object.keys(FIRST.namespaces.messages).find((name) => /^messages:t1:.*:m1$/.test(name)) ?? '';
      const { value, metadata } = FIRST.namespaces.messages[key];
      let report;
      for (let i = 0; !report?.done; i++) {
        report = await upgrade(store, { maxCalls: 29, cursor: report?.cursor ?? undefined });
        await store.updateMessages({ messages: [{ id: 'm1', content: { metadata: { by: `new ${i}` } } }] });
        const { messages: edited } = await store.listMessages({ threadId: 't1', perPage: false });
        assert.equal(edited.find(({ id }) => id === 'm1')?.content.metadata?.by, `new ${i}`);
        world.advance(1000);
        // An update of the first version writes the record again, its content first.
        const content = { format: 2, parts: [], metadata: { by: `old ${i}` } };
        const text = JSON.stringify({ ...JSON.parse(value), _writtenAt: Date.now(), content });
        world.messages.write(key, text, { metadata });
        const { messages } = await store.listMessages({ threadId: 't1', perPage: false });
        assert.equal(messages.find(({ id }) => id === 'm1')?.content.metadata?.by, `old ${i}`);
        world.advance(1000);
      }
    }),
  );

  test(
    'goes on in another process, over REST as well: what KV said of a list is not taken over',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const many = Array.from({ length: 150 }, (_, i) => i);
      for (const i of many) {
        const value = { _writtenAt: 1, id: `x${i}`, resourceId: 'many', createdAt: '2026-01-01T00:00:00.000Z' };
        const text = JSON.stringify({ ...value, updatedAt: value.createdAt });
        world.threads.write(`threads:x${i}`, text, { metadata: JSON.stringify({ resourceId: 'many', createdAt: value.createdAt }) }); // prettier-ignore
      }
      const { done } = await upgrade(openStore(world), { maxCalls: 60 });
      assert.equal(done, false);
      assert.equal(typeof document(world).upgrade.walk.page, 'string');
      const kvs = { ...restStore().kvs, threads: world.threads, messages: world.messages, scorers: world.threads };
      const { store } = restStore({}, kvs);
      // The placement differs over REST with a namespace a table; here both see the same ones.
      const held = document(world);
      for (const key of Object.keys(held.placement)) if (/scor/.test(key)) held.placement[key] = 'scorers';
      for (const key of Object.keys(held.placement)) {
        const table = key.replace(/^metadata:/, '').replace(/:$/, '').replace(/^workflow_updates/, 'workflow_snapshot'); // prettier-ignore
        if (['resources', 'workflow_snapshot', 'background_tasks', 'thread_state'].includes(table)) delete held.placement[key]; // prettier-ignore
        if (/observational/.test(key)) delete held.placement[key];
      }
      world.threads.write(DOCUMENT, JSON.stringify(held));
      const report = await upgrade(/** @type {any} */ (store));
      assert.equal(report.done, true);
      assert.equal((await openStore(world).listThreads({ filter: { resourceId: 'many' } })).total, 150);
    }),
  );

  test('over REST, bounded', async () => {
    const { store, kvs } = restStore();
    const { threads, messages } = FIRST.namespaces;
    const all = { ...threads, ...messages };
    for (const [key, { value, metadata }] of Object.entries(all)) {
      if (key === DOCUMENT) continue;
      const [table] = key.replace(/^metadata:/, '').split(':');
      const place = table.startsWith('scores_') ? 'scorers' : table.replace(/^threads_.*/, 'threads').replace(/^workflow.*/, 'workflow_snapshot'); // prettier-ignore
      kvs[place].write(key, value, { metadata });
    }
    let report;
    let written = 0;
    do {
      report = await upgrade(/** @type {any} */ (store), { maxCalls: 30 });
      written += report.written;
      assert.ok(report.calls <= 30);
    } while (!report.done);
    assert.equal(written, MISSING);
    assert.deepEqual(await answersOf(store), FIRST.answers);
  });
});

describe('data of newer code', () => {
  test(
    'is refused by everything that looks after data, and left alone',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const said = { ...document(world), version: 3, tables: 'otherwise' };
      world.threads.write(DOCUMENT, JSON.stringify(said));
      const store = openStore(world);
      const held = [dump(world.threads), dump(world.messages)];
      const lines = async () => {
        for await (const line of exportRecords(store)) void line;
      };
      const tasks = {
        init: () => store.init(),
        upgrade: () => upgrade(store),
        'upgrade, dry': () => upgrade(store, { dryRun: true }),
        stats: () => stats(store),
        verify: () => verify(store),
        repair: () => repair(store),
        erase: () => eraseResource(store, { resourceId: 'ada' }),
        prune: () => prune(store, { maxAge: { messages: 1 } }),
        export: lines,
        import: () => importRecords(store, ['{"format":"mastra-kv-wasm","version":1,"schema":2,"sum":"0"}']),
      };
      for (const [name, task] of Object.entries(tasks)) {
        await assert.rejects(
          task(),
          { code: 'SCHEMA_TOO_NEW', message: /version 3 of the schema.*up to 2\. Update mastra-kv-wasm\./ },
          name,
        );
      }
      assert.deepEqual([dump(world.threads), dump(world.messages)], held);
    }),
  );

  test(
    'ends an upgrade that is under way: the newer document is not written over',
    inWorld({}, async (world) => {
      load(world, FIRST);
      const store = openStore(world);
      const { cursor } = await upgrade(store, { maxCalls: 29 });
      const newer = JSON.stringify({ ...document(world), version: 3 });
      world.threads.write(DOCUMENT, newer);
      await assert.rejects(upgrade(store, { cursor: /** @type {string} */ (cursor) }), { code: 'SCHEMA_TOO_NEW' });
      assert.equal(/** @type {any} */ (world.threads.read(DOCUMENT)).value, newer);
    }),
  );
});

test(
  'stats and verify tell that steps are due',
  inWorld({}, async (world) => {
    load(world, FIRST);
    const store = openStore(world);
    assert.deepEqual([(await stats(store)).due, (await verify(store)).due], [1, 1]);
    await upgrade(store);
    assert.deepEqual([(await stats(store)).due, (await verify(store)).due], [0, 0]);
  }),
);

test(
  'a cursor that is no upgrade’s is refused',
  inWorld({}, async (world) => {
    load(world, FIRST);
    const { cursor } = await stats(openStore(world), { maxCalls: 9 });
    await assert.rejects(upgrade(openStore(world), { cursor: /** @type {string} */ (cursor) }), {
      code: 'INVALID_ARGUMENT',
    });
  }),
);

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exportRecords, importRecords, verify } from '../../js-shim/care.js';
import { KVStore } from '../../js-shim/kv-store.js';
import { dump } from '../support/dump.js';
import { FakeKV } from '../support/fake-kv.js';
import { fill } from '../support/full-store.js';
import { describeOnEachBackend, newPrefix } from '../support/harness.js';
import { makeMessage } from '../support/samples.js';
import { restStore } from '../support/rest-store.js';
import { inWorld } from '../support/world.js';

/**
 * @param {KVStore} store
 * @param {Parameters<typeof exportRecords>[1]} [options]
 */
async function linesOf(store, options) {
  /** @type {string[]} */
  const lines = [];
  for await (const line of exportRecords(store, options)) lines.push(line);
  return lines;
}

/** @param {string} keyPrefix @param {import('../../js-shim/kv-store.js').KVStoreOptions} [options] */
function newStore(keyPrefix, options) {
  const kv = new FakeKV();
  const bindings = { threads: kv.location(), messages: kv.location() };
  return { kv, store: new KVStore({ bindings, keyPrefix, overlay: false, ...options }) };
}

describeOnEachBackend('an export', (backend) => {
  test('imported gives the same data, the same lookups and the same export', async () => {
    const { threads, messages } = backend.current;
    const open = () => new KVStore({ bindings: { threads, messages }, keyPrefix: newPrefix(), overlay: false });
    const [from, to] = [open(), open()];
    await fill(from, backend.slowness > 1 ? { resources: ['ada', 'a:b', '\ud800'] } : {});
    await from.saveMessages({
      messages: [makeMessage('odd', { content: JSON.parse('{"n":1e21,"z":"a\\u0000\\ud800"}') })],
    });
    const lines = await linesOf(from);
    assert.deepEqual(await importRecords(to, lines).then(({ done, lines: count }) => [done, count]), [
      true,
      lines.length,
    ]);
    assert.deepEqual(await linesOf(to), lines);
    const { problems } = await verify(to);
    assert.deepEqual(problems, []);
    for (const threadId of ['ada-1', 'a:b-2', 't1']) {
      assert.deepEqual(await to.listMessages({ threadId }), await from.listMessages({ threadId }));
      assert.deepEqual(await to.getThreadById({ threadId }), await from.getThreadById({ threadId }));
    }
    assert.deepEqual(
      await to.listMessagesById({ messageIds: ['ada-1-m3', 'odd'] }),
      await from.listMessagesById({ messageIds: ['ada-1-m3', 'odd'] }),
    );
    assert.deepEqual(
      await to.listThreads({ filter: { resourceId: 'a:b' } }),
      await from.listThreads({ filter: { resourceId: 'a:b' } }),
    );
    assert.deepEqual(
      await to.listScoresByScorerId({ scorerId: 'scorer' }),
      await from.listScoresByScorerId({ scorerId: 'scorer' }),
    );
    assert.deepEqual(await to.listWorkflowRuns(), await from.listWorkflowRuns());
  });
});

test('values are exact, also those edited by hand, and the lines are JSON', async () => {
  const { store, kv } = newStore('');
  kv.write('threads:t1', '{"_writtenAt":1,"id":"t1","resourceId":"u1","x":1e21,"x":"\\u0000",  "y":[ ]}');
  kv.write('threads:t2', '{\n  "id": "t2"\n}\n', { metadata: '{"resourceId":"u1"}', expiration: 4102444800 });
  kv.write('threads:t3', '{"broken');
  const lines = await linesOf(store);
  assert.deepEqual(
    lines.map((line) => line.replace(/,"sum":"[0-9a-f]{16}"}$/, '')),
    [
      '{"format":"mastra-kv-wasm","version":1,"schema":2',
      '{"key":"threads:t1","value":{"_writtenAt":1,"id":"t1","resourceId":"u1","x":1e21,"x":"\\u0000",  "y":[ ]}',
      '{"key":"threads:t2","text":"{\\u000a  \\"id\\": \\"t2\\"\\u000a}\\u000a","metadata":{"resourceId":"u1"},"expiration":4102444800',
      '{"key":"threads:t3","text":"{\\"broken"',
      '{"end":true,"lines":5',
    ],
  );
  for (const line of lines) JSON.parse(line);
  const other = newStore('p_');
  await importRecords(other.store, lines);
  for (const id of ['t1', 't2', 't3']) assert.deepEqual(dump(other.kv)[`p_threads:${id}`], dump(kv)[`threads:${id}`]);
});

test('keeps to maxCalls, and its parts make the whole', async () => {
  const { store, kv } = newStore('p_');
  await fill(store, { resources: ['ada', 'bob'] });
  for (const options of [{}, { resourceId: 'ada' }]) {
    const whole = await linesOf(store, options);
    for (const maxCalls of [24, 50, 1000]) {
      const lines = [];
      let cursor;
      let isDone = false;
      let parts = 0;
      for (; !isDone; parts++) {
        const before = kv.faults.calls;
        const part = exportRecords(store, { ...options, maxCalls, cursor });
        for await (const line of part) lines.push(line);
        assert.equal(part.calls, kv.faults.calls - before);
        assert.ok(part.calls <= maxCalls, `${part.calls} calls`);
        assert.equal(part.cursor === null, part.done);
        isDone = part.done;
        cursor = part.cursor ?? undefined;
      }
      assert.deepEqual(lines, whole);
      assert.ok(maxCalls === 24 ? parts > 1 : maxCalls < 1000 || parts === 1, `${parts} parts`);
    }
  }
  await assert.rejects(linesOf(store, { maxCalls: 1 }), { code: 'INVALID_ARGUMENT', message: /at least \d+/ });
  await assert.rejects(async () => linesOf(store, { cursor: 'x' }), { message: /must be one that export returned/ });
});

describe('a person alone', () => {
  test('gets all that is theirs, and nothing of anyone else', async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada', 'bob', 'a:b'] });
    // Ada writes into Bob's thread, and someone else into hers.
    await store.saveMessages({ messages: [makeMessage('guest', { threadId: 'bob-1', resourceId: 'ada' })] });
    await store.saveMessages({ messages: [makeMessage('reply', { threadId: 'ada-1', resourceId: undefined })] });
    const lines = (await linesOf(store, { resourceId: 'ada' })).map((line) => JSON.parse(line));
    assert.equal(lines[0].resourceId, 'ada');
    /** @type {string[]} */
    const keys = lines.slice(1, -1).map(({ key }) => key);
    assert.ok(
      keys.every((key) => /ada|guest|reply/.test(key)),
      keys.join('\n'),
    );
    const { store: alone } = newStore('q_');
    await fill(alone, { resources: ['ada'] });
    await alone.saveMessages({ messages: [makeMessage('guest', { threadId: 'bob-1', resourceId: 'ada' })] });
    await alone.saveMessages({ messages: [makeMessage('reply', { threadId: 'ada-1', resourceId: undefined })] });
    const shape = (/** @type {string} */ key) => key.replace(/:\d{17}:[0-9a-f-]{36}$/, ':update');
    /** @type {string[]} */
    const all = (await linesOf(alone)).slice(1, -1).map((line) => JSON.parse(line).key);
    const others = all.filter((key) => !key.startsWith('metadata:threads:bob-1:'));
    assert.deepEqual(keys.map(shape), others.map(shape));
  });

  test('who is unknown has an empty export', async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada'] });
    assert.equal((await linesOf(store, { resourceId: 'ad' })).length, 2);
  });
});

describe('an import', () => {
  test('refuses what was cut or altered, at the line', async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada'] });
    const lines = await linesOf(store);
    const refuse = async (/** @type {string[]} */ altered, /** @type {RegExp} */ message) => {
      const other = newStore('q_');
      await assert.rejects(importRecords(other.store, altered), (/** @type {any} */ error) => {
        assert.match(error.message, message);
        return error.code === 'INVALID_ARGUMENT' && error.reason === 'ALTERED';
      });
    };
    for (const at of [1, 7, lines.length - 1]) {
      await refuse(lines.slice(0, at), new RegExp(`^Line ${at + 1} of the export is missing`));
      await refuse(lines.toSpliced(at, 1), at === lines.length - 1 ? /is missing/ : new RegExp(`^Line ${at + 1} of`));
      await refuse(lines.toSpliced(at, 0, lines[at]), new RegExp(`^Line ${at + 2} of`));
      for (const column of [0, 9, Math.floor(lines[at].length / 2), lines[at].length - 1]) {
        const line = lines[at];
        const other = line[column] === 'x' ? 'y' : 'x';
        await refuse(
          lines.toSpliced(at, 1, line.slice(0, column) + other + line.slice(column + 1)),
          new RegExp(`^Line ${at + 1} of`),
        );
      }
    }
    await refuse([...lines, lines[1]], new RegExp(`^Line ${lines.length + 1} of the export comes behind`));
    await refuse(['{"a":1}'], /^Line 1 of/);
    await refuse([], /^Line 1 of the export is missing/);
  });

  test('keeps to maxCalls, and ends the same', async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada', 'bob'] });
    const lines = await linesOf(store);
    const whole = newStore('q_');
    await importRecords(whole.store, lines);
    for (const maxCalls of [6, 33, 400]) {
      const { kv } = newStore('q_');
      let end;
      do {
        const bindings = { threads: kv.location(), messages: kv.location() };
        const before = kv.faults.calls;
        end = await importRecords(new KVStore({ bindings, keyPrefix: 'q_' }), lines, {
          maxCalls,
          cursor: end?.cursor ?? undefined,
        });
        assert.ok(kv.faults.calls - before <= maxCalls);
      } while (!end.done);
      assert.deepEqual(dump(kv), dump(whole.kv));
    }
  });

  test('interrupted at any call and made again, it ends the same', async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada'], messages: 2 });
    const lines = await linesOf(store);
    const whole = newStore('q_');
    await importRecords(whole.store, lines);
    for (let nth = 1; ; nth++) {
      const { kv, store: to } = newStore('q_', /** @type {any} */ ({ retry: { attempts: 1 } }));
      kv.faults.add({ nth, isDone: nth % 2 === 0 });
      const failed = await importRecords(to, lines).then(
        () => false,
        () => true,
      );
      if (!failed) break;
      await importRecords(to, lines);
      assert.deepEqual(dump(kv), dump(whole.kv), `call ${nth}`);
    }
  });

  test('refuses what a later version exported', async () => {
    const { store } = newStore('p_');
    const header = '{"format":"mastra-kv-wasm","version":2,"schema":1';
    let sum = 0xcbf29ce484222325n;
    for (const byte of Buffer.from(header)) sum = ((sum ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
    const line = `${header},"sum":"${sum.toString(16).padStart(16, '0')}"}`;
    await assert.rejects(importRecords(store, [line]), { code: 'SCHEMA_TOO_NEW' });
  });
});

test(
  'from bindings to REST and back',
  inWorld({}, async () => {
    const { store } = newStore('p_');
    await fill(store, { resources: ['ada', 'a:b'] });
    const { store: rest } = restStore({ keyPrefix: 'r_' });
    const lines = await linesOf(store);
    await importRecords(rest, lines);
    assert.deepEqual(await linesOf(rest), lines);
  }),
);

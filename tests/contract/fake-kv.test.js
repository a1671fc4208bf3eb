/* The rules of Workers KV. The same checks run over Miniflare's KV, so that the fake cannot lie; what Miniflare has no
 * notion of, such as reads that are behind, follows at the end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeKV, macrotask } from '../support/fake-kv.js';
import { Faults, quotaError } from '../support/faults.js';
import { describeOnEachBackend, namespaces, newPrefix } from '../support/harness.js';
import { makeRandom, newSeed } from '../support/random.js';

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);

/** @param {any} kv @param {string} prefix */
async function allKeys(kv, prefix) {
  const names = [];
  for (let cursor; ;) {
    /** @type {any} */
    const page = await kv.list({ prefix, cursor });
    for (const { name } of page.keys) names.push(name);
    if (page.list_complete) return names;
    cursor = page.cursor;
  }
}

describeOnEachBackend(
  'Workers KV',
  (backend) => {
    /** @returns {any} */
    const kv = () => backend.current.threads;

    // The first test, for Miniflare cannot tell what workerd throws at once after a call of the same name has succeeded.
    it('refuses keys that are empty, too long, or dots', async () => {
      const long = 'k'.repeat(513);
      const rule = '414 UTF-8 encoded length of 513 exceeds key length limit of 512.';
      await assert.rejects(async () => kv().get(long), { message: `KV GET failed: ${rule}` });
      await assert.rejects(async () => kv().getWithMetadata(long), { message: `KV GET failed: ${rule}` });
      await assert.rejects(async () => kv().get(['k', long]), { message: `KV GET_BULK failed: ${rule}` });
      await assert.rejects(async () => kv().put(long, ''), { message: `KV PUT failed: ${rule}` });
      await assert.rejects(async () => kv().delete(long), { message: `KV DELETE failed: ${rule}` });
      await assert.rejects(async () => kv().list({ prefix: long }), { message: `KV GET failed: ${rule}` });
      const empty = { name: 'TypeError', message: 'Key name cannot be empty.' };
      await assert.rejects(async () => kv().get(''), empty);
      await assert.rejects(async () => kv().put('', 'v'), empty);
      await assert.rejects(async () => kv().delete(''), empty);
      await assert.rejects(async () => kv().get(['']), {
        message: 'KV GET_BULK failed: 400 Key names must not be empty',
      });
      await assert.rejects(async () => kv().get('.'), {
        name: 'TypeError',
        message: '"." is not allowed as a key name.',
      });
      await assert.rejects(async () => kv().put('..', 'v'), {
        name: 'TypeError',
        message: '".." is not allowed as a key name.',
      });
      await assert.rejects(async () => kv().get(['.']), {
        message: 'KV GET_BULK failed: 400 Illegal key name ".". Please use a different name.',
      });
      await kv().put('k'.repeat(512), 'fits');
    });

    it('gets what was put, null for what was not, and forgets what was deleted', async () => {
      const key = `${newPrefix()}k`;
      assert.equal(await kv().get(key), null);
      await kv().put(key, 'Grüße');
      assert.equal(await kv().get(key), 'Grüße');
      assert.equal(await kv().get(key, 'text'), 'Grüße');
      assert.deepEqual(new Uint8Array(await kv().get(key, { type: 'arrayBuffer' })), bytes('Grüße'));
      await kv().put(key, bytes('{"a":1}'));
      assert.deepEqual(await kv().get(key, 'json'), { a: 1 });
      await kv().delete(key);
      await kv().delete(key);
      assert.equal(await kv().get(key), null);
      assert.deepEqual(await kv().getWithMetadata(key), { value: null, metadata: null, cacheStatus: null });
    });

    it('replaces the value, the metadata and the expiration together', async () => {
      const key = `${newPrefix()}k`;
      await kv().put(key, 'one', { metadata: { a: ['ü'] }, expirationTtl: 60 });
      assert.deepEqual(await kv().getWithMetadata(key), { value: 'one', metadata: { a: ['ü'] }, cacheStatus: null });
      const [listed] = (await kv().list({ prefix: key })).keys;
      assert.ok(Math.abs(listed.expiration - Date.now() / 1000 - 60) < 5);
      assert.deepEqual(listed.metadata, { a: ['ü'] });
      await kv().put(key, 'two');
      assert.deepEqual(await kv().getWithMetadata(key), { value: 'two', metadata: null, cacheStatus: null });
      assert.deepEqual(await kv().list({ prefix: key }), {
        keys: [{ name: key }],
        list_complete: true,
        cacheStatus: null,
      });
    });

    it('takes numbers for texts and refuses objects', async () => {
      const key = `${newPrefix()}k`;
      await kv().put(key, 5);
      assert.equal(await kv().get(key), '5');
      await assert.rejects(kv().put(key, {}), {
        name: 'TypeError',
        message: 'KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
      });
      await kv().put(key, 'a\ud800b');
      assert.equal(await kv().get(key), 'a\ufffdb');
      await assert.rejects(kv().get(key, 'blob'), {
        message: 'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
      });
    });

    it('lists ascending by the bytes of UTF-8, where JavaScript compares UTF-16', async () => {
      const prefix = newPrefix();
      const names = ['', '\0', 'A', 'a', 'aa', 'b', 'é', '\uffff', '\u{1f600}', '~', '%', ':', '0'].map(
        (end) => `${prefix}x${end}`,
      );
      for (const name of names) await kv().put(name, 'v');
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.notDeepEqual(sorted, [...names].sort());
      assert.deepEqual(await allKeys(kv(), `${prefix}x`), sorted);
    });

    it('lists in pages, with a cursor while there is more', async () => {
      const prefix = newPrefix();
      for (const name of ['a', 'b', 'c', 'd']) await kv().put(prefix + name, 'v');
      await kv().put(`${prefix.slice(0, -1)}z`, 'of another prefix');
      const first = await kv().list({ prefix, limit: 2 });
      assert.deepEqual(first.keys, [{ name: `${prefix}a` }, { name: `${prefix}b` }]);
      assert.equal(first.list_complete, false);
      // What was deleted and put behind the cursor shows.
      await kv().delete(`${prefix}b`);
      await kv().put(`${prefix}bb`, 'v');
      const second = await kv().list({ prefix, limit: 2, cursor: first.cursor });
      assert.deepEqual(second.keys, [{ name: `${prefix}bb` }, { name: `${prefix}c` }]);
      const third = await kv().list({ prefix, limit: 2, cursor: second.cursor });
      assert.deepEqual(third, { keys: [{ name: `${prefix}d` }], list_complete: true, cacheStatus: null });
      const exact = await kv().list({ prefix, limit: 4 });
      assert.equal(exact.list_complete, true);
      assert.ok(!('cursor' in exact));
      for (const nothing of [{ limit: 0 }, { limit: null, cursor: null }, { cursor: '' }]) {
        assert.equal((await kv().list({ prefix, ...nothing })).keys.length, 4);
      }
    });

    it('lists at most 1,000 keys a page', async () => {
      const prefix = newPrefix();
      await Promise.all(Array.from({ length: 1001 }, (_, i) => kv().put(prefix + i, 'v')));
      const page = await kv().list({ prefix });
      assert.equal(page.keys.length, 1000);
      assert.equal(page.list_complete, false);
      assert.equal((await kv().list({ prefix, cursor: page.cursor })).keys.length, 1);
      await assert.rejects(kv().list({ prefix, limit: 1001 }), {
        message: 'KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.',
      });
    });

    it('refuses metadata and values that are too large', async () => {
      const key = `${newPrefix()}k`;
      await kv().put(key, 'v', { metadata: 'é'.repeat(511) });
      await assert.rejects(kv().put(key, 'w', { metadata: 'é'.repeat(512) }), {
        message: 'KV PUT failed: 413 Metadata length of 1026 exceeds limit of 1024.',
      });
      await assert.rejects(kv().put(key, new Uint8Array(25 * 1024 * 1024 + 1)), {
        message: 'KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.',
      });
      assert.equal(await kv().get(key), 'v');
    });

    it('refuses expirations that are too near', async () => {
      const key = `${newPrefix()}k`;
      const nowS = Math.floor(Date.now() / 1000);
      const refusals = [
        [
          { expirationTtl: 30 },
          /^KV PUT failed: 400 Invalid expiration_ttl of 30\. Expiration TTL must be at least 60\.$/,
        ],
        [
          { expirationTtl: 0 },
          /^KV PUT failed: 400 Invalid expiration_ttl of 0\. Please specify integer greater than 0\.$/,
        ],
        [
          { expiration: 1000 },
          /^KV PUT failed: 400 Invalid expiration of 1000\. Please specify integer greater than the current number of sec/,
        ],
        [
          { expiration: nowS + 30 },
          /^KV PUT failed: 400 Invalid expiration of \d+\. Expiration times must be at least 60 seconds in the future\.$/,
        ],
      ];
      for (const [options, message] of refusals) await assert.rejects(kv().put(key, 'v', options), { message });
      assert.equal(await kv().get(key), null);
      await assert.rejects(kv().get(key, { cacheTtl: 10 }), {
        message: 'KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.',
      });
    });

    it('gets up to 100 keys at once, into a Map', async () => {
      const prefix = newPrefix();
      await kv().put(`${prefix}a`, 'one', { metadata: { m: 1 } });
      await kv().put(`${prefix}b`, '');
      const [a, b, c] = ['a', 'b', 'c'].map((end) => prefix + end);
      assert.deepEqual(
        await kv().get([c, a, b, a], 'text'),
        new Map([
          [c, null],
          [a, 'one'],
          [b, ''],
        ]),
      );
      assert.deepEqual(
        await kv().getWithMetadata([a, b, c]),
        new Map([
          [a, { value: 'one', metadata: { m: 1 } }],
          [b, { value: '', metadata: null }],
          [c, null],
        ]),
      );
      const many = Array.from({ length: 101 }, (_, i) => prefix + i);
      assert.equal((await kv().get(many.slice(1))).size, 100);
      await assert.rejects(kv().get(many), {
        message: 'KV GET_BULK failed: 400 You can request a maximum of 100 keys',
      });
      await assert.rejects(kv().get([]), { message: 'KV GET_BULK failed: 400 You must request a minimum of 1 key' });
      await assert.rejects(kv().get([a], 'arrayBuffer'), {
        message: 'KV GET_BULK failed: 400 "arrayBuffer" is not a valid type. Use "json" or "text"',
      });
      await assert.rejects(kv().get([a], 'json'), {
        message: 'KV GET_BULK failed: 400 At least one of the requested keys corresponds to a non-json value',
      });
    });

    it('leaves keys that look like an index out of a bulk get', async () => {
      const there = ['-1', '01', '4294967295', '1.0'];
      const lost = ['0', '1', '42', '4294967294', '__proto__'];
      for (const key of [...there, ...lost]) await kv().put(key, 'v');
      assert.deepEqual(new Set((await kv().get([...there, ...lost])).keys()), new Set(there));
      for (const key of [...there, ...lost]) await kv().delete(key);
    });

    it('refuses a bulk get of more than 25 MiB', async () => {
      const prefix = newPrefix();
      const value = 'x'.repeat(13 * 1024 * 1024);
      await kv().put(`${prefix}a`, value);
      await kv().put(`${prefix}b`, value);
      await assert.rejects(kv().get([`${prefix}a`, `${prefix}b`]), {
        message: 'KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB',
      });
      assert.equal((await kv().get([`${prefix}a`, `${prefix}c`])).get(`${prefix}a`).length, value.length);
      await kv().delete(`${prefix}a`);
      await kv().delete(`${prefix}b`);
    });
  },
  namespaces,
);

describe('the fake KV, where real KV is harder than Miniflare', () => {
  /** @param {import('../support/fake-kv.js').FakeKVOptions} [options] */
  function makeKV(options) {
    const clock = { now: 1_000_000 };
    return { clock, kv: new FakeKV({ now: () => clock.now, ...options }) };
  }

  it('drops what has expired', async () => {
    const { clock, kv } = makeKV();
    const here = kv.location();
    await here.put('k', 'v', { expirationTtl: 60 });
    clock.now += 59_999;
    assert.equal(await here.get('k'), 'v');
    clock.now += 1;
    assert.equal(await here.get('k'), null);
    assert.deepEqual((await here.list()).keys, []);
    assert.deepEqual(kv.keys(), []);
  });

  it('answers gets at one place from a cache, also those of absent keys', async () => {
    const { clock, kv } = makeKV();
    const here = kv.location({ getCacheMs: 60_000 });
    const there = kv.location({ getCacheMs: 60_000 });
    assert.equal(await there.get('k'), null);
    await here.put('k', 'one');
    assert.equal(await here.get('k'), 'one', 'a place sees its own writes');
    assert.deepEqual(
      await there.get(['k', 'l']),
      new Map([
        ['k', null],
        ['l', null],
      ]),
    );
    clock.now += 60_000;
    assert.equal(await there.get('k'), 'one');
    await here.put('k', 'two');
    clock.now += 59_999;
    assert.equal(await there.get('k'), 'one');
    clock.now += 1;
    assert.equal(await there.get('k'), 'two');
  });

  it('may show a place not even its own writes', async () => {
    const { clock, kv } = makeKV();
    const here = kv.location({ getCacheMs: 60_000, seesOwnWrites: false });
    assert.equal(await here.get('k'), null);
    await here.put('k', 'v');
    assert.equal(await here.get('k'), null);
    clock.now += 60_000;
    assert.equal(await here.get('k'), 'v');
  });

  it('lists at one place what was there a while ago', async () => {
    const { clock, kv } = makeKV();
    const here = kv.location({ listLagMs: 60_000 });
    const fresh = kv.location();
    const names = async () => (await here.list()).keys;
    await here.put('a', '1', { metadata: 'old' });
    assert.deepEqual(await names(), []);
    assert.equal(await here.get('a'), '1', 'gets are not behind');
    clock.now += 60_000;
    assert.deepEqual(await names(), [{ name: 'a', metadata: 'old' }]);
    await here.put('a', '2', { metadata: 'new' });
    clock.now += 30_000;
    await here.delete('a');
    assert.deepEqual(await names(), [{ name: 'a', metadata: 'old' }]);
    assert.deepEqual((await fresh.list()).keys, []);
    clock.now += 30_000;
    assert.deepEqual(await names(), [{ name: 'a', metadata: 'new' }]);
    clock.now += 30_000;
    assert.deepEqual(await names(), []);
  });

  it('takes a random time for each write to reach the lists of a place', async () => {
    const seed = newSeed();
    const { clock, kv } = makeKV();
    const here = kv.location({ listLagMs: 60_000, random: makeRandom(seed) });
    for (let i = 0; i < 200; i++) await here.put(`k${i}`, 'v');
    clock.now += 30_000;
    const half = (await here.list()).keys.length;
    assert.ok(half > 50 && half < 150, `${half} of 200 with SEED=${seed}`);
    assert.equal((await here.list()).keys.length, half, 'what was shown once is shown again');
    clock.now += 30_000;
    assert.equal((await here.list()).keys.length, 200);
  });

  it('gives empty pages while there is more to come, and short ones', async () => {
    const { kv } = makeKV({ hasEmptyPages: true, pageKeysMax: 2 });
    const here = kv.location();
    for (const name of ['a', 'b', 'c']) await here.put(name, 'v');
    const sizes = [];
    for (let cursor; ;) {
      const page = await here.list({ cursor });
      sizes.push(page.keys.length);
      if (page.list_complete) break;
      cursor = page.cursor;
    }
    assert.deepEqual(sizes, [0, 2, 0, 1]);
  });

  it('takes one write in a while for a key, where that is switched on', async () => {
    const { clock, kv } = makeKV({ writeIntervalMs: 1000 });
    const here = kv.location();
    await here.put('k', '1');
    await here.put('l', '1');
    clock.now += 999;
    await assert.rejects(here.put('k', '2'), { message: 'KV PUT failed: 429 Too Many Requests' });
    clock.now += 1;
    await here.put('k', '3');
    assert.equal(await here.get('k'), '3');
  });

  it('fails on demand: the n-th call, by kind, key and status, once or for ever, before or after the work', async () => {
    const faults = new Faults();
    const { kv } = makeKV({ faults });
    const here = kv.location();
    faults.add({ operation: 'put', nth: 2, status: 503 });
    await here.put('a', '1');
    await assert.rejects(here.put('b', '1'), { message: 'KV PUT failed: 503 Service Unavailable' });
    await here.put('b', '2');
    faults.add({ operation: ['get', 'getBulk'], key: /^b$/, times: Infinity, status: 429 });
    assert.equal(await here.get('a'), '1');
    await assert.rejects(here.get('b'), { message: 'KV GET failed: 429 Too Many Requests' });
    await assert.rejects(here.get(['a', 'b']), { message: 'KV GET_BULK failed: 429 Too Many Requests' });
    assert.equal(faults.failures, 3);
    assert.equal(faults.calls, 6);
    faults.clear();
    faults.add({ operation: 'put', isDone: true });
    await assert.rejects(here.put('b', '3'), { message: 'KV PUT failed: 500 Internal Server Error' });
    assert.equal(await here.get('b'), '3');
    faults.add({ error: quotaError('list') });
    await assert.rejects(here.list(), { message: 'KV list() limit exceeded for the day.' });
  });

  it('lets calls overlap', async () => {
    const { kv } = makeKV({ latency: macrotask });
    const here = kv.location();
    await here.put('k', '1');
    const read = here.get('k');
    const write = here.put('k', '2');
    assert.equal(await read, '1');
    await write;
  });
});

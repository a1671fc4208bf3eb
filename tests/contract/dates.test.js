/* Dates that are given as texts, in a runtime whose local time is not UTC. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KVStore } from '../../js-shim/kv-store.js';
import { FakeKV } from '../support/fake-kv.js';
import { makeRandom } from '../support/random.js';

const INVALID = { code: 'INVALID_ARGUMENT' };

for (const zone of ['America/New_York', 'Asia/Kolkata', 'UTC']) {
  describe(`dates given as texts, in ${zone}`, () => {
    const { TZ } = process.env;
    const kv = new FakeKV();
    const store = new KVStore({ bindings: { threads: kv.location(), messages: kv.location() } });
    const times = { createdAt: new Date(0), updatedAt: new Date(0) };

    /** What a date that is given so comes back as. @param {string} createdAt */
    const savedAs = async (createdAt) => {
      const thread = { ...times, id: 't', resourceId: 'u', createdAt: /** @type {any} */ (createdAt) };
      return (await store.saveThread({ thread })).createdAt;
    };

    before(() => {
      process.env.TZ = zone;
      assert.equal(new Date(2026, 0, 31).getTimezoneOffset() === 0, zone === 'UTC');
    });
    after(() => {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    });

    for (const text of [
      '2026',
      '2026-01',
      '2026-01-31',
      '+002026-01-31',
      '2026-01-31T12:30',
      '2026-01-31T12:30:15',
      '2026-01-31T12:30:15.5',
      '2026-07-31T12:30:15.123456',
      '2026T12:30',
      '2026-01-31T24:00',
      '2026-03-08T02:30', // which New York skips
      '2026-11-01T01:30', // and has twice
      '1883-11-18T12:00',
      '-000100-01-01T00:00',
      '2026-01-31T12:30Z',
      '2026-01-31T12:30:00.000-05:30',
      'Sat, 31 Jan 2026 12:30:00 GMT',
      'Sat Jan 31 2026 12:30:00 GMT-0500 (Eastern Standard Time)',
    ]) {
      it(`read ${text} as new Date does`, async () => {
        assert.deepEqual(await savedAs(text), new Date(text));
      });
    }

    it('read what Dates print, and texts of any time, as new Date does', async () => {
      const random = makeRandom(7);
      for (let i = 0; i < 200; i++) {
        const date = new Date(random.integer(4e9) * 1000 - 2e12);
        const iso = date.toISOString();
        for (const text of [
          iso,
          iso.slice(0, -1),
          iso.slice(0, 16),
          iso.slice(0, 10),
          String(date),
          date.toUTCString(),
        ]) {
          assert.deepEqual(await savedAs(text), new Date(text), text);
        }
      }
    });

    for (const text of [
      '',
      'soon',
      '1',
      '2026-02-30',
      '2026-02-30T10:00',
      '2026-01-31 12:30',
      '31.1.2026',
      'Saturday',
    ]) {
      it(`refuse ${JSON.stringify(text)}`, async () => {
        await assert.rejects(savedAs(text), INVALID);
      });
    }

    it('bound lists as well', async () => {
      const createdAt = new Date('2026-01-31T12:30');
      await store.saveMessages({
        messages: [{ id: 'm', threadId: 't', resourceId: 'u', role: 'user', content: 'x', createdAt }],
      });
      const count = async (/** @type {string} */ start) =>
        (await store.listMessages({ threadId: 't', filter: { dateRange: { start } } })).total;
      assert.equal(await count('2026-01-31T12:30'), 1);
      assert.equal(await count('2026-01-31T12:30:00.001'), 0);
      const copy = async (/** @type {string} */ startDate) =>
        store.copyThread({ sourceThreadId: 't', options: { messageFilter: { startDate } } });
      await savedAs('2026-01-31');
      assert.equal(Object.keys((await copy('2026-01-31T12:30')).messageIdMap).length, 1);
      assert.equal(Object.keys((await copy('2026-01-31T12:30:00.001')).messageIdMap).length, 0);
    });
  });
}

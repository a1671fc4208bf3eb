/* Damage to stored data, each kind with what is to be found of it. */

/** @import { FakeKV } from './fake-kv.js' */

/**
 * @typedef {object} Damage
 * @property {string} name
 * @property {string} kind of the problem that it makes
 * @property {(kv: FakeKV, key: string) => string} make damages a key; returns the key that the problem names
 * @property {RegExp} keys that it may befall
 */

/**
 * Write over a key, with its metadata kept unless other is given.
 * @param {FakeKV} kv
 * @param {string} key
 * @param {string} value
 * @param {object} [metadata]
 */
function rewrite(kv, key, value, metadata) {
  const { metadata: old } = /** @type {any} */ (kv.read(key));
  kv.write(key, value, { metadata: metadata ? JSON.stringify(metadata) : old });
  return key;
}

/**
 * @param {FakeKV} kv
 * @param {string} key
 */
const textOf = (kv, key) => String(/** @type {any} */ (kv.read(key)).value);

/**
 * Change a value's members.
 * @param {FakeKV} kv
 * @param {string} key
 * @param {Record<string, unknown>} members undefined ones are taken out
 */
const change = (kv, key, members) => rewrite(kv, key, JSON.stringify({ ...JSON.parse(textOf(kv, key)), ...members }));

/**
 * @param {FakeKV} kv
 * @param {string} key
 */
function remove(kv, key) {
  kv.write(key, null);
  return key;
}

const RECORDS = /^\w*?_(threads|messages|resources|scorers|background_tasks|thread_state|workflow_snapshot):/;

/** @type {Damage[]} */
export const damages = [
  {
    name: 'a value cut short',
    kind: 'unreadable',
    keys: RECORDS,
    make: (kv, key) => rewrite(kv, key, textOf(kv, key).slice(0, -3)),
  },
  {
    name: 'a value that is no JSON',
    kind: 'unreadable',
    keys: /_metadata:(threads|resources):/,
    make: (kv, key) => rewrite(kv, key, '<html>'),
  },
  {
    name: 'a broken literal',
    kind: 'unreadable',
    keys: RECORDS,
    make: (kv, key) => rewrite(kv, key, textOf(kv, key).replace(/}$/, ',"x":trve}')),
  },
  {
    name: 'a value that is no object',
    kind: 'unreadable',
    keys: /_metadata:workflow_/,
    make: (kv, key) => rewrite(kv, key, '[1]'),
  },
  {
    name: 'a message without its role',
    kind: 'invalid',
    keys: /_messages:/,
    make: (kv, key) => change(kv, key, { role: undefined }),
  },
  {
    name: 'a thread without its resource',
    kind: 'invalid',
    keys: /_threads:/,
    make: (kv, key) => change(kv, key, { resourceId: 7 }),
  },
  {
    name: 'a record of another id',
    kind: 'wrong_key',
    keys: /_(threads|messages|background_tasks):/,
    make: (kv, key) => change(kv, key, { id: 'other' }),
  },
  {
    name: 'a message of another time',
    kind: 'wrong_key',
    keys: /_messages:/,
    make: (kv, key) => change(kv, key, { createdAt: '2020-01-01T00:00:00.000Z' }),
  },
  {
    name: 'lost KV metadata',
    kind: 'wrong_metadata',
    keys: /_(threads|messages|scorers|background_tasks|workflow_snapshot):/,
    make: (kv, key) => (kv.write(key, textOf(kv, key)), key),
  },
  {
    name: 'KV metadata of another resource',
    kind: 'wrong_metadata',
    keys: /_(threads|messages|background_tasks|workflow_snapshot):/,
    make: (kv, key) =>
      rewrite(kv, key, textOf(kv, key), {
        ...JSON.parse(/** @type {any} */ (kv.read(key)).metadata),
        resourceId: 'eve',
      }),
  },
  {
    name: 'a lost index entry',
    kind: 'missing_entry',
    keys: /_metadata:(threads_by_resource|scores_by_\w+):/,
    make: remove,
  },
  { name: 'a lost locator', kind: 'missing_entry', keys: /_metadata:messages:/, make: remove },
  {
    name: 'a locator of another order',
    kind: 'wrong_entry',
    keys: /_metadata:messages:/,
    make: (kv, key) => change(kv, key, { seq: 99 }),
  },
  {
    name: 'a locator that points nowhere',
    kind: 'wrong_entry',
    keys: /_metadata:messages:/,
    make: (kv, key) => change(kv, key, { createdAt: '2020-01-01T00:00:00.000Z' }),
  },
  {
    name: "an index entry of another time than its record's",
    kind: 'wrong_entry',
    keys: /_metadata:threads_by_resource:/,
    make: (kv, key) => {
      const other = key.replace(/:\d{17}:/, ':08000000000000000:');
      kv.write(other, textOf(kv, key));
      return other;
    },
  },
  {
    name: 'an index entry without a record',
    kind: 'stray_entry',
    keys: /_metadata:(threads_by_resource|scores_by_\w+):/,
    make: (kv, key) => {
      const other = `${key}x`;
      kv.write(other, textOf(kv, key));
      return other;
    },
  },
  {
    name: 'a locator without a message',
    kind: 'stray_entry',
    keys: /_metadata:messages:/,
    make: (kv, key) => {
      const other = `${key}x`;
      kv.write(other, textOf(kv, key));
      return other;
    },
  },
  {
    name: 'a family without a record',
    kind: 'orphan',
    keys: /_metadata:threads:.*:title$/,
    make: (kv, key) => {
      const other = key.replace(/:title$/, 'x:title');
      kv.write(other, textOf(kv, key));
      return other;
    },
  },
  {
    name: 'a second message of one id',
    kind: 'duplicate',
    keys: /_messages:/,
    make: (kv, key) => {
      const [prefix, thread, , id] = key.split(':');
      const other = `${prefix}:${thread}:08639999978400000:${id}`;
      kv.write(other, JSON.stringify({ ...JSON.parse(textOf(kv, key)), createdAt: '1970-01-01T06:00:00.000Z' }), {
        metadata: /** @type {any} */ (kv.read(key)).metadata,
      });
      return other;
    },
  },
  {
    name: "a message's family without a message",
    kind: 'orphan',
    keys: /_metadata:message_families:/,
    make: (kv, key) => {
      const other = key.replace(/:(\w+)$/, 'x:$1');
      kv.write(other, textOf(kv, key), { metadata: /** @type {any} */ (kv.read(key)).metadata });
      return other;
    },
  },
  {
    name: 'a message that its locator says was deleted',
    kind: 'leftover',
    keys: /_messages:[^:]+:\d{17}:/,
    make: (kv, key) => {
      const [, , , id] = key.split(':');
      change(kv, key.replace(/messages:.*/, `metadata:messages:${id}`), { deleted: true, _writtenAt: Date.now() });
      return key;
    },
  },
  {
    name: 'a key of too many parts',
    kind: 'strange_key',
    keys: /_threads:/,
    make: (kv, key) => {
      kv.write(`${key}:x`, '{}');
      return `${key}:x`;
    },
  },
  {
    name: 'a key that is no escaped id',
    kind: 'strange_key',
    keys: /_(threads|resources):/,
    make: (kv, key) => {
      kv.write(`${key}%zz`, '{}');
      return `${key}%zz`;
    },
  },
  {
    name: 'a key of an unknown table',
    kind: 'strange_key',
    keys: /_metadata:threads:/,
    make: (kv, key) => {
      const other = key.replace('metadata:threads:', 'metadata:others:');
      kv.write(other, 'x');
      return other;
    },
  },
];

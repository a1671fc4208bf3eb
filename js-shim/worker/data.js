// The data view: keys and values as they lie in KV, of whatever table and whoever's.

import { RequestError } from './errors.js';
import { namespaces } from './storage.js';
import { env } from 'cloudflare:workers';

/** @typedef {keyof typeof namespaces} NamespaceName */

/** The keys of one page. */
const PAGE_KEYS = 100;

/** The largest JavaScript Date: keys hold what is left to it (docs/keys.md). */
const TIME_MAX_MS = 8_640_000_000_000_000;

/** Where an id can be the first part of a key: all tables, by the beginnings of their keys. */
const BEGINNINGS = [
  'threads',
  'metadata:threads',
  'metadata:threads_by_resource',
  'metadata:thread_marks',
  'messages',
  'metadata:messages',
  'metadata:message_families',
  'resources',
  'metadata:resources',
  'thread_state',
  'scorers',
  'background_tasks',
  'observational_memory:thread',
  'observational_memory:resource',
  'metadata:observational_memory',
  'metadata:observational_memory_owners:thread',
  'metadata:observational_memory_owners:resource',
];

/**
 * A page of the keys that begin with a prefix.
 * @param {NamespaceName} namespace
 * @param {{ prefix: string, cursor?: string }} options
 */
export async function listKeys(namespace, { prefix, cursor }) {
  const page = await env[namespace].list({ prefix, limit: PAGE_KEYS, ...(cursor !== undefined && { cursor }) });
  return { keys: page.keys.map((key) => ({ namespace, ...key })), cursor: page.list_complete ? null : page.cursor };
}

/**
 * What a key holds, as text.
 * @param {NamespaceName} namespace
 * @param {string} key
 */
export async function readKey(namespace, key) {
  // Its metadata and expiration come with a list alone, and the key is the first one that begins like itself.
  const [value, { keys }] = await Promise.all([
    env[namespace].get(key, 'text'),
    env[namespace].list({ prefix: key, limit: 1 }),
  ]);
  if (value === null) {
    throw new RequestError(404, 'UNKNOWN_KEY', `${namespace} holds no key ${JSON.stringify(key)}.`);
  }
  const { metadata = null, expiration = null } = keys.find(({ name }) => name === key) ?? {};
  return { namespace, key, value, metadata, expiration };
}

/**
 * Deletes one key, and nothing that belongs to it. Through the store's overlay, which would show it for a minute.
 * @param {NamespaceName} namespace
 * @param {string} key
 */
export async function deleteKey(namespace, key) {
  await namespaces[namespace].delete(key);
}

/**
 * Keys that have an id in them: of a thread, a message, a resource and so on.
 * @param {string} id
 */
export async function findId(id) {
  const part = encodePart(id);
  const found = await Promise.all(
    Object.keys(namespaces).flatMap((namespace) =>
      BEGINNINGS.map((beginning) =>
        listKeys(/** @type {NamespaceName} */ (namespace), { prefix: `${beginning}:${part}` }),
      ),
    ),
  );
  const keys = found.flatMap((page) => page.keys).filter(({ name }) => name.split(':').includes(part));
  return {
    keys: [...keys, ...(await messageOf(keys, part))],
    isComplete: found.every(({ cursor }) => cursor === null),
  };
}

/**
 * A message's own key has its thread and its time in front of the id: its locator tells them.
 * @param {{ namespace: NamespaceName, name: string }[]} keys
 * @param {string} part
 */
async function messageOf(keys, part) {
  const locator = keys.find(({ name }) => name === `metadata:messages:${part}`);
  if (!locator) return [];
  const { threadId, createdAt } = JSON.parse((await env[locator.namespace].get(locator.name, 'text')) ?? '{}');
  if (typeof threadId !== 'string') return []; // deleted
  const fallingTime = String(TIME_MAX_MS - Date.parse(createdAt)).padStart(17, '0');
  return (await listKeys('MESSAGES_KV', { prefix: `messages:${encodePart(threadId)}:${fallingTime}:${part}` })).keys;
}

/**
 * A part of a key as the engine writes it (docs/keys.md): `%`, `:` and all but printable ASCII percent-encoded.
 * @param {string} text
 */
function encodePart(text) {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x3a;
      return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

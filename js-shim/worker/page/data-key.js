// One key of the data view: what it means and what it holds.

import { deleteKey, readKey } from './api.js';
import { confirmDeletion } from './confirm.js';
import { fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { explainKey } from './key-meaning.js';
import { pretty } from './pretty.js';
import { go, hrefOf, route } from './route.js';
import { fullTime, size } from './words.js';

/** @typedef {{ namespace: string, key: string, value: string, metadata: unknown, expiration: number | null }} Entry */

export const detail = h('div', { class: 'detail' });

/** Told of a key that was deleted. @type {(namespace: string, key: string) => void} */
let onDelete = () => {};

/** @param {typeof onDelete} listener */
export function startKey(listener) {
  onDelete = listener;
}

/** Show the route's key. */
export async function showKey() {
  const { namespace, key } = route;
  if (key === null) {
    fill(detail, h('p', { class: 'hint' }, 'Choose a key to read it.'));
    return;
  }
  try {
    const entry = await readKey(namespace, key);
    if (route.key === key) fill(detail, headOf(key), bodyOf(entry));
  } catch (error) {
    if (route.key === key) fill(detail, headOf(key), errorBox(error, showKey));
  }
}

/** @param {string} key */
function headOf(key) {
  const { meaning, parts } = explainKey(key);
  return [
    // On a phone, where keys and key do not fit side by side.
    h('a', { class: 'back', href: hrefOf({ view: 'data', key: null }) }, '← Keys'),
    h('h2', { class: 'key-name' }, key),
    h('p', { class: 'meaning' }, meaning || 'A key of a kind that this page does not know.'),
    h(
      'dl',
      { class: 'parts' },
      parts.map(({ text, label, time }) => {
        const shown = time ? [time.toISOString(), h('small', {}, text)] : [text];
        return h('div', {}, h('dt', {}, label || 'part'), h('dd', {}, shown));
      }),
    ),
  ];
}

/** @param {Entry} entry */
function bodyOf({ namespace, key, value, metadata, expiration }) {
  const box = (/** @type {string} */ text) => h('pre', { class: 'value', tabindex: '0' }, text);
  return [
    h('h3', {}, 'Value', h('small', {}, size(new TextEncoder().encode(value).length))),
    box(pretty(value)),
    h('h3', {}, 'KV metadata'),
    metadata === null ? h('p', { class: 'hint' }, 'None.') : box(JSON.stringify(metadata, null, 2)),
    expiration !== null && h('p', { class: 'hint' }, `KV drops this key at ${fullTime(new Date(expiration * 1000))}.`),
    h('button', { class: 'danger', type: 'button', onclick: () => remove(namespace, key) }, 'Delete this key'),
  ];
}

/** @param {string} namespace @param {string} key */
async function remove(namespace, key) {
  const isSure = await confirmDeletion({
    title: 'Delete this key?',
    text: `${key} leaves ${namespace} for good, and this key alone: what points to it stays. A conversation with all its keys is deleted in the chat.`,
    action: 'Delete the key',
  });
  if (!isSure) return;
  try {
    await deleteKey(namespace, key);
    onDelete(namespace, key);
    go({ view: 'data', key: null });
  } catch (error) {
    detail.append(errorBox(error, () => remove(namespace, key)));
  }
}

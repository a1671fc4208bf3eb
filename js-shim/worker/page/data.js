// The data view: what lies in KV, key by key.

import { deleteKey, findId, listKeys, readKey } from './api.js';
import { confirmDeletion } from './confirm.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { explainKey } from './key-meaning.js';
import { moveByArrows } from './lists.js';
import { go, hrefOf, route } from './route.js';
import { counted, fullTime, size } from './words.js';

/** @typedef {{ namespace: string, name: string, metadata?: unknown, expiration?: number }} Key */

const NAMESPACES = ['THREADS_KV', 'MESSAGES_KV'];
/** Beginnings of keys, by the namespace that has them. @type {Record<string, string[]>} */
const BEGINNINGS = {
  THREADS_KV: ['threads:', 'metadata:threads:', 'metadata:threads_by_resource:', 'resources:'],
  MESSAGES_KV: ['messages:', 'metadata:messages:'],
};

const pane = byId('data');
const spaces = h('div', { class: 'spaces', role: 'group', 'aria-label': 'Namespace' });
const beginnings = h('div', { class: 'beginnings', role: 'group', 'aria-label': 'Beginnings of keys' });
const prefix = h('input', {
  id: 'prefix',
  name: 'prefix',
  spellcheck: 'false',
  autocomplete: 'off',
  placeholder: 'all keys',
});
const search = h('input', {
  id: 'search',
  name: 'search',
  type: 'search',
  spellcheck: 'false',
  autocomplete: 'off',
  placeholder: 'of a thread, a message, a resource …',
});
const heading = h('h2', { class: 'keys-title' }, 'Keys');
const list = h('ul', { class: 'key-list' });
const below = h('div', { class: 'below' });
const detail = h('div', { class: 'detail' });

/** What the list shows; an answer to another question is dropped. */
let asked = '';

export function startData() {
  moveByArrows(list, 'a');
  const onPrefix = (/** @type {Event} */ event) => {
    event.preventDefault();
    go({ view: 'data', prefix: prefix.value, key: null });
  };
  const onSearch = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (search.value.trim() !== '') find(search.value.trim());
  };
  fill(
    pane,
    h(
      'p',
      { class: 'notice' },
      'Everything in these namespaces is shown here, of every user, to whoever reaches this Worker. ',
      h('code', {}, 'PAGE = "off"'),
      ' in wrangler.toml takes the page away.',
    ),
    h(
      'div',
      { class: 'data-columns' },
      h(
        'div',
        { class: 'data-keys' },
        spaces,
        h(
          'form',
          { class: 'field', onsubmit: onPrefix },
          h('label', { for: 'prefix' }, 'Keys that begin with'),
          prefix,
        ),
        beginnings,
        h(
          'form',
          { class: 'field', role: 'search', onsubmit: onSearch },
          h('label', { for: 'search' }, 'Keys of an id'),
          search,
        ),
        heading,
        list,
        below,
      ),
      detail,
    ),
  );
}

/** Show the route's keys and its key. @param {import('./route.js').Route} before */
export async function showData(before) {
  fill(
    spaces,
    NAMESPACES.map((name) => choice(name, { namespace: name, prefix: '', key: null }, name === route.namespace)),
  );
  fill(
    beginnings,
    (BEGINNINGS[route.namespace] ?? []).map((name) => choice(name, { prefix: name, key: null }, name === route.prefix)),
  );
  prefix.value = route.prefix;
  const isSameList = before.view === 'data' && before.namespace === route.namespace && before.prefix === route.prefix;
  const isFound = asked.startsWith('id ');
  if (!list.hasChildNodes() || (!isSameList && !(isFound && route.key !== null))) showKeys();
  markOpenKey();
  await showKey();
}

/** @param {string} name @param {Partial<import('./route.js').Route>} place @param {boolean} isChosen */
function choice(name, place, isChosen) {
  return h(
    'a',
    { class: 'choice', href: hrefOf({ view: 'data', ...place }), 'aria-current': isChosen ? 'true' : null },
    name,
  );
}

function showKeys() {
  asked = `${route.namespace} ${route.prefix}`;
  search.value = '';
  fill(list);
  heading.textContent = 'Keys';
  loadKeys(null);
}

/** @param {string | null} cursor */
async function loadKeys(cursor) {
  const question = asked;
  fill(below, h('p', { class: 'hint' }, 'Loading …'));
  try {
    const answer = await listKeys(route.namespace, route.prefix, cursor);
    if (asked !== question) return;
    addKeys(answer.keys);
    fill(
      below,
      answer.cursor !== null &&
        h('button', { class: 'quiet', type: 'button', onclick: () => loadKeys(answer.cursor) }, 'More'),
      !list.hasChildNodes() && h('p', { class: 'hint' }, 'No key begins so.'),
    );
    heading.textContent = `${list.childElementCount}${answer.cursor === null ? '' : '+'} keys`;
  } catch (error) {
    if (asked === question) {
      fill(
        below,
        errorBox(error, () => loadKeys(cursor)),
      );
    }
  }
}

/** @param {string} id */
async function find(id) {
  const question = (asked = `id ${id}`);
  fill(list);
  heading.textContent = 'Keys';
  fill(below, h('p', { class: 'hint' }, 'Searching …'));
  try {
    const { keys, isComplete } = await findId(id);
    if (asked !== question) return;
    addKeys(keys);
    heading.textContent = `${counted(keys.length, 'key')} of ${id}`;
    fill(
      below,
      keys.length === 0 && h('p', { class: 'hint' }, 'No key has this id.'),
      !isComplete && h('p', { class: 'hint' }, 'There are more; list them by their prefix.'),
    );
  } catch (error) {
    if (asked === question) {
      fill(
        below,
        errorBox(error, () => find(id)),
      );
    }
  }
}

/** @param {Key[]} keys */
function addKeys(keys) {
  list.append(
    ...keys.map(({ namespace, name }) =>
      h(
        'li',
        {},
        h(
          'a',
          {
            href: hrefOf({ view: 'data', namespace, key: name }),
            'data-key': name,
            'data-namespace': namespace,
            title: name,
          },
          explainKey(name).parts.flatMap(({ text, time, isTable }, at) => [
            at > 0 && h('span', { class: 'colon' }, ':'),
            h('span', { class: isTable ? 'table-part' : time ? 'time-part' : 'part' }, time ? fullTime(time) : text),
          ]),
        ),
      ),
    ),
  );
  markOpenKey();
}

function markOpenKey() {
  for (const link of list.querySelectorAll('a')) {
    const isOpen = link.dataset.key === route.key && link.dataset.namespace === route.namespace;
    if (isOpen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

async function showKey() {
  const { namespace, key } = route;
  pane.classList.toggle('has-key', key !== null);
  if (key === null) {
    fill(detail, h('p', { class: 'hint' }, 'Choose a key to read it.'));
    return;
  }
  try {
    const answer = await readKey(namespace, key);
    if (route.key === key) fill(detail, keyCard(answer));
  } catch (error) {
    if (route.key === key) fill(detail, backLink(), h('h2', { class: 'key-name' }, key), errorBox(error, showKey));
  }
}

/** @param {{ namespace: string, key: string, value: string, metadata: unknown, expiration: number | null }} entry */
function keyCard({ namespace, key, value, metadata, expiration }) {
  const { meaning, parts } = explainKey(key);
  return [
    backLink(),
    h('h2', { class: 'key-name' }, key),
    h('p', { class: 'meaning' }, meaning || 'A key of a kind that this page does not know.'),
    h(
      'dl',
      { class: 'parts' },
      parts.map(({ text, label, time }) =>
        h(
          'div',
          {},
          h('dt', {}, label || 'part'),
          h('dd', {}, time ? time.toISOString() : text, time && h('small', {}, text)),
        ),
      ),
    ),
    h('h3', {}, 'Value', h('small', {}, size(new TextEncoder().encode(value).length))),
    h('pre', { class: 'value', tabindex: '0' }, pretty(value)),
    h('h3', {}, 'KV metadata'),
    metadata === null
      ? h('p', { class: 'hint' }, 'None.')
      : h('pre', { class: 'value', tabindex: '0' }, JSON.stringify(metadata, null, 2)),
    expiration !== null && h('p', { class: 'hint' }, `KV drops this key at ${fullTime(new Date(expiration * 1000))}.`),
    h('button', { class: 'danger', type: 'button', onclick: () => remove(namespace, key) }, 'Delete this key'),
  ];
}

/** On a phone, where keys and key do not fit side by side. */
const backLink = () => h('a', { class: 'back', href: hrefOf({ view: 'data', key: null }) }, '← Keys');

/** Indented where it is JSON, token by token, so that numbers stay as they were written. @param {string} value */
function pretty(value) {
  try {
    JSON.parse(value);
  } catch {
    return value;
  }
  const tokens = value.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  let text = '';
  tokens.forEach((token, at) => {
    const isEmpty = /^[{[]$/.test(tokens[at - 1] ?? '') && /^[}\]]$/.test(token);
    if (/^[}\]]$/.test(token)) {
      depth--;
      if (!isEmpty) text += `\n${'  '.repeat(depth)}`;
    } else if (/^[{[]$/.test(tokens[at - 1] ?? '') || tokens[at - 1] === ',') {
      text += `\n${'  '.repeat(depth)}`;
    }
    if (/^[{[]$/.test(token)) depth++;
    text += token === ':' ? ': ' : token;
  });
  return text;
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
    [...list.querySelectorAll('a')].find((link) => link.dataset.key === key)?.parentElement?.remove();
    go({ view: 'data', key: null });
  } catch (error) {
    detail.append(errorBox(error, () => remove(namespace, key)));
  }
}

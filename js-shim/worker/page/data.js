// The data view: what lies in KV, key by key.

import { findId, listKeys } from './api.js';
import { detail, showKey, startKey } from './data-key.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { explainKey } from './key-meaning.js';
import { moveByArrows } from './lists.js';
import { go, hrefOf, route } from './route.js';
import { counted, fullTime } from './words.js';

/** @typedef {{ namespace: string, name: string, metadata?: unknown, expiration?: number }} Key */

const NAMESPACES = ['THREADS_KV', 'MESSAGES_KV'];
/** Beginnings of keys, by the namespace that has them. @type {Record<string, string[]>} */
const BEGINNINGS = {
  THREADS_KV: [
    'threads:',
    'metadata:threads:',
    'metadata:threads_by_resource:',
    'metadata:thread_marks:',
    'resources:',
  ],
  MESSAGES_KV: ['messages:', 'metadata:messages:', 'metadata:message_families:'],
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

/** What the list shows; an answer to another question is dropped. */
let asked = '';

export function startData() {
  moveByArrows(list, 'a');
  startKey((namespace, key) => linkOf(namespace, key)?.parentElement?.remove());
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
    notice(),
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

function notice() {
  return h(
    'p',
    { class: 'notice' },
    'Everything in these namespaces is shown here, of every user, to whoever reaches this Worker. ',
    h('code', {}, 'make dev PAGE=off'),
    ' leaves the page out.',
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
  pane.classList.toggle('has-key', route.key !== null);
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
  list.querySelector('[aria-current]')?.removeAttribute('aria-current');
  if (route.key !== null) linkOf(route.namespace, route.key)?.setAttribute('aria-current', 'true');
}

/** @param {string} namespace @param {string} key */
function linkOf(namespace, key) {
  return [...list.querySelectorAll('a')].find((a) => a.dataset.key === key && a.dataset.namespace === namespace);
}

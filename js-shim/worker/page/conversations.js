// Left: the conversations of a resource, the newest first.

import { deleteThread, listThreads } from './api.js';
import { confirmDeletion } from './confirm.js';
import { byId, fill, h } from './dom.js';
import { errorBox } from './errors.js';
import { moveByArrows } from './lists.js';
import { go, hrefOf, route } from './route.js';
import { forgetTurns } from './turns.js';
import { timeAgo } from './words.js';

/** @typedef {{ id: string, title?: string, createdAt: string, updatedAt: string }} Thread */

const pane = byId('conversations');
const list = h('ul', { class: 'threads' });
const below = h('div', { class: 'below' });
const resource = h('input', {
  id: 'resource',
  name: 'resource',
  autocomplete: 'off',
  spellcheck: 'false',
  onchange: () => resource.value.trim() && go({ view: 'conversations', resource: resource.value.trim(), thread: null }),
});

/** @type {Thread[]} */
let threads = [];
/** What was asked for last; an answer that comes later than the next question is dropped. */
let asked = '';

export function startConversations() {
  moveByArrows(list, 'a');
  fill(
    pane,
    h('div', { class: 'resource' }, h('label', { for: 'resource' }, 'Resource'), resource),
    h('button', { class: 'primary new', type: 'button', onclick: beginConversation }, 'New conversation'),
    h('h2', { class: 'visually-hidden' }, 'Conversations'),
    list,
    below,
  );
}

export function beginConversation() {
  go({ view: 'chat', thread: null });
  document.getElementById('message')?.focus();
}

/** List the resource's conversations anew. */
export async function showConversations() {
  threads = [];
  resource.value = route.resource;
  render();
  await loadPage(0);
}

/** Which of them is open. */
export function markOpenConversation() {
  for (const link of list.querySelectorAll('a')) {
    if (link.dataset.thread === route.thread) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** A turn was answered: its conversation is there, and changed just now. @param {string} id */
export function touchConversation(id) {
  const now = new Date().toISOString();
  const known = threads.find((thread) => thread.id === id);
  if (known) known.updatedAt = now;
  else threads.unshift({ id, createdAt: now, updatedAt: now });
  render();
}

/** @param {number} page */
async function loadPage(page) {
  const resourceId = (asked = route.resource);
  fill(below, h('p', { class: 'hint' }, 'Loading …'));
  try {
    const answer = await listThreads(resourceId, page);
    if (asked !== resourceId) return;
    const known = new Set(threads.map(({ id }) => id));
    threads.push(...answer.threads.filter((/** @type {Thread} */ { id }) => !known.has(id)));
    render();
    fill(
      below,
      answer.hasMore && h('button', { class: 'quiet', type: 'button', onclick: () => loadPage(page + 1) }, 'More'),
      threads.length === 0 && h('p', { class: 'hint' }, `${resourceId} has no conversations yet.`),
    );
  } catch (error) {
    if (asked === resourceId) {
      fill(
        below,
        errorBox(error, () => loadPage(page)),
      );
    }
  }
}

function render() {
  if (threads.length > 0) fill(below);
  fill(list, threads.map(itemOf));
  markOpenConversation();
}

/** @param {Thread} thread */
function itemOf({ id, title, updatedAt }) {
  const time = new Date(updatedAt);
  return h(
    'li',
    {},
    h(
      'a',
      { href: hrefOf({ view: 'chat', thread: id }), 'data-thread': id },
      h('span', { class: 'thread-name' }, title || id),
      h('time', { datetime: updatedAt }, timeAgo(time)),
    ),
    h(
      'button',
      {
        class: 'quiet square delete',
        type: 'button',
        'aria-label': `Delete ${id}`,
        title: 'Delete',
        onclick: () => remove(id),
      },
      '×',
    ),
  );
}

/** @param {string} id */
async function remove(id) {
  const isSure = await confirmDeletion({
    title: 'Delete this conversation?',
    text: `${id} and all its messages leave KV for good.`,
    action: 'Delete',
  });
  if (!isSure) return;
  try {
    await deleteThread(id);
    threads = threads.filter((thread) => thread.id !== id);
    forgetTurns(id);
    render();
    if (route.thread === id) go({ thread: null });
  } catch (error) {
    fill(
      below,
      errorBox(error, () => remove(id)),
    );
  }
}
